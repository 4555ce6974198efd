"""Asks the witnesses of this node to cosign each new checkpoint of its log, beside everything else.

    the log grew -> a round: one checkpoint, shown to every witness that has not signed it -> `checkpoint`

What they sign is kept in the folder of the node, where `record_proof` finds it: the checkpoint is served with
it, and the marks on the pages count it. Nothing waits for a witness: what is said counts as soon as it is on
the log, and is "pending witness" until then.

All witnesses of a round are shown the same checkpoint, or in a busy log each would have signed another one.
One that is away, slow or refuses is let alone for a while, and longer each time; the others do not wait for
it. A checkpoint that the quorum has seen is replaced only by a later one that the quorum has seen as well, so
that a lost witness does not take back what could be shown before.

The operator names the witnesses, in a policy. Each time before one is asked, every address of its host must
be one that the world may use, unless private targets are allowed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from django.conf import settings

from riskshed.audit_copy import CHECKPOINT_FILE
from riskshed.errors import InputError, LedgerError, RiskshedError
from riskshed.ledger.durable import write_file
from riskshed.ledger.keys import VerifierKey
from riskshed.ledger.log import State
from riskshed.ledger.note import NoteSignature, SignedNote
from riskshed.ledger.policy import Group, Judgement, Policy
from riskshed.ledger.witness_client import Prove, Standing, Witness, WitnessError, Witnesses
from riskshed.outbox import DeliveryError
from riskshed.web import record_proof
from riskshed.web.delivery_webhook import target_of
from riskshed.web.node import Node

ROUND_S_MAX = 5.0
"""A round waits no longer for those who have not answered; the next one shows the newest checkpoint."""
SLICE_S = 0.2
"""So often a round that waits looks whether the node stops."""
REST_S = 1.0
"""Between two rounds, so that a burst of statements is one checkpoint to sign."""
PAUSE_S, PAUSE_S_MAX = 2.0, 300.0
"""How long a witness that did not sign is let alone at first, and at most."""
STOP_S = 0.8
_ALL = "all"

_log = logging.getLogger("riskshed.cosigning")


# ------------------------------------------------------------------------------------------- the policy


def read_policy(path: Path, setting: str = "RISKSHED_WITNESSES") -> Policy:
    """The policy in a file, which a setting names.

    Raises
    ------
    InputError
        ``witnesses.unreadable``.
    InputFaults
        As `Policy.parse`.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        told = f"the policy of witnesses {path} cannot be read: {error.strerror}"
        raise InputError("witnesses.unreadable", told, todo=f"See {setting}.") from error
    return Policy.parse(data, path.name)


def asked() -> tuple[VerifierKey, ...]:
    """The keys of the witnesses that this node asks; none where it was told of none."""
    return _keys_of(settings.NODE_WITNESSES) if settings.NODE_WITNESSES else ()


@cache
def _keys_of(path: str) -> tuple[VerifierKey, ...]:
    return tuple(one.key for one in read_policy(Path(path)).witnesses)


def counted(note: SignedNote, log: VerifierKey) -> tuple[int, int]:
    """How many witnesses put a line under a checkpoint, and of how many that this node asks.

    Where it asks none the second is 0, and the first counts whoever signed beside the log.
    """
    witnesses = asked()
    if not witnesses:
        return len(record_proof.cosigners(note, log)), 0
    lines = {(one.name, one.key_id) for one in note.signatures}
    return sum((key.name, key.key_id) in lines for key in witnesses), len(witnesses)


# ------------------------------------------------------------------------------------------- the worker


class _Reached(Witness):
    """A witness whose address is looked at before it is asked."""

    def __init__(self, url: str, key: VerifierKey, private: bool) -> None:
        super().__init__(url, key)
        self._private = private

    def add_checkpoint(self, note: SignedNote, prove: Prove) -> tuple[NoteSignature, ...]:
        """See `Witness.add_checkpoint`; raises WitnessError where the address may not be used."""
        try:
            target_of(self.url, private=self._private)
        except DeliveryError as error:
            code = error.code.replace("webhook.", "witness.")
            raise WitnessError(code, f"{self}: {error.what}", permanent=error.permanent) from error
        return super().add_checkpoint(note, prove)


