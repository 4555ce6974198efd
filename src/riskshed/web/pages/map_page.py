"""The map of an incident, by itself: other pages fetch the picture once their lists can be read.

The picture is longer than all the rest of the first page, and says what the list says. So the list comes
first, over a thin line too; ``?part=map`` is the picture alone, and who has no script follows a link to here.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from riskshed.governance.standing import Standing
from riskshed.web import addresses, footprint_view, frame, map_shown, threat, wording
from riskshed.web.access import allowed
from riskshed.web.current import node
from riskshed.web.pages import situation
from riskshed.web.people import acting
from riskshed.web.threat import Threat


@allowed("situation.see")
@require_safe
def map_page(request: HttpRequest) -> HttpResponse:
    """The map beside its list and the picture of the pathway, or with ``?part=map`` the map alone.

    ``?incident=`` says of what.
    """
    if request.GET.get("part") != "map":
        told, exercise = _shown(request), acting(request).exercise
        forecast = told["threat"].forecast if told["threat"] else ""
        drawn = footprint_view.shown(node().standing(exercise=exercise), forecast)
        return frame.draw(request, "riskshed/map.html", **told, picture=drawn)
    answer = frame.draw(request, "riskshed/situation_map.html", **_shown(request))
    # Who has it already is told that it still holds: the ground does not change, and arrivals do seldom.
    answer["Cache-Control"] = "private, no-cache"
    answer["ETag"] = f'"{hashlib.sha256(answer.content).hexdigest()[:32]}"'
    found = get_conditional_response(request, etag=answer["ETag"], response=answer)
    return found if isinstance(found, HttpResponse) else answer


def _shown(request: HttpRequest) -> dict[str, Any]:
    actor, now = acting(request), node().now()
    standing = node().standing(exercise=actor.exercise)
    city = situation.city_of(standing, actor)
    main = _asked(standing, request.GET.get("incident", ""), city)
    cities = situation.city_rows(main, city, now) if main else ()
    return {
        "threat": main,
        "cities": cities,
        "incident_url": addresses.incident(main.incident.code) if main else "",
        "forecast_url": addresses.statement(main.forecast) if main and main.forecast else "",
        **map_shown.shown(
            node().region,
            {one.code: one.reach for one in cities},
            {one.code: one.short for one in cities},
            wording.tongue(),
        ),
    }


def _asked(standing: Standing, code: str, city: str) -> Threat | None:
    """The incident that was asked for; where there is none of that name, the one of the first page."""
    incident = next((one for one in standing.incidents.values() if code in (one.code, *one.same_as)), None)
    if incident is not None:
        return threat.of_incident(standing, incident, node().region)
    found = threat.threats(standing, node().region, city)
    return found[0] if found else None
