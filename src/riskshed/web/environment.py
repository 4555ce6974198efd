"""Every setting of a node: its name, type, default and meaning. The environment is the only source.

A wrong value stops the start, with its name. The guide (`docs/guide/settings.md`) has a row for each.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from riskshed.errors import Fault, InputFaults

PREFIX = "RISKSHED_"
SECRET_CHARS_MIN = 50
ROLES = frozenset(
    {"duty_officer", "commander", "analyst", "evaluator", "auditor", "representative", "administrator"}
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Parameters
    ----------
    name : str
        Of the variable, without the prefix.
    kind : str
        What a value is, as the guide says it.
    default : str or None
        As it would stand in the environment; None where there is none and it may be absent.
    parse : callable
        Raises ValueError for what it cannot be.
    meaning : str
    """

    name: str
    kind: str
    default: str | None
    parse: Callable[[str], Any]
    meaning: str

    @property
    def variable(self) -> str:
        """The name in the environment."""
        return PREFIX + self.name


def _flag(text: str) -> bool:
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("", "0", "false", "no", "off"):
        return False
    raise ValueError


def _between(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        value = int(text)
        if not least <= value <= most:
            raise ValueError
        return value

    return parse


def _names(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


def _roles(text: str) -> tuple[str, ...]:
    given = _names(text)
    if not set(given) <= ROLES:
        raise ValueError
    return given


def _secret(text: str) -> str:
    if len(text) < SECRET_CHARS_MIN:
        raise ValueError
    return text


SETTINGS: tuple[Setting, ...] = (
    Setting("HOME", "folder", "riskshed-node", Path, "The folder of the node: log, keys, files, database."),
    Setting("HOST", "address", "127.0.0.1", str, "Address to listen on."),
    Setting("PORT", "1 to 65535", "8000", _between(1, 65_535), "Port to listen on."),
    Setting(
        "ALLOWED_HOSTS",
        "names, by comma",
        "localhost,127.0.0.1,[::1]",
        _names,
        "Host names under which the node answers; others are refused.",
    ),
    Setting(
        "SECRET_KEY",
        "50 characters or more",
        None,
        _secret,
        "Signs sessions. Without it one is made in HOME.",
    ),
    Setting("DEBUG", "yes or no", "no", _flag, "Shows tracebacks. Refused on a public address."),
    Setting(
        "DATABASE_URL",
        "URL",
        None,
        str,
        "PostgreSQL: postgres://user:password@host/name. Without it SQLite in HOME. The log goes there too.",
    ),
    Setting("PASSPHRASE", "text", None, str, "Opens the key files of the node."),
    Setting(
        "HTTPS", "yes or no", "no", _flag, "Pages are reached by HTTPS: cookies are secure, HSTS is sent."
    ),
    Setting(
        "PROXIES", "addresses, by comma", "127.0.0.1", _names, "Proxies whose forwarded headers are believed."
    ),
    Setting("TLS_CERTIFICATE", "file", None, str, "Certificate chain in PEM: the node speaks TLS itself."),
    Setting("TLS_KEY", "file", None, str, "Key of that certificate, in PEM."),
    Setting("THREADS", "1 to 64", "8", _between(1, 64), "Threads that serve pages."),
    Setting(
        "EMAIL_URL",
        "URL",
        "console:",
        str,
        "Where e-mail goes: smtp://user:password@host:587, smtps://..., file:/folder, console:, memory:",
    ),
    Setting("EMAIL_FROM", "address", "riskshed@localhost", str, "Sender of e-mail."),
    Setting(
        "PRIVATE_TARGETS",
        "yes or no",
        "no",
        _flag,
        "Feeds, webhooks and witnesses may lead to private addresses and plain HTTP.",
    ),
    Setting(
        "WITNESSES",
        "file",
        None,
        str,
        "Policy (C2SP tlog-policy) that names the witnesses to ask for cosignatures, with their addresses.",
    ),
    Setting(
        "WITNESS_KEY",
        "file",
        None,
        str,
        "Key file in the folder witness of HOME: the node is a witness for its neighbours.",
    ),
    Setting(
        "WITNESS_LOGS",
        "file",
        None,
        str,
        "Policy (C2SP tlog-policy) whose log lines name the logs that this node witnesses.",
    ),
    Setting(
        "STREAMS", "1 to 1000000", "20000", _between(1, 1_000_000), "Event streams that may be open at once."
    ),
    Setting(
        "STREAMS_PER_ADDRESS",
        "1 to 1000000",
        "500",
        _between(1, 1_000_000),
        "Event streams that may be open from one address.",
    ),
    Setting("SESSION_HOURS", "1 to 720", "12", _between(1, 720), "A session ends after so many hours."),
    Setting(
        "SESSION_IDLE_MINUTES",
        "5 to 1440",
        "120",
        _between(5, 1_440),
        "A session ends unused after so many minutes.",
    ),
    Setting(
        "SECOND_FACTOR",
        "roles, by comma",
        "commander,auditor,administrator",
        _roles,
        "Roles that need a second factor; empty: none. A demonstration needs none.",
    ),
    Setting("UPLOAD_MB", "1 to 1024", "16", _between(1, 1_024), "Largest upload."),
    Setting(
        "MEMBERS", "10 to 100000", "200", _between(10, 100_000), "Members of the ensemble of a forecast."
    ),
    Setting(
        "AS_TEST",
        "yes or no",
        "no",
        _flag,
        "Cheap password hashes and no lockout delays, for the tests alone.",
    ),
)
"""All settings, in the order of the guide."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The settings as they were read; `values` by name without prefix, None where nothing was set."""

    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    @property
    def home(self) -> Path:
        """The folder of the node."""
        path: Path = self.values["HOME"]
        return path

    @property
    def is_public(self) -> bool:
        """Whether others than this machine can reach the address."""
        host = self.values["HOST"]
        if host == "localhost":
            return False
        try:
            return not ip_address(host.strip("[]")).is_loopback
        except ValueError:
            return True


def read(given: Mapping[str, str] | None = None) -> Environment:
    """Read the settings.

    Parameters
    ----------
    given : mapping, optional
        In the place of the environment of this process.

    Raises
    ------
    InputFaults
        ``settings.faults``, with every variable that has a wrong value.
    """
    given = os.environ if given is None else given
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for one in SETTINGS:
        text = given.get(one.variable, one.default)
        try:
            values[one.name] = None if text is None else one.parse(text)
        except ValueError:
            # A secret that is too short is still a secret.
            got = "a value" if one.name in ("SECRET_KEY", "PASSPHRASE") else repr(text)
            faults.append(Fault("settings.bad_value", one.variable, None, None, got, one.kind, one.meaning))
    if faults:
        raise InputFaults("settings.faults", "the environment cannot be used", faults)
    return Environment(values)
