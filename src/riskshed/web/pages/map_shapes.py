"""Shapes of the region for the map that can be moved: this node's own, since no map comes from elsewhere."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import condition, require_safe

from riskshed.web import map_ground
from riskshed.web.access import allowed
from riskshed.web.current import node


def _tag(request: HttpRequest) -> str:
    del request
    return f'"{node().region.digest}"'


@allowed("situation.see")
@require_safe
@condition(etag_func=_tag)
def shapes(request: HttpRequest) -> HttpResponse:
    """Areas, river and cities as GeoJSON; they change only with the region."""
    del request
    answer = HttpResponse(map_ground.geojson(node().region), content_type="application/geo+json")
    answer["Cache-Control"] = "private, max-age=3600"
    return answer
