"""Costs and bills in the pages: claimed with a voucher, billed, accepted or disputed, and paid."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import officers
import postgres_server
import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from officers import BASIN, HARBIN, INCIDENT, JILIN, act, do, last, plain

from riskshed import recomputation
from riskshed.case import find
from riskshed.cli import main
from riskshed.governance import settlement
from riskshed.web.node import LOG_FILE

BOARD = f"/incidents/{INCIDENT}/settlement/"
VOUCHER = b"receipt no. 17"
LINE = {
    "lines_1_line": "carbon",
    "lines_1_what_zh": "活性炭",
    "lines_1_what_en": "activated carbon",
    "lines_1_amount": "1000000.01",
}
BILL = {"minor": 100_000_001, "currency": "CNY"}


@pytest.fixture
def opened(node: Any, people: Any) -> Any:
    officers.opened(node)
    people["jilin-commander"] = officers.commander(JILIN)
    return node


def english(client: Any) -> str:
    return client.get(BOARD, headers={"accept-language": "en"}).content.decode()


def claimed(node: Any, sign_in: Any, **more: Any) -> Any:
    voucher = SimpleUploadedFile("voucher.pdf", VOUCHER)
    answer = do(sign_in("harbin"), act("cost-claim"), HARBIN, **{**LINE, "lines_1_voucher": voucher, **more})
    assert answer.status_code == 302, answer.content.decode()
    return last(node, "CostClaimed")


def drawn(node: Any, sign_in: Any) -> str:
    claim = claimed(node, sign_in)
    digest = node.keep_file(b"{}")
    shares = [{"body": JILIN, "amount": BILL}, {"body": HARBIN, "amount": BILL, "gets": True}]
    body = plain("SettlementDrawn", claims=[claim.id], shares=shares, method="shapley")
    body["inputs"] = {"digest": digest, "size_bytes": 2, "media_type": "application/json"}
    body["transfers"] = [{"payer": JILIN, "payee": HARBIN, "amount": BILL}]
    return node.desk(BASIN, "command-01").draw_settlement(INCIDENT, **body)


def test_a_claim_records_the_digest_of_its_voucher_and_not_the_voucher(opened: Any, sign_in: Any) -> None:
    line = claimed(opened, sign_in).records("lines")[0]
    assert line["proof"] == f"sha256:{hashlib.sha256(VOUCHER).hexdigest()}"
    assert dict(line["amount"]) == BILL
    assert opened.file(line["proof"].removeprefix("sha256:")) is None


def test_a_claim_is_shown_with_what_is_taken_in(opened: Any, sign_in: Any) -> None:
    claimed(opened, sign_in)
    page = english(sign_in("harbin"))
    assert "CNY 1,000,000.01" in page
    assert "taken in" in page


def test_a_claim_without_evidence_and_one_claimed_twice_stay_with_the_reason(
    opened: Any, sign_in: Any, clock: Any
) -> None:
    claimed(opened, sign_in)
    clock.forward(1)
    claimed(opened, sign_in, lines_1_line="again")
    clock.forward(1)
    claimed(opened, sign_in, lines_1_line="bare", lines_1_voucher="")
    page = english(sign_in("harbin"))
    assert "its voucher was claimed before" in page
    assert "nothing bears it out" in page


def test_a_bill_is_accepted_and_paid(opened: Any, sign_in: Any, clock: Any) -> None:
    bill = drawn(opened, sign_in)
    assert "not accepted yet" in english(sign_in("harbin"))
    assert do(sign_in("jilin-commander"), act("bill-accept", bill), JILIN).status_code == 302
    assert "to be paid" in english(sign_in("harbin"))
    clock.forward(1)
    assert do(sign_in("jilin"), act("bill-pay", bill), JILIN).status_code == 302
    page = english(sign_in("harbin"))
    assert "to be paid" not in page
    assert last(opened, "Paid").money("amount").minor == BILL["minor"]
    assert not opened.standing().set_aside


def test_the_coordination_body_draws_the_bill_by_the_signed_rule(opened: Any, sign_in: Any) -> None:
    claimed(opened, sign_in, lines_1_amount="600000.06")
    assert do(sign_in("basin"), act("bill-draw"), BASIN).status_code == 302
    said = last(opened, "SettlementDrawn")
    # Harbin lies sixth along the river: a sixth each for itself and those above it.
    shares = {one["body"]: one["amount"]["minor"] for one in said.records("shares")}
    assert shares[JILIN] == 10_000_001
    assert sum(shares.values()) == 60_000_006
    page = english(sign_in("auditor"))
    assert "worked out again: the same" in page
    assert "upstream equal sharing" in page


def test_a_bill_whose_shares_were_changed_shows_that_it_is_not_the_same(opened: Any, sign_in: Any) -> None:
    claimed(opened, sign_in)
    assert do(sign_in("basin"), act("bill-draw"), BASIN).status_code == 302
    said = last(opened, "SettlementDrawn")
    body = said.to_json()["body"]
    body["shares"][0]["amount"]["minor"] += 1
    opened.desk(BASIN, "command-01").draw_settlement(INCIDENT, replies_to=said.id, **body)
    assert "NOT the same" in english(sign_in("auditor"))


def recomputed(node: Any, *more: str) -> Any:
    """What another machine makes of the log and the files, with no server."""
    case = find("songhua-2005")
    folders = ["--files", str(node.home / "files"), "--agreement", str(case / "agreement")]
    at = ["--at", (node.now() + timedelta(hours=1)).isoformat()]
    words = ["recompute", str(node.home / LOG_FILE), *at, *folders, "--region", str(case / "region")]
    run = CliRunner().invoke(main, [*words, "--as-if-in-force", "--json", *more])
    assert run.exception is None or isinstance(run.exception, SystemExit), run.output
    assert run.stdout, run.stderr
    return run.exit_code, json.loads(run.stdout)


@pytest.mark.skipif(postgres_server.is_asked_for(), reason="the log is not in the folder")
def test_the_bill_and_trust_are_worked_out_again_from_the_log_alone(
    opened: Any, sign_in: Any, clock: Any
) -> None:
    claimed(opened, sign_in)
    assert do(sign_in("basin"), act("bill-draw"), BASIN).status_code == 302
    code, found = recomputed(opened)
    assert (code, [one["state"] for one in found["bills"]]) == (0, ["same"])
    assert found["trust_digest"] == recomputed(opened)[1]["trust_digest"]
    digest = last(opened, "SettlementDrawn").record("inputs")["digest"].removeprefix("sha256:")
    file = opened.home / "files" / digest
    kept = file.read_bytes()
    file.write_bytes(kept.replace(b"granted_minor", b"granted_minoR", 1))
    code, found = recomputed(opened)
    assert (code, found["bills"][0]["state"]) == (1, "unreadable")
    file.unlink()
    assert recomputed(opened)[1]["bills"][0]["state"] == "no_file"


def test_a_bill_that_takes_in_what_nobody_claimed_is_not_the_same(opened: Any, sign_in: Any) -> None:
    claim = claimed(opened, sign_in)
    assert do(sign_in("basin"), act("bill-draw"), BASIN).status_code == 302
    standing, said = opened.standing(), last(opened, "SettlementDrawn")
    without = replace(
        standing, statements={name: one for name, one in standing.statements.items() if name != claim.id}
    )
    assert recomputation.bill(standing, said, opened.file).state == "same"
    assert recomputation.bill(without, said, opened.file).differs == ("claimed",)


@pytest.mark.parametrize(
    "change",
    [{"by": JILIN}, {"granted_minor": BILL["minor"] + 1, "claimed": {**BILL, "minor": BILL["minor"] + 1}}],
    ids=["by another body", "at more than was claimed"],
)
def test_a_bill_that_says_otherwise_what_was_claimed_is_not_the_same(
    opened: Any, sign_in: Any, change: dict[str, Any]
) -> None:
    claimed(opened, sign_in)
    assert do(sign_in("basin"), act("bill-draw"), BASIN).status_code == 302
    told = settlement.recompute(
        opened.file(last(opened, "SettlementDrawn").record("inputs")["digest"])
    ).inputs
    changed = replace(told, lines=({**told.lines[0], **change},))
    opened.keep_file(changed.to_bytes())
    draft = settlement.draft(settlement.recompute(changed.to_bytes()), BASIN)
    opened.desk(BASIN, "command-01").say(replace(draft, about=INCIDENT))
    standing, said = opened.standing(), last(opened, "SettlementDrawn")
    assert recomputation.bill(standing, said, opened.file).differs == ("claimed",)


def test_a_file_of_another_bill_is_refused_by_its_digest(opened: Any, sign_in: Any) -> None:
    claimed(opened, sign_in)
    assert do(sign_in("basin"), act("bill-draw"), BASIN).status_code == 302
    said = last(opened, "SettlementDrawn")
    told = settlement.recompute(opened.file(said.record("inputs")["digest"])).inputs
    other = replace(told, due="").to_bytes()
    assert recomputation.bill(opened.standing(), said, lambda _: other).state == "unreadable"


def test_nothing_claimed_makes_no_bill(opened: Any, sign_in: Any) -> None:
    answer = do(sign_in("basin"), act("bill-draw"), BASIN)
    assert answer.status_code in (400, 409, 422)
    assert not [one for one in opened.statements(0) if one.statement.kind == "SettlementDrawn"]


def test_only_the_coordination_body_draws_a_bill(opened: Any, sign_in: Any) -> None:
    assert sign_in("jilin-commander").get(act("bill-draw")).status_code == 403


def test_who_objects_says_why_and_may_still_accept(opened: Any, sign_in: Any) -> None:
    bill = drawn(opened, sign_in)
    words = {"reason_zh": "重复计算", "reason_en": "counted twice"}
    assert do(sign_in("jilin-commander"), act("bill-dispute", bill), JILIN, **words).status_code == 302
    assert "counted twice" in english(sign_in("harbin"))
    assert do(sign_in("jilin-commander"), act("bill-accept", bill), JILIN).status_code == 302
    assert sign_in("jilin-commander").get(act("bill-dispute", bill)).status_code == 403


def test_who_has_no_part_in_a_bill_neither_answers_nor_pays(opened: Any, sign_in: Any) -> None:
    bill = drawn(opened, sign_in)
    assert sign_in("jiamusi").get(act("bill-pay", bill)).status_code == 403
    assert sign_in("jiamusi").get(act("bill-accept", bill)).status_code == 403
    assert sign_in("harbin").get(act("bill-accept", bill)).status_code == 403, "it binds the body"
    assert sign_in("auditor").get(act("cost-claim")).status_code == 403


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"lines_1_amount": "-1"}, "须大于零"),
        ({"lines_1_amount": "1e6"}, "不是数"),
        ({"lines_1_what_zh": "", "lines_1_what_en": ""}, "用途须写明"),
        ({"lines_1_line": ""}, "本行请填完整"),
    ],
)
def test_a_line_that_is_none_is_refused_and_nothing_is_said(
    opened: Any, sign_in: Any, typed: Any, told: str
) -> None:
    size = opened.log.size
    answer = do(sign_in("harbin"), act("cost-claim"), HARBIN, **{**LINE, **typed})
    assert answer.status_code == 400
    assert told in answer.content.decode()
    assert opened.log.size == size


def test_a_payment_that_fits_nothing_in_the_bill_stands_with_its_reason(opened: Any, sign_in: Any) -> None:
    bill = drawn(opened, sign_in)
    dollars = plain("Paid", payer=JILIN, payee=HARBIN, amount={"minor": 5, "currency": "USD"})
    opened.desk(JILIN, "duty-03").pay(bill, **dollars)
    part = plain("Paid", payer=JILIN, payee=HARBIN, amount={"minor": 1, "currency": "CNY"})
    opened.desk(JILIN, "duty-03").pay(bill, **part)
    page = english(sign_in("harbin"))
    assert "it is in another currency than the bill" in page
    assert "paid in part" in page
    assert "CNY 1,000,000.00" in page
