"""The application as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class NodeConfig(AppConfig):
    """Its tables are named ``riskshed_*``."""

    name = "riskshed.web"
    label = "riskshed"
    verbose_name = "riskshed"
    default_auto_field = "django.db.models.BigAutoField"
