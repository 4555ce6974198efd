"""The first page of a duty officer: what is warned of, what comes to my city, who is silent, what waits.

List before map, fact before chart, my city before the others. The page is whole without a script; with one,
the part that changes (``?part=live``) is fetched again whenever something was said. The map is fetched when
the list stands there (`map_page`), so that a thin line brings the warnings first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from riskshed.governance.outlook import Coming
from riskshed.governance.standing import Standing
from riskshed.web import (
    addresses,
    countdown,
    duty_row,
    frame,
    map_ground,
    roster,
    threat,
    warning_row,
    wording,
)
from riskshed.web.access import allowed, may
from riskshed.web.band_chart import soon_words
from riskshed.web.countdown import Countdown, Pair
from riskshed.web.current import node
from riskshed.web.people import Actor, acting
from riskshed.web.threat import UNLIKELY, Threat
from riskshed.web.wording import say

TODO_SHOWN = 6
NEAR_S = 3 * 86400


@dataclass(frozen=True, slots=True)
class CityRow:
    """One city in the list, and the same on the map: `reach` is its class."""

    code: str
    sub: str
    is_mine: bool
    reach: str
    soon: str
    short: str
    at: datetime | None
    seen_url: str
    band: str
    low: datetime | None
    high: datetime | None
    probability: float | None
    people: int | None


@allowed("home.see")
@require_safe
def situation(request: HttpRequest) -> HttpResponse:
    """The page, or with ``?part=live`` the part of it that changes; a party is led to the open side."""
    if not may(acting(request), "situation.see"):
        return HttpResponseRedirect(reverse("open"))
    shown = facts(request)
    if request.GET.get("part") == "live":
        answer = frame.draw(request, "riskshed/situation_live.html", **shown)
        answer["Cache-Control"] = "no-store"
        return answer
    return frame.draw(request, "riskshed/situation.html", **shown)


def facts(request: HttpRequest) -> dict[str, Any]:
    """Everything that the page shows."""
    actor, now = frame.framed(request)["actor"], frame.framed(request)["now"]
    living = node()
    standing, duties = living.standing(exercise=actor.exercise), living.duties(exercise=actor.exercise)
    city = city_of(standing, actor)
    found = threat.threats(standing, living.region, city)
    chosen = next((one for one in found if one.incident.code == request.GET.get("incident")), None)
    main = chosen or (found[0] if found else None)
    quiet = roster.silence(standing, main.incident, duties, now) if main else None
    waiting = duty_row.rows(duty_row.waiting(duties, actor.body), standing, now, mine=actor.body)
    waiting = duty_row.gathered(sorted(waiting, key=lambda one: one.due is None))
    told = roster.rows(standing, main.incident, _foreseen(main), actor.body) if main else ()
    cities = city_rows(main, city, now) if main else ()
    return {
        "city": city,
        "warnings": warning_row.active_rows(standing, living.territory, city or actor.body, now),
        "threat": main,
        "others": [one for one in found if one is not main],
        "clock": coming_clock(main, city, now) if main else None,
        "silence": silence_clock(quiet, standing, now) if quiet else None,
        "waiting": waiting[:TODO_SHOWN],
        "todo_more": max(len(waiting) - TODO_SHOWN, 0),
        "cities": cities,
        "roster": [one for one in told if one.is_mine or one.is_involved],
        "untold": [one.body for one in told if not one.is_involved and not one.is_mine],
        "incident_url": addresses.incident(main.incident.code) if main else "",
        "forecast_url": addresses.statement(main.forecast) if main and main.forecast else "",
        "summary": summary(main, city, quiet, now),
        "map_url": addresses.map_of(main.incident.code)
        if main and map_ground.has_places(living.region)
        else "",
    }


def _map_url(main: Threat | None) -> str:
    """Where the map is; empty where there is nothing to draw."""
    return addresses.map_of(main.incident.code) if main and map_ground.has_places(node().region) else ""


def city_of(standing: Standing, actor: Actor) -> str:
    """The city of who looks; empty for a body that is of no city."""
    held = standing.bodies.get(actor.body)
    if held is not None and held.city:
        return held.city
    return actor.body if any(one.code == actor.body for one in node().region.cities) else ""


def _foreseen(main: Threat) -> tuple[str, ...]:
    return tuple(one.city for one in main.coming if one.reaches(UNLIKELY))


# ---------------------------------------------------------------------------------------------- in words


def summary(main: Threat | None, city: str, quiet: roster.Silence | None, now: datetime) -> str:
    """The two facts that matter, as one sentence."""
    if main is None:
        return say("没有进行中的事件。", "No incident is open.")
    told = [_coming_words(main, city, now)]
    if quiet is not None and quiet.last is not None:
        name, length = wording.name_of(quiet.body), wording.span(now - quiet.last.at)
        told.append(say(f"{name}已 {length}没有消息", f"{name} has been silent for {length}"))
    elif quiet is not None:
        name = wording.name_of(quiet.body)
        told.append(say(f"{name}从未报告", f"{name} has never reported"))
    return say("；".join(told) + "。", "; ".join(told) + ".")


def _coming_words(main: Threat, city: str, now: datetime) -> str:
    what = wording.words(main.incident.name)
    coming = main.of(city) if city else main.next_city(now)
    if not main.coming:
        return say(f"{what}：尚无预测，到达时间未知", f"{what}: no forecast yet, arrivals unknown")
    if coming is None:
        return say(f"{what}：预测未涉及本市", f"{what}: the forecast does not speak of this city")
    return what + _arrival_words(main, coming, city, now)


def _arrival_words(main: Threat, coming: Coming, city: str, now: datetime) -> str:
    name = say("本市", "this city") if city else wording.name_of(coming.city)
    seen = main.reached_at(coming.city)
    if seen is not None:
        length = wording.span(now - seen)
        return say(f"已到达{name} {length}", f" has been in {name} for {length}")
    if not coming.reaches(UNLIKELY):
        return say(f"到达{name}的概率低于 0.1", f" is not likely to reach {name}")
    if coming.middle is None:
        return say(f"到达{name}的时间未知", f": when it reaches {name} is unknown")
    if coming.middle <= now:
        return say(f"推算已到达{name}", f" has likely reached {name}")
    length = wording.span(coming.middle - now)
    return say(f"约 {length}后到达{name}", f" reaches {name} in about {length}")


# ------------------------------------------------------------------------------------------------ clocks


def coming_clock(main: Threat, city: str, now: datetime) -> Countdown:
    """The countdown to my city; for a body of no city, to the one that is reached next."""
    coming = main.of(city) if city else main.next_city(now)
    title, alt = say("到达本市", "Coming to my city"), "Coming to my city" if city else "Coming next"
    if not city and coming is not None:
        name = wording.name_of(coming.city)
        title = say(f"到达{name}", f"Coming to {name}")
    if coming is None:
        return Countdown("h-mine", title, alt, say("未知", "unknown"), pairs=tuple(_source(main)))
    seen = main.reached_at(coming.city)
    number, unit, told = _number(coming, seen, now)
    return Countdown(
        id="h-mine",
        title=title,
        alt=alt,
        number=number,
        unit=unit,
        range=told,
        strip=None if seen else countdown.strip(now, coming.earliest, coming.middle, coming.latest),
        pairs=tuple(_pairs(main, coming, seen)),
    )


def _number(coming: Coming, seen: datetime | None, now: datetime) -> tuple[str, str, str]:
    """The large number, its unit, and what stands beside it."""
    if seen is not None:
        return (*countdown.large(now - seen), say("已到达，实测", "since it came, observed"))
    if coming.middle is None:
        return say("未知", "unknown"), "", say("到达的成员过少", "too few members arrive")
    told = wording.band(coming.earliest, coming.latest, now)
    if coming.middle <= now:
        late = say("推算已到达，无实测；", "likely here, not observed; ")
        return (*countdown.large(now - coming.middle), late + told)
    return (*countdown.large(coming.middle - now), told)


def _pairs(main: Threat, coming: Coming, seen: datetime | None) -> list[Pair]:
    made = []
    if seen is not None:
        sight = main.seen[coming.city]
        link = '<a class="src" href="{url}">{word}</a>'
        source = wording.filled(link, url=addresses.statement(sight.statement), word=say("读数", "reading"))
        made.append(
            Pair(say("实测", "Observed"), wording.filled("{at} {by}", at=wording.time_tag(seen), by=source))
        )
    made += countdown.arrival_pairs(coming.earliest, coming.middle, coming.latest, coming.probability)
    peak = wording.number(coming.peak, main.unit)
    if main.threshold:
        peak += say(f"（限值 {main.threshold}）", f" (limit {main.threshold})")
    made.append(Pair(say("峰值", "Peak"), peak))
    made.append(Pair(say("受影响人口", "People exposed"), wording.people(coming.exposed_people)))
    return [*made, *_source(main)]


def _source(main: Threat) -> list[Pair]:
    if not main.forecast:
        return [Pair(say("来源", "Source"), say("尚无预测", "no forecast yet"))]
    link = '<a class="src" href="{url}">{word}</a> {at}'
    word = say(f"预测，{main.members} 个成员", f"forecast, {main.members} members")
    url = addresses.statement(main.forecast)
    value = wording.filled(link, url=url, word=word, at=wording.time_tag(main.issued))
    return [Pair(say("来源", "Source"), value)]


def silence_clock(quiet: roster.Silence, standing: Standing, now: datetime) -> Countdown:
    """How long the source was not heard, what was agreed, and where it was taken."""
    link = '<a class="src" href="{url}">{word}</a>'
    pairs = []
    if quiet.last is not None:
        source = wording.filled(link, url=addresses.statement(quiet.last.id), word=say("日志", "log"))
        value = wording.filled("{at} {by}", at=wording.time_tag(quiet.last.at), by=source)
        pairs.append(Pair(say("最后消息", "Last heard"), value))
    if quiet.every_h is not None and quiet.beat is not None:
        rhythm = say(f"每 {quiet.every_h:g} 小时续报一次", f"an update every {quiet.every_h:g} h")
        agreed = wording.filled(link, url="/agreements/", word=duty_row.cited(quiet.beat, standing))
        pairs.append(Pair(say("约定", "Agreed"), wording.filled("{rhythm} {by}", rhythm=rhythm, by=agreed)))
    if quiet.escalated:
        url = addresses.statement(quiet.escalated[-1])
        pairs.append(Pair(say("已上升", "Escalated"), wording.filled(link, url=url, word=say("日志", "log"))))
    owed = (quiet.owed, 0) if quiet.owed is not None else None
    last = quiet.last.at if quiet.last else None
    return countdown.silence(wording.name_of(quiet.body), last, now, pairs, owed)


# ------------------------------------------------------------------------------------------------- cities


def city_rows(main: Threat, city: str, now: datetime) -> tuple[CityRow, ...]:
    """A row for each city, in the order of arrival; where it began stands first."""
    coming: Sequence[Coming] = main.coming
    origin = main.incident.city
    if origin and main.of(origin) is None and origin in {one.code for one in node().region.cities}:
        coming = (Coming(origin, None), *coming)
    return tuple(_city_row(main, one, city, now) for one in coming)


def _city_row(main: Threat, one: Coming, city: str, now: datetime) -> CityRow:
    is_origin = one.city == main.incident.city and one.probability is None
    sight = main.seen.get(one.city)
    seen = sight.at if sight else None
    began = main.incident.began or main.incident.at
    return CityRow(
        code=one.city,
        sub=_roles(main, one.city, city),
        is_mine=one.city == city,
        reach="origin" if is_origin else reach(one, seen, now),
        soon=say("已发生", "happened") if is_origin else soon_words(one, now, seen),
        short=_short(one, seen, now, is_origin),
        at=began if is_origin else seen or one.middle,
        seen_url=addresses.statement(sight.statement) if sight else "",
        band=wording.span_band(one.earliest, one.latest, now) if seen is None and not is_origin else "",
        low=one.earliest,
        high=one.latest,
        probability=one.probability,
        people=one.exposed_people,
    )


def _short(one: Coming, seen: datetime | None, now: datetime, is_origin: bool) -> str:
    """How soon, in as few words as a name on a map has room for."""
    if is_origin:
        return say("发生地", "source")
    if seen is not None:
        return say("已到", "here")
    if one.middle is None:
        return say("未知", "unknown")
    return say("推算已到", "likely here") if one.middle <= now else wording.how_soon(one.middle, now)


def reach(one: Coming, seen: datetime | None, now: datetime) -> str:
    """The class of a city on the map: past, near (within 3 days), far, off (not likely), unknown."""
    if seen is not None:
        return "past"
    if one.probability is None or one.middle is None:
        return "unknown"
    if not one.reaches(UNLIKELY):
        return "off"
    ahead_s = (one.middle - now).total_seconds()
    return "past" if ahead_s <= 0 else "near" if ahead_s <= NEAR_S else "far"


def _roles(main: Threat, code: str, city: str) -> str:
    incident, words = main.incident, []
    if code in incident.lead:
        words.append(say("牵头", "lead"))
    if code in incident.assist:
        words.append(say("配合", "assist"))
    if code == incident.city:
        words.append(say("发生地", "source"))
    if code == city:
        words.append(say("本市", "my city"))
    return say(" · ", ", ").join(words)
