"""What was said is told once, by every way, whoever does not answer, and whenever the process dies."""

from __future__ import annotations

import base64
import hmac
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core import mail
from web.receivers import MailServer, Program, certificate

from riskshed.errors import InputError, NotFoundError
from riskshed.outbox import DeliveryError, Patience
from riskshed.web import delivery_mail, delivery_routes, delivery_webhook
from riskshed.web.deliveries import Deliveries
from riskshed.web.delivery_routes import Route
from riskshed.web.delivery_webhook import Target, is_for_all, target_of
from riskshed.web.models import Webhook
from riskshed.web.node import Node

SECRET = b"the secret of the node"
FAST = Patience(first_s=0.2, cap_s=0.4, jitter=0.0)
HARBIN, JILIN = "230100", "220200"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def deliver(node: Node) -> Iterator[Callable[..., Deliveries]]:
    """Starts deliveries of the node."""
    running: list[Deliveries] = []

    def make(post: str = "memory:", **more: Any) -> Deliveries:
        given = {"private": True, "patience": FAST, **more}
        return Deliveries(node, secret=SECRET, post=delivery_mail.post_of(post, "node@example.org"), **given)

    def start(*given: Any, **more: Any) -> Deliveries:
        made = make(*given, **more)
        running.append(made)
        made.start()
        return made

    # What was said before a way was named is not told there.
    before = make()
    before.catch_up()
    before.outbox.close()
    threading.Thread(target=node.run, name="ticker", daemon=True).start()  # ends with the node
    yield start
    for one in running:
        one.stop()


@pytest.fixture
def program() -> Iterator[Program]:
    made = Program()
    yield made
    made.close()


def until(what: Callable[[], Any], within_s: float = 40.0) -> None:
    end_s = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < end_s, "it did not come about"
        time.sleep(0.02)


def report(
    node: Node, to: str = HARBIN, by: str = JILIN, *, exercise: bool = False, text: str = "leak"
) -> str:
    """A risk that is reported to a body."""
    return node.desk(by, "duty-03", exercise=exercise).report_risk(
        report="first",
        to=[to],
        hazard_class="accident",
        hazard="water_pollution",
        what={"zh": f"泄漏 {text}", "en": text},
        harm="possible",
        known_at=node.now().isoformat(timespec="seconds"),
    )


def states(made: Deliveries, said: str) -> dict[str, str]:
    return {one.addressee: one.state for one in made.outbox.progress(said)}


def test_every_way_of_a_body_is_told_once(node: Node, deliver: Any, program: Program) -> None:
    delivery_routes.add_webhook(HARBIN, program.url, None, private=True)
    delivery_routes.add_mailbox(HARBIN, "duty@harbin.example", None)
    delivery_routes.add_webhook(JILIN, program.url + "/other", None, private=True)
    made = deliver()
    said = report(node)
    until(lambda: len(states(made, said)) == 3 and set(states(made, said).values()) == {"accepted"})
    time.sleep(0.3)
    assert program.ids == [said]
    assert [one.to for one in mail.outbox] == [["duty@harbin.example"]]


def test_a_program_can_verify_who_posts_and_what_was_said(node: Node, deliver: Any, program: Program) -> None:
    hook = delivery_routes.add_webhook(HARBIN, program.url, None, private=True)
    deliver()
    said = report(node)
    until(lambda: program.taken)
    head, body, raw = program.taken[0]
    moment, _, made = head["Riskshed-Signature"].removeprefix("t=").partition(",v1=")
    secret = delivery_webhook.secret_of(SECRET, hook.pk, hook.salt).encode()
    assert hmac.compare_digest(hmac.new(secret, f"{moment}.".encode() + raw, sha256).hexdigest(), made)
    assert abs(int(moment) - time.time()) < 60
    assert sha256(base64.b64decode(body["envelope"]["payload"])).hexdigest() == said == body["statement"]
    assert node.entry(body["index"]) == json.dumps(body["envelope"], separators=(",", ":")).encode()
    assert body["said"]["body"]["what"]["en"] == "leak"


