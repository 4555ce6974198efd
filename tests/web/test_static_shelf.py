"""Files of the look on their shelf: packed, kept for good, under an address that changes with them."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.utils import get_files
from django.core.files.storage import FileSystemStorage
from django.test import Client

from riskshed.web import static_shelf

SHEET = b"a { color: red; }\n" * 100
NAME = "riskshed/look.css"


class _Only:
    """Finds what one folder holds."""

    def __init__(self, folder: Path) -> None:
        self._storage = FileSystemStorage(folder)

    def list(self, _: object) -> Iterator[tuple[str, FileSystemStorage]]:
        return ((name, self._storage) for name in get_files(self._storage))


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shelf of one sheet and its picture."""
    source = tmp_path / "source" / "riskshed"
    source.mkdir(parents=True)
    (source / "look.css").write_bytes(SHEET)
    (source / "face.woff2").write_bytes(bytes(range(256)) * 4)
    shelf = tmp_path / "static" / "0123456789ab"
    monkeypatch.setattr(static_shelf.finders, "get_finders", lambda: [_Only(source.parent)])
    monkeypatch.setattr(settings, "NODE_STATIC_SHELF", shelf)
    static_shelf.fill(shelf)
    return shelf


def test_a_shelf_holds_each_file_and_a_packed_copy_of_what_can_be_packed(shelf: Path) -> None:
    assert (shelf / NAME).read_bytes() == SHEET
    assert gzip.decompress((shelf / f"{NAME}.gz").read_bytes()) == SHEET
    assert not (shelf / "riskshed" / "face.woff2.gz").exists()


def test_a_file_is_sent_packed_to_who_takes_it_so_and_is_kept_for_good(shelf: Path, db: None) -> None:
    address = settings.STATIC_URL + NAME
    plain, packed = Client().get(address), Client().get(address, headers={"Accept-Encoding": "gzip"})
    assert b"".join(plain.streaming_content) == SHEET
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(b"".join(packed.streaming_content)) == SHEET
    assert "immutable" in packed.headers["Cache-Control"]
    assert "Accept-Encoding" in packed.headers["Vary"]


def test_a_shelf_that_is_there_is_left_and_others_are_cleared_away(shelf: Path) -> None:
    (shelf.parent / "old").mkdir()
    (shelf / NAME).write_bytes(b"as it was")
    static_shelf.fill(shelf)
    assert (shelf / NAME).read_bytes() == b"as it was"
    assert [one.name for one in shelf.parent.iterdir()] == [shelf.name]


def test_another_process_that_fills_the_same_shelf_is_left_in_peace(shelf: Path) -> None:
    (shelf.parent / f"{shelf.name}.99999").mkdir()
    static_shelf.fill(shelf)
    assert (shelf.parent / f"{shelf.name}.99999").is_dir()


@pytest.mark.parametrize("change", ["content", "name"])
def test_the_address_changes_with_the_files(tmp_path: Path, change: str) -> None:
    file = tmp_path / "look.css"
    file.write_text("a")
    before = static_shelf.digest(tmp_path)
    assert static_shelf.digest(tmp_path) == before
    file.rename(tmp_path / "book.css") if change == "name" else file.write_text("b")
    assert static_shelf.digest(tmp_path) != before
