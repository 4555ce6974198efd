"""Its place puts this folder on the path of every test below it, so that all of them can import the cast.

No example has a deadline: how long one takes depends on what else the machine does.
"""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("house", deadline=None, max_examples=30)
settings.load_profile("house")
