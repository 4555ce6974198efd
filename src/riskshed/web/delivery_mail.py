"""A statement as an e-mail: first what is to be done, in both languages, then how to check who said it.

An exercise says so in its subject and in its first line. The Message-ID is made from the statement and the
addressee, so that a second sending after a crash is one that the mailbox recognises. An e-mail is no proof:
it names the statement, which the log proves.
"""

from __future__ import annotations

import re
import smtplib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from django.core.mail import EmailMessage, get_connection

from riskshed.errors import InputError
from riskshed.outbox import DeliveryError
from riskshed.statement import Statement
from riskshed.vocabulary import KINDS

TIMEOUT_S = 15
SUBJECT_CHARS = 160
_TOLD = ("instruction", "description", "what", "why", "reason", "change", "summary", "text", "note")
"""Fields of words, in the order in which somebody who has a minute needs them."""
_LABELS: Mapping[str, tuple[str, str]] = {
    "instruction": ("怎么做", "What to do"),
    "description": ("情况", "What is known"),
    "what": ("内容", "What is known"),
    "why": ("原因", "Why"),
    "reason": ("理由", "Reason"),
    "change": ("变更", "What has changed"),
    "summary": ("摘要", "Summary"),
    "text": ("内容", "Text"),
    "note": ("备注", "Note"),
}
_TIMES: Mapping[str, tuple[str, str]] = {
    "answer_by": ("请于此前答复", "Answer by"),
    "onset": ("预计开始", "Expected from"),
    "expires": ("有效至", "Valid until"),
}
_LANGUAGES = ("zh", "en")
_SPACES = re.compile(r"\s+")


def subject_of(said: Statement) -> str:
    """One line: exercise or not, what sort of statement, and its headline in both languages."""
    kind = KINDS[said.kind]
    words = _words(said, "headline") or _words(said, "what") or {}
    told = " / ".join(dict.fromkeys(words[code] for code in _LANGUAGES if code in words))
    begin = "【演习 EXERCISE】" if said.exercise else ""
    line = _SPACES.sub(" ", f"{begin}{kind.zh} {kind.en}" + (f": {told}" if told else "")).strip()
    return line if len(line) <= SUBJECT_CHARS else line[: SUBJECT_CHARS - 1] + "…"


def text_of(
    said: Statement,
    *,
    names: Mapping[str, Mapping[str, str]],
    url: str,
    index: int | None,
    shown_time: Mapping[str, str],
) -> str:
    """The text of an e-mail.

    Parameters
    ----------
    said : Statement
    names : mapping
        Of bodies, by code and language.
    url : str
        Of the node.
    index : int or None
        Place in the log.
    shown_time : mapping
        The times of the statement as people read them, with their zone, by field; ``issued`` is there.
    """
    parts = [_in_language(said, at, names, shown_time) for at in range(len(_LANGUAGES))]
    proof = [f"{url}/log/{index}/" if index is not None else url, f"id: {said.id}"]
    return "\n\n".join([*(one for one in parts if one), "-- \n" + "\n".join(proof)]) + "\n"


def _in_language(
    said: Statement, at: int, names: Mapping[str, Mapping[str, str]], shown_time: Mapping[str, str]
) -> str:
    code, kind = _LANGUAGES[at], KINDS[said.kind]
    lines = []
    if said.exercise:
        lines += [("*** 演习，不是真实情况 ***", "*** EXERCISE. THIS IS NOT REAL. ***")[at], ""]
    by = names.get(said.by, {}).get(code, said.by)
    issued = shown_time["issued"]
    lines.append((f"{by}：{kind.zh}（{issued}）", f"{by}: {kind.en} ({issued})")[at])
    headline = _words(said, "headline").get(code)
    if headline:
        lines.append(headline)
    for name in _TOLD:
        words = _words(said, name).get(code)
        if words:
            lines += ["", f"{_LABELS[name][at]}{'：' if at == 0 else ':'}", words]
    for name, labels in _TIMES.items():
        if name in shown_time:
            lines += ["", f"{labels[at]}{'：' if at == 0 else ': '}{shown_time[name]}"]
    return "\n".join(lines)


