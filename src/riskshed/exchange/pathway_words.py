"""The words that a report uses for each pathway, and for what its rows are: one small table.

A river has sections, a front and what comes next down the river; a disease, a plume or a chain has cities,
arrivals and what comes next. Whoever draws a page asks here, so that no page calls a city a section.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from riskshed.exchange import wording
from riskshed.exchange.wording import Text
from riskshed.footprint import Place


@dataclass(frozen=True, slots=True)
class RowWords:
    """What the rows of a list are called: sections, cities or plants."""

    one: Text
    listed: Text
    next: Text
    none_left: Text
    named: Text
    all: Text
    no_map: Text


SECTIONS = RowWords(
    one=Text("断面", "Section"),
    listed=Text("逐断面到达", "Arrival, section by section"),
    next=Text("下一断面", "Next on the river"),
    none_left=Text("下游再无待到达的断面", "No section is left to be reached"),
    named=Text("断面：", "Sections: "),
    all=Text("所有断面", "All sections"),
    no_map=Text("断面坐标未知，无法成图。", "No map: where the sections lie is unknown."),
)
CITIES = RowWords(
    one=Text("城市", "City"),
    listed=Text("逐城市到达", "Arrival, city by city"),
    next=Text("下一城市", "Next city"),
    none_left=Text("再无待到达的城市", "No city is left to be reached"),
    named=Text("城市：", "Cities: "),
    all=Text("所有城市", "All cities"),
    no_map=Text("城市坐标未知，无法成图。", "No map: where the cities lie is unknown."),
)
PLANTS = RowWords(
    one=Text("工厂", "Plant"),
    listed=Text("逐厂停产", "Halts, plant by plant"),
    next=Text("下一工厂", "Next plant"),
    none_left=Text("再无将停产的工厂", "No plant is left that would halt"),
    named=Text("工厂：", "Plants: "),
    all=Text("所有工厂", "All plants"),
    no_map=Text("工厂坐标未知，无法成图。", "No map: where the plants lie is unknown."),
)


SCARCELY = 1e-4
"""Below this, a number is written as a power of ten: a plume that hardly comes has many zeros."""
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_COMING, _WHEN = Text("到达", "arrival"), Text("到达时间", "time of arrival")


@dataclass(frozen=True, slots=True)
class PathwayWords:
    """What is said of one pathway.

    Attributes
    ----------
    way : Text
        How the harm travels.
    front : Text
        What arrives.
    arrival : Text
        The coming of it, as the title of a chart.
    is_river : bool
        Whether it runs down a river, which a map can draw and on which a front can be placed.
    measured : Text or None
        What is measured; None where the quantity of the footprint is the best word for it.
    counted : bool
        Whether it is counted in whole numbers.
    """

    way: Text
    front: Text = _COMING
    arrival: Text = _WHEN
    is_river: bool = False
    measured: Text | None = None
    counted: bool = False

    def quantity(self, told: str) -> Text:
        """What is measured, in both languages; `told` is the quantity as the footprint names it."""
        if self.measured is not None:
            return self.measured
        zh = next((word for ending, word in _QUANTITIES.items() if told.endswith(ending)), "")
        return Text(zh or "强度", told)

    def curves(self, told: str) -> Text:
        """The title of the curves over time."""
        what = self.quantity(told)
        return Text(f"{what.zh}过程", f"{what.en[:1].upper()}{what.en[1:]} over time")

    def number(self, value: float | None, digits: int = 2) -> str | None:
        """A value of the quantity: whole if it is counted, else with so many digits; None is unknown.

        Examples
        --------
        >>> of("cascade").number(1.0), of("contagion").number(12345.2), of("plume").number(1.0)
        ('1', '12,345', '1.0')
        >>> of("plume").number(2.4e-9)
        '2×10⁻⁹'
        """
        shown = wording.number(value, digits)
        if value is None or shown is None:
            return None
        if self.counted:
            return wording.stated(float(round(value)))
        if 0.0 < abs(value) < SCARCELY and not self.is_river:
            digit, _, power = f"{value:.0e}".partition("e")
            return f"{digit}×10{str(int(power)).translate(_RAISED)}".replace("-", wording.MINUS)
        return shown


_QUANTITIES: Mapping[str, str] = {
    "concentration": "浓度",
    "dose": "剂量",
    "deposit": "沉积量",
    "reported people": "报告病例数",
    "infectious people": "感染者数",
    "share of output lost": "停产比例",
}
"""Chinese for the ends of quantities as pathways name them."""

_FRONT, _OF_FRONT = Text("前锋", "front"), Text("前锋到达", "arrival of the front")

WORDS: Mapping[str, PathwayWords] = {
    "pollutant": PathwayWords(
        Text("水体污染", "pollutant"), _FRONT, _OF_FRONT, is_river=True,
        measured=Text("浓度", "concentration"),
    ),
    "river": PathwayWords(
        Text("洪水演进", "river"), _FRONT, _OF_FRONT, is_river=True,
        measured=Text("流量与限值之比", "flow over threshold flow"),
    ),
    "plume": PathwayWords(Text("大气扩散", "plume")),
    "contagion": PathwayWords(Text("疫病传播", "contagion"), counted=True),
    "supply": PathwayWords(
        Text("供应链", "supply chain"), Text("停产", "halt"), Text("停产时间", "time of the halt")
    ),
    "cascade": PathwayWords(
        Text("灾害链", "cascade"), counted=True,
        measured=Text("同时进行的链节数", "stages of the cascade under way at once"),
    ),
    "given": PathwayWords(Text("给定", "given")),
    "reserve": PathwayWords(Text("存量", "reserve")),
}  # fmt: skip

_UNITS: Mapping[str, Text] = {
    "1": Text("", ""),
    "people": Text("人", "people"),
    "persons": Text("人", "people"),
    "household": Text("户", "households"),
    "dose": Text("剂", "doses"),
    "bed": Text("张", "beds"),
    "item": Text("件", "items"),
    "set": Text("套", "sets"),
    "bottle": Text("瓶", "bottles"),
    "barrel": Text("桶", "barrels"),
    "box": Text("盒", "boxes"),
    "bag": Text("袋", "bags"),
    "tablet": Text("片", "tablets"),
    "vehicle": Text("辆", "vehicles"),
    "wagon": Text("节", "wagons"),
    "boat": Text("艘", "boats"),
    "aircraft": Text("架", "aircraft"),
    "pump": Text("台", "pumps"),
    "generator": Text("台", "generators"),
    "team": Text("支", "teams"),
    "place": Text("个", "places"),
    "CNY": Text("元", "CNY"),
}
"""Units that are words, or that nobody writes."""
_ONE: Mapping[str, str] = {"people": "person", "persons": "person"}
"""One of it in English, where that is not the code of the unit."""


def of(pathway: str) -> PathwayWords:
    """The words of a pathway, by name; a name that is not known speaks for itself."""
    return WORDS.get(pathway) or PathwayWords(Text(pathway, pathway))


def unit_of(unit: str) -> Text:
    """How a unit is written; nothing for the unit of a pure number.

    Examples
    --------
    >>> unit_of("mg/L").zh, unit_of("people").zh, unit_of("1").en, unit_of("mg.min/m3").en
    ('mg/L', '人', '', 'mg·min/m³')
    """
    if unit in _UNITS:
        return _UNITS[unit]
    raised = re.sub(r"(?<=[A-Za-z])[23](?![0-9])", lambda found: found[0].translate(_RAISED), unit)
    written = re.sub(r"(?<=[A-Za-z])\.(?=[A-Za-z])", "·", raised)
    return Text(written, written)


def with_unit(shown: str, unit: str, language: str) -> str:
    """A number that is written already, with its unit.

    Examples
    --------
    >>> with_unit("0.5", "1", "en"), with_unit("0.5", "mg/L", "zh")
    ('0.5', '0.5 mg/L')
    >>> with_unit("2,160", "set", "zh"), with_unit("1", "set", "en"), with_unit("1", "people", "en")
    ('2,160 套', '1 set', '1 person')
    """
    if language == "en" and shown == "1" and unit in _UNITS and unit != "1":
        return f"1 {_ONE.get(unit, unit)}"
    return f"{shown} {unit_of(unit).said(language)}".strip()


def rows_of(places: Iterable[Place], pathway: str) -> RowWords:
    """What the places of a footprint are called."""
    if all(place.id == place.city for place in places):
        return CITIES
    return PLANTS if pathway == "supply" else SECTIONS
