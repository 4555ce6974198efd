"""What the tests of the acting pages need: an incident with a forecast, notices of it, and filled-in forms.

A spill at Jilin is foreseen to reach Songyuan, Harbin and Jiamusi. Jilin tells them; Harbin answers.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.test import Client
from statements import plain_body

from riskshed.footprint import Footprint
from riskshed.footprint_statement import issue
from riskshed.governance.draft import Draft
from riskshed.statement import Statement, time_text
from riskshed.vocabulary import KINDS
from riskshed.web.models import Membership
from riskshed.web.node import Node
from riskshed.web.warning_draft import forecast

JILIN, HARBIN, JIAMUSI, BASIN = "220200", "230100", "230800", "songhua-basin"
INCIDENT = "spill-2005"
WORDS = {"zh": "说明", "en": "words"}
HOUR = timedelta(hours=1)
HOSTILE = "<script>alert(1)</script>"
_INPUT = re.compile(r"<(input|textarea|select|option)\b([^>]*)>(?:([^<]*)</textarea>)?")


def plain(kind: str, **more: Any) -> dict[str, Any]:
    return {**plain_body(KINDS[kind].fields, optional=False), **more}


def opened(node: Node, *, exercise: bool = False, footprint: bool = True) -> str:
    """An incident at Jilin, with a forecast of whom it reaches; returns the id of the forecast."""
    desk = node.desk(JILIN, "duty-03", exercise=exercise)
    facts = {"hazard_class": "accident", "city": JILIN, "name": {"zh": "双苯厂爆炸", "en": "Plant explosion"}}
    desk.open_incident(INCIDENT, **plain("IncidentOpened", **facts))
    return foreseen(node, exercise=exercise) if footprint else ""


def foreseen(node: Node, *, hours: float = 240.0, peak: str = "0.4", exercise: bool = False) -> str:
    """A forecast: Songyuan first, then Harbin after `hours`, Jiamusi last."""
    now = node.now()

    def row(city: str, chance: str, at_h: float) -> dict[str, Any]:
        times = {"earliest": at_h * 0.9, "middle": at_h, "latest": at_h * 1.1}
        told = {name: time_text(now + value * HOUR) for name, value in times.items()}
        return {"city": city, "probability": chance, **told, "peak": {"value": peak, "unit": "mg/L"}}

    rows = [row("220700", "1", hours / 2), row(HARBIN, "0.98", hours), row(JIAMUSI, "0.6", hours * 2)]
    body = plain("FootprintIssued", arrivals=rows, threshold={"value": "0.017", "unit": "mg/L"})
    body |= {"origin": time_text(now), "known_at": time_text(now), "pathway": "pollutant"}
    return node.desk(JILIN, "duty-03", exercise=exercise).issue_footprint(INCIDENT, **body)


def forecast_of(node: Node, made: Footprint) -> str:
    """Put a real footprint on the record, as the desk of Jilin does."""
    told = issue(made, readings=(), title="forecast", zone=node.profile.zone)
    assert told is not None, "it crosses a border"
    node.keep_file(told.data)
    return node.desk(JILIN, "duty-03").issue_footprint(INCIDENT, **told.body)


def told(node: Node, *, exercise: bool = False) -> dict[str, str]:
    """Jilin tells those who have to know; the ids of the notices by the first addressee."""
    desk = node.desk(JILIN, "duty-03", exercise=exercise)
    standing = desk.standing()
    seen = forecast(standing, standing.incidents[INCIDENT].footprint)
    sent = desk.send_notices(INCIDENT, seen, node.writing())
    standing = desk.standing()
    return {standing.notices[one].to[0]: one for one in sent}


def warned(node: Node, *, level: str = "orange", exercise: bool = False, **more: Any) -> str:
    """Harbin warns its people."""
    body = plain("WarningIssued", level=level, cities=[HARBIN], hazard_class="accident", **more)
    body |= {"expires": time_text(node.now() + 24 * HOUR), "onset": time_text(node.now() + HOUR)}
    body |= {"headline": {"zh": "停水预警", "en": "Water cut"}} if not exercise else {}
    desk = node.desk(HARBIN, "duty-07", exercise=exercise)
    return desk.say(Draft("WarningIssued", HARBIN, None, None, body))


def seat(body: str, *, exercise: bool = False) -> str:
    return f"{body} {'exercise' if exercise else 'actual'}"


def press(client: Client, url: str, body: str = HARBIN, *, exercise: bool = False, **typed: Any) -> Any:
    """Send a form."""
    return client.post(url, {"seat": seat(body, exercise=exercise), **typed})


def commander(body: str) -> Any:
    """A commander of a body for which the demonstration has none."""
    user = get_user_model().objects.create_user(f"commander-{body}", password="a long password for tests")
    Membership.objects.create(user=user, body=body, role="commander", officer="command-01")
    return user


def act(name: str, statement: str = "") -> str:
    """The address of an act in the incident, or about a statement in it."""
    return f"/incidents/{INCIDENT}/act/{name}/" + (f"{statement}/" if statement else "")


def do(client: Client, url: str, body: str, **typed: Any) -> Any:
    """Open a form, change what is given, and send it as a browser would."""
    form = client.get(url)
    assert form.status_code == 200, (url, form.status_code)
    return press(client, url, body, **{**filled(form), **typed})


def last(node: Node, *kinds: str) -> Statement:
    """What was said last of these kinds."""
    return [one.statement for one in node.statements(0) if one.statement.kind in kinds][-1]


def enter_exercise(client: Client, body: str = HARBIN) -> None:
    assert press(client, "/exercises/", body, word="演习").status_code == 302


def said(node: Node, since: int) -> list[Statement]:
    """What was said since the log had so many entries."""
    return [one.statement for one in node.statements(since)]


def filled(page: Any) -> dict[str, Any]:
    """What the fields of a page hold, as a browser would send them unchanged."""
    text = page.content.decode()
    found: dict[str, list[str]] = {}
    select = ""
    for tag, attributes, inner in _INPUT.findall(text):
        given = dict(re.findall(r'([\w-]+)="([^"]*)"', attributes))
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "select":
            select = name
        elif tag == "option" and " selected" in attributes:
            found.setdefault(select, []).append(given["value"])
        elif tag == "textarea":
            found.setdefault(name, []).append(inner.strip("\n"))
        elif tag == "input" and name and (kind not in ("radio", "checkbox") or " checked" in attributes):
            found.setdefault(name, []).append(given.get("value", ""))
    found.pop("csrfmiddlewaretoken", None)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}
