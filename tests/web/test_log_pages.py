"""The log: found by what it says, verified now, proven to anybody, audited."""

import json
import re

import pytest

from riskshed.audit import OPEN_POLICY
from riskshed.envelope import Envelope
from riskshed.ledger.keyfile import read_key
from riskshed.ledger.keys import SigningKey
from riskshed.ledger.note import Checkpoint, SignedNote, cosign, sign_checkpoint
from riskshed.ledger.proof import LogProof
from riskshed.web import record_proof
from riskshed.web.audit_job import AUDITS

CITY = "230100"
HOSTILE = "<script>alert('x')</script>"


@pytest.fixture(autouse=True)
def _no_audit_before():
    yield
    AUDITS.forget()


def said(node, words="江面有异味", **more):
    at = node.now().isoformat(timespec="seconds")
    return node.desk(CITY, "duty-07", **more).file_field_report(what={"zh": words, "en": words}, seen_at=at)


def forged(node):
    """An envelope in the log whose signature is not that of the key it names."""
    whole = Envelope.parse(node.entry(node.log.size - 1))
    raw = Envelope.of(whole.payload, whole.keyid, bytes(64)).raw
    node.log.append(raw)
    node.record.follow(node.now())
    return node.log.size - 1


def audited(client, **form):
    answer = client.post("/log/audit/", form)
    AUDITS.wait()
    return answer, client.get("/log/audit/").content.decode()


# ------------------------------------------------------------------------------------------------ who may


@pytest.mark.parametrize("path", ["/log/", "/log/0/", "/log/0/proof", "/log/refused/", "/log/audit/"])
def test_who_is_not_signed_in_is_sent_to_do_that(sign_in, path):
    answer = sign_in("").get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_every_role_reads_the_log_and_only_auditors_and_evaluators_audit(sign_in):
    assert sign_in("harbin").get("/log/").status_code == 200
    assert sign_in("harbin").post("/log/audit/").status_code == 403
    assert sign_in("admin").get("/log/audit/").status_code == 403
    assert sign_in("auditor").get("/log/audit/").status_code == 200


# ----------------------------------------------------------------------------------------------- the list


def test_a_statement_is_found_by_kind_body_words_and_time(node, sign_in, clock):
    said(node)
    place = f"/log/{node.log.size - 1}/"
    client = sign_in("harbin")
    day = f"{clock.at:%Y-%m-%d}"
    kind = "kind=FieldReportFiled"
    for query in (kind, f"body={CITY}&{kind}", "words=异味", f"since={day}&{kind}", f"until={day}&{kind}"):
        assert place in client.get(f"/log/?{query}").content.decode(), query
    for query in ("kind=NoticeSent", "words=nothing", "sort=exercise", "until=2005-11-01", "since=2005-12-01",
                  "body=220200&kind=FieldReportFiled"):  # fmt: skip
        assert place not in client.get(f"/log/?{query}").content.decode(), query


@pytest.mark.parametrize(
    "query",
    [
        *("kind=Nothing", "since=yesterday", "until=2005-13-01", "before=-1", "before=a"),
        *("words=%00", "words=" + "x" * 201, "sort=both"),
    ],
)
def test_a_search_that_cannot_be_read_finds_nothing_and_says_why(sign_in, query):
    answer = sign_in("harbin").get(f"/log/?{query}")
    assert answer.status_code == 400
    assert b"h-faults" in answer.content
    assert b'class="feed"' not in answer.content


def test_hostile_words_are_shown_as_words(node, sign_in):
    said(node, HOSTILE)
    page = sign_in("harbin").get("/log/", {"words": HOSTILE}).content.decode()
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page
    entry = sign_in("harbin").get(f"/log/{node.log.size - 1}/").content.decode()
    assert HOSTILE not in entry


def test_a_field_report_is_marked_as_unconfirmed(node, sign_in):
    said(node)
    assert "未经核实" in sign_in("harbin").get("/log/").content.decode()


def test_pages_are_cut_at_places_so_that_a_growing_log_moves_nothing(node, sign_in):
    for at in range(60):
        node.desk(CITY, "duty-07").take_watch(f"desk-{at}")
    client = sign_in("harbin")
    first = client.get("/log/").content.decode()
    older = re.search(r'rel="next" href="\?before=(\d+)"', first)
    before = client.get(f"/log/?before={older[1]}").content.decode()
    said(node)
    assert _places(client.get(f"/log/?before={older[1]}").content.decode()) == _places(before)
    assert set(_places(first)).isdisjoint(_places(before))
    assert max(_places(before)) == min(_places(first)) - 1


def _places(page):
    return [int(one) for one in re.findall(r'href="/log/(\d+)/"', page)]


# --------------------------------------------------------------------------------------------- one entry


