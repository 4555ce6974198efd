"""Filing an appraisal of an incident: what the record measures, signed by whoever judges."""

from __future__ import annotations

from typing import Literal

from riskshed.governance import appraisal
from riskshed.governance.appraisal import Appraisal
from riskshed.governance.draft import Draft
from riskshed.governance.trust import borne_out
from riskshed.web import addresses
from riskshed.web.current import node
from riskshed.web.forms import Sheet
from riskshed.web.incident_acts import Act, Scene


def measured(scene: Scene) -> Appraisal:
    """The appraisal of the incident as things stand, by the scales that come with the platform."""
    duties = [one.duty for one in node().duties()]
    judged = borne_out(scene.standing, scene.regime, duties)
    return appraisal.appraise(scene.standing, scene.code, judged)


def _filed(scene: Scene, _: Sheet) -> list[Draft]:
    """By a third party, or by a body that took part, of itself; the file is kept before it is named."""
    found = measured(scene)
    role: Literal["self", "third_party"] = "self" if scene.actor.body in found.bodies else "third_party"
    draft = appraisal.draft(found, scene.actor.body, role)
    node().keep_file(found.to_bytes())
    return [scene.draft(draft.kind, draft.body, draft.replies_to)]


APPRAISE_ACTS: tuple[Act, ...] = (
    Act(
        "appraise",
        "appraisal.file",
        ("提交评估", "File the appraisal"),
        ("并提交评估", "and file the appraisal"),
        Sheet,
        lambda _: {},
        _filed,
        fits=lambda _: True,
        back=lambda scene: addresses.appraisal(scene.code),
    ),
)
