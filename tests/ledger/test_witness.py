"""A witness: what it cosigns, what it refuses and how, and that it never forgets and never goes back.

The cases of size zero and of one entry are those of litewitness (torchwood, TestZeroSize, TestTooManyProofs).
"""

from __future__ import annotations

import base64
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from small_logs import LOG_KEY, ORIGIN, OTHER_KEY, WITNESS_KEY, SmallLog

from riskshed.errors import KeyRefusedError, LedgerError, LockedError, ProofError, SignatureError
from riskshed.ledger import durable
from riskshed.ledger.keys import ML_DSA_44_COSIGNATURE, SigningKey
from riskshed.ledger.merkle import EMPTY_ROOT, leaf_hash
from riskshed.ledger.note import Checkpoint, SignedNote, sign_checkpoint, verify_note
from riskshed.ledger.split_view import SplitView
from riskshed.ledger.witness import SIZE_TYPE, Cosigner, Growth, Reply, origin_hash

NOON_S = 1_700_000_000
OTHER_LOG = SigningKey("xia.example/log", "log", b"\x08" * 32)


def open_cosigner(folder: Path, **more: object) -> Cosigner:
    more.setdefault("clock", lambda: NOON_S)
    return Cosigner(folder, [WITNESS_KEY], [LOG_KEY.verifier, OTHER_LOG.verifier], **more)


@pytest.fixture
def cosigner(tmp_path: Path) -> Iterator[Cosigner]:
    with open_cosigner(tmp_path / "witness") as opened:
        yield opened


def body(log: SmallLog, old: int, new: int, proof: tuple[bytes, ...] | None = None) -> bytes:
    return Growth(old, log.prove(old, new) if proof is None else proof, log.checkpoint(new)).to_bytes()


def cosigned(log: SmallLog, size: int, reply: Reply) -> int:
    """The time at which the witness cosigned this very checkpoint."""
    assert reply.status == 200, reply.body
    note = SignedNote.parse(log.checkpoint(size).to_bytes() + reply.body)
    return verify_note(note, [WITNESS_KEY.verifier]).verified[0].time_s


def test_a_witness_cosigns_two_hundred_growths(cosigner: Cosigner) -> None:
    log, old = SmallLog(600, size=9), 0
    for size in range(3, 603, 3):
        assert cosigned(log, size, cosigner.add_checkpoint(body(log, old, size))) == NOON_S
        old = size
    assert cosigner.last(ORIGIN) == Checkpoint.parse(log.checkpoint(600).text)


def test_the_same_checkpoint_is_cosigned_again_with_a_new_time(tmp_path: Path) -> None:
    clock = iter([10.0, 20.9])
    with open_cosigner(tmp_path, clock=lambda: next(clock)) as cosigner:
        log = SmallLog(5)
        times = [cosigned(log, 5, cosigner.add_checkpoint(body(log, old, 5))) for old in (0, 5)]
    assert times == [10, 20]


def test_time_never_goes_back(tmp_path: Path) -> None:
    log, times = SmallLog(4), []
    for size, now in ((1, 500.0), (2, 90.0), (3, -5.0), (4, 501.0)):
        with open_cosigner(tmp_path, clock=lambda now=now: now) as cosigner:
            times.append(cosigned(log, size, cosigner.add_checkpoint(body(log, size - 1, size))))
    assert times == [500, 500, 500, 501]


def test_a_witness_with_two_keys_adds_two_lines(tmp_path: Path) -> None:
    quantum = SigningKey("zhong.example/pq", "witness", b"\x04" * 32, ML_DSA_44_COSIGNATURE)
    with Cosigner(tmp_path, [WITNESS_KEY, quantum], [LOG_KEY.verifier]) as cosigner:
        log = SmallLog(2)
        reply = cosigner.add_checkpoint(body(log, 0, 2))
    note = SignedNote.parse(log.checkpoint().to_bytes() + reply.body)
    assert len(verify_note(note, [WITNESS_KEY.verifier, quantum.verifier]).verified) == 2


def test_anybody_may_fetch_the_last_checkpoint(cosigner: Cosigner) -> None:
    log = SmallLog(2)
    cosigner.add_checkpoint(body(log, 0, 2))
    note = SignedNote.parse(cosigner.checkpoint(origin_hash(ORIGIN)))
    assert len(verify_note(note, [WITNESS_KEY.verifier, LOG_KEY.verifier]).verified) == 2
    assert cosigner.checkpoint(origin_hash("nobody")) is None
    assert cosigner.checkpoint(origin_hash(OTHER_LOG.name)) is None


