"""Its place puts this folder on the path of every test below it, so that all of them can import the cast.

No example has a deadline: how long one takes depends on what else the machine does. Where SAME_EXAMPLES is
set, as on the machine that lets changes in, every run tries the same examples: whether a change lands must
not hang on luck. Everywhere else each run tries others.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# How long an example takes, and how many are filtered out in an unlucky run, says nothing about the code.
LUCK = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)
SAME = bool(os.environ.get("SAME_EXAMPLES"))
settings.register_profile(
    "house", deadline=None, max_examples=30, suppress_health_check=LUCK, derandomize=SAME
)
settings.load_profile("house")
