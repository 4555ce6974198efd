"""Write a file so that a crash leaves the old one or the new one, never a part, and a reply may rest on it.

A new name is not durable when the rename returns: the bytes must be flushed before it, the folder after it.
Where a flush fails after the rename, nobody can know which of the two files a later start will find. That is
doubt, told apart from a failure that surely left the old file, and whoever meets it stops.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from riskshed.errors import LedgerError

PART_SUFFIX = ".part"
"""Ends the name of a file that is being written; such a file is never read and may always be removed."""


class NotKeptError(LedgerError):
    """The file could not be written; the old one, if there was one, is still there."""


class KeptInDoubtError(LedgerError):
    """The new file may or may not survive a loss of power."""


def write_file(path: Path, data: bytes, *, flush_name: bool = True) -> None:
    """Put `data` under `path`, whole or not at all; folders are made where they are missing.

    When it returns, the file survives a loss of power. Without `flush_name` its bytes do, and its name does
    after `flush_folders` of the folder it lies in and of those above it that are new.

    Raises
    ------
    NotKeptError
        ``file.not_written``.
    KeptInDoubtError
        ``file.doubt``.
    """
    part = path.with_name(path.name + PART_SUFFIX)
    folders = [path.parent]
    try:
        while not folders[-1].is_dir():
            folders.append(folders[-1].parent)
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        what = f"{path} could not be written: {error.strerror}"
        raise NotKeptError("file.not_written", what, todo="Look at the disk, then try again.") from error
    try:
        part.replace(path)
    except OSError as error:
        raise _doubt(path, error) from error
    if flush_name:
        flush_folders(folders)


def flush_folders(folders: Iterable[Path]) -> None:
    """Make the names in these folders durable; Windows has no such flush and needs none.

    Raises
    ------
    KeptInDoubtError
        ``file.doubt``.
    """
    if os.name != "posix":
        return
    for folder in sorted(set(folders)):
        try:
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise _doubt(folder, error) from error


def _doubt(path: Path, error: OSError) -> KeptInDoubtError:
    what = f"{path} may or may not have reached the disk: {error.strerror}"
    return KeptInDoubtError("file.doubt", what, todo="Look at the disk, then start again.")
