"""The book of deliveries in its file: opened when it is needed, let go when it fails, closed once for all."""

from __future__ import annotations

from pathlib import Path

import pytest

from riskshed.errors import StoreError
from riskshed.outbox_store import SqliteOutbox
from riskshed.web.deliveries import _Book


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.db"


def test_a_book_is_opened_when_it_is_first_needed(path: Path) -> None:
    book = _Book(path)
    assert not path.exists()
    assert (book.position(), book.trouble) == (0, "")
    assert path.exists()
    book.close()


def test_a_book_that_cannot_be_opened_says_why_and_is_tried_again(path: Path) -> None:
    path.write_bytes(b"no book at all" * 100)
    book = _Book(path)
    with pytest.raises(StoreError):
        book.position()
    assert str(path) in book.trouble
    path.unlink()
    assert (book.position(), book.trouble) == (0, "")
    book.close()


def test_a_book_that_another_process_has_is_taken_once_it_is_free(path: Path) -> None:
    other, book = SqliteOutbox(path), _Book(path)
    with pytest.raises(StoreError):
        book.position()
    assert book.trouble
    other.close()
    assert (book.position(), book.trouble) == (0, "")
    book.close()


def test_a_book_that_failed_is_let_go_and_opened_again(path: Path) -> None:
    book = _Book(path)
    book.position()
    book.let_go("the disk is full")
    assert book.trouble == "the disk is full"
    SqliteOutbox(path).close()  # its lock is free
    assert (book.position(), book.trouble) == (0, "")
    book.close()


def test_a_book_that_was_closed_is_not_opened_again(path: Path) -> None:
    book = _Book(path)
    book.position()
    book.close()
    book.close()
    with pytest.raises(StoreError) as told:
        book.position()
    assert told.value.code == "outbox.closed"
    SqliteOutbox(path).close()
