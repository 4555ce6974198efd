"""The loops of an epidemic: one day after the other, all cities, a block of members side by side in memory.

A block is small (`BLOCK` members), so that what all cities have of infectious people stays in the cache while
each city looks at its links. Numbers of people are int32: float32 counts to 16.7 million, and there are
larger cities. A city where no member has anybody infected, linked to none that has, costs one look a day.

Numbers are drawn by `binomial_draws` with a key of (seed, city, day), a counter of (member, passage): what
one member meets does not depend on its neighbours, nor on what is done about the harm.

Stages stand in a row, and each has a rate at which people leave it; the last leads to the recovered. `stage`
is (stage, city, member), `rate` (stage, member) a day.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from riskshed.pathways import lanes
from riskshed.pathways.binomial_draws import LOOP, draw, fill, shares
from riskshed.pathways.vector_code import ROW, Place, constant, same

BLOCK = 64
NEVER = 2**31 - 1

f4, i4, u4, u8 = np.float32, np.int32, np.uint32, np.uint64


@intrinsic  # type: ignore[untyped-decorator]
def _shed_row(_typing: Any, here: Any, _factor: Any, beta: Any, shed: Any, _anew: Any, _at: Any) -> Any:
    """``shed = here factor beta``, and what was there before unless anew; whether anybody is here."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        here, beta, shed = (Place(context, builder, signature.args[k], args[k], args[5]) for k in (0, 2, 3))
        people = here.read()
        sheds = people.floats() * same(builder, args[1]) * beta.read()
        shed.write(sheds + same(builder, args[4]).where(constant(builder, 0.0), shed.read()))
        return (people > 0).any()

    return types.boolean(here, types.float32, beta, shed, types.boolean, types.intp), generate


@intrinsic  # type: ignore[untyped-decorator]
def _add_row(_typing: Any, total: Any, more: Any, less: Any, _at: Any) -> Any:
    """``total += more - less``; whether any is left."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        places = [Place(context, builder, signature.args[k], args[k], args[3]) for k in range(3)]
        total, more, less = (place.read() for place in places)
        left = total + more - less
        places[0].write(left)
        return (left > 0).any()

    return types.boolean(total, more, less, types.intp), generate


@intrinsic  # type: ignore[untyped-decorator]
def _note_row(
    _typing: Any, count: Any, _end: Any, _least: Any, day: Any, most: Any, most_day: Any, days: Any, _at: Any
) -> Any:
    """Keep arrival, highest count, its day and the days over, of a count at the end of a day."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        numbers = (0, 3, 4, 5, 6)
        places = [Place(context, builder, signature.args[k], args[k], args[7]) for k in numbers]
        count, day, most, most_day, days = (place.read() for place in places)
        end, over = same(builder, args[1]), count >= same(builder, args[2])
        places[1].write(over.where(day.least(end), day))
        places[2].write(count.most(most))
        places[3].write((count > most).where(end, most_day))
        places[4].write(over.where(days + 1, days))
        return context.get_dummy_value()

    return types.none(count, types.int32, types.int32, day, most, most_day, days, types.intp), generate


@njit(**LOOP)  # type: ignore[untyped-decorator]
def _key(seed: Any, city: int, day: int) -> Any:  # pragma: no cover (compiled)
    """A key for the draws of one city on one day: SplitMix64 of Steele et al. 2014."""
    z = u8(u8(seed) + u8(u8(u8(day) << u8(32)) | u8(city)) * u8(0x9E3779B97F4A7C15))
    z = u8((z ^ (z >> u8(30))) * u8(0xBF58476D1CE4E5B9))
    z = u8((z ^ (z >> u8(27))) * u8(0x94D049BB133111EB))
    return z ^ (z >> u8(31))


@njit(**LOOP)  # type: ignore[untyped-decorator]
def _pressure(
    first: Any, city: Any, weight: Any, i: int, busy: Any, shed: Any, force: Any
) -> Any:  # pragma: no cover (compiled)
    """What the people of city i meet of the infectious of all cities, into force (member,)."""
    met, total = False, lanes.same(f4(0))
    for e in range(first[i], first[i + 1]):
        j = city[e]
        if busy[j]:
            met = True
            total = lanes.times_plus(lanes.same(weight[e]), lanes.load(shed[j], 0), total)
    lanes.store(force, 0, total)
    return met


@njit(**LOOP)  # type: ignore[untyped-decorator]
def _shed(stage: Any, sheds: Any, people: Any, beta: Any, shed: Any, busy: Any) -> None:  # pragma: no cover
    """Infectious contacts a day, over the people of the city, (city, member), and where there are any."""
    for i in range(busy.size):
        if not busy[i]:
            continue
        some, anew = False, True
        for k in range(sheds.size):
            if sheds[k] > 0:
                for at in range(0, beta.size, ROW):
                    some |= _shed_row(stage[k, i], sheds[k] / f4(people[i]), beta, shed[i], anew, at)
                anew = False
        busy[i] = some


