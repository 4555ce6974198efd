"""Mail for those who follow places, rivers, hazards and industries, and have no account.

Whoever types an address is asked by mail whether it is his; only the link in that mail begins anything, so
that nobody signs up another, and the page says the same whether an address is known or not. Each letter holds
the link that ends it, for people and for mail programs (RFC 8058). Then the row is deleted; nothing of it
stands on the log, in what the node tells of itself, or anywhere else. A link is the number of the row, signed
with the key of the node: no secret lies in the table.

The first news goes out at once, what follows it within `PAUSE` goes together. What a letter is about is noted
before it is sent, so a crash between sending and noting sends the same letter under the same Message-ID.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.core.signing import BadSignature, Signer
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.urls import reverse
from django.utils import timezone, translation

from riskshed.errors import NotFoundError, RiskshedError
from riskshed.exchange import wording as clock
from riskshed.governance import community
from riskshed.governance.community import Block, Subject
from riskshed.outbox import DeliveryError
from riskshed.web import community_board as board
from riskshed.web import delivery_mail, wording
from riskshed.web.delivery_mail import Post
from riskshed.web.models import FollowMail
from riskshed.web.node import Node
from riskshed.web.wording import say

HOLDS = timedelta(hours=48)
"""So long the link holds by which an address is confirmed."""
PAUSE = timedelta(minutes=10)
"""At least so long lies between two letters to one address."""
BLOCKS_MAX = 20
"""So much stands in a letter; the rest is on the page of the list."""
LOOK_S, AGAIN_S = 15.0, 60.0
TAKEN_BACK = ("withdrawn", "lifted")
_signer = Signer(salt="riskshed.follow-mail")
_log = logging.getLogger("riskshed.follow")


# --------------------------------------------------------------------------------------- who is told of what


def ask(address: str, subjects: Sequence[Subject], language: str, now: datetime) -> FollowMail:
    """Note that somebody wants to be told; it begins when he confirms it. A newer wish replaces an older."""
    named = [str(one) for one in subjects]
    with transaction.atomic():
        FollowMail.objects.filter(address__iexact=address, confirmed=None).delete()
        made: FollowMail = FollowMail.objects.create(
            address=address, subjects=named, language=language, made_at=now
        )
    return made


def link_of(row: FollowMail) -> str:
    """What leads to a row: in the mails to it, and nowhere else."""
    return _signer.sign(str(row.pk))


def find(link: str, now: datetime) -> FollowMail:
    """The row of a link. Raises NotFoundError ``follow.no_link``: none of ours, ended, or over."""
    try:
        number = int(_signer.unsign(link))
    except (BadSignature, ValueError):
        number = 0
    row: FollowMail | None = FollowMail.objects.filter(pk=number).first()
    if row is None or (row.confirmed is None and row.made_at < now - HOLDS):
        todo = "If you still get mail, open the link in the latest one; else begin again."
        raise NotFoundError("follow.no_link", "this link has ended", todo=todo)
    return row


def confirm(node: Node, row: FollowMail, now: datetime) -> None:
    """Begin: what is said from now on is told. What the address followed before ends; may be done twice."""
    if row.confirmed is None:
        with transaction.atomic():
            FollowMail.objects.filter(address__iexact=row.address).exclude(pk=row.pk).delete()
            row.confirmed, row.told = now, _here(node)
            row.save()


def end(row: FollowMail) -> None:
    """Delete it: nothing of it is kept."""
    row.delete()


def subjects_of(row: FollowMail) -> list[Subject]:
    """What a row follows, as far as it is still known."""
    return [Subject(*one.split(":", 1)) for one in row.subjects]


def _here(node: Node) -> dict[str, int | str]:
    return {"size": node.log.size, "at": node.now().isoformat()}


class _Window(NamedTuple):
    """What a letter is about: what came onto the log, or was taken back, between two moments."""

    told: dict[str, int | str]
    to: dict[str, int | str]

    @property
    def name(self) -> str:
        """The same for the same window, in whatever order a database gives back what it was given."""
        return " ".join(str(one[key]) for one in self for key in ("size", "at"))

    def blocks(self, node: Node, subjects: Sequence[Subject]) -> tuple[Block, ...]:
        """The blocks, the newest first."""
        first, end = int(self.told["size"]), int(self.to["size"])
        since, until = (datetime.fromisoformat(str(one["at"])) for one in (self.told, self.to))

        def is_new(one: Block) -> bool:
            place = node.index_of(one.id)
            if place is not None and first <= place < end:
                return one.state not in TAKEN_BACK
            return one.state in TAKEN_BACK and since < one.changed <= until

        return tuple(one for one in community.of(board.blocks(node), *subjects) if is_new(one))


# ----------------------------------------------------------------------------------------------- the letters


def question_of(node: Node, row: FollowMail) -> tuple[str, str]:
    """Subject and text of the mail that asks whether an address is his."""
    with translation.override(row.language):
        things = say("、", ", ").join(board.thing(node, one).word for one in subjects_of(row))
        subject = say(f"请确认：关注{things}", f"Please confirm: follow {things}")
        lines = [
            say("有人（也许是您）请本节点把以下内容的新消息发到此地址：",
                "Somebody, perhaps you, asked to be mailed at this address what is new about:"),
            things, "",
            say("如果是您，请在 48 小时内打开此链接并确认：",
                "If it was you, open this link within 48 hours and confirm:"),
            _url(node, row), "",
            say("如果不是您，不必理会：不会再有邮件，地址也会删除。",
                "If it was not, do nothing: no other mail comes, and the address is deleted."),
        ]  # fmt: skip
    return subject, "\n".join(lines) + "\n"


def letter_of(node: Node, row: FollowMail, blocks: Sequence[Block]) -> tuple[str, str]:
    """Subject and text of a letter with what is new."""
    with translation.override(row.language):
        told = [_told(node, one) for one in board.rows(node, blocks[:BLOCKS_MAX])]
        more = len(blocks) - len(told)
        subject = told[0].partition("\n")[0]
        if len(blocks) > 1:
            subject += say(f"（另有 {len(blocks) - 1} 条）", f" (and {len(blocks) - 1} more)")
        followed = subjects_of(row)
        listed = node.profile.url + board.listed_at(followed)
        lines = ["\n\n".join(told)]
        if more > 0:
            lines += ["", say(f"还有 {more} 条，见清单页面。", f"{more} more are on the page of the list.")]
        lines += [
            "", "-- ",
            say("清单：", "Your list: ") + listed,
            say("不再接收（地址随即删除）：", "End this, and delete the address: ") + _url(node, row),
            say("邮件不是凭证，以页面和日志为准。", "A mail is no proof: see the page, and the log."),
        ]  # fmt: skip
    return subject[: delivery_mail.SUBJECT_CHARS], "\n".join(lines) + "\n"


def _told(node: Node, row: board.Row) -> str:
    one = row.block
    state = f" · {row.state}" if row.state else ""
    name = _plain(node.names().get(one.by)) or one.by
    when = clock.when(one.changed, node.profile.zone, node.now().year)
    corrected = [say("这是更正。", "This is a correction.")] if one.corrects else []
    told = list(row.plain) or [text for text in (_plain(one.text),) if text]
    parts = [f"{row.sort}{state}: {_plain(one.title)}", f"{name} · {when}", *corrected, *told]
    if one.source:
        parts.append(say("来源：", "Source: ") + one.source)
    return "\n".join([*parts, node.profile.url + row.url])


def _plain(words: Mapping[str, str] | None) -> str:
    """Words in the language of the letter, or in the one that there is; without markup."""
    told = words or {}
    return told.get(wording.tongue(), "").strip() or next((one for one in told.values() if one.strip()), "")


def _url(node: Node, row: FollowMail) -> str:
    return node.profile.url + reverse("follow-mail-link", args=[link_of(row)])


class FollowLetters:
    """Sends what is due to followers, as long as the node is open. See `asgi.Worker`.

    Parameters
    ----------
    node : Node
    post : Post
        Where e-mail goes out.
    """

    def __init__(self, node: Node, post: Post) -> None:
        self._node, self._post = node, post
        self._bell, self._closing = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="follow-mail", daemon=True)

    def start(self) -> None:
        """Send from now on, and what was due before."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more."""
        self._closing.set()
        self._bell.set()
        if self._thread.is_alive():
            self._thread.join(1.0)

    def _run(self) -> None:
        while not self._closing.is_set():
            wait_s = LOOK_S
            close_old_connections()
            try:
                self.send_due(timezone.now())
            except (RiskshedError, DatabaseError) as error:
                _log.error("no letters to followers for now: %s", error)
                wait_s = AGAIN_S
            except Exception:
                # One bad letter must not silence the others for good.
                _log.exception("no letters to followers for now")
                wait_s = AGAIN_S
            self._bell.wait(wait_s)
        connection.close()

    def send_due(self, now: datetime) -> int:
        """Send what is due, and delete what nobody confirmed; returns how many mails went out.

        Raises
        ------
        DeliveryError
            The mail server takes nothing for now; what was not sent is sent later.
        """
        FollowMail.objects.filter(confirmed=None, made_at__lt=now - HOLDS).delete()
        sent = 0
        for row in FollowMail.objects.order_by("id"):
            if self._closing.is_set():
                break
            try:
                sent += self._question(row) if row.confirmed is None else self._letter(row, now)
            except DeliveryError as error:
                if not error.permanent:
                    raise
                row.delete()  # there is no such mailbox
        return sent

    def _question(self, row: FollowMail) -> int:
        if row.asked:
            return 0
        self._hand_over(row, *question_of(self._node, row), about="question")
        row.asked = True
        row.save(update_fields=["asked"])
        return 1

    def _letter(self, row: FollowMail, now: datetime) -> int:
        if row.telling is None:
            here = _here(self._node)
            is_quiet = here["size"] == row.told["size"]  # most rounds find nothing said, and write nothing
            if is_quiet or (row.sent is not None and now - row.sent < PAUSE):
                return 0
            row.telling = here
        window = _Window(row.told, row.telling)
        blocks = window.blocks(self._node, subjects_of(row))
        if blocks:
            row.save(update_fields=["telling"])
            self._hand_over(row, *letter_of(self._node, row, blocks), about=window.name)
            row.sent = now
        row.told, row.telling = row.telling, None
        row.save(update_fields=["told", "telling", "sent"])
        return int(bool(blocks))

    def _hand_over(self, row: FollowMail, subject: str, text: str, *, about: str) -> None:
        digest = hashlib.sha256(f"{row.pk} {about}".encode()).hexdigest()
        identity = delivery_mail.message_id(digest, "follow", self._node.profile.origin)
        headers = {
            "Message-ID": identity,
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{_url(self._node, row)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        delivery_mail.hand_over(self._post, subject, text, to=row.address, headers=headers)