def test_an_entry_shows_what_was_said_and_that_it_holds(node, sign_in):
    said(node)
    page = sign_in("harbin").get(f"/log/{node.log.size - 1}/").content.decode()
    assert "签名有效" in page
    assert "确在日志中" in page
    assert "尚待见证" in page
    assert "江面有异味" in page


def test_entries_of_the_founding_hold(node, sign_in):
    client = sign_in("harbin")
    for index in (*range(0, node.log.size, 9), node.log.size - 1):
        assert "签名有效" in client.get(f"/log/{index}/").content.decode(), index


def test_an_entry_that_is_not_there_is_not_there(node, sign_in):
    client = sign_in("harbin")
    assert client.get(f"/log/{node.log.size}/").status_code == 404
    assert client.get(f"/log/{node.log.size}/proof").status_code == 404


def test_a_signature_that_fails_is_shown_and_listed_and_takes_no_part(node, sign_in):
    index = forged(node)
    client = sign_in("harbin")
    page = client.get(f"/log/{index}/").content.decode()
    assert "签名有效" not in page
    assert "签名不符" in page
    listed = client.get("/log/refused/").content.decode()
    assert f'href="/log/{index}/"' in listed


def test_bytes_that_are_no_statement_are_shown_as_such(node, sign_in):
    node.log.append(b'<img src=x onerror="alert(1)">\xff\x00')
    answer = sign_in("harbin").get(f"/log/{node.log.size - 1}/")
    assert answer.status_code == 200
    assert b"<img" not in answer.content
    assert "不是陈述".encode() in answer.content


def test_a_proof_convinces_without_the_node(node, sign_in):
    said(node)
    index = node.log.size - 1
    answer = sign_in("harbin").get(f"/log/{index}/proof")
    made = LogProof.parse(answer.content)
    judged = made.verify(made.extra, OPEN_POLICY, [record_proof.verifier(node)])
    assert (made.index, judged.checkpoint.size) == (index, node.log.size)
    assert made.extra == node.entry(index)
    assert f"{index}.tlog-proof" in answer["Content-Disposition"]


def test_a_cosigned_head_is_shown_where_it_covers_the_entry(node, sign_in):
    witness = SigningKey.generate("witness.example/w1", "witness")
    note = SignedNote.parse(node.log.checkpoint)
    line = cosign(Checkpoint.parse(note.text), witness, 1_132_000_000)
    signed = note.with_signatures([line])
    (node.home / "checkpoint").write_bytes(signed.to_bytes())
    client = sign_in("harbin")
    assert "witness.example/w1" in client.get("/log/0/").content.decode()
    said(node)
    assert "尚待见证" in client.get(f"/log/{node.log.size - 1}/").content.decode()
    assert "witness.example/w1" in client.get("/log/0/").content.decode()


# --------------------------------------------------------------------------------------------------- audit


def test_an_audit_of_the_living_log_finds_nothing(node, sign_in):
    said(node)
    answer, page = audited(sign_in("auditor"))
    assert answer.status_code == 302
    assert "未发现问题" in page
    assert f"{node.log.size} / {node.log.size}" in page


def test_an_audit_names_the_entry_whose_signature_fails(node, sign_in):
    index = forged(node)
    _, page = audited(sign_in("auditor"))
    assert "未发现问题" not in page
    assert f'href="/log/{index}/"' in page


def test_a_checkpoint_that_was_kept_is_held_against_the_log(node, sign_in):
    kept = node.log.checkpoint.decode()
    said(node)
    _, page = audited(sign_in("auditor"), remembered=kept)
    assert "未发现问题" in page
    assert "the checkpoint that was kept at size" in page


def test_a_log_that_signed_two_histories_is_convicted_by_its_own_signatures(node, sign_in):
    now = node.log.state().checkpoint
    key = read_key(node.home / "log.key", "riskshed demo", role="log")
    other = sign_checkpoint(Checkpoint(now.origin, now.size, bytes(32)), key).to_bytes().decode()
    client = sign_in("auditor")
    _, page = audited(client, remembered=other)
    assert "日志分叉" in page
    proof = client.get("/log/audit/fork-proof.json")
    assert proof.status_code == 200
    assert json.loads(proof.content)


@pytest.mark.parametrize("kept", ["nonsense", "a\nb\nc\n\n— x AAAA"])
def test_what_is_no_checkpoint_of_this_log_begins_no_audit(node, sign_in, kept):
    answer = sign_in("auditor").post("/log/audit/", {"remembered": kept})
    assert answer.status_code == 400
    assert AUDITS.last is None


def test_no_fork_proof_where_there_is_no_fork(sign_in):
    assert sign_in("auditor").get("/log/audit/fork-proof.json").status_code == 404