class Cosigning:
    """Gathers cosignatures for as long as the node is open. See `asgi.Worker`.

    Parameters
    ----------
    node : Node
    policy : Policy
        Names the witnesses, with their addresses, and the quorum.
    private : bool
        Whether witnesses may be at private addresses and speak plain HTTP.

    Raises
    ------
    FetchError
        An address in the policy is none.
    """

    def __init__(self, node: Node, policy: Policy, *, private: bool) -> None:
        self._node, self._policy = node, policy
        self._log_keys = [record_proof.verifier(node)]
        self._witnesses = {
            one.name: _Reached(one.url, one.key, private) for one in policy.witnesses if one.url
        }
        self._standings = {
            one.name: Standing(one.name, "pending", "" if one.url else "the policy has no address for it")
            for one in policy.witnesses
        }
        self._pauses: dict[str, tuple[float, float]] = {}  # until when it is let alone, and for how long
        self._bell, self._closing = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._work, name="cosigning", daemon=True)

    @property
    def standings(self) -> tuple[Standing, ...]:
        """How each witness of the policy stood to the checkpoint that was shown last."""
        return tuple(self._standings.values())

    def start(self) -> None:
        """See `asgi.Worker.start`."""
        self._node.listen(lambda _: self._bell.set())
        self._thread.start()

    def stop(self) -> None:
        """See `asgi.Worker.stop`. A witness that still owes an answer is not waited for."""
        self._closing.set()
        self._bell.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)
        for one in self._witnesses.values():
            if not one.is_asked:
                one.close()

    def _work(self) -> None:
        while not self._closing.is_set():
            wait_s: float | None = PAUSE_S
            self._bell.clear()
            try:
                wait_s = self.round()
            except RiskshedError as error:
                _log.error("no cosignatures can be gathered: %s (%s)", error, error.code)
            except Exception:  # a wrong program must not end it: the next checkpoint may do
                _log.exception("cosigning has met a fault of the program")
            self._bell.wait(wait_s)
            self._closing.wait(REST_S)

    def round(self) -> float | None:
        """Show the last checkpoint to those who are due; returns in how many seconds another is due, or None.

        Raises
        ------
        RiskshedError
            The log cannot be read, or what was signed cannot be kept.
        """
        state = self._node.log.state()
        note, signed = self._begun(SignedNote.parse(state.note))
        lacking = [name for name in self._witnesses if name not in signed]
        self._tell(signed)
        due = [name for name in lacking if self._rests_s(name) <= 0]
        until_s = time.monotonic() + ROUND_S_MAX
        while due and not self._closing.is_set():
            note, due = self._slice(note, state, due)
            if time.monotonic() > until_s:
                for name in due:
                    self._pause(name, "it has not answered")
                break
            if due:
                self._closing.wait(SLICE_S)
        return min((max(self._rests_s(one), 0.0) for one in self._unsigned(lacking)), default=None)

    def _begun(self, bare: SignedNote) -> tuple[SignedNote, Collection[str]]:
        """The checkpoint with what was kept for it, and who signed it; without, if the file was spoilt."""
        with suppress(LedgerError):
            kept = SignedNote.parse(self._kept())
            if kept.text == bare.text:
                note = bare.with_signatures(kept.signatures)
                return note, self._judge(note).witnessed
        return bare, ()

    def _slice(self, note: SignedNote, state: State, due: Sequence[str]) -> tuple[SignedNote, list[str]]:
        """Ask, and hear who answers: the checkpoint as it is signed then, and who still owes an answer."""
        every = tuple(one for one in self._policy.witnesses if one.name in due)
        asking = Policy((), every, (Group(_ALL, len(due), tuple(due)),), _ALL)
        witnesses = Witnesses(asking, [(name, self._witnesses[name]) for name in due])
        got = witnesses.gather(note, self._prover(state), wait_s=SLICE_S, logs=self._log_keys)
        silent = []
        for one in got.standings:
            if one.state == "cosigned":
                self._pauses.pop(one.name, None)
                self._standings[one.name] = one
            elif one.code:
                self._pause(one.name, one.reason, one)
            else:
                silent.append(one.name)
        if got.note.signatures != note.signatures and not self._closing.is_set():
            self._keep(got.note)
        return got.note, silent

    def _prover(self, state: State) -> Callable[[int, int], Sequence[bytes]]:
        return lambda old, _: self._node.log.prove_consistency(old, state)

    def _keep(self, note: SignedNote) -> None:
        """Keep it, unless what is kept says more."""
        if not self._judge(note).met:
            with suppress(LedgerError):
                kept = SignedNote.parse(self._kept())
                if kept.text != note.text and self._judge(kept).met:
                    return
        write_file(self._node.home / CHECKPOINT_FILE, note.to_bytes())

    def _kept(self) -> bytes:
        try:
            return (self._node.home / CHECKPOINT_FILE).read_bytes()
        except OSError:
            return b""

    def _judge(self, note: SignedNote) -> Judgement:
        return self._policy.judge(note, self._log_keys)

    # ---------------------------------------------------------------------------------------- who stands how

    def _tell(self, signed: Collection[str]) -> None:
        for name in self._witnesses:
            if name in signed:
                self._standings[name] = Standing(name, "cosigned")
            elif self._standings[name].state == "cosigned":
                self._standings[name] = Standing(name, "pending")

    def _unsigned(self, names: Sequence[str]) -> list[str]:
        return [one for one in names if self._standings[one].state != "cosigned"]

    def _rests_s(self, name: str) -> float:
        return self._pauses.get(name, (0.0, 0.0))[0] - time.monotonic()

    def _pause(self, name: str, why: str, standing: Standing | None = None) -> None:
        """Let a witness alone, twice as long as the last time."""
        last_s = self._pauses.get(name, (0.0, PAUSE_S / 2))[1]
        pause_s = min(2 * last_s, PAUSE_S_MAX)
        self._pauses[name] = (time.monotonic() + pause_s, pause_s)
        self._standings[name] = standing or Standing(name, "pending", why)
        _log.warning("the witness %s did not sign, and is asked again in %.0f s: %s", name, pause_s, why)


def workers(node: Node, path: str | None, *, private: bool) -> list[Cosigning]:
    """The worker, where the operator has named witnesses; raises as `read_policy` and `Cosigning`."""
    return [Cosigning(node, read_policy(Path(path)), private=private)] if path else []
