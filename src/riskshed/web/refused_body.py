"""The page about a body that no view has seen: too large, or too slow to come.

Such a request is refused before Django has it (`request_body`). A program is told so by a problem; a person
who sent a form is shown a page in his language, which says the limit and what to do. It is drawn without the
node, the session or the database: only the language is read from the request.
"""

from __future__ import annotations

from io import BytesIO

from django.core.handlers.wsgi import WSGIRequest
from django.template.loader import render_to_string
from django.utils import translation

from riskshed.exchange.wording import Text
from riskshed.web import wording
from riskshed.web.asgi_problem import Scope
from riskshed.web.bridge import environ_of
from riskshed.web.fault_pages import Refusal
from riskshed.web.request_body import BodyError, BodyLimits
from riskshed.web.security_headers import MACHINES

_MB = 2**20


def page(scope: Scope, error: BodyError, limits: BodyLimits) -> bytes | None:
    """The page about a refused body; None for who reads no pages, and for what no form can send.

    Parameters
    ----------
    scope : mapping
        Of ASGI.
    error : BodyError
    limits : BodyLimits
        What is taken.
    """
    refusal = _refusal(error, limits)
    if refusal is None or not reads_pages(scope):
        return None
    request = WSGIRequest(environ_of(scope, BytesIO(), 0))
    with translation.override(translation.get_language_from_request(request)):
        told = {"refusal": refusal, "status": error.status, "html_language": wording.html_language()}
        return render_to_string("riskshed/refused_plain.html", told).encode()


def reads_pages(scope: Scope) -> bool:
    """Whether who asks is a browser at an address for people: it takes HTML, and says so."""
    if str(scope["path"]).startswith(MACHINES):
        return False
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept").lower()
    return b"text/html" in [one.partition(b";")[0].strip() for one in accepted.split(b",")]


def _refusal(error: BodyError, limits: BodyLimits) -> Refusal | None:
    most = f"{limits.bytes_max / _MB:g} MB"
    if error.code == "body.too_large":
        return Refusal(
            Text("发送的内容过大", "What you sent is too large"),
            Text(
                f"填写的内容连同照片和附件超过本节点 {most} 的上限，未予接收。没有任何内容被保存。",
                f"The form with its photographs and files is larger than the {most} that this node takes. "
                "Nothing was kept.",
            ),
            Text(
                f"请返回上一页，减少或压缩照片和附件，使总量不超过 {most}，再次发送。",
                f"Go back, leave files out or make them smaller, so that all of it is at most {most}, "
                "and send it again.",
            ),
        )
    if error.code == "body.too_slow":
        return Refusal(
            Text("发送中断", "It did not arrive in time"),
            Text(
                "线路过慢，填写的内容未能在时限内全部送达。没有任何内容被保存。",
                "The line was too slow: not all of the form had come when its time was over. "
                "Nothing was kept.",
            ),
            Text(
                "请返回上一页，减少照片和附件，或换一条线路，再次发送。",
                "Go back, leave files out or use a better line, and send it again.",
            ),
        )
    return None
