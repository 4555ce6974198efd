"""Ask witnesses for their cosignatures, and never wait for one that is silent.

A log that grew shows its checkpoint to its witnesses, each with a proof of growth from where that witness
stands; a witness that stands elsewhere says where, and is asked again. What comes back is believed only if it
is a cosignature that verifies, over this very checkpoint, at a time that is not in the future.

A warning must not wait for a witness. All are asked at once, each from a thread of its own; when the time is
up, or the quorum of the policy is met, the answer is what has come so far, and the others are "pending". One
that answers later is heard the next time it is asked about the same checkpoint.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from riskshed.errors import LedgerError, MalformedError, RiskshedError
from riskshed.ledger.fetch import Answer, Caller
from riskshed.ledger.keys import VerifierKey
from riskshed.ledger.note import Checkpoint, NoteSignature, SignedNote, parse_decimal, verify_note
from riskshed.ledger.policy import Judgement, Policy
from riskshed.ledger.witness import SIZE_TYPE, Growth, origin_hash

ANSWER_BYTES_MAX = 65_536
TIMEOUT_S = 10.0
WAIT_S = 5.0
CONFLICTS_MAX = 4
AHEAD_S_MAX = 300
"""How far the clock of a witness may be ahead of ours."""

Prove = Callable[[int, int], Sequence[bytes]]
"""``(old, new)`` to the consistency proof between two sizes of the log; not asked for old = 0."""
State = Literal["cosigned", "pending", "refused"]


class WitnessError(LedgerError):
    """A witness did not cosign.

    Attributes
    ----------
    status : int or None
        What it answered with.
    permanent : bool
        Whether asking again with the same checkpoint is of no use.
    """

    def __init__(self, code: str, what: str, *, status: int | None = None, permanent: bool = True) -> None:
        super().__init__(code, what)
        self.status = status
        self.permanent = permanent


_REFUSALS = {
    400: ("witness.malformed", "it could not read the request"),
    403: ("witness.forbidden", "it does not know the key that signed the checkpoint"),
    404: ("witness.unknown_log", "it does not watch this log"),
    409: ("witness.fork", "it saw another root for this size"),  # as tlog-witness 1.0.0 has it
    422: ("witness.fork", "what it saw before is not part of this tree"),
}


class Witness:
    """One witness at an address. Calls wait for each other.

    Parameters
    ----------
    url : str
        The submission prefix.
    *vkeys : VerifierKey or str
        Its key, or keys; an answer is believed if one of them signed it and none of them signed badly.
    timeout_s : float
        The longest that one exchange may take.
    clock : callable
        Seconds since 1970.
    """

    def __init__(
        self,
        url: str,
        *vkeys: VerifierKey | str,
        timeout_s: float = TIMEOUT_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        assert vkeys, "a witness without a key cannot be believed"
        self.keys = tuple(VerifierKey.parse(key) if isinstance(key, str) else key for key in vkeys)
        self.url = url
        self._caller = Caller(url, timeout_s=timeout_s)
        self._clock = clock
        self._asking = threading.Lock()  # owns the connection and _stands_at
        self._stands_at: dict[str, int] = {}
        self._latest: tuple[str, tuple[NoteSignature, ...]] = ("", ())

    def __str__(self) -> str:
        return f"{self.keys[0].name} at {self.url}"

    def add_checkpoint(self, note: SignedNote, prove: Prove) -> tuple[NoteSignature, ...]:
        """Show a signed checkpoint of a log, and get its cosignature lines, verified.

        Raises
        ------
        FetchError
            No answer.
        WitnessError
            ``witness.fork``, ``witness.ahead`` (it has seen more of the log than we have),
            ``witness.forbidden``, ``witness.unknown_log``, ``witness.malformed``, ``witness.status``,
            ``witness.conflicts``, ``witness.time``, ``witness.answer``.
        SignatureError
            The answer does not verify.
        """
        with self._asking:
            lines = self._ask(note, prove)
            self._latest = (note.text, lines)
            return lines

    def latest(self, text: str) -> tuple[NoteSignature, ...]:
        """The lines that this witness gave for this text, if that was the last it was asked about."""
        said, lines = self._latest
        return lines if said == text else ()

    def checkpoint(self, origin: str) -> SignedNote:
        """The last checkpoint of a log that this witness cosigned, verified with its keys."""
        with self._asking:
            path = f"{origin_hash(origin)}/checkpoint"
            answer = self._caller.ask("GET", path, bytes_max=ANSWER_BYTES_MAX, headers={})
        if answer.status != 200:
            raise self._refusal(answer)
        opened = verify_note(SignedNote.parse(answer.body), self.keys)
        if (of := Checkpoint.parse(opened.note.text).origin) != origin:
            raise WitnessError(
                "witness.answer", f"{self} answers with a checkpoint of {of!r}, want {origin!r}"
            )
        return opened.note

    def close(self) -> None:
        """End the connection."""
        with self._asking:
            self._caller.close()

    @property
    def is_asked(self) -> bool:
        """Whether an earlier question still waits for its answer."""
        return self._asking.locked()

    def _ask(self, note: SignedNote, prove: Prove) -> tuple[NoteSignature, ...]:
        new = Checkpoint.parse(note.text)
        old = min(self._stands_at.get(new.origin, 0), new.size)
        for _ in range(CONFLICTS_MAX):
            growth = Growth(old, tuple(prove(old, new.size)) if old else (), note)
            headers = {"Content-Type": "text/plain; charset=utf-8"}
            answer = self._caller.ask(
                "POST", "add-checkpoint", bytes_max=ANSWER_BYTES_MAX, body=growth.to_bytes(), headers=headers
            )
            if answer.status == 200:
                lines = self._believed(note.text, answer.body)
                self._stands_at[new.origin] = new.size
                return lines
            if answer.status != 409 or answer.headers.get("content-type") != SIZE_TYPE:
                raise self._refusal(answer)
            told = self._told_size(answer.body)
            if told > new.size:
                what = f"{self} has cosigned size {told} of {new.origin}, and we show it {new.size}"
                raise WitnessError("witness.ahead", what, status=409)
            old = self._stands_at[new.origin] = told
        what = f"{self} has moved {CONFLICTS_MAX} times while it was asked"
        raise WitnessError("witness.conflicts", what, status=409, permanent=False)

    def _told_size(self, body: bytes) -> int:
        if not body.endswith(b"\n"):
            raise WitnessError("witness.answer", f"{self} tells its size as {body[:40]!r}", status=409)
        try:
            return parse_decimal(body[:-1].decode("latin-1"), "the size")
        except MalformedError as error:
            raise WitnessError("witness.answer", f"{self}: {error.what}", status=409) from error

    def _refusal(self, answer: Answer) -> WitnessError:
        code, what = _REFUSALS.get(answer.status, ("witness.status", f"status {answer.status}"))
        said = answer.body[:200].decode("utf-8", "replace").strip()
        shown = "".join(one if one.isprintable() else " " for one in said)
        lasting = answer.status < 500 and answer.status != 429
        return WitnessError(code, f"{self}: {what} ({shown!r})", status=answer.status, permanent=lasting)

    def _believed(self, text: str, body: bytes) -> tuple[NoteSignature, ...]:
        """The lines by our keys, after every one of them was verified over our own text."""
        try:
            lines = SignedNote.parse(text.encode() + b"\n" + body).signatures
        except MalformedError as error:
            raise WitnessError("witness.answer", f"{self}: {error.what}", status=200) from error
        opened = verify_note(SignedNote(text, lines), self.keys)
        latest_s = int(self._clock()) + AHEAD_S_MAX
        for by in opened.verified:
            if not 0 < (by.time_s or 0) <= latest_s:
                what = f"{self} cosigned at {by.time_s} s after 1970, which is no time or not yet"
                raise WitnessError("witness.time", what, status=200)
        known = {(by.key.name, by.key.key_id) for by in opened.verified}
        return tuple(line for line in dict.fromkeys(lines) if (line.name, line.key_id) in known)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one witness stands to a checkpoint: ``cosigned``, ``pending`` (no answer yet) or ``refused``."""

    name: str
    state: State
    reason: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Gathered:
    """A checkpoint with the cosignatures that have come, and what the policy says of it."""

    note: SignedNote
    judgement: Judgement
    standings: tuple[Standing, ...]

    @property
    def met(self) -> bool:
        """Whether the quorum has seen the checkpoint; otherwise it is to be flagged "pending witness"."""
        return self.judgement.met


