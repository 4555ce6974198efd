"""The files of the look, as they are sent: packed beforehand, under an address that changes with them.

A browser keeps them for good and never asks again; a new version of the program has another address. All lie
below one digest of all of them, so that a script finds its parts and a sheet its fonts beside itself. `fill`
packs them when a node is about to be served; where that was not done they are sent as they lie, unpacked.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from whitenoise.compress import Compressor
from whitenoise.middleware import WhiteNoiseMiddleware

FOLDER = "static"
OTHERS = ("django-allauth",)
"""Packages that bring files of their own."""


def digest(folder: Path) -> str:
    """A name for all files of a folder and those of other packages, as they are now."""
    summed = hashlib.sha256(" ".join(version(one) for one in OTHERS).encode())
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        summed.update(path.relative_to(folder).as_posix().encode() + b"\0")
        summed.update(hashlib.sha256(path.read_bytes()).digest())
    return summed.hexdigest()[:12]


def fill(shelf: Path) -> None:
    """Put all files on a shelf with a packed copy beside each, and clear away shelves of other versions.

    Several processes may do so at once; a shelf is whole or not there.
    """
    if not shelf.is_dir():
        part = shelf.with_name(f"{shelf.name}.{os.getpid()}")
        for name, source in _found().items():
            path = part / name
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, path)
        packer = Compressor(use_brotli=False, quiet=True)
        for path in [one for one in part.rglob("*") if one.is_file() and packer.should_compress(one.name)]:
            packer.compress(str(path))
        try:
            part.rename(shelf)
        except OSError:  # another process was faster
            shutil.rmtree(part)
    for old in shelf.parent.iterdir() if shelf.is_dir() else ():
        if old != shelf and not old.name.startswith(f"{shelf.name}."):
            shutil.rmtree(old, ignore_errors=True)


def _found() -> dict[str, str]:
    """Name to path, the first found of each name."""
    found: dict[str, str] = {}
    for finder in finders.get_finders():
        for name, storage in finder.list(None):
            found.setdefault(name, storage.path(name))
    return found


class Shelf(WhiteNoiseMiddleware):  # type: ignore[misc]  # whitenoise has no types
    """Sends what is on the shelf, else what the packages hold."""

    def add_files_from_finders(self) -> None:
        """Called when Django starts."""
        if settings.NODE_STATIC_SHELF.is_dir():
            self.add_files(str(settings.NODE_STATIC_SHELF), prefix=self.static_prefix)
        else:
            super().add_files_from_finders()

    def immutable_file_test(self, path: str, url: str) -> bool:
        """Whether a browser may keep it for good: all of them, but for who is at work on them."""
        del path
        return url.startswith(self.static_prefix) and not settings.DEBUG