def test_who_asked_hears_by_his_program_that_he_was_answered(
    node: Node, deliver: Any, program: Program
) -> None:
    delivery_routes.add_webhook(JILIN, program.url, None, private=True)
    delivery_routes.add_mailbox(JILIN, "duty@jilin.example", None)
    deliver()
    said = report(node)
    answer = node.desk(HARBIN, "duty-07").acknowledge(said)
    until(lambda: program.ids == [answer])
    assert not mail.outbox


def test_a_program_that_is_silent_holds_up_nobody(node: Node, deliver: Any, program: Program) -> None:
    deaf = [Program(silent_s=30.0) for _ in range(3)]
    for one in deaf:
        delivery_routes.add_webhook(HARBIN, one.url, None, private=True)
    delivery_routes.add_webhook(HARBIN, program.url, None, private=True)
    made = deliver()
    begin = time.monotonic()
    first, second = report(node), report(node, text="more")
    until(lambda: program.ids == [first, second])
    assert time.monotonic() - begin < 25.0
    begin = time.monotonic()
    made.stop()
    assert time.monotonic() - begin < 12.0
    for one in deaf:
        one.close()


def test_what_was_refused_is_told_again_in_its_order(node: Node, deliver: Any, program: Program) -> None:
    delivery_routes.add_webhook(HARBIN, program.url, None, private=True)
    program.status = 503
    made = deliver()
    first = report(node)
    until(lambda: any(one.attempts >= 2 for one in made.outbox.waiting()))
    assert "503" in made.outbox.waiting()[0].error
    program.status = 204
    until(lambda: program.ids == [first])


def test_a_redirect_is_not_followed_and_gone_is_given_up(node: Node, deliver: Any, program: Program) -> None:
    other = Program(status=410)
    delivery_routes.add_webhook(HARBIN, program.url, None, private=True)
    delivery_routes.add_webhook(HARBIN, other.url, None, private=True)
    program.status = 307
    made = deliver()
    report(node)
    until(lambda: len(made.outbox.given_up()) == 1)
    assert "410" in made.outbox.given_up()[0].error
    until(lambda: any("307" in one.error for one in made.outbox.waiting()))
    other.close()


def test_a_way_that_was_ended_is_told_nothing_more(node: Node, deliver: Any, program: Program) -> None:
    hook = delivery_routes.add_webhook(HARBIN, program.url, None, private=True)
    program.status = 503
    made = deliver()
    report(node)
    until(lambda: any(one.addressee.startswith("+hook") for one in made.outbox.waiting()))
    with pytest.raises(NotFoundError):
        delivery_routes.end(Route("hook", hook.pk), JILIN)
    delivery_routes.end(Route("hook", hook.pk), HARBIN)
    until(made.outbox.given_up)
    program.status = 200
    second = report(node, text="later")
    until(lambda: states(made, second) == {HARBIN: "accepted"})
    assert not program.taken


def test_drills_go_to_those_who_want_them_and_say_so(node: Node, deliver: Any, program: Program) -> None:
    delivery_routes.add_webhook(HARBIN, program.url, None, private=True, drills=False)
    delivery_routes.add_mailbox(HARBIN, "duty@harbin.example", None)
    deliver()
    report(node, exercise=True)
    until(lambda: mail.outbox)
    assert mail.outbox[0].subject.startswith("【演习 EXERCISE】")
    assert "THIS IS NOT REAL" in mail.outbox[0].body
    real = report(node)
    until(lambda: program.ids == [real])


def test_what_does_not_count_is_told_to_nobody(node: Node, deliver: Any, program: Program) -> None:
    delivery_routes.add_webhook(HARBIN, program.url, None, private=True)
    made = deliver()
    said = report(node)
    forged = json.loads(node.entry(node.index_of(said)))
    forged["signatures"][0]["sig"] = base64.b64encode(bytes(64)).decode()
    payload = base64.b64decode(forged["payload"]).replace(b"leak", b"joke")
    forged["payload"] = base64.b64encode(payload).decode()
    node.log.append(json.dumps(forged, separators=(",", ":")).encode())
    last = report(node, text="the end")
    until(lambda: program.ids == [said, last])
    assert made.outbox.position == node.log.size


# -------------------------------------------------------------------------------------------- e-mail


