"""Every act that an officer can do in an incident, by the name that it has in its address."""

from __future__ import annotations

from collections.abc import Mapping

from riskshed.web.aid_acts import AID_ACTS
from riskshed.web.appraise_acts import APPRAISE_ACTS
from riskshed.web.incident_acts import ACTS, Act
from riskshed.web.plan_acts import PLAN_ACTS
from riskshed.web.settle_acts import SETTLE_ACTS

EVERY: tuple[Act, ...] = (*ACTS, *AID_ACTS, *PLAN_ACTS, *SETTLE_ACTS, *APPRAISE_ACTS)
BY_NAME: Mapping[str, Act] = {one.name: one for one in EVERY}
assert len(BY_NAME) == len(EVERY), "no two acts have one name"
