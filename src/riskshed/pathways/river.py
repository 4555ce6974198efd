"""Flood waves through a network of reaches: what the rain upstream does to the cities downstream, and when.

TODO
"""

from __future__ import annotations

from riskshed.pathways.reach import (
    LagCoefficients,
    Rating,
    gill_outflow,
    lag_coefficients,
    lag_coefficients_of,
    muskingum_coefficients,
)
from riskshed.pathways.stream import Plan, Routed, State, inflow_of, plan, route, start
from riskshed.pathways.water import Ledger, Runoff

__all__ = [
    "LagCoefficients",
    "Ledger",
    "Plan",
    "Rating",
    "Routed",
    "Runoff",
    "State",
    "gill_outflow",
    "inflow_of",
    "lag_coefficients",
    "lag_coefficients_of",
    "muskingum_coefficients",
    "plan",
    "route",
    "start",
]
