"""A disk whose power can be cut: everything that SQLite asks of it, in order, and what a cut would leave.

Bytes that were written and not yet flushed are in no order at all. When the power goes, each sector of 512
bytes of each such write may be on the disk or not; new names and removed names of files become durable in
order, and surely only with a flush. A flush that fails is worse: the system may drop the bytes and call them
written, still show them to readers, and report the next flush as a success.

`Recorder` stands between SQLite and the real file system. It is not another SQLite: the library that Python
itself uses gets two of its file system calls and four of its file calls replaced, and all others (locks,
shared memory) run as they are. `Medium` plays the record back up to any moment and says what a cut there
would leave. One run can so be cut at every moment, and a cut costs no run of its own.

It needs no privilege and no package. Where the SQLite of Python cannot be reached from outside it says so.
"""

from __future__ import annotations

import _sqlite3
import ctypes
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

SECTOR = 512
OK, FULL, IOERR_WRITE, IOERR_FSYNC = 0, 13, 778, 1034
OPEN_CREATE = 0x4


class Event(NamedTuple):
    """One thing that happened: what, to which file, where, which bytes or how many."""

    what: str
    file: int
    at: int = 0
    data: bytes = b""
    name: str = ""


class Vfs(ctypes.Structure):
    """`sqlite3_vfs`, as far as it is replaced."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("file_bytes", ctypes.c_int),
        ("path_bytes", ctypes.c_int),
        ("next", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("data", ctypes.c_void_p),
        ("open", ctypes.c_void_p),
        ("delete", ctypes.c_void_p),
        ("others", ctypes.c_void_p * 14),
    )


class Methods(ctypes.Structure):
    """`sqlite3_io_methods`, as far as it is replaced."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("close", ctypes.c_void_p),
        ("read", ctypes.c_void_p),
        ("write", ctypes.c_void_p),
        ("truncate", ctypes.c_void_p),
        ("sync", ctypes.c_void_p),
        ("others", ctypes.c_void_p * 13),
    )


_INT, _LONG, _ANY, _TEXT = ctypes.c_int, ctypes.c_int64, ctypes.c_void_p, ctypes.c_char_p
_OPEN = ctypes.CFUNCTYPE(_INT, _ANY, _ANY, _ANY, _INT, ctypes.POINTER(_INT))
_DELETE = ctypes.CFUNCTYPE(_INT, _ANY, _TEXT, _INT)
_WRITE = ctypes.CFUNCTYPE(_INT, _ANY, _ANY, _INT, _LONG)
_TRUNCATE = ctypes.CFUNCTYPE(_INT, _ANY, _LONG)
_SYNC = ctypes.CFUNCTYPE(_INT, _ANY, _INT)
# Names live as long as SQLite may ask for them: a journal has the name of its file, with an ending.
_ENDINGS = ("-wal", "-journal")


def library() -> ctypes.CDLL | None:
    """The SQLite that Python uses; None where it is hidden inside Python."""
    try:
        found = ctypes.CDLL(_sqlite3.__file__)
        found.sqlite3_vfs_find.restype = ctypes.c_void_p
    except (AttributeError, OSError):
        return None
    return found


