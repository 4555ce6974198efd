"""The whole crash campaign: `make torture`.

Power cuts with two controls that must fail, then the death of the process, then that of a PostgreSQL server.
Each part prints what it found; the campaign ends with 1 if any of it is not as it must be. A failing seed is
printed and can be run again: ``PYTHONPATH=tests python -m torture.power --seed 1``.
"""

from __future__ import annotations

import subprocess
import sys

PARTS = (
    ("torture.power", "--cuts", "5000"),
    ("torture.kill", "--kills", "200"),
    ("torture.kill", "--kills", "10", "--postgres"),
)


def main() -> None:
    """Run all parts, also after one has failed."""
    failed = []
    for part in PARTS:
        print(" ".join(part), flush=True)
        if subprocess.run([sys.executable, "-m", *part], check=False).returncode:
            failed.append(part)
    print(
        "failed:" if failed else "nothing that was acknowledged was lost", *(" ".join(one) for one in failed)
    )
    raise SystemExit(bool(failed))


if __name__ == "__main__":
    main()
