"""`riskshed cap check`, and the Chinese profile of the identifier."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cap_attacks import campaign
from cap_forgeries import certificate
from cap_messages import NOW, SHANG_KEY, STRANGER_KEY, info, signed, warning
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from riskshed.cli_cap import COMMANDS
from riskshed.exchange.cap import CapError, write
from riskshed.exchange.cap_check import check_file
from riskshed.exchange.cap_cn import check_chinese, chinese_identifier
from riskshed.exchange.cap_faults import CapFaults
from riskshed.exchange.cap_feed import Feed, entry_of, write_atom

CHINESE = "22020075000000_20240501194500_0"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    form = PublicFormat.SubjectPublicKeyInfo
    (tmp_path / "shang.pem").write_bytes(SHANG_KEY.public_key().public_bytes(Encoding.PEM, form))
    (tmp_path / "cert.pem").write_bytes(certificate(SHANG_KEY, "whoever").public_bytes(Encoding.PEM))
    (tmp_path / "other.pem").write_bytes(STRANGER_KEY.public_key().public_bytes(Encoding.PEM, form))
    (tmp_path / "good.xml").write_bytes(signed(warning()))
    (tmp_path / "bad.xml").write_bytes(write(warning()).replace(b"Public", b"Pubic"))
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(COMMANDS[0], ["check", *arguments])


def ask(*arguments: str) -> tuple[int, Any]:
    told = run(*arguments, "--json")
    return told.exit_code, json.loads(told.stdout)


def test_a_good_message_has_no_fault(desk: Path) -> None:
    told = run("good.xml")
    assert told.exit_code == 0
    assert told.stdout == "good.xml: message, Actual Alert shang-1 of shang.example, no faults\n"


def test_a_fault_is_shown_with_element_line_and_what_to_do(desk: Path) -> None:
    told = run("good.xml", "bad.xml")
    assert told.exit_code == 1
    assert 'bad.xml, line 2, column alert/scope: got "Pubic", want one of Public, Restricted' in told.stdout


def test_json_holds_every_file(desk: Path) -> None:
    code, told = ask("good.xml", "bad.xml")
    assert (code, told["faults"]) == (1, 1)
    assert told["files"][0]["messages"][0]["languages"] == ["zh-CN", "en"]
    assert told["files"][1]["faults"][0]["code"] == "cap.bad_choice"


@pytest.mark.parametrize(("key", "verified"), [("shang.pem", True), ("cert.pem", True), ("other.pem", False)])
def test_a_key_decides_whose_message_it_is(desk: Path, key: str, verified: bool) -> None:
    code, told = ask("good.xml", "--key", key)
    assert (code == 0, told["files"][0]["verified"]) == (verified, verified)


def test_any_of_several_keys_will_do(desk: Path) -> None:
    told = run("good.xml", "--key", "other.pem", "--key", "shang.pem")
    assert "signed by a key that you gave" in told.stdout


def test_an_unsigned_message_is_a_fault_where_a_key_was_given(desk: Path) -> None:
    (desk / "bare.xml").write_bytes(write(warning()))
    assert ask("bare.xml", "--key", "shang.pem")[1]["files"][0]["faults"][0]["code"] == "cap.unsigned"


@pytest.mark.parametrize(
    ("at", "codes"),
    [
        ("2024-05-01T12:00:00+00:00", []),
        ("2024-05-02T00:00:00+00:00", ["cap.expired"]),
        ("2024-05-01T11:49:59+00:00", ["cap.from_the_future"]),
    ],
)
def test_a_time_says_whether_it_still_holds(desk: Path, at: str, codes: list[str]) -> None:
    told = ask("good.xml", "--at", at)[1]["files"][0]["faults"]
    assert [fault["code"] for fault in told] == codes
    assert all(fault["line"] for fault in told)


def test_a_time_without_an_offset_is_wrong_usage(desk: Path) -> None:
    assert run("good.xml", "--at", "2024-05-01T12:00:00").exit_code == 2


def test_the_faults_of_a_message_in_a_feed_are_shown(desk: Path) -> None:
    entries = (entry_of(warning(), "https://shang.example/", write(warning())),)
    feed = write_atom(Feed("urn:x", "x", NOW, entries))
    (desk / "feed.atom").write_bytes(feed.replace(b"Public", b"Pubic"))
    code, told = ask("feed.atom")
    assert (code, told["files"][0]["what"]) == (1, "feed")
    assert told["files"][0]["faults"][0]["column"] == "alert/scope"


def test_a_file_that_is_no_xml_is_a_fault_and_no_traceback(desk: Path) -> None:
    (desk / "x").write_bytes(b"\x00\x01")
    assert ask("x")[1]["files"][0]["faults"][0]["code"] == "cap.null_byte"


def test_a_key_that_is_none_is_refused(desk: Path) -> None:
    told = run("good.xml", "--key", "bad.xml")
    assert "no public key or certificate" in str(told.exception)


def test_an_identifier_of_the_profile_has_parts() -> None:
    told = chinese_identifier(CHINESE)
    assert (told.place, told.industry, told.internal, told.extension) == ("220200", "750", "000", "00")
    assert told.number == 0
    assert told.time.isoformat() == "2024-05-01T19:45:00+08:00"
    assert (str(told), told.issuer, len(CHINESE)) == (CHINESE, "22020075000000", 31)


@pytest.mark.parametrize(
    "text",
    [
        CHINESE[:-1],
        CHINESE + "0",
        CHINESE.replace("_", "-"),
        CHINESE.replace("0501", "1301"),
        "A" + CHINESE[1:],
    ],
)
def test_another_identifier_is_refused(text: str) -> None:
    with pytest.raises(CapError) as caught:
        chinese_identifier(text)
    assert caught.value.code == "cap.cn_identifier"


@pytest.mark.parametrize(("seconds", "codes"), [("00", []), ("01", ["cap.cn_time"])])
def test_the_time_of_an_identifier_is_no_later_than_the_message(seconds: str, codes: list[str]) -> None:
    alert = warning(identifier=f"22020075000000_202405011950{seconds}_0")
    faults = CapFaults("it")
    check_chinese(alert, faults)
    assert [fault.code for fault in faults.faults] == codes


def test_the_profile_is_asked_for(desk: Path) -> None:
    (desk / "cn.xml").write_bytes(write(warning(identifier=CHINESE)))
    assert ask("cn.xml", "--profile", "cn")[0] == 0
    assert ask("good.xml", "--profile", "cn")[0] == 1


def test_many_messages_are_told_shortly() -> None:
    alerts = [warning(identifier=f"s-{at}", infos=(info(expires=None),)) for at in range(5)]
    entries = tuple(entry_of(one, "https://a.example/", write(one)) for one in alerts)
    feed = write_atom(Feed("urn:x", "x", NOW, entries))
    assert check_file(feed, "f").to_text().endswith("and 2 more, no faults")


def test_a_forgery_is_told_by_the_check_as_by_the_gate() -> None:
    forged = next(one for one in campaign(1) if one.name == "signed_by_a_stranger")
    told = check_file(signed(warning()), "f", keys=[STRANGER_KEY.public_key()])
    assert told.faults[0].code == forged.code
    assert replace(told, faults=()).verified is False
