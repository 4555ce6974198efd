"""The model agreement of a case: by what its acts are judged, and what would have been owed under it.

`agreed.toml` in the folder of a case names the rule packs (none where the agreement stands alone), the terms,
the responsibility list, and the accounts of what was said that exclude each other. Nobody ever signed it; it
is a yardstick, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riskshed.errors import Fault, InputFaults, NotFoundError
from riskshed.governance import rulepack
from riskshed.governance.circumstances import Regime
from riskshed.governance.rulepack import RulePack
from riskshed.governance.terms import Terms
from riskshed.governance.territory import Territory
from riskshed.region import Region
from riskshed.tables import read_toml, shown

KEYS = ("packs", "as_if_in_force", "neighbours", "terms", "facts", "account")
FILE = "agreed.toml"


@dataclass(frozen=True)
class Account:
    """Rows of what was said that cannot be true beside each other."""

    one: tuple[str, ...]
    other: tuple[str, ...]
    about_zh: str
    about_en: str


@dataclass(frozen=True)
class ModelAgreement:
    """What `agreed.toml` says.

    Attributes
    ----------
    regime : Regime
    accounts : tuple of Account
    """

    regime: Regime
    accounts: tuple[Account, ...]

    @staticmethod
    def read(folder: Path, region: Region) -> ModelAgreement:
        """The model agreement of a case.

        Raises
        ------
        NotFoundError
            ``agreed.missing``, if the case has none.
        InputFaults
            ``agreed.faults``, with every fault of the file.
        """
        path = folder / FILE
        if not path.is_file():
            told = f"the case {folder.name} has no {FILE}, by which it could be judged"
            raise NotFoundError("agreed.missing", told, todo="Write one; cases/songhua-2005 has an example.")
        faults: list[Fault] = []
        raw = read_toml(path, faults) or {}

        def wrong(key: str, got: object, wanted: str) -> None:
            told = "nothing" if got is None else shown(str(got))
            faults.append(Fault("agreed.bad_value", str(path), None, key, told, wanted, "Correct this key."))

        for key in raw:
            if key not in KEYS:
                wrong(key, raw[key], f"one of {', '.join(KEYS)}")
        terms = Terms.parse(raw.get("terms", {}), "terms", wrong)
        regime = _regime(raw, region, terms, wrong)
        accounts = _accounts(raw, wrong)
        if faults:
            raise InputFaults("agreed.faults", f"the model agreement {path} cannot be used", faults)
        return ModelAgreement(regime, accounts)


def _regime(raw: Mapping[str, Any], region: Region, terms: Terms, wrong: Any) -> Regime:
    names = raw.get("packs")
    known = rulepack.names()
    if not isinstance(names, list) or not all(name in known for name in names):
        wrong("packs", names, f"a list of {', '.join(known)}; an empty one where none holds")
        names = []
    pairs = raw.get("neighbours", [])
    if not isinstance(pairs, list) or not all(isinstance(p, list) and len(p) == 2 for p in pairs):
        wrong("neighbours", pairs, "a list of pairs of codes")
        pairs = []
    packs = tuple(rulepack.shelf(name) for name in names)
    return Regime(
        packs=packs,
        terms=terms,
        territory=Territory.of_region(region, [(one, other) for one, other in pairs]),
        as_if_in_force=raw.get("as_if_in_force") is True,
        given=_given(raw, packs, wrong),
        sections={section.id: section.city for section in region.sections},
    )


def _given(raw: Mapping[str, Any], packs: tuple[RulePack, ...], wrong: Any) -> dict[str, Any]:
    facts = raw.get("facts", {})
    vocabulary = {name: fact for pack in packs for name, fact in pack.facts.items()}
    for name, value in facts.items() if isinstance(facts, dict) else ():
        if name not in vocabulary or not vocabulary[name].accepts(value):
            known = vocabulary.get(name)
            wrong(f"facts.{name}", value, "a fact of these packs" if known is None else known.wanted())
    return facts if isinstance(facts, dict) else {}


def _accounts(raw: Mapping[str, Any], wrong: Any) -> tuple[Account, ...]:
    found = []
    for at, one in enumerate(raw.get("account", [])):
        try:
            found.append(Account(tuple(one["one"]), tuple(one["other"]), one["about_zh"], one["about_en"]))
        except (KeyError, TypeError):
            wrong(f"account[{at}]", one, "one and other, lists of rows, and about_zh and about_en")
    return tuple(found)
