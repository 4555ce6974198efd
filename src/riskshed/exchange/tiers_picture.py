"""Who supplies whom in a cluster: plants in columns by tier, grouped by city, with a line for each link.

Suppliers stand on the left and makers on the right. What a link rests on is told by its stroke (stated whole,
implied broken, supposed dotted), and whether it crosses a border between cities by its width; so the drawing
needs no colour to be read. Plants are marked with their ids, and the table below says all of it in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from riskshed.exchange.picture_parts import INK, PAPER, QUIET, REACH, city_name, key, notes, svg, table, text
from riskshed.exchange.wording import UNKNOWN, Text, number, stated
from riskshed.region import Plant, Region, SupplyLink

TITLE = Text("供应层级网络", "Network of tiers")
LABEL, BETWEEN, ROW, CITY_ROW, TOP = 170.0, 300.0, 27.0, 34.0, 40.0
RADIUS = 7.0
DASHES = {"stated": "", "implied": ' stroke-dasharray="9 5"', "synthetic": ' stroke-dasharray="1 6"'}
BASES = {
    "stated": Text("有来源明说", "a source says so"),
    "implied": Text("由来源推知", "follows from what a source says"),
    "synthetic": Text("假定（合成）", "supposed (synthetic)"),
}
"""What a plant or a link rests on, in words."""
LINKS_MAX = 400


@dataclass(frozen=True)
class TiersPicture:
    """The plants and links of a region; `figure` draws them in a language."""

    region: Region

    def figure(self, language: str, name: str = "tiers") -> str:
        """HTML: the drawing with its title and description, the key, notes and the table of links."""
        links = self.region.supply_links[:LINKS_MAX]
        body = "".join(
            [
                *(self._line(link) for link in links),
                *(self._heads(language)),
                *(self._plant(plant) for plant in self.region.plants),
            ]
        )
        drawing = svg(
            self._width, self._height, body, name=name, language=language,
            title=TITLE.said(language), about=self._about(language),
        )  # fmt: skip
        return (
            f'<figure class="picture" lang="{language}">{drawing}<figcaption>{_key(language)}'
            f"{notes(self._notes(language))}</figcaption>{self._table(language)}</figure>"
        )

    # --------------------------------------------------------------------------------------------- places

    @cached_property
    def _columns(self) -> tuple[int | None, ...]:
        """The tiers, from the far end of the chain to the makers; plants of an unknown tier come first."""
        tiers = {plant.tier for plant in self.region.plants}
        known = sorted((tier for tier in tiers if tier is not None), reverse=True)
        return (*((None,) if None in tiers else ()), *known)

    @cached_property
    def _spots(self) -> dict[str, tuple[float, float]]:
        """The middle of each plant."""
        found: dict[str, tuple[float, float]] = {}
        for column, tier in enumerate(self._columns):
            y, city = TOP, ""
            for plant in self._in_column(tier):
                y += CITY_ROW if plant.city != city else 0.0
                city = plant.city
                found[plant.id] = (LABEL + column * BETWEEN, y)
                y += ROW
        return found

    def _in_column(self, tier: int | None) -> list[Plant]:
        order = {city.code: at for at, city in enumerate(self.region.cities)}
        mine = [plant for plant in self.region.plants if plant.tier == tier]
        return sorted(mine, key=lambda plant: order.get(plant.city, len(order)))

    @cached_property
    def _width(self) -> float:
        return 2 * LABEL + max(len(self._columns) - 1, 0) * BETWEEN

    @cached_property
    def _height(self) -> float:
        return max((y for _, y in self._spots.values()), default=TOP) + ROW

    @cached_property
    def _plants(self) -> dict[str, Plant]:
        return {plant.id: plant for plant in self.region.plants}

    # -------------------------------------------------------------------------------------------- drawing

    def _heads(self, language: str) -> list[str]:
        """The city above the first of its plants in each column."""
        found = []
        for tier in self._columns:
            city = ""
            for plant in self._in_column(tier):
                if plant.city != city:
                    city = plant.city
                    x, y = self._spots[plant.id]
                    at, anchor = self._beside(x)
                    told = city_name(self.region, city).said(language)
                    found.append(text(at, y - 16, told, 15, anchor=anchor, ink=QUIET))
        return found

    def _beside(self, x: float) -> tuple[float, str]:
        """Where the name of a plant stands: outside at the ends, on the right between."""
        return (x - 13, "end") if x == LABEL and len(self._columns) > 1 else (x + 13, "start")

    def _plant(self, plant: Plant) -> str:
        x, y = self._spots[plant.id]
        fill = REACH[0] if plant.tier == 0 else PAPER
        dash = ' stroke-dasharray="2 2"' if plant.basis == "synthetic" else ""
        at, anchor = self._beside(x)
        return (
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{RADIUS:g}" fill="{fill}" stroke="{INK}" '
            f'stroke-width="2"{dash}/>' + text(at, y + 6, plant.id, 18, anchor=anchor)
        )

    def _line(self, link: SupplyLink) -> str:
        """From supplier to customer; within one column in a bow towards the middle."""
        (x, y), (u, v) = self._spots[link.supplier], self._spots[link.customer]
        crosses = self._plants[link.supplier].city != self._plants[link.customer].city
        style = (
            f'stroke="{REACH[0] if crosses else QUIET}" stroke-width="{3 if crosses else 1.5}" '
            f'stroke-linecap="round" fill="none"{DASHES[link.basis]}'
        )
        bow = x + (-90.0 if x > LABEL else 90.0)
        half = bow if x == u else (x + u) / 2
        return f'<path d="M{x:.0f} {y:.0f}C{half:.0f} {y:.0f} {half:.0f} {v:.0f} {u:.0f} {v:.0f}" {style}/>'

    # ---------------------------------------------------------------------------------------------- words

    def _about(self, language: str) -> str:
        makers = sum(plant.tier == 0 for plant in self.region.plants)
        links = self.region.supply_links
        across = sum(self._plants[one.supplier].city != self._plants[one.customer].city for one in links)
        supposed = sum(one.basis == "synthetic" for one in links)
        return Text(
            f"{len(self.region.plants)} 家工厂，其中整车厂 {makers} 家；{len(links)} 条供货关系，"
            f"跨市 {across} 条，假定 {supposed} 条。逐条见下表。",
            f"{len(self.region.plants)} plants, {makers} makers; {len(links)} links, {across} between "
            f"cities, {supposed} supposed. The table below has each of them.",
        ).said(language)

    def _notes(self, language: str) -> Sequence[str]:
        told = [
            Text(
                "图中为工厂代码，名称见上表。",
                "Marks are the ids of plants; the table above has their names.",
            )
        ]
        left = len(self.region.supply_links) - LINKS_MAX
        if left > 0:
            told.append(Text(f"另有 {left} 条供货关系未画出。", f"{left} more links are not drawn."))
        return [one.said(language) for one in told]

    def _table(self, language: str) -> str:
        heads = [
            Text("供货方", "Supplier"), Text("零件", "Part"), Text("收货方", "Customer"),
            Text("占该零件份额", "Share of the part"), Text("库存可用天数", "Stock lasts"),
            Text("依据", "Basis"), Text("来源", "Source"),
        ]  # fmt: skip
        rows = [self._row(link, language) for link in self.region.supply_links]
        caption = Text("每条供货关系一行。", "A row for each link.").said(language)
        summary = Text(f"供货关系列表（{len(rows)}）", f"List of links ({len(rows)})").said(language)
        return table(caption, [one.said(language) for one in heads], rows, summary=summary)

    def _row(self, link: SupplyLink, language: str) -> list[str]:
        share = UNKNOWN.said(language) if link.share is None else f"{number(100 * link.share, 3)} %"
        return [
            self._named(link.supplier, language), link.part, self._named(link.customer, language), share,
            days(link.cover_low_d, link.cover_high_d).said(language), BASES[link.basis].said(language),
            link.source.partition(": http")[0],
        ]  # fmt: skip

    def _named(self, plant_id: str, language: str) -> str:
        plant = self._plants[plant_id]
        name = Text(plant.name_zh, plant.name_en).said(language)
        return f"{name} ({city_name(self.region, plant.city).said(language)})"


def days(low: float | None, high: float | None) -> Text:
    """A band of days; unknown where it is not known."""
    if low is None or high is None:
        return UNKNOWN
    band = stated(low) if low == high else f"{stated(low)}–{stated(high)}"
    return Text(f"{band} 天", f"{band} days")


def _key(language: str) -> str:
    rows = [
        (
            f'<circle cx="12" cy="7" r="5" fill="{REACH[0]}" stroke="{INK}" stroke-width="2"/>',
            "整车厂",
            "maker",
        ),
        (
            f'<circle cx="12" cy="7" r="5" fill="{PAPER}" stroke="{INK}" stroke-width="2"/>',
            "供应商",
            "supplier",
        ),
        (f'<path d="M0 7h24" stroke="{REACH[0]}" stroke-width="3"/>', "跨市供货", "between cities"),
        (f'<path d="M0 7h24" stroke="{QUIET}" stroke-width="1.5"/>', "市内供货", "within a city"),
    ]
    named = [(mark, Text(zh, en).said(language)) for mark, zh, en in rows]
    line = f'<path d="M1 7h22" stroke="{INK}" stroke-width="2" stroke-linecap="round"'
    strokes = [(f"{line}{dash}/>", BASES[basis].said(language)) for basis, dash in DASHES.items()]
    return key([*named, *strokes])
