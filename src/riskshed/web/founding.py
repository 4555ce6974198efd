"""Founding a node: its folder, its log, the keys of the bodies for which it speaks, and their first words.

    node.toml      what it is (`profile`)
    region/        where
    thresholds.toml, sources.toml   what is watched, and how it travels
    agreement/     what the bodies agreed, if they did
    log.db         the log, unless it lies in PostgreSQL
    log.key        its key, encrypted
    keys/          the keys of bodies, encrypted
    files/         what statements name by digest
    secret.key     signs sessions

All or nothing: a founding that fails leaves no folder behind.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from riskshed.errors import InputError
from riskshed.governance import agreement_file
from riskshed.governance.draft import Draft
from riskshed.ledger.keyfile import SCRYPT_COST, write_key
from riskshed.ledger.keys import SigningKey
from riskshed.region import Region
from riskshed.web.keyring import ROLES, SpeakingRole
from riskshed.web.node import KEY_FILE, REGION, Node
from riskshed.web.profile import FILE, Profile

OFFICER = "founding"
AGREEMENT = "agreement"
SECRET = "secret.key"  # noqa: S105  the name of the file


@dataclass(frozen=True, slots=True)
class Joining:
    """A body that joins when the node is founded.

    Parameters
    ----------
    code : str
    kind : str
        As of `BodyJoined`.
    name : mapping of language to text
    superior, hazard_class, city : str or None
    """

    code: str
    kind: str
    name: Mapping[str, str]
    superior: str | None = None
    hazard_class: str | None = None
    city: str | None = None


def of_region(region: Region) -> tuple[Joining, ...]:
    """The bodies of a region: each city is a government, then those that it names."""
    cities = [
        Joining(one.code, "government", {"zh": one.name_zh, "en": one.name_en}, city=one.code)
        for one in region.cities
    ]
    known = {one.code for one in cities}
    bodies = [
        Joining(
            one.code,
            one.kind,
            {"zh": one.name_zh, "en": one.name_en},
            one.superior if one.superior in known else None,
            one.hazard_class,
        )
        for one in region.bodies
        if one.code not in known
    ]
    return (*cities, *bodies)


def found(
    home: Path,
    profile: str | Path,
    region: Path,
    bodies: Iterable[Joining],
    passphrase: str,
    *,
    agreement: Path | None = None,
    watch: Iterable[Path] = (),
    database: str | None = None,
    clock: Callable[[], datetime] | None = None,
    cost: int = SCRYPT_COST,
    seed: Callable[[str, str], bytes] | None = None,
) -> None:
    """Found a node.

    Parameters
    ----------
    home : Path
        Must not exist.
    profile : str or Path
        The text of `node.toml`, or a file with it.
    region, agreement : Path
        Folders; they are copied.
    watch : iterable of Path
        `thresholds.toml`, `sources.toml` and the files that it names; they are copied.
    bodies : iterable of Joining
        For each, keys are made and kept here.
    passphrase : str
    database : str, optional
        As of `Node`.
    clock : callable, optional
        In the place of the clock of the profile: a demonstration begins in the past.
    cost : int
        Of the encryption of keys (`ledger.keyfile`).
    seed : callable, optional
        From body and role to a seed: for keys that everybody may have.

    Raises
    ------
    RiskshedError
        What is wrong; nothing is left behind.
    """
    if home.exists():
        raise InputError("node.exists", f"there is something in {home}", todo="Name another folder.")
    part = home.with_name(f".{home.name}.{secrets.token_hex(4)}.part")
    try:
        part.mkdir(parents=True, mode=0o700)
        _lay_out(part, profile, region, agreement, watch, passphrase, cost, seed)
        with Node(part, passphrase, database, clock=clock, new=True) as node:
            joining = tuple(bodies)
            for one in joining:
                for role in ROLES:
                    node.keys.make(one.code, role, cost=cost, seed=seed(one.code, role) if seed else None)
            for one in joining:
                join(node, one)
            _agree(node)
        part.rename(home)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _lay_out(
    home: Path,
    profile: str | Path,
    region: Path,
    agreement: Path | None,
    watch: Iterable[Path],
    passphrase: str,
    cost: int,
    seed: Callable[[str, str], bytes] | None,
) -> None:
    text = profile.read_text(encoding="utf-8") if isinstance(profile, Path) else profile
    (home / FILE).write_text(text, encoding="utf-8")
    shutil.copytree(region, home / REGION)
    if agreement is not None:
        shutil.copytree(agreement, home / AGREEMENT)
    for watched in watch:
        shutil.copyfile(watched, home / watched.name)
    origin = Profile.read(home).origin
    key = (
        SigningKey.generate(origin, "log") if seed is None else SigningKey(origin, "log", seed(origin, "log"))
    )
    write_key(home / KEY_FILE, key, passphrase, cost=cost)
    with os.fdopen(os.open(home / SECRET, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(64))


def join(node: Node, one: Joining) -> str:
    """A body comes in with its key, and adds the one for drills; the id of the first. Its keys are here.

    Raises
    ------
    RiskshedError
        It was not said.
    """
    desk = node.desk(one.code, OFFICER)
    told = {
        "body": one.code,
        "kind": one.kind,
        "name": dict(one.name),
        "superior": one.superior,
        "hazard_class": one.hazard_class,
        "city": one.city,
        "key": _verifier(node, one.code, "statement"),
        "log": node.profile.origin,
    }
    joined = desk.say(Draft("BodyJoined", one.code, None, None, _given(told)))
    added = {"role": "exercise", "key": _verifier(node, one.code, "exercise")}
    desk.say(Draft("KeyAdded", one.code, None, None, added))
    return joined


def _verifier(node: Node, body: str, role: SpeakingRole) -> str:
    return str(node.keys.key(body, role).verifier)


def _agree(node: Node) -> None:
    """The agreement, if there is one: proposed by its coordination body, signed by every member held here."""
    if node.profile.agreement is None:
        return
    files = agreement_file.read(node.profile.agreement)
    proposer = node.desk(files.coordination_body, OFFICER)
    for file in (files.text, files.overrides_file, files.contracts_file):
        if file is not None:
            node.keep_file((node.profile.agreement / file.name).read_bytes())
    proposed = proposer.propose_agreement(**files.proposal_body())
    for member in files.members:
        if node.keys.verifier(member) is not None:
            node.desk(member, OFFICER).sign_agreement(proposed)


def _given(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value not in (None, "", [], ())}
