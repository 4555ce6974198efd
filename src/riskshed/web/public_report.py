"""What somebody without an account reports: the form, and what is done before it is said.

A report is said by the body that runs the node, or by the party whose representative is signed in. Before
that the form asks to take out what would be personal (`governance.personal_data`), because nothing can be
taken off the log; a point far from all that this node covers is refused, saying what is covered; photographs
are made plain (`photographs`). Who reports is asked for nowhere. What is wrong with one field loses none of
the others.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
from django import forms as django_forms
from django.http import HttpRequest

from riskshed.exchange.wording import Text as Bilingual
from riskshed.governance import personal_data
from riskshed.governance.draft import Draft
from riskshed.governance.matching_pairs import distance_km
from riskshed.region import Region
from riskshed.statement import decimal_text, time_text
from riskshed.web import origins, people, photographs, speaking, wording
from riskshed.web.access import TooOftenError
from riskshed.web.current import node
from riskshed.web.forms import Hidden, Known, Moment, Pictures, Sheet, Text
from riskshed.web.people import acting
from riskshed.web.wording import say

ACTION, OFFICER = "hazard.report", "public-report"
"""The action of reporting, and the post under which a report of the public stands."""
WORDS_MAX, WHERE_MAX = 1_000, 200
AGO_MAX = timedelta(days=30)
AHEAD_MAX = timedelta(minutes=2)
"""A telephone whose clock is a little fast says nothing wrong."""
COVER_KM, NEAR_KM = 150.0, 60.0
"""So far from every city and section a point is none of ours; so near one, it is taken to be there."""
POINT_DIGITS = 3
"""A hundred metres: what was seen is found, and nobody's door."""
ELSEWHERE = "elsewhere"
PERSONAL: dict[str, Bilingual] = {
    "phone": Bilingual("电话号码", "a telephone number"),
    "identity": Bilingual("身份证号", "an identity number"),
    "bank_card": Bilingual("银行卡号", "the number of a bank card"),
    "email": Bilingual("电子邮箱", "an e-mail address"),
    "plate": Bilingual("车牌号", "a number plate"),
}


class ReportForm(Sheet):
    """What somebody saw; `website` is for machines that fill in everything, and stays empty for people."""

    what = Text("看到什么（必填）", "What you saw (needed)", rows=4)
    city = Known("哪个城市（有坐标可不选）", "In which city (may be left out if you give a point)")
    where = Text("具体地点（可不填）", "Where exactly (may be left out)")
    lat = Text("纬度（可不填）", "Latitude (may be left out)")
    lon = Text("经度（可不填）", "Longitude (may be left out)")
    seen_at = Moment("何时看到（不填为现在）", "When you saw it (now, if left out)")
    photographs = Pictures("照片（可不选，最多 3 张）", "Photographs (may be left out, at most 3)")
    website = Hidden()

    def clean_what(self) -> str:
        """Needed, of a length that an officer reads, and without personal data."""
        text = str(self.cleaned_data["what"]).strip()
        if not text:
            raise django_forms.ValidationError(say("请写看到了什么", "say what you saw"))
        return impersonal(_fits(text, WORDS_MAX))

    def clean_where(self) -> str:
        """Of a length that an officer reads, and without personal data."""
        return impersonal(_fits(str(self.cleaned_data["where"]).strip(), WHERE_MAX))

    def clean_city(self) -> str:
        """One of those of the node; "elsewhere" is a choice."""
        code = str(self.cleaned_data["city"])
        if code and code not in {value for value, _ in cities()}:
            raise django_forms.ValidationError(say("请选择城市", "choose a city"))
        return code

    def clean_lat(self) -> Decimal | None:
        """Degrees north."""
        return _degrees(str(self.cleaned_data["lat"]), 90)

    def clean_lon(self) -> Decimal | None:
        """Degrees east."""
        return _degrees(str(self.cleaned_data["lon"]), 180)

    def clean_seen_at(self) -> datetime:
        """Not in the future, and not a month ago."""
        now = node().now()
        at: datetime = self.cleaned_data["seen_at"] or now
        if at > now + AHEAD_MAX:
            raise django_forms.ValidationError(say("时间在将来", "that is in the future"))
        if at < now - AGO_MAX:
            raise django_forms.ValidationError(
                say("超过 30 天，请电话报告", "more than 30 days ago: please telephone")
            )
        return min(at, now)

    def clean(self) -> dict[str, Any]:
        """A place is needed: a city, or a point that this node covers."""
        given: dict[str, Any] = super().clean() or {}
        lat, lon = given.get("lat"), given.get("lon")
        if {"lat", "lon", "city"} & set(self.errors):
            return given
        if (lat is None) != (lon is None):
            self.add_error("lon" if lon is None else "lat", say("纬度和经度要一起填", "give both of the two"))
        elif lat is not None and lon is not None:
            self._place(given, float(lat), float(lon))
        elif not given.get("city"):
            self.add_error("city", say("请选择城市", "choose a city"))
        return given

    def _place(self, given: dict[str, Any], lat: float, lon: float) -> None:
        """The city of a point, unless one was chosen; refused where it is none of ours."""
        city, away_km = nearest(node().region, lat, lon)
        if city is None or away_km > COVER_KM:
            covered = "、".join(word for code, word in cities() if code != ELSEWHERE)
            self.add_error(
                "lat",
                say(
                    f"这个位置离本平台覆盖的城市超过 {COVER_KM:.0f} 公里，请向当地报告"
                    f"（110、119 或 12345）。覆盖：{covered}",
                    f"this point is more than {COVER_KM:.0f} km from all that is covered here; please "
                    f"report it where it is (110, 119 or 12345). Covered: {covered}",
                ),
            )
        elif not given.get("city"):
            given["city"] = city if away_km <= NEAR_KM else ELSEWHERE


