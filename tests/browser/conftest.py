"""A real browser for the pages: Debian's Chromium, with a Chinese face to write with.

Where it is absent and this is root on a Debian machine, it is installed; elsewhere the tests skip and say
why.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
PACKAGES = ("chromium", "fonts-noto-cjk")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def install() -> str:
    """Install the browser; what went wrong, empty if nothing did."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return "install Debian's chromium and fonts-noto-cjk to run the browser tests"
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (("apt-get", "update", "-q"), ("apt-get", "install", "-y", "-q", *PACKAGES)):
        told = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=300, check=False
        )
    return "" if told.returncode == 0 else f"chromium cannot be installed: {told.stderr.strip()[-300:]}"


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """A headless Chromium for the tests of one file; its event loop must be gone before another starts."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is of the extra 'dev'")
    fault = "" if CHROMIUM.exists() else install()
    if fault:
        pytest.skip(fault)
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        yield chromium
        chromium.close()