@njit(**LOOP)  # type: ignore[untyped-decorator]
def _note(count: Any, end: int, least: int, found: Any, i: int) -> None:  # pragma: no cover (compiled)
    """Keep arrival, highest count, its day and the days over, of a count at the end of a day."""
    for at in range(0, count.size, ROW):
        _note_row(count, end, least, found[0, i], found[1, i], found[2, i], found[3, i], at)


@njit(**LOOP)  # type: ignore[untyped-decorator]
def _infectious(i: int, stage: Any, sheds: Any, none: Any, count: Any) -> None:  # pragma: no cover
    """How many people of a city are infectious, (member,)."""
    for m in range(count.size):
        count[m] = 0
    for k in range(sheds.size):
        if sheds[k] > 0:
            for at in range(0, count.size, ROW):
                _add_row(count, stage[k, i], none, at)


@njit(**LOOP)  # type: ignore[untyped-decorator]
def _begin(
    day: int, onset: Any, seeded: Any, shows: bool, least: int, susceptible: Any, inside: Any, live: Any,
    busy: Any, found: Any,
) -> None:  # fmt: skip  # pragma: no cover (compiled)
    """Infect whom the source infects, in the members in which it begins today."""
    for m in range(onset.size):
        if onset[m] != day:
            continue
        for i in range(live.size):
            if seeded[i, m] == 0:
                continue
            susceptible[i, m] -= seeded[i, m]
            inside[i, m] += seeded[i, m]
            live[i], busy[i] = True, True
            if shows and inside[i, m] > found[1, i, m]:
                found[1, i, m], found[2, i, m] = inside[i, m], i4(day)
            if shows and inside[i, m] >= least:
                found[0, i, m] = i4(day)


@njit(**LOOP)  # type: ignore[untyped-decorator]
def _await(
    day: int, onset: Any, seeded: Any, report: Any, waiting: Any, member: Any, seed: Any, words: Any,
    moved: Any,
) -> None:  # fmt: skip  # pragma: no cover (compiled)
    """Of those whom the source infects today, who are ill, some will be reported as of any who fall ill."""
    ill, new = moved[-3], moved[-2]
    if not (onset == day).any():
        return
    for i in range(len(waiting)):
        some = False
        for m in range(onset.size):
            ill[m] = seeded[i, m] if onset[m] == day else 0
            some |= ill[m] > 0
        if not some:
            continue
        key = _key(seed, i, day)
        fill(member, u4(1001), u4(key), u4(key >> u8(32)), words[0], words[1])
        draw(ill, report[0], report[1], words[0], words[1], new)
        for m in range(onset.size):
            waiting[i, m] += new[m]


@njit(**LOOP)  # type: ignore[untyped-decorator]
def _city_day(
    i: int, key: Any, met: bool, force: Any, susceptible: Any, stage: Any, rate: Any, p: Any, member: Any,
    words: Any, share: Any, moved: Any,
) -> Any:  # fmt: skip  # pragma: no cover (compiled)
    """What happens to the people of one city in one day; whether anybody is left in a stage."""
    k0, k1, last = u4(key), u4(key >> u8(32)), stage.shape[0]
    if met:
        shares(force, share)
    for k in range(last + 1):
        if k % 2 == 1 or (k == 0 and met):
            fill(member, u4(k), k0, k1, words[0], words[1])
        flip = int(k > 0 and k % 2 == 0)
        if k > 0:
            draw(stage[k - 1, i], rate[k - 1], p[k - 1], words[flip], words[1 - flip], moved[k])
        elif met:
            draw(susceptible[i], force, share, words[0], words[1], moved[0])
        else:
            for m in range(member.size):
                moved[0, m] = 0
    left = False
    for at in range(0, member.size, ROW):
        _add_row(susceptible[i], moved[-1], moved[0], at)
        for k in range(last):
            left |= _add_row(stage[k, i], moved[k], moved[k + 1], at)
    return left


@njit(**LOOP)  # type: ignore[untyped-decorator]
def _reports(
    i: int, report: Any, waiting: Any, reported: Any, member: Any, key: Any, words: Any, moved: Any
) -> Any:  # pragma: no cover (compiled)
    """Of those who fell ill today some will be reported, and some who waited are; whether any still wait."""
    ill, new, told, none = moved[-6], moved[-3], moved[-2], moved[-1]
    fill(member, u4(1000), u4(key), u4(key >> u8(32)), words[0], words[1])
    draw(waiting[i], report[2], report[3], words[0], words[1], told)
    draw(ill, report[0], report[1], words[1], words[0], new)
    left = False
    for at in range(0, member.size, ROW):
        left |= _add_row(waiting[i], new, told, at)
        _add_row(reported[i], told, none, at)
    return left