class Recorder:
    """Records what SQLite does to the files of one folder, while `recording`; makes calls fail on demand.

    One at a time: while it records, it is the file system of every SQLite connection of this process.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)
        self.events: list[Event] = []
        self._files: dict[str, int] = {}  # name to number of the file that has it now
        self._handles: dict[int, int] = {}  # address of an open file to its number
        self._next = 0
        self._failing: tuple[str, int, int] | None = None
        self._kept: list[Any] = []  # what C refers to
        self._methods: dict[int, Methods] = {}

    def acknowledge(self, count: int) -> None:
        """Note that so many entries have been acknowledged by now."""
        self.events.append(Event("ack", -1, count))

    def flushed_anew(self, path: Path) -> None:
        """Note that a file was written over itself and flushed, not by SQLite."""
        file = self._number(str(path))
        self.events += [Event("write", file, 0, path.read_bytes()), Event("sync", file)]

    def fail(self, what: str, code: int, after: int = 0) -> None:
        """Let one call of `write` or `sync` fail, after so many that do not."""
        self._failing = (what, code, after)

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Stand between SQLite and the files."""
        sqlite = library()
        assert sqlite is not None
        real = sqlite.sqlite3_vfs_find(None)
        mine = Vfs.from_buffer_copy((ctypes.c_char * ctypes.sizeof(Vfs)).from_address(real))
        mine.name = b"recorder"
        mine.next = None
        self._open = _OPEN(mine.open)
        self._delete = _DELETE(mine.delete)
        parts = (_OPEN(self._on_open), _DELETE(self._on_delete))
        mine.open, mine.delete = (ctypes.cast(one, ctypes.c_void_p).value for one in parts)
        self._kept += [mine, *parts]
        assert sqlite.sqlite3_vfs_register(ctypes.byref(mine), 1) == OK
        try:
            yield
        finally:
            assert sqlite.sqlite3_vfs_register(ctypes.c_void_p(real), 1) == OK
            assert sqlite.sqlite3_vfs_unregister(ctypes.byref(mine)) == OK

    def _on_open(self, vfs: int, name: int | None, file: int, flags: int, told: Any) -> int:
        text = ctypes.string_at(name).decode() if name else ""
        code = self._open(vfs, name, file, flags, told)
        if code == OK and text.startswith(self.folder):
            self._handles[file] = self._number(text)
            slot = ctypes.c_void_p.from_address(file)
            slot.value = ctypes.addressof(self._methods_like(slot.value))
        return int(code)

    def _number(self, name: str) -> int:
        """The number of the file that has this name now."""
        if name not in self._files:
            self._next += 1
            self._files[name] = self._next
            self.events.append(Event("create", self._next, name=name))
        return self._files[name]

    def _methods_like(self, address: int) -> Methods:
        """The methods of a file, four of them replaced."""
        if address not in self._methods:
            real = Methods.from_address(address)
            mine = Methods.from_buffer_copy(real)
            close, write = ctypes.CFUNCTYPE(_INT, _ANY)(real.close), _WRITE(real.write)
            truncate, sync = _TRUNCATE(real.truncate), _SYNC(real.sync)

            def on_close(file: int) -> int:
                self._handles.pop(file, None)
                return int(close(file))

            def on_write(file: int, data: int, count: int, at: int) -> int:
                failed = self._fails("write")
                # A write that fails may have written its first part.
                count = count // 2 if failed else count
                self.events.append(Event("write", self._handles[file], at, ctypes.string_at(data, count)))
                return int(write(file, data, count, at)) or failed

            def on_truncate(file: int, size: int) -> int:
                self.events.append(Event("truncate", self._handles[file], size))
                return int(truncate(file, size))

            def on_sync(file: int, flags: int) -> int:
                failed = self._fails("sync")
                self.events.append(Event("lost sync" if failed else "sync", self._handles[file]))
                return failed or int(sync(file, flags))

            parts = (type(close)(on_close), _WRITE(on_write), _TRUNCATE(on_truncate), _SYNC(on_sync))
            addresses = (ctypes.cast(one, ctypes.c_void_p).value for one in parts)
            mine.close, mine.write, mine.truncate, mine.sync = addresses
            self._kept += [real, close, write, truncate, sync, *parts]
            self._methods[address] = mine
        return self._methods[address]

    def _fails(self, what: str) -> int:
        if self._failing is None or self._failing[0] != what:
            return OK
        _, code, after = self._failing
        self._failing = (what, code, after - 1) if after else None
        return OK if after else code

    def _on_delete(self, vfs: int, name: bytes, flush_folder: int) -> int:
        text = name.decode()
        code = int(self._delete(vfs, name, flush_folder))
        if code == OK and text in self._files:
            self.events.append(Event("delete", self._files.pop(text), flush_folder, name=text))
        return code