def test_an_e_mail_says_what_to_do_in_both_languages_and_how_to_check_it(node: Node, deliver: Any) -> None:
    server = MailServer()
    delivery_routes.add_mailbox(HARBIN, "duty@harbin.example", None)
    made = deliver(server.url)
    said = report(node)
    until(lambda: server.mails)
    to, raw = server.mails[0]
    assert to == "duty@harbin.example"
    assert f"Message-ID: <{said[:32]}.mail" in raw
    assert f"X-Riskshed-Statement: {said}" in raw.replace("\r\n ", " ").replace("  ", " ")
    assert "Auto-Submitted: auto-generated" in raw
    shown = delivery_mail.text_of(
        node.seen(said).statement, names=node.names(), url="https://node.example", index=5,
        shown_time={"issued": "11-13 13:40+08"},
    )  # fmt: skip
    assert "泄漏 leak" in shown
    assert "https://node.example/log/5/" in shown
    assert shown.index("险情已报告") < shown.index("risk reported")
    until(lambda: made.outbox.progress(said)[0].state == "accepted")
    server.close()


def test_an_address_that_the_mail_server_refuses_is_given_up(node: Node, deliver: Any) -> None:
    server = MailServer()
    delivery_routes.add_mailbox(HARBIN, "nobody@harbin.example", None)
    made = deliver(server.url)
    report(node)
    until(made.outbox.given_up)
    assert "550" in made.outbox.given_up()[0].error
    server.close()


def test_a_mail_server_that_is_away_is_asked_again(node: Node, deliver: Any) -> None:
    delivery_routes.add_mailbox(HARBIN, "duty@harbin.example", None)
    made = deliver("smtp://127.0.0.1:1")
    report(node)
    until(lambda: any(one.attempts >= 2 for one in made.outbox.waiting()))


def test_what_is_three_days_old_is_not_sent_by_e_mail(node: Node, deliver: Any, clock: Any) -> None:
    delivery_routes.add_mailbox(HARBIN, "duty@harbin.example", None)
    report(node)
    clock.forward(hours=73)
    made = deliver()
    until(made.outbox.given_up)
    assert "mail.too_old" in made.outbox.given_up()[0].error
    assert not mail.outbox


@pytest.mark.parametrize("url", ["", "http://x", "smtp:", "file:", "memory"])
def test_a_post_office_that_makes_no_sense_is_refused(url: str) -> None:
    with pytest.raises(InputError):
        delivery_mail.post_of(url, "a@b")


def test_passwords_in_the_address_of_the_mail_server_are_read() -> None:
    post = delivery_mail.post_of("smtp://me:p%40ss@mail.example:587", "a@b")
    assert (post.options["username"], post.options["password"], post.options["use_tls"]) == (
        "me",
        "p@ss",
        True,
    )


# ------------------------------------------------------------------------------ where a hook may lead

INSIDE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
    "::1", "fe80::1", "fd00::1", "ff02::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
    "2002:7f00:1::", "255.255.255.255", "198.18.0.1", "192.0.2.1", "224.0.0.1",
)  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_a_hook_does_not_lead_inside(address: str) -> None:
    assert not is_for_all(ip_address(address))
    for addresses in ([address], ["93.184.216.34", address]):
        with pytest.raises(DeliveryError) as caught:
            target_of("https://hook.example/x", private=False, resolver=lambda *_, found=addresses: found)
        assert (caught.value.code, caught.value.permanent) == ("webhook.private", True)
    assert target_of("http://hook.example/x", private=True, resolver=lambda *_: [address]).address == address


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"]
)
def test_a_hook_leads_to_the_address_that_was_looked_at(address: str) -> None:
    target = target_of("https://hook.example:8443/x?y=z", private=False, resolver=lambda *_: [address])
    assert (target.address, target.url.host, target.url.port) == (address, "hook.example", 8443)


@pytest.mark.parametrize(
    "url",
    ["", "hook.example", "http://hook.example/", "ftp://hook.example/", "https://", "https://a:b@hook.example/",
     "https://hook.example/#x", "https://" + "x" * 3000, "file:///etc/passwd", "javascript:alert(1)"],
)  # fmt: skip
def test_a_hook_whose_address_makes_no_sense_is_not_taken(url: str) -> None:
    with pytest.raises(InputError):
        delivery_routes.add_webhook(HARBIN, url, None, private=False)
    assert not Webhook.objects.exists()


