"""Those downstream are told of a report from the spot as soon as it is filed: nobody stands in between.

The report itself stands whatever becomes of the notices.
"""

from __future__ import annotations

from collections.abc import Iterable

from riskshed.desk import Desk
from riskshed.governance import field_notice
from riskshed.governance.draft import Draft
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import FieldReportStanding
from riskshed.web import corroborating, speaking, warning_draft
from riskshed.web.current import node


def tell(desk: Desk, report: str) -> tuple[str, ...]:
    """Tell those downstream of a report, and of what it bears out or speaks against; the ids of the notices.

    Raises
    ------
    RiskshedError
        Nobody was told. The report stands.
    """
    with speaking.one_at_a_time():
        standing = desk.standing()
        said = standing.statements[report].statement
        ids = (report, *said.strings("supports"), *said.strings("contradicts"))
        known = [standing.field_reports[one] for one in ids if one in standing.field_reports]
        return desk.say_all(due(standing, known, desk.body))


def due(standing: Standing, reports: Iterable[FieldReportStanding], by: str) -> list[Draft]:
    """The notices that are due of these reports; a place on the river is told as the city around it."""
    regime, writing = node().regime(), node().writing()
    found: list[Draft] = []
    cities = {one.id: one.city for one in node().region.sections}
    for one in reports:
        incident = standing.incidents.get(one.about or "")
        seen = warning_draft.forecast(standing, incident.footprint) if incident else None
        found += field_notice.due_notices(
            standing,
            one,
            regime.terms,
            node().territory,
            node().now(),
            by=by,
            writing=writing,
            city=cities.get(one.place or ""),
            outlook=seen,
            borne_out=corroborating.of(node(), standing, one),
        )
    return found
