"""The application as Django knows it."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class NodeConfig(AppConfig):
    """Its tables are named ``riskshed_*``."""

    name = "riskshed.web"
    label = "riskshed"
    verbose_name = "riskshed"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear what happens to accounts; models can be imported from now on, and not before."""
        import_module("riskshed.web.security_log").connect()