def test_lines_of_strangers_are_not_kept(cosigner: Cosigner) -> None:
    log = SmallLog(2)
    stranger = "— stranger.example " + base64.b64encode(b"x" * 68).decode() + "\n"
    assert cosigner.add_checkpoint(body(log, 0, 2) + stranger.encode()).status == 200
    assert b"stranger" not in cosigner.checkpoint(origin_hash(ORIGIN))


# What is refused, and how


def test_a_stale_size_is_told_where_the_witness_stands(cosigner: Cosigner) -> None:
    log = SmallLog(9)
    cosigner.add_checkpoint(body(log, 0, 5))
    for old in (0, 3, 6):
        reply = cosigner.add_checkpoint(body(log, old, 9))
        assert (reply.status, reply.body, reply.content_type) == (409, b"5\n", SIZE_TYPE)


@pytest.mark.parametrize("changed", [0, 3, 4])
def test_a_fork_is_refused(cosigner: Cosigner, changed: int) -> None:
    log = SmallLog(9)
    cosigner.add_checkpoint(body(log, 0, 5))
    assert cosigner.add_checkpoint(body(log.forked(changed), 5, 9)).status == 422
    assert cosigner.last(ORIGIN).size == 5
    assert cosigned(log, 9, cosigner.add_checkpoint(body(log, 5, 9))) == NOON_S


def test_a_wrong_proof_is_refused(cosigner: Cosigner) -> None:
    log = SmallLog(9)
    cosigner.add_checkpoint(body(log, 0, 5))
    true = log.prove(5, 9)
    for proof in ((), true[:-1], (*true, b"\x00" * 32), true[::-1], (b"\x00" * 32, *true[1:])):
        assert cosigner.add_checkpoint(body(log, 5, 9, proof)).status == 422


def test_a_checkpoint_of_another_key_is_refused(cosigner: Cosigner) -> None:
    assert cosigner.add_checkpoint(body(SmallLog(5, key=OTHER_KEY), 0, 5)).status == 403


def test_a_bad_signature_of_the_log_is_refused(cosigner: Cosigner) -> None:
    note = SignedNote(SmallLog(5).checkpoint().text, SmallLog(6).checkpoint().signatures)
    assert cosigner.add_checkpoint(Growth(0, (), note).to_bytes()).status == 403


def test_a_key_signs_for_its_own_log_only(cosigner: Cosigner) -> None:
    text = SmallLog(5).checkpoint().text
    forged = sign_checkpoint(Checkpoint(OTHER_LOG.name, 5, EMPTY_ROOT), OTHER_LOG)
    note = SignedNote(text, forged.signatures)
    assert cosigner.add_checkpoint(Growth(0, (), note).to_bytes()).status == 403


def test_an_unknown_log_is_refused(cosigner: Cosigner) -> None:
    key = SigningKey("pang.example/log", "log", b"\x09" * 32)
    assert cosigner.add_checkpoint(body(SmallLog(5, key=key), 0, 5)).status == 404


def test_an_old_size_above_the_new_one_is_malformed(cosigner: Cosigner) -> None:
    log = SmallLog(9)
    cosigner.add_checkpoint(body(log, 0, 5))
    assert cosigner.add_checkpoint(Growth(5, (), log.checkpoint(4)).to_bytes()).status == 400


MALFORMED_HEADS = """
old
old -1
old 05
old +1
old 1_0
Old 1
old ٣
old 99999999999999999999
""".strip("\n").split("\n")
MALFORMED_HEADS += ["", "old ", "old 1 ", "old 1\r", "old 0\nAAAA", "old 0\n\t"]
MALFORMED_HEADS += [f"old 0\n{'A' * 43}", f"old 0\n{'A' * 42}B="]


@pytest.mark.parametrize("head", MALFORMED_HEADS)
def test_a_malformed_head_is_refused(cosigner: Cosigner, head: str) -> None:
    request = head.encode() + b"\n\n" + SmallLog(5).checkpoint().to_bytes()
    assert cosigner.add_checkpoint(request).status == 400


