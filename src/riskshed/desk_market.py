"""The market desk: needs and offers are stated, matched, accepted and refused, and come on the record whole.

Each act looks how things stand and speaks while it holds the record, so that of two who take the same offer
at once the one who comes first in the log has it, and the other is told ``market.taken`` before he has said
anything. What is sealed is kept before it is said, by whoever keeps the bodies of sealed statements
(`Shelf`); if it is not said after all, it is dropped again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from riskshed.desk import Desk
from riskshed.governance import market as rules
from riskshed.governance import market_run
from riskshed.governance.draft import Draft
from riskshed.governance.market_book import KINDS, SIDES, Market
from riskshed.governance.standing import Standing
from riskshed.statement import Sealed, Statement, seal
from riskshed.statement_record import Body, frozen

AGAIN = timedelta(minutes=10)
"""So long the same row of the same body counts as the same press of a button."""
Words = Mapping[str, str]
Again = Callable[[Statement], bool]
"""Whether a statement may come from an earlier try of the same act, however long ago that was."""
TAKEN_BACK: Words = {"zh": "不再需要或不再提供。", "en": "It is no longer needed, or no longer offered."}
GIVEN_BACK: Words = {"zh": "不再需要，予以免除。", "en": "It is no longer needed, and is given back."}
"""Why a row is taken back, and why a promise is given back, where nobody says it in other words."""


class Shelf(Protocol):
    """Where the bodies of sealed statements are kept."""

    def keep(self, body: Sealed) -> None:
        """Keep salt and body durably."""

    def drop(self, body: Sealed) -> None:
        """Take away what was kept and never said."""

    def body(self, said: Statement) -> Body | None:
        """The body of a sealed statement; None if it is not here, or no longer."""


def opened(standing: Standing, shelf: Shelf, reader: str | None = None) -> Market:
    """All needs, offers and matches, with what is sealed open as far as `reader` may see it.

    That is what the body said itself or is a recipient of; a row that is sealed whole, once it is matched
    with one of its own; and what is sealed of a row, once the match is accepted. None is the keeper, who
    decides whether there is anything left to take, and shows nothing of it.
    """
    told = [seen.statement for seen in standing.statements.values() if seen.statement.kind in KINDS]
    sealed = {one.id: one for one in told if one.body is None}
    bodies = {
        code: body
        for code, one in sealed.items()
        if (reader is None or reader in (one.by, *one.recipients)) and (body := shelf.body(one)) is not None
    }
    if reader is None:
        return rules.opened(standing, bodies)
    partners = [body[name] for body in bodies.values() if "offer" in body for name in ("need", "offer")]
    market = rules.opened(standing, bodies | _bodies(partners, sealed, shelf))
    bound = [one for one in market.matches.values() if one.accepted and reader in (one.need_by, one.offer_by)]
    rows = [market.rows[name] for one in bound for name in (one.need, one.offer)]
    conditions = [row.conditions for row in rows if row.conditions is not None]
    return rules.opened(standing, bodies | _bodies([*partners, *conditions], sealed, shelf))


def _bodies(codes: Iterable[str], sealed: Mapping[str, Statement], shelf: Shelf) -> dict[str, Body]:
    found = {code: shelf.body(sealed[code]) for code in codes if code in sealed}
    return {code: body for code, body in found.items() if body is not None}


def _is_again(standing: Standing, statement: str, again: Again | None) -> bool:
    """Whether it was said a moment ago, or may come from an earlier try."""
    seen = standing.statements[statement]
    is_recent = abs(standing.at - seen.seen_at) <= AGAIN
    return is_recent or (again is not None and again(seen.statement))


class MarketDesk:
    """The acts of one desk. Each may raise what the desk raises; then nothing was said or kept.

    Parameters
    ----------
    desk : Desk
    shelf : Shelf
    keepers : sequence of str
        Bodies that run the matching here, and may open what is sealed for it.
    """

    def __init__(self, desk: Desk, shelf: Shelf, keepers: Sequence[str]) -> None:
        self.desk, self.shelf, self.keepers = desk, shelf, tuple(keepers)

    def market(self) -> Market:
        """How needs, offers and matches stand now."""
        return opened(self.desk.standing(), self.shelf)

    def state(
        self, draft: Draft, sealed: Sequence[str], cities: Iterable[str], again: Again | None = None
    ) -> str:
        """State a need or make an offer; the id of the row, of a moment ago where it was said then.

        Parameters
        ----------
        draft : Draft
            With the whole row.
        sealed : sequence of str
            What others must not see: parts, or ``all``.
        cities : iterable of str
            Codes of the cities that there are.
        again : callable, optional
            Whether a row may come from an earlier try of this very act.

        Raises
        ------
        InputFaults
            ``market.faults``, as of `governance.market.check`; ``statement.faults`` of its fields.
        """
        readers = tuple(dict.fromkeys((draft.by, *self.keepers)))
        with self.desk.record.held():
            standing = self.desk.standing()
            open_, whole = rules.parted(draft.body, [one for one in sealed if one != "all"])
            if before := self._before(standing, draft, whole or open_, again):
                return before
            row = seal(draft.kind, draft.body)
            rules.check(standing, draft, standing.at, cities)
            if "all" in sealed:
                return self._sealed(draft, row, readers)
            if whole is None:
                return self.desk.say(draft)
            return self._parted(Draft(draft.kind, draft.by, draft.about, None, open_), whole, readers)

    def _before(self, standing: Standing, draft: Draft, body: Body, again: Again | None) -> str | None:
        """The same row of a moment ago, or of an earlier try, that still stands."""
        for row in opened(standing, self.shelf).rows.values():
            same = (row.by, row.side, row.about) == (draft.by, SIDES[draft.kind], draft.about)
            stands = row.withdrawn is None and rules.is_same(row, body)
            if same and stands and _is_again(standing, row.id, again):
                return row.id
        return None

    def _sealed(self, draft: Draft, body: Sealed, readers: Sequence[str]) -> str:
        self.shelf.keep(body)
        try:
            return self.desk.say_sealed(draft, body, readers)
        except BaseException:
            self.shelf.drop(body)
            raise

    def _parted(self, draft: Draft, whole: Body, readers: Sequence[str]) -> str:
        body = seal(draft.kind, whole)
        self.shelf.keep(body)
        try:
            return self.desk.say_with_sealed(draft, body, readers)[0]
        except BaseException:
            self.shelf.drop(body)
            raise

    # --------------------------------------------------------------------------------------- matching

    def run(self, places: market_run.Places) -> tuple[str, ...]:
        """Match what is open, and propose it; the ids of the proposals, none if there is nothing new."""
        with self.desk.record.held():
            standing = self.desk.standing()
            found = market_run.run(opened(standing, self.shelf, self.desk.body), standing.at, places)
            made = market_run.proposals(found, self.desk.body)
            said = list(self.desk.say_all([one.draft for one in made if not one.recipients]))
            for one in made:
                if one.recipients:
                    said.append(self._answer(one.draft, one.recipients))
        return tuple(said)

    def accept(self, match: str, note: Words | None = None) -> str:
        """Take the offer of a match; errors as of `governance.market.accept`."""
        with self.desk.record.held():
            market = self.market()
            draft = rules.accept(market, match, self.desk.body, note)
            return self._answer(draft, self._readers(match))

    def refuse(self, match: str, reason: Words) -> str:
        """Refuse a match; errors as of `governance.market.refuse`."""
        with self.desk.record.held():
            draft = rules.refuse(self.market(), match, self.desk.body, reason)
            return self._answer(draft, self._readers(match))

    def receive(self, match: str, body: Body, again: Again | None = None) -> str:
        """Say what came of a match, once; errors as of `governance.market.receive`.

        The same receipt of a moment ago, or of an earlier try (`again`), is not said a second time.
        """
        with self.desk.record.held():
            market, standing = self.market(), self.desk.standing()
            draft = rules.receive(market, match, self.desk.body, body)
            for receipt in market.matches[match].receipts:
                said = standing.statements[receipt].statement
                held = said.body if said.body is not None else self.shelf.body(said)
                same = held is not None and dict(held) == dict(frozen(dict(body)))
                if same and _is_again(standing, receipt, again):
                    return receipt
            return self._answer(draft, self._readers(match))

    def _readers(self, match: str) -> tuple[str, ...]:
        """Who may read an answer: whoever may read the match; empty where that is everybody."""
        said = self.desk.standing().statements[match].statement
        return tuple(dict.fromkeys((said.by, *said.recipients))) if said.body is None else ()

    def _answer(self, draft: Draft, readers: Sequence[str]) -> str:
        if not readers:
            return self.desk.say(draft)
        return self._sealed(draft, seal(draft.kind, draft.body), readers)