@dataclass
class File:
    """What readers see of a file, what of it is durable, and what is on its way."""

    seen: bytearray = field(default_factory=bytearray)
    durable: bytearray = field(default_factory=bytearray)
    pending: list[Event] = field(default_factory=list)
    flushes_folder: bool = False

    @classmethod
    def flushed(cls, data: bytes) -> File:
        """A file of which everything is durable."""
        return cls(bytearray(data), bytearray(data))

    def copy(self) -> File:
        """The same state, free to change."""
        return File(bytearray(self.seen), bytearray(self.durable), list(self.pending))


Files = dict[str, File]


class Medium:
    """The disk below, at some moment of a record.

    Parameters
    ----------
    files : dict
        Name to state of the files with which the record began.
    """

    def __init__(self, files: Files, folder: Path, draw: random.Random) -> None:
        self._draw = draw
        self._at_first = {f"{folder}/{name}": file.copy() for name, file in files.items()}
        self._files: dict[int, File] = {}
        self._names: dict[str, int] = {}  # durable
        self._pending_names: list[Event] = []
        self.acknowledged = 0

    def play(self, event: Event) -> None:
        """Let one thing happen."""
        what = event.what
        if what == "ack":
            self.acknowledged = event.at
        elif what == "create":
            self._create(event)
        elif what == "delete":
            self._pending_names.append(event)
            if event.at:
                self._flush_names()
        elif what in ("write", "truncate"):
            _apply(self._files[event.file].seen, event)
            self._files[event.file].pending.append(event)
        elif what == "sync":
            self._flush(self._files[event.file])
        else:
            # The system drops what it could not write, or part of it, and does not try again.
            file = self._files[event.file]
            file.pending = [one for one in file.pending if self._draw.random() < 0.5]

    def _create(self, event: Event) -> None:
        before = self._at_first.pop(event.name, None)
        if before is not None:
            self._files[event.file] = before
            self._names[event.name] = event.file
            return
        # SQLite flushes the folder with the first flush of a new journal.
        self._files[event.file] = File(flushes_folder=event.name.endswith(_ENDINGS))
        self._pending_names.append(event)

    def _flush(self, file: File) -> None:
        for event in file.pending:
            _apply(file.durable, event)
        file.pending.clear()
        if file.flushes_folder:
            file.flushes_folder = False
            self._flush_names()

    def _flush_names(self) -> None:
        for event in self._pending_names:
            _rename(self._names, event)
        self._pending_names.clear()

    def kill(self) -> Files:
        """The files after the death of the process alone: readers see everything, durable it is not yet."""
        names = dict(self._names)
        for event in self._pending_names:
            _rename(names, event)
        seen = self._by_name({name: self._files[file] for name, file in names.items()})
        return {name: file.copy() for name, file in seen.items()}

    def cut(self, survival: float) -> Files:
        """The files after a loss of power now: each unflushed sector survives with this probability."""
        names = dict(self._names)
        for event in self._pending_names[: self._draw.randint(0, len(self._pending_names))]:
            _rename(names, event)
        left = {name: self._files[file] for name, file in names.items()}
        return {
            name: File.flushed(self._left_of(file, survival)) for name, file in self._by_name(left).items()
        }

    def _by_name(self, files: Files) -> Files:
        """With the files that were there from the start and never opened since."""
        return {Path(name).name: file for name, file in {**self._at_first, **files}.items()}

    def _left_of(self, file: File, survival: float) -> bytes:
        left = bytearray(file.durable)
        for event in file.pending:
            if event.what == "truncate":
                if self._draw.random() < survival:
                    _apply(left, event)
                continue
            at = 0
            while at < len(event.data):
                # Sectors lie on the disk and not in the write: the first one may be a short piece.
                end = min(len(event.data), at + SECTOR - (event.at + at) % SECTOR)
                if self._draw.random() < survival:
                    _apply(left, Event("write", event.file, event.at + at, event.data[at:end]))
                at = end
        return bytes(left)


def _apply(data: bytearray, event: Event) -> None:
    """Write or cut off."""
    if event.what == "truncate":
        del data[event.at :]
        return
    if len(data) < event.at:
        data.extend(bytes(event.at - len(data)))
    data[event.at : event.at + len(event.data)] = event.data


def _rename(names: dict[str, int], event: Event) -> None:
    if event.what == "create":
        names[event.name] = event.file
    else:
        names.pop(event.name, None)