def test_more_than_63_proof_lines_are_refused(cosigner: Cosigner) -> None:
    log = SmallLog(5)
    assert cosigner.add_checkpoint(body(log, 0, 5, (b"\x00" * 32,) * 64)).status == 400
    assert cosigner.add_checkpoint(body(log, 0, 5, (b"\x00" * 32,) * 63)).status == 422


def test_a_checkpoint_with_more_lines_is_refused(cosigner: Cosigner) -> None:
    text = SmallLog(5).checkpoint().text + "something more\n"
    note = SignedNote(text, SmallLog(5).checkpoint().signatures)
    assert cosigner.add_checkpoint(Growth(0, (), note).to_bytes()).status == 400


@pytest.mark.parametrize(
    ("known", "old", "new", "root", "proof", "status"),
    [
        (0, 0, 0, EMPTY_ROOT, 0, 200),
        (0, 0, 0, leaf_hash(b"leaf"), 0, 422),
        (0, 0, 0, b"\x00" * 32, 0, 422),
        (0, 0, 0, EMPTY_ROOT, 1, 422),
        (0, 0, 1, leaf_hash(b"leaf"), 0, 200),
        (0, 0, 1, leaf_hash(b"leaf"), 1, 422),
        (1, 0, 1, leaf_hash(b"leaf"), 1, 409),
        (1, 1, 0, EMPTY_ROOT, 0, 400),
        (1, 1, 1, leaf_hash(b"leaf"), 0, 200),
        (1, 1, 1, leaf_hash(b"other"), 0, 422),
    ],
)
def test_small_sizes_are_judged_as_others_judge_them(
    cosigner: Cosigner, known: int, old: int, new: int, root: bytes, proof: int, status: int
) -> None:
    def ask(old: int, new: int, root: bytes, proof: int) -> int:
        note = sign_checkpoint(Checkpoint(ORIGIN, new, root), LOG_KEY)
        return cosigner.add_checkpoint(Growth(old, (leaf_hash(b"leaf"),) * proof, note).to_bytes()).status

    assert not known or ask(0, 1, leaf_hash(b"leaf"), 0) == 200
    assert ask(old, new, root, proof) == status


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@example(data=None)
def test_whatever_is_sent_the_answer_is_a_refusal_and_nothing_is_written(
    cosigner: Cosigner, data: st.DataObject | None
) -> None:
    good = body(SmallLog(9, size=3), 3, 9)
    request = good[:-1]
    if data is not None:
        at = data.draw(st.integers(0, len(good)))
        upto = data.draw(st.integers(at, len(good)))
        request = good[:at] + data.draw(st.binary(max_size=40)) + good[upto:]
    reply = cosigner.add_checkpoint(request)
    # An unchanged request is one as well: the witness does not stand at 3.
    assert reply.status in (400, 403, 404, 409, 422), reply
    assert [file.name for file in cosigner.folder.rglob("*")] == ["witness.lock"]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    request=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))
)
def test_noise_is_malformed(cosigner: Cosigner, request: bytes) -> None:
    assert cosigner.add_checkpoint(request).status in (400, 404)


# Many at once, crashes, disks


def slow_clock() -> float:
    """Read between the look at the last checkpoint and its replacement: here others would slip in."""
    time.sleep(0.002)
    return NOON_S


