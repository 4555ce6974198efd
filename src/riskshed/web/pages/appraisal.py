"""The appraisal of an incident: each indicator with its evidence, what is unknown, what was filed by whom."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from riskshed.governance.appraisal import Scored, Sheet
from riskshed.governance.appraisal_measures import WHY
from riskshed.governance.appraisal_scales import text_of
from riskshed.governance.standing import Standing
from riskshed.statement import Statement
from riskshed.web import incident_board, wording
from riskshed.web.access import allowed
from riskshed.web.appraise_acts import APPRAISE_ACTS, measured
from riskshed.web.incident_acts import Scene
from riskshed.web.statement_line import line
from riskshed.web.wording import say

EVIDENCE_SHOWN = 4
ROLES = {
    "third_party": ("第三方", "third party"),
    "self": ("自评", "of itself"),
    "superior": ("上级", "superior"),
}


@allowed("appraisal.see")
@require_safe
def board(request: HttpRequest, code: str) -> HttpResponse:
    """The appraisal as the record bears it out now, and those that were filed."""
    return incident_board.draw(request, code, "riskshed/appraisal.html", APPRAISE_ACTS, _shown)


def _shown(scene: Scene) -> dict[str, Any]:
    found, standing = measured(scene), scene.standing
    codes = {scene.incident.code, *scene.incident.same_as}
    said = [seen.statement for seen in standing.statements.values()]
    filed = [
        one for one in said if one.kind == "AppraisalFiled" and one.about in codes and one.body is not None
    ]
    filed.sort(key=lambda one: (one.issued, one.id), reverse=True)
    return {
        "whole": _sheet(found.whole),
        "rows": [_row(one, standing.statements) for one in found.whole.rows],
        "bodies": [(body, _sheet(sheet)) for body, sheet in found.bodies.items()],
        "filed": [_filed(one, standing) for one in filed],
    }


def _filed(said: Statement, standing: Standing) -> dict[str, Any]:
    """An appraisal on record, as a row."""
    return {
        "line": line(said, standing),
        "role": say(*ROLES[said.string("role")]),
        "subject": said.string("subject"),
        "score": str(said.decimal("score")) if said.has("score") else "",
    }


def _sheet(sheet: Sheet) -> dict[str, str]:
    """The score over what is known, and how much of the weight that is."""
    score = "" if sheet.score is None else text_of(sheet.score)
    return {"score": score, "known": f"{float(sheet.known):.0%}"}


def _row(one: Scored, known: Any) -> dict[str, Any]:
    measure = one.measured
    unit = "" if measure.unit == "1" else f" {measure.unit}"
    bound = "≥ " if measure.is_at_least else ""
    value = "" if measure.value is None else f"{bound}{float(measure.value):.3g}{unit}"
    return {
        "name": wording.words(dict(one.scale.words)),
        "value": value,
        "score": "" if one.score is None else text_of(one.score),
        "why": say(*WHY[one.why]) if one.why else "",
        "weight": f"{float(one.weight):.0%}",
        "cases": measure.cases,
        "evidence": [name for name in measure.evidence if name in known][:EVIDENCE_SHOWN],
    }