def impersonal(text: str) -> str:
    """The text, if there is nothing personal in it; what is there is named.

    Raises
    ------
    ValidationError
    """
    found = personal_data.find(text)
    if found:
        listed = "、" if wording.tongue() == "zh" else ", "
        told = listed.join(f"{PERSONAL[one.sort].said(wording.tongue())} {one.text}" for one in found)
        raise django_forms.ValidationError(
            say(
                f"公开的文字不能带个人信息，请删去：{told}",
                f"nothing personal may be public; take out {told}",
            )
        )
    return text


def _fits(text: str, most: int) -> str:
    if len(text) > most:
        raise django_forms.ValidationError(say(f"最多 {most} 个字", f"at most {most} characters"))
    return text


def _degrees(text: str, most: int) -> Decimal | None:
    if not text.strip():
        return None
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) > most:
        raise django_forms.ValidationError(
            say(
                f"是 -{most} 到 {most} 的度数，如 45.7567", f"degrees from -{most} to {most}, such as 45.7567"
            )
        )
    return found


def cities() -> list[tuple[str, str]]:
    """Where something can be seen: the cities of the node, and elsewhere."""
    named = [
        (one.code, str(wording.words({"zh": one.name_zh, "en": one.name_en}))) for one in node().region.cities
    ]
    return [*named, (ELSEWHERE, say("其他地方", "elsewhere"))]


def nearest(region: Region, lat: float, lon: float) -> tuple[str | None, float]:
    """The city of the nearest city point or section of a region, and how far that is, in km."""
    places = [(one.code, one.lat, one.lon) for one in region.cities]
    places += [(one.city, one.lat, one.lon) for one in region.sections]
    known = [(code, at, along) for code, at, along in places if at is not None and along is not None]
    if not known:
        return None, float("inf")
    away = distance_km(
        np.array([at for _, at, _ in known]), np.array([along for _, _, along in known]), lat, lon
    )
    first = int(away.argmin())
    return known[first][0], float(away[first])


# ------------------------------------------------------------------------------------------------- saying


def take(request: HttpRequest, form: ReportForm) -> str:
    """Say it, in the language in which it was written; the id of the statement.

    Raises
    ------
    TooOftenError
        The valve is shut for this city and this origin.
    RiskshedError
        It could not be said.
    """
    actor, given = acting(request), form.cleaned_data
    speaks = people.is_party(actor.body) and people.REPRESENTATIVE in actor.roles and not actor.exercise
    now = node().now()
    where = given["where"]
    text = given["what"] + (say(f"（地点：{where}）", f" (where: {where})") if where else "")
    body: dict[str, Any] = {
        "what": {wording.tongue(): text},
        "seen_at": time_text(given["seen_at"]),
        "verified": speaks,
    }
    if given["city"] != ELSEWHERE:
        body["place"] = given["city"]
    if given["lat"] is not None:
        body["point"] = {name: decimal_text(float(given[name]), POINT_DIGITS) for name in ("lat", "lon")}
    address = str(request.META.get("REMOTE_ADDR", ""))
    if not speaks:
        body["reporter"] = origins.pseudonym(node(), address, now)
    before = _said_before(body, now) if not speaks else None
    if before is not None:
        return before
    if not origins.has_room(given["city"], body.get("reporter", actor.body)):
        raise TooOftenError(ACTION, origins.HOUR_S)
    pictures = photographs.keep_all(node(), given["photographs"])
    if pictures:
        body["files"] = pictures
    desk = actor.desk() if speaks else node().desk(node().profile.body, OFFICER)
    return speaking.once(desk, [Draft("FieldReportFiled", desk.body, None, None, body)]).ids[0]


def _said_before(body: dict[str, Any], now: datetime) -> str | None:
    """The same words from the same origin, of a moment ago: a form that was sent again."""
    for seen in node().standing().statements.values():
        said = seen.statement
        if said.kind != "FieldReportFiled" or said.body is None or now - said.issued > speaking.AGAIN:
            continue
        told = said.to_json()["body"]
        if all(told.get(name) == body.get(name) for name in ("what", "place", "reporter")):
            return said.id
    return None