@njit(**LOOP)  # type: ignore[untyped-decorator]
def _draw_curve(
    curve: Any, at: int, live: Any, stage: Any, sheds: Any, reported: Any, none: Any, count: Any
) -> None:  # pragma: no cover (compiled)
    for i in range(live.size):
        shown = count
        if reported.size:
            shown = reported[i]
        elif live[i]:
            _infectious(i, stage, sheds, none, count)
        else:
            continue
        for m in range(shown.size):
            curve[i, at, m] = shown[m]


def run_days(
    first: Any, city: Any, weight: Any, segment: Any, people: Any, seed: Any, member: Any, onset: Any,
    seeded: Any, seed_stage: int, beta: Any, rate: Any, sheds: Any, report: Any, least: int,
    susceptible: Any, stage: Any, waiting: Any, reported: Any, found: Any, curve: Any, every: int,
) -> None:  # fmt: skip
    """Carry an epidemic through the days, for one block of members.

    Parameters
    ----------
    first, city : (city + 1,) and (link,) int
        The links of each city, itself among them, in rows one after the other.
    weight : (segment, link) float32
        Share of the contacts of its people that are with people of the other city.
    segment : (day,) int
        Which row of `weight` holds.
    people : (city,) int32
    seed : uint64
    member, onset : (member,) uint32 and int
        The number of each member, and the day on which the source begins in it; `NEVER`: not at all.
    seeded : (city, member) int32
        Who is infected when it begins, and goes to stage `seed_stage`.
    beta : (member,) float32
        Contacts a day that infect, of one infectious person among the susceptible.
    rate, sheds : (stage, member) and (stage,) float32
        How fast each stage is left, 1/d; how infectious it is.
    report : (4, member) float32, or (0, member) where nobody is reported
        Of those who fall ill, share that is reported, as a rate and as a share; of those to be reported, rate
        and share of each day.
    least : int
        How many count as arrived, of the reported so far, or, without `report`, of the infectious.
    susceptible, stage, waiting, reported : int32
        (city, member), (stage, city, member) and, of those to be reported and those reported, (city, member).
    found : (4, city, member) int32
        Day of arrival (`NEVER` before), highest count, its day, days at or above `least`.
    curve : (city, time, member) float32
        The count at every `every`-th day, as far as it has room.
    """
    cities, members = susceptible.shape
    assert members == BLOCK, "members come in whole blocks"
    p = np.empty_like(rate)
    for k in range(len(rate)):
        shares(rate[k], p[k])
    _run(
        first, city, weight, segment, people, seed, member, onset, seeded, seed_stage, beta, rate, p, sheds,
        report, least, susceptible, stage, waiting, reported, found, curve, every,
        np.zeros((cities, members), f4), np.zeros((2, members), f4), np.zeros((2, cities), np.bool_),
        np.zeros((len(stage) + 5, members), i4), np.zeros((2, members), u4),
    )  # fmt: skip


@njit(**LOOP)  # type: ignore[untyped-decorator]
def _run(
    first: Any, city: Any, weight: Any, segment: Any, people: Any, seed: Any, member: Any, onset: Any,
    seeded: Any, seed_stage: int, beta: Any, rate: Any, p: Any, sheds: Any, report: Any, least: int,
    susceptible: Any, stage: Any, waiting: Any, reported: Any, found: Any, curve: Any, every: int,
    shed: Any, work: Any, alive: Any, moved: Any, words: Any,
) -> None:  # fmt: skip  # pragma: no cover (compiled)
    """The days of `run_days`, with room to work in."""
    busy, live, force, count, none = alive[0], alive[1], work[0], moved[-4], moved[-1]
    shows = sheds[seed_stage] > 0 and not report.size
    for day in range(segment.size):
        _begin(day, onset, seeded, shows, least, susceptible, stage[seed_stage], live, busy, found)
        if report.size:
            _await(day, onset, seeded, report, waiting, member, seed, words, moved)
        _shed(stage, sheds, people, beta, shed, busy)
        for i in range(live.size):
            met = _pressure(first, city, weight[segment[day]], i, busy, shed, force)
            if not met and not live[i]:
                continue
            key = _key(seed, i, day)
            live[i] = _city_day(
                i, key, met, force, susceptible, stage, rate, p, member, words, work[1], moved
            )
            if report.size:
                live[i] |= _reports(i, report, waiting, reported, member, key, words, moved)
                _note(reported[i], day + 1, least, found, i)
            elif live[i]:
                _infectious(i, stage, sheds, none, count)
                _note(count, day + 1, least, found, i)
        if (day + 1) % every == 0 and (day + 1) // every < curve.shape[1]:
            _draw_curve(curve, (day + 1) // every, live, stage, sheds, reported, none, count)
        for i in range(live.size):
            if busy[i] and not live[i]:
                for m in range(force.size):
                    shed[i, m] = 0
            busy[i] = live[i]
