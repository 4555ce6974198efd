"""Name the entries of a copy that are not those that were signed, by hashes that lead to a signed root."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress

from riskshed.audit_compare import Difference, differences
from riskshed.audit_copy import Copy, NoFiles, UnreadableError
from riskshed.audit_report import FindingList
from riskshed.errors import LedgerError
from riskshed.ledger.merkle import leaf_hashes
from riskshed.ledger.mirror_tiles import TrueTiles
from riskshed.ledger.note import Checkpoint
from riskshed.ledger.tiles import TILE_WIDTH, TileAt, bundles_of

_WORDS = {"edited": "is not what was signed", "dropped": "is gone", "inserted": "is new here"}


class Blame:
    """Holds the entries of a copy against the leaf hashes of a tree.

    Parameters
    ----------
    copy : Copy
        What is audited.
    size : int
        The size of its checkpoint.
    gaps : collection of int
        Bundles of it that cannot be read, which were told already.
    found : FindingList
        Where the findings go.
    """

    def __init__(self, copy: Copy, size: int, gaps: Collection[int], found: FindingList) -> None:
        self._copy = copy
        self._size = size
        self._gaps = gaps
        self._found = found

    def name_from(self, other: Copy, known: Checkpoint) -> None:
        """Name entries by a copy of another day, as far as both go; nothing where that copy is damaged."""
        if other.source is not None and known.size and self._size:
            with suppress(LedgerError):
                true = TrueTiles(other.source, NoFiles(), known.size, known.root)
                self.name(true, min(known.size, self._size))

    def name(self, true: TrueTiles, size: int) -> None:
        """Name what differs among the first `size` entries."""
        blocks = [at for at in bundles_of(size) if at.index not in self._gaps and self._has(true, at)]
        wanted = (one for at in blocks for one in true.hashes(0, at.index)[: at.width])
        got = (one for at in blocks for one in leaf_hashes(self._entries(at)))
        places = [at.index for at in blocks]
        for run in _runs(differences(wanted, got)):
            self._tell(run, places, size)

    def _has(self, true: TrueTiles, at: TileAt) -> bool:
        try:
            return bool(true.hashes(0, at.index))
        except LedgerError as error:
            self._found.add("tile.edited", error.what)
            return False

    def _entries(self, at: TileAt) -> Sequence[bytes]:
        """The first entries of a bundle, read at the width that the copy has."""
        width = min(TILE_WIDTH, self._size - at.index * TILE_WIDTH)
        try:
            entries = self._copy.bundle(at.index, width).entries
        except UnreadableError:
            return ()
        return entries[: at.width] if at.width < width else entries

    def _tell(self, run: tuple[int, int, str, int | None], blocks: Sequence[int], size: int) -> None:
        def index(place: int) -> int:
            row = min(place // TILE_WIDTH, len(blocks) - 1)
            return (blocks[row] - row) * TILE_WIDTH + place

        first, last, change, found_at = run
        what = "it" if first == last else f"entries {index(first)} to {index(last)}:"
        if change == "dropped" and index(last) == size - 1:
            told = f"the entries {index(first)} to {index(last)} at the end of the log are gone"
            self._found.add("log.truncated", told, index(first))
        elif change == "reordered" and found_at is not None:
            told = f"it now stands where entry {index(found_at)} was"
            self._found.add("entry.reordered", told, index(first))
        else:
            self._found.add(f"entry.{change}", f"{what} {_WORDS[change]}", index(first))


def _runs(changes: Iterable[Difference]) -> Iterator[tuple[int, int, str, int | None]]:
    """Neighbouring drops and insertions taken together: first, last, change, where it stands now."""
    run: tuple[int, int, str, int | None] | None = None
    for change, place, found_at in changes:
        if run and change in ("dropped", "inserted") and run[2] == change and run[1] == place - 1:
            run = (run[0], place, change, None)
            continue
        if run:
            yield run
        run = (place, place, change, found_at)
    if run:
        yield run
