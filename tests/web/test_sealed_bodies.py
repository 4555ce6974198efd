"""Bodies of sealed statements: who may read them, and that forgetting one leaves the log as it was."""

from __future__ import annotations

import json

import postgres_server
import pytest
from officers import BASIN, HARBIN, JILIN, plain

from riskshed.audit import audit
from riskshed.governance.draft import Draft
from riskshed.statement import StatementError
from riskshed.web import record_proof, sealed_bodies
from riskshed.web.node import LOG_FILE

SECRET = "the number of the caller is not for everybody"


@pytest.fixture
def sealed(node):
    """A report that Harbin sealed, for the coordination body."""
    body = plain("FieldReportFiled", what={"en": SECRET})
    draft = Draft("FieldReportFiled", HARBIN, None, None, body)
    return node.seen(sealed_bodies.say(node, "duty-07", draft, (BASIN,))).statement


def test_author_and_recipients_read_it_and_nobody_else(node, sealed):
    assert sealed_bodies.read(node, sealed, BASIN)["what"] == {"en": SECRET}
    assert sealed_bodies.read(node, sealed, HARBIN)["what"] == {"en": SECRET}
    assert sealed_bodies.read(node, sealed, JILIN) is None
    assert sealed_bodies.read(node, sealed, "") is None


def test_the_log_does_not_hold_it(node, sealed):
    assert sealed.body is None
    assert SECRET.encode() not in node.entry(node.index_of(sealed.id))


@pytest.mark.skipif(postgres_server.is_asked_for(), reason="the log is not in the folder")
def test_forgetting_leaves_the_log_verifiable(node, sealed):
    before = node.log.checkpoint
    kept = node.home / sealed_bodies.FOLDER
    told = {sealed.id: json.loads(next(kept.iterdir()).read_bytes())}
    assert sealed_bodies.forget(node, sealed)
    assert list(kept.iterdir()) == []
    assert sealed_bodies.read(node, sealed, BASIN) is None
    assert not sealed_bodies.forget(node, sealed)
    assert node.log.checkpoint == before
    # Who kept a copy can still prove that it was this one.
    pair = {name: (bytes.fromhex(one["salt"]), one["body"].encode()) for name, one in told.items()}
    for known in (None, pair):
        report = audit(node.home / LOG_FILE, logs=[record_proof.verifier(node)], sealed=known)
        assert report.ok, report.to_text()


def test_what_cannot_be_said_leaves_nothing_behind(node):
    for body, recipients in (({"what": {"en": "no time"}}, (BASIN,)), (plain("FieldReportFiled"), ())):
        with pytest.raises(StatementError):
            sealed_bodies.say(
                node, "duty-07", Draft("FieldReportFiled", HARBIN, None, None, body), recipients
            )
    assert list(node.home.glob(f"{sealed_bodies.FOLDER}/*")) == []