def test_of_many_growths_at_once_one_wins_each_time(tmp_path: Path) -> None:
    cosigner = open_cosigner(tmp_path, clock=slow_clock)
    branches = [SmallLog().grow([b"branch %d" % branch] * 9) for branch in range(8)]
    requests = [[body(log, size, size + 1) for size in range(9)] for log in branches]
    together = threading.Barrier(8)
    won: list[tuple[int, int]] = []

    def grow(branch: int) -> None:
        for size, request in enumerate(requests[branch], start=1):
            together.wait(10)
            if cosigner.add_checkpoint(request).status == 200:
                won.append((size, branch))

    threads = [threading.Thread(target=grow, args=(branch,)) for branch in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cosigner.close()
    assert [size for size, _ in won] == list(range(1, 10)), "one root of each size was cosigned"
    assert len({branch for _, branch in won}) == 1


def test_a_second_process_is_refused(cosigner: Cosigner) -> None:
    with pytest.raises(LockedError):
        open_cosigner(cosigner.folder)


def test_state_outlives_the_process(tmp_path: Path) -> None:
    log = SmallLog(9)
    with open_cosigner(tmp_path) as cosigner:
        cosigner.add_checkpoint(body(log, 0, 5))
    with open_cosigner(tmp_path) as cosigner:
        assert cosigner.add_checkpoint(body(log.forked(2), 5, 9)).status == 422
        assert cosigner.add_checkpoint(body(log, 5, 9)).status == 200


def test_state_that_the_witness_did_not_sign_stops_the_start(tmp_path: Path) -> None:
    log = SmallLog(9)
    with open_cosigner(tmp_path) as cosigner:
        cosigner.add_checkpoint(body(log, 0, 5))
        file = tmp_path / origin_hash(ORIGIN) / "checkpoint"
    file.write_bytes(log.checkpoint(4).to_bytes())
    with pytest.raises(LedgerError) as refused:
        open_cosigner(tmp_path)
    assert refused.value.code == "witness.state"
    open_cosigner(tmp_path / "other").close()


def test_a_former_key_still_vouches_for_the_state(tmp_path: Path) -> None:
    with open_cosigner(tmp_path) as cosigner:
        cosigner.add_checkpoint(body(SmallLog(5), 0, 5))
    new = WITNESS_KEY.successor()
    with pytest.raises(LedgerError):
        Cosigner(tmp_path, [new], [LOG_KEY.verifier])
    with Cosigner(tmp_path, [new], [LOG_KEY.verifier], former_keys=[WITNESS_KEY.verifier]) as cosigner:
        assert cosigner.last(ORIGIN).size == 5


def test_a_key_that_is_not_a_witness_key_is_refused(tmp_path: Path) -> None:
    for signers in ([], [LOG_KEY], [SigningKey("m.example", "mirror", b"\x05" * 32)]):
        with pytest.raises(KeyRefusedError):
            Cosigner(tmp_path, signers, [LOG_KEY.verifier])
    same = SigningKey("shang.example/w", "witness", b"\x01" * 32)
    with pytest.raises(KeyRefusedError, match="also the key of a log"):
        Cosigner(tmp_path, [same], [LOG_KEY.verifier])


def test_a_full_disk_gives_no_cosignature_and_can_be_mended(
    cosigner: Cosigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = SmallLog(9)
    cosigner.add_checkpoint(body(log, 0, 5))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(durable.os, "fsync", full)
        assert cosigner.add_checkpoint(body(log, 5, 9)).status == 503
    assert cosigner.last(ORIGIN).size == 5
    assert cosigner.add_checkpoint(body(log, 5, 9)).status == 200


def test_a_witness_stops_at_doubt(cosigner: Cosigner, monkeypatch: pytest.MonkeyPatch) -> None:
    log = SmallLog(9)
    cosigner.add_checkpoint(body(log, 0, 5))

    def doubtful(_: object) -> None:
        raise durable.KeptInDoubtError("file.doubt", "the folder was not flushed")

    with monkeypatch.context() as patch:
        patch.setattr(durable, "flush_folders", doubtful)
        assert cosigner.add_checkpoint(body(log, 5, 9)).status == 503
    assert cosigner.add_checkpoint(body(log, 5, 9)).status == 503
    cosigner.close()
    with open_cosigner(cosigner.folder) as again:
        assert again.last(ORIGIN).size in (5, 9)


# Takes requests on one pipe, writes each reply on another; is killed at any moment.
SERVE = """
import sys
from pathlib import Path
sys.path[:0] = [sys.argv[2]]
from small_logs import LOG_KEY, WITNESS_KEY
from riskshed.ledger.witness import Cosigner
cosigner = Cosigner(Path(sys.argv[1]), [WITNESS_KEY], [LOG_KEY.verifier])
sys.stdout.buffer.write(b"ready\\n")
sys.stdout.buffer.flush()
while length := int(sys.stdin.buffer.readline() or 0):
    reply = cosigner.add_checkpoint(sys.stdin.buffer.read(length))
    sys.stdout.buffer.write(b"%d %s\\n" % (reply.status, reply.body.replace(b"\\n", b"|")))
    sys.stdout.buffer.flush()
"""


def cut_short(folder: Path, requests: list[bytes], after_s: float) -> list[tuple[int, bytes]]:
    """The replies of a witness that is killed so many seconds after it began."""
    command = [sys.executable, "-c", SERVE, str(folder), str(Path(__file__).parents[1])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as run:
        assert run.stdout.readline() == b"ready\n"
        threading.Timer(after_s, os.kill, (run.pid, signal.SIGKILL)).start()
        sending = b"".join(b"%d\n%s" % (len(request), request) for request in requests)
        threading.Thread(target=lambda: _send(run, sending), daemon=True).start()
        lines = run.stdout.read().splitlines(keepends=True)
    whole = [line.partition(b" ") for line in lines if line.endswith(b"\n")]
    return [(int(status), said[:-1].replace(b"|", b"\n")) for status, _, said in whole]


def _send(run: subprocess.Popen[bytes], data: bytes) -> None:
    try:
        run.stdin.write(data)
        run.stdin.flush()
    except OSError:
        pass


def test_a_witness_that_is_killed_never_cosigns_two_roots_of_one_size(tmp_path: Path) -> None:
    one = SmallLog(400, size=9)
    other = SmallLog(400, size=9).forked(0)
    draw, cosigned_roots, kills = random.Random(3), {}, 0
    for turn in range(24):
        if turn >= 8 and kills >= 3:  # how often death comes in time hangs on what else the machine does
            break
        # Each turn tries both histories, from wherever the witness may stand.
        with open_cosigner(tmp_path / "witness") as cosigner:
            stands_at = cosigner.last(ORIGIN).size
        logs = (one, other) if turn % 2 else (other, one)
        sizes = range(stands_at, min(stands_at + 15, 399))
        requests = [(log, at + 1, body(log, at, at + 1)) for at in sizes for log in logs]
        replies = cut_short(tmp_path / "witness", [data for *_, data in requests], draw.random() * 0.05)
        kills += len(replies) < len(requests)
        for (log, size, _), (status, _) in zip(requests, replies, strict=False):
            if status == 200:
                root = log.checkpoint(size).text
                assert cosigned_roots.setdefault(size, root) == root, f"two roots of size {size}"
    assert kills >= 3
    assert cosigned_roots


# Two faces


def test_two_roots_of_one_size_make_a_proof_for_others(cosigner: Cosigner) -> None:
    log = SmallLog(5)
    cosigner.add_checkpoint(body(log, 0, 5))
    assert cosigner.add_checkpoint(body(log.forked(1), 5, 5, ())).status == 422
    proof = SplitView.parse(cosigner.split_views()[0].to_bytes())
    assert proof.verify([LOG_KEY.verifier]) == (ORIGIN,)


def test_a_stale_fork_is_kept_as_proof_too(cosigner: Cosigner) -> None:
    log = SmallLog(5)
    cosigner.add_checkpoint(body(log, 0, 5))
    assert cosigner.add_checkpoint(body(log.forked(1), 0, 5)).status == 409
    assert len(cosigner.split_views()) == 1


def test_a_proof_of_a_split_view_needs_two_true_signatures() -> None:
    log = SmallLog(5)
    forged = SignedNote(log.forked(1).checkpoint().text, log.checkpoint().signatures)
    proof = SplitView.of(log.checkpoint(), forged)
    with pytest.raises(SignatureError):
        proof.verify([LOG_KEY.verifier])
    by_another = SmallLog(5, key=OTHER_KEY).forked(1).checkpoint()
    with pytest.raises(SignatureError):
        SplitView.of(log.checkpoint(), by_another).verify([LOG_KEY.verifier])


def test_notes_that_agree_prove_nothing() -> None:
    log = SmallLog(6)
    assert SplitView.of(log.checkpoint(5), log.checkpoint(5)) is None
    assert SplitView.of(log.checkpoint(5), log.forked(1).checkpoint(6)) is None
    with pytest.raises(ProofError) as refused:
        SplitView(log.checkpoint(5), log.checkpoint(5)).verify([LOG_KEY.verifier])
    assert refused.value.code == "split.same"


@given(
    st.binary(max_size=200) | st.sampled_from([b"[" * 10_000, b"{}", b'{"format":1,"first":2,"second":3}'])
)
def test_what_is_no_proof_of_a_split_view_is_refused(data: bytes) -> None:
    with pytest.raises(LedgerError):
        SplitView.parse(data)