@pytest.mark.parametrize("host", ["127.1", "0x7f.1", "2130706433", "localhost"])
def test_other_ways_to_write_this_machine_are_seen_through(host: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        target_of(f"https://{host}/", private=False)
    assert caught.value.code in ("webhook.private", "webhook.bad_url", "webhook.unresolved")


def test_a_certificate_must_be_of_the_name_although_the_address_is_given(tmp_path: Path) -> None:
    server, trust = certificate(tmp_path, "hook.example")
    program = Program(context=server)
    url = httpx.URL(f"https://hook.example:{program.port}/hook")
    delivery_webhook.post(Target(url, "127.0.0.1"), "a" * 64, b"{}", "t=1,v1=2", trust=trust)
    assert program.taken[0][0]["Host"] == f"hook.example:{program.port}"
    for wrong, more in ((url.copy_with(host="other.example"), trust), (url, None)):
        with pytest.raises(DeliveryError) as caught:
            delivery_webhook.post(Target(wrong, "127.0.0.1"), "a" * 64, b"{}", "t=1,v1=2", trust=more)
        assert caught.value.code == "webhook.unreachable"
    assert len(program.taken) == 1
    program.close()


def test_who_drips_his_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery_webhook, "ATTEMPT_S", 0.5)
    program = Program(silent_s=5.0)
    begin = time.monotonic()
    with pytest.raises(DeliveryError) as caught:
        delivery_webhook.post(Target(httpx.URL(program.url), "127.0.0.1"), "a" * 64, b"{}", "t=1,v1=2")
    assert caught.value.code == "webhook.too_slow"
    assert time.monotonic() - begin < 4.5
    program.close()


# ---------------------------------------------------------------------------------------- killed

WORK = """
import sys, time
from riskshed.web import beginning, current, environment
given = environment.read()
beginning.prepare(given)
from riskshed.outbox import Patience
from riskshed.web import delivery_mail, delivery_routes
from riskshed.web.deliveries import Deliveries
from riskshed.web.models import Webhook
if not Webhook.objects.exists():
    delivery_routes.add_webhook("230100", sys.argv[1], None, private=True)
node = current.node()
post = delivery_mail.post_of("memory:", "a@b")
made = Deliveries(node, secret=b"x", post=post, private=True, patience=Patience(0.05, 0.1, jitter=0.0))
made.start()
desk = node.desk("220200", "duty-03")
for at in range(100000):
    what = {"zh": "泄漏", "en": f"leak {at}"}
    known_at = node.now().isoformat(timespec="seconds")
    more = {"hazard_class": "accident", "hazard": "water_pollution", "known_at": known_at}
    said = desk.report_risk(report="first", to=["230100"], what=what, harm="possible", **more)
    print(said, flush=True)
    time.sleep(0.03)
"""


def test_a_kill_at_any_moment_loses_no_delivery(home_of_process: Path, program: Program) -> None:
    draw = random.Random(7)
    given = {**os.environ, "RISKSHED_HOME": str(home_of_process)}
    given.pop("DJANGO_SETTINGS_MODULE", None)
    said: list[str] = []
    for turn in range(4):
        command = [sys.executable, "-c", WORK, program.url]
        pipe = subprocess.PIPE
        running = subprocess.Popen(command, env=given, text=True, stdout=pipe, stderr=subprocess.DEVNULL)
        assert running.stdout is not None
        said.append(running.stdout.readline().strip())
        time.sleep(0.5 * draw.random())
        if turn == 3:
            before = said[:]
            until(lambda before=before: set(before) <= set(program.ids), 60.0)
        running.send_signal(signal.SIGKILL)
        said += [one.strip() for one in running.stdout.read().splitlines() if len(one.strip()) == 64]
    assert len(program.ids) - len(set(program.ids)) <= 3, "at most what was under way is told again"


@pytest.fixture
def home_of_process(demo_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(demo_home, tmp_path / "killed"))
