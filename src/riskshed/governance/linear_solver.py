"""The solver of linear programmes, HiGHS, as everything here asks for it: silent, and the same every time."""

from __future__ import annotations

from typing import Any


def silent_highs() -> Any:
    """A new solver that says nothing: with callbacks it would greet on standard output, amid JSON."""
    import highspy  # noqa: PLC0415 (slow to load)

    made = type("Solver", (highspy.Highs,), {"enableCallbacks": lambda _: None})()
    made.setOptionValue("output_flag", False)
    # HiGHS has one pool of threads for the process, as the first solver asked for it. A later one that asks
    # for another number does not run at all.
    made.setOptionValue("threads", 1)
    made.setOptionValue("parallel", "off")
    return made