class Witnesses:
    """The witnesses of a policy that have an address.

    Parameters
    ----------
    policy : Policy
        Whose word is enough.
    witnesses : mapping of str to Witness, optional
        By their names in the policy; otherwise made from its addresses.
    """

    def __init__(
        self,
        policy: Policy,
        witnesses: Iterable[tuple[str, Witness]] | None = None,
        *,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.policy = policy
        if witnesses is None:
            with_url = ((one.name, one.url, one.key) for one in policy.witnesses)
            witnesses = [(name, Witness(url, key, timeout_s=timeout_s)) for name, url, key in with_url if url]
        self.witnesses = dict(witnesses)

    def gather(
        self, note: SignedNote, prove: Prove, *, wait_s: float = WAIT_S, logs: Iterable[VerifierKey] = ()
    ) -> Gathered:
        """Show a checkpoint to all witnesses, and return when the quorum is met, all answered, or time is up.

        Parameters
        ----------
        note : SignedNote
            The checkpoint, signed by the log; cosignatures that it has already are kept.
        prove : callable
            See `Prove`; called from several threads.
        wait_s : float
            How long to wait at most; 0 asks and does not wait.
        logs : iterable of VerifierKey
            As in `Policy.judge`.

        Raises
        ------
        SignatureError, MalformedError
            The note itself is not one that the policy can judge.
        """
        keys = tuple(logs)
        judgement = self.policy.judge(note, keys)
        standings: dict[str, Standing] = {}
        heard: queue.SimpleQueue[tuple[str, tuple[NoteSignature, ...], RiskshedError | None]] = (
            queue.SimpleQueue()
        )
        until_s = time.monotonic() + wait_s
        waiting = 0
        for name, witness in self.witnesses.items():
            standings[name] = Standing(name, "pending", "has not answered yet")
            if lines := witness.latest(note.text):
                note, standings[name] = note.with_signatures(lines), Standing(name, "cosigned")
            elif not witness.is_asked:
                threading.Thread(
                    target=_ask, args=(name, witness, note, prove, heard.put), daemon=True
                ).start()
                waiting += 1
        while waiting and not (judgement := self.policy.judge(note, keys)).met:
            try:
                name, lines, error = heard.get(timeout=max(until_s - time.monotonic(), 0.0))
            except queue.Empty:
                break
            waiting -= 1
            note, standings[name] = note.with_signatures(lines), _standing(name, error)
        judgement = self.policy.judge(note, keys)
        return Gathered(note, judgement, tuple(standings.values()))

    def close(self) -> None:
        """End the connections of those that are not asked at this moment."""
        for witness in self.witnesses.values():
            if not witness.is_asked:
                witness.close()


def _ask(
    name: str,
    witness: Witness,
    note: SignedNote,
    prove: Prove,
    tell: Callable[[tuple[str, tuple[NoteSignature, ...], RiskshedError | None]], None],
) -> None:
    try:
        tell((name, witness.add_checkpoint(note, prove), None))
    except RiskshedError as error:
        tell((name, (), error))


def _standing(name: str, error: RiskshedError | None) -> Standing:
    if error is None:
        return Standing(name, "cosigned")
    lasting = getattr(error, "permanent", True)
    return Standing(name, "refused" if lasting else "pending", error.what, error.code)
