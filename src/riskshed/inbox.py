"""What a body receives: each statement at most once, however often it is sent.

Whoever sends cannot know whether a receipt that did not come back was lost before or after the statement was
received. So the sender sends again, and the receiver must be able to say "I have it". What it has and what
follows from it are kept in one transaction: after a crash either both are there or neither, so that a second
sending does nothing twice and loses nothing.

Only what was verified is remembered. Otherwise a stranger could send a true statement under a false signature
first, and the true one would be taken for a repetition.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from riskshed.columns import shown
from riskshed.envelope import Envelope
from riskshed.errors import InputError, StoreError
from riskshed.outbox_store import BookFile, DeliveryError, Receipt, from_ms, to_ms
from riskshed.statement import StatementError

_SCHEMA = """
CREATE TABLE received (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, envelope BLOB NOT NULL,
    accepted_ms INTEGER NOT NULL
);
"""


class Transaction(Protocol):
    """The open transaction of the inbox, for what must be kept together with a statement."""

    def execute(self, sql: str, parameters: Any = ..., /) -> Any:
        """Run one command of SQL."""
        ...


Consumer = Callable[[Transaction, str, bytes], None]
"""Takes the transaction, the id and the envelope of a statement that is new."""


class Inbox:
    """Accepts each statement at most once, by its id, and repeats its receipts.

    Parameters
    ----------
    path : Path
        An SQLite file of its own, made if it is not there.
    body : str
        Whose inbox it is: the addressee in its receipts.
    verified : callable
        Takes an envelope; whether a key that counts has signed it.
    consumer : callable, optional
        Called once for each new statement, in the same transaction. What it raises undoes the acceptance.
        What it does elsewhere than in the transaction may happen twice: a consumer that works elsewhere
        reads `after` instead, and keeps the number up to which it has read beside what it has done.
    schema : str
        Tables of the consumer, made with a new file.

    Raises
    ------
    StoreError
        As `BookFile`.
    """

    def __init__(
        self,
        path: Path,
        body: str,
        verified: Callable[[Envelope], bool],
        consumer: Consumer | None = None,
        *,
        schema: str = "",
    ) -> None:
        self.body = body
        self._verified = verified
        self._consumer = consumer
        self._file = BookFile(path, "inbox", 0x72736962, _SCHEMA + schema)

    def accept(self, statement: str, envelope: bytes, now: datetime) -> Literal["new", "seen"]:
        """Take in a statement: durably, together with what its consumer does, or not at all.

        Parameters
        ----------
        statement : str
            Its id, as the sender names it.
        envelope : bytes
        now : datetime
            Aware.

        Raises
        ------
        StatementError
            The bytes are no envelope.
        InputError
            ``inbox.other_id``, ``inbox.not_verified``: it is refused, now and at every repetition.
        StoreError
            It was not accepted, or nobody knows: send it again.
        """
        found = Envelope.parse(envelope)
        if found.id != statement:
            told = f"this is the statement {found.id[:12]}, not {shown(statement[:12])}"
            raise InputError("inbox.other_id", told)
        if not self._verified(found):
            told = f"the signature of {statement[:12]} is not by a key that counts"
            raise InputError("inbox.not_verified", told, todo="Send the record of the key first.")
        with self._file.transaction() as run:
            keep = "INSERT INTO received (id, envelope, accepted_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
            if not run.execute(keep, (statement, envelope, to_ms(now))).rowcount:
                return "seen"
            if self._consumer is not None:
                self._consumer(run, statement, envelope)
        return "new"

    def receipt(self, statement: str) -> Receipt | None:
        """The receipt of a statement, the same each time; None if it was not accepted."""
        found = self._file.rows("SELECT accepted_ms FROM received WHERE id = ?", statement)
        return Receipt(self.body, statement, from_ms(found[0][0])) if found else None

    def take(self, statement: str, envelope: bytes, now: datetime) -> Receipt:
        """Accept it and answer as a transport does: with a receipt, or with an error that says which sort.

        What is no such statement is refused for good. A signature by a key that is not known yet may be good
        tomorrow, when the record of the key has come; so may a disk that was full.

        Raises
        ------
        DeliveryError
        """
        try:
            self.accept(statement, envelope, now)
            receipt = self.receipt(statement)
        except (StatementError, InputError, StoreError) as error:
            permanent = isinstance(error, InputError) and error.code != "inbox.not_verified"
            raise DeliveryError(error.code, error.what, permanent=permanent, todo=error.todo) from error
        assert receipt is not None, "what was accepted has a receipt"
        return receipt

    def after(self, number: int = 0, most: int = 256) -> list[tuple[int, str, bytes]]:
        """Number, id and envelope of what was accepted after a number, in the order of acceptance."""
        query = "SELECT number, id, envelope FROM received WHERE number > ? ORDER BY number LIMIT ?"
        return [
            (one, statement, bytes(data)) for one, statement, data in self._file.rows(query, number, most)
        ]

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a question to the tables of the consumer finds."""
        return self._file.rows(query, *values)

    def close(self) -> None:
        """Give back the lock; may be called twice."""
        self._file.close()
