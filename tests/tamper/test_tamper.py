"""A short tamper campaign for every run; `make tamper` is the long one."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from records import KEY_LIST, POLICY, copy_of
from tamper import campaign

from riskshed.audit import audit

SEED = 20051113


@pytest.fixture(scope="module")
def tally(tmp_path_factory: pytest.TempPathFactory) -> campaign.Tally:
    return campaign.run(640, SEED, tmp_path_factory.mktemp("tamper"))


def test_a_peer_finds_every_rewriting(tally: campaign.Tally) -> None:
    assert not tally.missed


def test_every_rewriting_is_named_as_what_it_is(tally: campaign.Tally) -> None:
    assert not tally.unnamed


def test_an_untouched_log_has_no_finding(tally: campaign.Tally) -> None:
    assert (tally.false_alarms, tally.controls) == (0, campaign.SIZE - campaign.KEPT + 1)


def test_every_fork_that_reaches_the_memory_is_proven(tally: campaign.Tally) -> None:
    assert tally.proven == tally.provable > 0


def test_one_honest_witness_refuses_every_fork(tally: campaign.Tally) -> None:
    assert tally.refused == tally.offered == tally.attempts["fork"] > 0


def test_all_kinds_are_tried(tally: campaign.Tally) -> None:
    assert set(tally.attempts.values()) <= {40, 80}
    assert tally.attempts.total() == 640


@pytest.mark.parametrize("kind", [campaign.roll_back, campaign.fork])
def test_without_a_memory_these_would_pass(kind: Callable[[random.Random], campaign.Attempt]) -> None:
    """The control of the campaign: what finds them is the memory of the peer, and not luck."""
    attempt = kind(random.Random(7))
    assert audit(copy_of(attempt.files), POLICY, keys=KEY_LIST).ok


def test_a_campaign_with_a_blind_peer_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = campaign.Memory("kept", campaign.checkpoint_of(campaign.ENTRIES[:0]))
    monkeypatch.setattr(campaign, "MEMORY", other)
    assert campaign.run(32, SEED, tmp_path).missed
