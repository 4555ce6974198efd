"""What a program does first with a node: it reads the settings, brings tables up to date, packs the look.

Whatever imports a table can be imported only after `set_up`.
"""

from __future__ import annotations

import os
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from riskshed.errors import NotFoundError
from riskshed.web import static_shelf
from riskshed.web.environment import Environment


def set_up() -> None:
    """Let Django read its settings from the environment as it is now."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "riskshed.web.settings")
    django.setup()


def prepare(given: Environment) -> None:
    """Let Django read its settings, bring the tables up to date, and pack the files of the look.

    The folder of the node must be there.

    Raises
    ------
    NotFoundError
        ``node.missing``.
    """
    if not given.home.is_dir():
        told = f"there is no node in {given.home}"
        raise NotFoundError("node.missing", told, todo="Make one: riskshed node init")
    set_up()
    call_command("migrate", verbosity=0, interactive=False)
    database = connection.settings_dict["NAME"]
    static_shelf.fill(settings.NODE_STATIC_SHELF)
    if connection.vendor == "sqlite" and Path(database).is_file():
        Path(database).chmod(0o600)