def _words(said: Statement, name: str) -> Mapping[str, str]:
    """The words of a field; none where the kind has no such field, or it is sealed."""
    value = None if said.body is None else said.body.get(name)
    return value if isinstance(value, Mapping) else {}


def times_of(said: Statement) -> dict[str, datetime]:
    """The times that an e-mail shows, by field."""
    found = {"issued": said.issued}
    for name in _TIMES:
        value = None if said.body is None else said.body.get(name)
        if isinstance(value, str):
            found[name] = datetime.fromisoformat(value)
    return found


def message_id(statement: str, route: str, origin: str) -> str:
    """The same for each sending of a statement to an addressee."""
    host = re.sub(r"[^A-Za-z0-9.-]", ".", origin.partition("/")[0]) or "node"
    # Half of the digits say as much, and the line is not folded.
    return f"<{statement[:32]}.{route}@{host}>"


class Post(NamedTuple):
    """Where e-mail goes out: Django's backend and its options, and the sender."""

    backend: str
    options: Mapping[str, Any]
    sender: str


def post_of(url: str, sender: str) -> Post:
    """The post office that a setting names.

    Parameters
    ----------
    url : str
        ``smtp://user:password@host:587`` (STARTTLS, except to this machine), ``smtps://...``,
        ``file:/folder``, ``console:``, ``memory:``.
    sender : str

    Raises
    ------
    InputError
        ``mail.bad_url``.
    """
    parts = urlsplit(url)
    if parts.scheme in ("smtp", "smtps") and parts.hostname:
        is_own = parts.hostname in ("localhost", "127.0.0.1", "::1")
        options = {
            "host": parts.hostname,
            "port": parts.port or (465 if parts.scheme == "smtps" else 25),
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_ssl": parts.scheme == "smtps",
            "use_tls": parts.scheme == "smtp" and not is_own,
            "timeout": TIMEOUT_S,
        }
        return Post("django.core.mail.backends.smtp.EmailBackend", options, sender)
    if parts.scheme == "file" and parts.path:
        return Post("django.core.mail.backends.filebased.EmailBackend", {"file_path": parts.path}, sender)
    plain = {"console": "console", "memory": "locmem"}.get(parts.scheme)
    if plain is None:
        raise InputError("mail.bad_url", "RISKSHED_EMAIL_URL is no address of a mail server",
                         todo="Write smtp://user:password@host:587, or console:")  # fmt: skip
    return Post(f"django.core.mail.backends.{plain}.EmailBackend", {}, sender)


def send(post: Post, said: Statement, text: str, *, to: str, identity: str) -> None:
    """Hand an e-mail to the mail server.

    Parameters
    ----------
    post : Post
    said : Statement
    text : str
        As of `text_of`.
    to : str
    identity : str
        As of `message_id`.

    Raises
    ------
    DeliveryError
        ``mail.refused``: for good; ``mail.not_sent``: for now.
    """
    headers = {"Message-ID": identity, "Auto-Submitted": "auto-generated", "X-Riskshed-Statement": said.id}
    if said.replies_to is not None:
        headers["References"] = identity.replace(said.id[:32], said.replies_to[:32], 1)
    hand_over(post, subject_of(said), text, to=to, headers=headers)


def hand_over(post: Post, subject: str, text: str, *, to: str, headers: Mapping[str, str]) -> None:
    """Hand any e-mail to the mail server; errors as of `send`."""
    line = _SPACES.sub(" ", subject).strip()
    try:
        with get_connection(post.backend, **post.options) as connection:
            mail = EmailMessage(line, text, post.sender, [to], headers=dict(headers), connection=connection)
            mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        permanent = all(code >= 500 for code in codes)
        told = f"the mail server refuses {to}: {', '.join(map(str, codes))}"
        raise DeliveryError("mail.refused", told, permanent=permanent, todo="Correct the address.") from error
    except (smtplib.SMTPException, OSError) as error:
        told = f"the mail server did not take it: {type(error).__name__}"
        raise DeliveryError("mail.not_sent", told, permanent=False, todo="It is tried again.") from error
