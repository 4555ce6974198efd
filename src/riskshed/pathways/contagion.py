"""An outbreak that travels with people: when each city has its first case, how many at a time, how surely.

People are susceptible, exposed, perhaps infectious before they fall ill, ill, and recovered (a SEIR family),
in whole numbers, day by day: each day each person passes to the next stage by chance (the chain-binomial
model of Reed and Frost, as in Bailey 1975), and those who are susceptible are infected at the rate

    force(i) = beta x sum over j of w(i, j) infectious(j) / N(j)

with the shares of contacts w of `travel_network`. Nobody is lost, nobody made. beta is set so that one
infects `reproduction` people on the average where all are susceptible. With ``report_d`` those who fall ill
are told of after a delay, those who are ill when it begins among them, and what is counted may be the
reported.

What is not known differs from member to member (`outbreak.Outbreak`), and chance does too. Draws are keyed by
seed, city, day and member (`binomial_draws`), so the same member meets the same chance with a treatment and
without it. More treatment never means an earlier first case or more infected *in the mean field*
(`contagion_screen`), as long as contacts avoided are not allowed again later; in a single member of chance it
may, by luck that comes elsewhere, and over the members it does not but for the error of sampling. Where all
travel of the city of the source is cut from the begin, no member ever leaves it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

from riskshed.errors import DomainError, Fault, InputFaults
from riskshed.footprint import Caveat, Footprint, Place
from riskshed.pathways import contagion_loops as loops
from riskshed.pathways import effective_distance, ensemble, travel_network
from riskshed.pathways.outbreak import Outbreak
from riskshed.pathways.travel_network import DAY_S, TravelNetwork
from riskshed.pathways.treatment import Floats, accept
from riskshed.region import Region

Progress = Callable[[int, int], None]

MODEL = "chain-binomial SEIR on travel, members side by side"
HORIZON_S = 180 * DAY_S
EFFECTS = ("cut_travel", "reduce_contact")
"""Effects of treatments that this pathway honours."""
CURVE_VALUES = 20_000_000
"""Most numbers that the curves over time are made from; a larger ensemble has fewer times, or no curves."""


def spread(
    region: Region,
    source: Outbreak,
    *,
    members: int = 1000,
    seed: int = 1,
    horizon_s: float = HORIZON_S,
    treatments: Sequence[object] = (),
    onset_s: npt.ArrayLike | None = None,
    at: datetime | None = None,
    how: str = "serial",
    workers: int | None = None,
    progress: Progress | None = None,
) -> Footprint:
    """Forecast an outbreak over the cities of a region.

    Parameters
    ----------
    region : Region
        With travel.csv, and the people of every city in it.
    source : Outbreak
    members : int
        At least 1.
    seed : int
    horizon_s : float
        How far the forecast reaches, s after the begin, at least a day; rounded down to whole days.
    treatments : sequence of Treatment
        Effects ``cut_travel`` (target: a city, or ``FROM>TO``) and ``reduce_contact`` (a city).
    onset_s : (member,) array_like, optional
        When the outbreak begins in each member, s after its own begin; infinity: it does not.
    at : datetime, optional
        Time of issue, aware, not before the begin; without it, the begin.
    how, workers
        As in `ensemble.run`; the result does not depend on them.
    progress : callable, optional
        Called as ``progress(done, total)`` in members.

    Returns
    -------
    Footprint
        One row for each city with travel, and that of the source. Arrival is the day on which as many as
        ``arrival_people`` are counted; exposed are all who are infected within the horizon.

    Raises
    ------
    DomainError
        ``contagion.members``, ``contagion.horizon``, ``contagion.onset``, ``contagion.issued``.
    InputFaults
        ``contagion.region``: no travel, no such city, or people unknown or fewer than travel.
        ``treatment.not_honoured``: a treatment that this pathway, or this region, does not know.
    """
    issued = source.begins if at is None else at
    onset = _onset(onset_s, members)
    _check(members, horizon_s, issued, source)
    _check_region(region, source)
    acts = accept(
        treatments, pathway="contagion", effects=EFFECTS, has=partial(travel_network.has_target, region)
    )
    days = int(horizon_s // DAY_S)
    network = travel_network.of_region(
        region, origin=source.begins, days=days, visit_d=source.visit_d, treatments=acts,
        with_cities=tuple(source.infected),
    )  # fmt: skip
    task = Epidemic(network, source, seed, onset, _every(len(network.people), members, days))
    found = ensemble.run(task, members, how=how, workers=workers, chunk=loops.BLOCK, progress=progress)
    return _footprint(region, source, network, found, onset, task.every, seed, days, issued)


def foresee(region: Region, source: Outbreak, **given: Any) -> tuple[Footprint, Mapping[str, Any]]:
    """As `spread`, and beside the footprint ``effective_distance``: how far each city is as travellers go.

    It is None where no travel leads, and left out for an outbreak that does not grow: it says nothing of it.
    """
    footprint = spread(region, source, **given)
    try:
        warned = effective_distance.first_warning(region, source)
    except DomainError:
        return footprint, {}
    known = [one if np.isfinite(one) else None for one in warned.distance.tolist()]
    return footprint, {"effective_distance": dict(zip(warned.cities, known, strict=True))}


def outbreak_probability(footprint: Footprint, people: int) -> Floats:
    """The share of members in which so many are infectious at a time, (city,)."""
    return np.asarray((footprint.peak >= people).mean(axis=1), dtype=np.float64)


def _onset(onset_s: npt.ArrayLike | None, members: int) -> Floats:
    onset = np.zeros(max(members, 0)) if onset_s is None else np.asarray(onset_s, dtype=np.float64)
    if onset.shape != (members,) or np.isnan(onset).any() or (onset < 0).any():
        told = f"onset_s is of shape {onset.shape}, want one number >= 0 for each of {members} members"
        raise DomainError("contagion.onset", told)
    return onset


def _check(members: int, horizon_s: float, issued: datetime, source: Outbreak) -> None:
    if members < 1:
        raise DomainError("contagion.members", f"members is {members}, want at least 1")
    if not DAY_S <= horizon_s <= 3650 * DAY_S:
        raise DomainError("contagion.horizon", f"horizon_s is {horizon_s}, want a day to ten years")
    if issued.utcoffset() is None or issued < source.begins:
        told = f"the time of issue is {issued.isoformat()}, want {source.begins.isoformat()} or later"
        raise DomainError("contagion.issued", told, todo="No forecast can be made before the begin.")


def _check_region(region: Region, source: Outbreak) -> None:
    faults = []
    if not region.travel:
        faults.append(("travel.csv", "no travel", "travel between its cities"))
    for code in source.infected:
        if code not in region.city_index:
            faults.append(("cities.code", f"no city {code}", "the city in which the outbreak begins"))
    if faults:
        where, todo = str(region.folder), "Correct the region or the outbreak."
        listed = [Fault("contagion.region", where, None, *fault, todo) for fault in faults]
        raise InputFaults("contagion.region", "this region cannot carry this outbreak", listed)


def _every(cities: int, members: int, days: int) -> int:
    """Days between the times of the curves; 0 for none."""
    times = min(60, CURVE_VALUES // (cities * members))
    return 0 if times < 8 else -(-days // times)


@dataclass(frozen=True, eq=False)
class Epidemic:
    """A task: the arrays of a footprint for some members, the member axis last.

    Members are carried in whole blocks, whatever is asked for, so that a few are the beginning of many.
    """

    network: TravelNetwork
    source: Outbreak
    seed: int
    onset_s: Floats
    every: int = 0

    def __call__(self, members: range) -> dict[str, npt.NDArray[Any]]:
        assert members.start % loops.BLOCK == 0, "a piece begins with a block"
        pieces = [self._block(start) for start in range(members.start, members.stop, loops.BLOCK)]
        whole = {name: np.concatenate([piece[name] for piece in pieces], axis=-1) for name in pieces[0]}
        return {name: array[..., : len(members)] for name, array in whole.items()}

    def drawn(self, key: str, block: range) -> Floats:
        """What the members of a block suppose of one number, (member,)."""
        number = self.source.supposed[key]
        return np.asarray(
            number.median * np.exp(number.log_sd * ensemble.normal(self.seed, f"contagion.{key}", block))
        )

    def _block(self, start: int) -> dict[str, npt.NDArray[Any]]:
        net, source, block = self.network, self.source, range(start, start + loops.BLOCK)
        n, size, stages = net.people.size, len(block), source.stages
        days = net.segment.size
        rate = np.stack([1.0 / self.drawn(key, block) for key in stages])  # (stage, member)
        sheds = np.array([key != "exposed_d" for key in stages], dtype=np.float32)
        stay_d = (sheds[:, None] / -np.expm1(-rate)).sum(axis=0)
        beta = self.drawn("reproduction", block) / stay_d
        seeded = np.zeros((n, size), dtype=np.int32)
        factor = self.drawn("infected", block) / source.supposed["infected"].median
        for code, median in source.infected.items():
            row = net.row(code)
            seeded[row] = np.clip(np.rint(median * factor), 1, net.people[row]).astype(np.int32)
        report = self._report(block)
        susceptible = np.repeat(net.people[:, None], size, axis=1)
        stage = np.zeros((len(stages), n, size), dtype=np.int32)
        told = np.zeros((2, n if len(report) else 0, size), dtype=np.int32)
        found = np.zeros((4, n, size), dtype=np.int32)
        found[0] = loops.NEVER
        times = 1 + days // self.every if self.every else 0
        curve = np.zeros((n, times, size), dtype=np.float32)
        loops.run_days(
            net.first, net.city, net.weight, net.segment, net.people, np.uint64(self.seed % 2**64),
            np.arange(block.start, block.stop, dtype=np.uint32), self._onset_days(block, days), seeded,
            len(stages) - 1, beta.astype(np.float32), rate.astype(np.float32), sheds,
            report.astype(np.float32), source.arrival_people, susceptible, stage, told[0], told[1], found,
            curve, max(self.every, 1),
        )  # fmt: skip
        last = told[1] if len(report) else stage[sheds > 0].sum(axis=0, dtype=np.int32)
        inside = stage.sum(axis=0, dtype=np.int32)
        left = {"infected": net.people[:, None] - susceptible, "inside": inside, "last": last, "curve": curve}
        return dict(zip(("day", "most", "most_day", "days"), found, strict=True)) | left

    def _onset_days(self, block: range, days: int) -> npt.NDArray[np.int64]:
        onset = np.full(len(block), np.inf)
        given = self.onset_s[block.start : block.stop]
        onset[: given.size] = np.ceil(given / DAY_S)
        return np.where(onset < days, onset, loops.NEVER).astype(np.int64)

    def _report(self, block: range) -> Floats:
        """Share of the ill that is reported and of those to be reported each day, as rates and shares."""
        if self.source.counts != "reported":
            return np.zeros((0, len(block)))
        share = np.full(len(block), min(self.source.reported_share, 1.0 - 1e-9))
        rate = 1.0 / self.drawn("report_d", block)
        return np.stack([-np.log1p(-share), share, rate, -np.expm1(-rate)])


def _footprint(
    region: Region,
    source: Outbreak,
    network: TravelNetwork,
    found: dict[str, npt.NDArray[Any]],
    onset_s: Floats,
    every: int,
    seed: int,
    days: int,
    issued: datetime,
) -> Footprint:
    day = found["day"]
    arrival = np.where(day == loops.NEVER, np.inf, day * DAY_S)
    # Where it begins it is there at once, and not at the end of that day.
    rows, begun = [network.row(code) for code in source.infected], np.ceil(onset_s / DAY_S) * DAY_S
    arrival[rows] = np.where(arrival[rows] == begun, onset_s, arrival[rows])
    reached = np.isfinite(arrival)
    over = reached & (found["last"] >= source.arrival_people)
    quantity = f"{source.disease_en}: {'infectious' if source.counts == 'infectious' else 'reported'} people"
    horizon_s = days * DAY_S
    series = None
    if every:
        times = np.arange(found["curve"].shape[1], dtype=np.float64) * every * DAY_S
        series = ensemble.series(np.asarray(found["curve"], dtype=np.float64), times)
    return Footprint(
        pathway="contagion",
        quantity=quantity,
        unit="people",
        threshold=float(source.arrival_people),
        places=tuple(
            Place(c.code, c.code, c.name_zh, c.name_en, c.lat, c.lon, c.population_resident)
            for c in network.cities
        ),
        origin=source.begins,
        issued=issued,
        known_at=source.begins,
        arrival_s=arrival,
        peak=found["most"].astype(np.float64),
        peak_s=np.where(found["most"] > 0, found["most_day"] * DAY_S, np.nan),
        duration_s=np.where(over, np.inf, found["days"] * DAY_S),
        exposed_people=found["infected"].astype(np.float64),
        hazard_cities=tuple(source.infected),
        series=series,
        seed=seed,
        model=MODEL,
        version=version("riskshed"),
        region_digest=region.digest,
        caveats=_caveats(region, source, network),
        source_text=source.source,
        horizon_s=horizon_s,
    )


def _caveats(region: Region, source: Outbreak, network: TravelNetwork) -> tuple[Caveat, ...]:
    there = {city.code for city in network.cities}
    told = [
        Caveat(c.code, c.text_en, c.text_zh, tuple(p for p in c.places if p in there))
        for c in source.caveats
        if not c.places or there & set(c.places)
    ]
    if network.left_out:
        names = [(city.name_en, city.name_zh) for city in network.left_out[:10]]
        more = len(network.left_out) - len(names)
        english = f"No travel is known of {', '.join(en for en, _ in names)}" + (
            f" and {more} more" if more else ""
        )
        chinese = f"{'、'.join(zh for _, zh in names)}" + (f"等 {len(network.left_out)} 市" if more else "")
        told.append(Caveat("contagion.no_travel", f"{english}: left out.", f"{chinese}无出行数据，未列入。"))
    kept = tuple(dict.fromkeys(link.from_city for link in region.travel if link.since is not None))
    if kept:
        told.append(
            Caveat(
                "contagion.travel_held",
                "After the last change that is given, travel is held as it is.",
                "最后一次变化之后的出行沿用末值。",
            )
        )
    return tuple(told)
