"""The pages that say no: what was asked, why it was not done, and what to do now.

They are handlers of Django (``handler404 = "riskshed.web.fault_pages.missing"``). `refused` draws the page of
a `RiskshedError`, which names its code and what to do. If even the frame cannot be drawn, a plain page says
so: a page about a fault must not fail itself.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from riskshed.errors import NotFoundError, RiskshedError, StoreError
from riskshed.exchange.wording import Text
from riskshed.web import frame, wording
from riskshed.web.access import ACTIONS
from riskshed.web.forms_refusal import REFUSALS as REFUSED
from riskshed.web.people import Actor, acting

_log = logging.getLogger("riskshed.web")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One sort of page that says no."""

    title: Text
    what: Text
    todo: Text


REFUSALS: Mapping[int, Refusal] = {
    400: Refusal(
        Text("无法理解该请求", "The request could not be understood"),
        Text("地址或填写的内容不完整，或与页面不符。没有任何内容被保存。",
             "The address or the form is not complete, or not what the page asked for. Nothing was kept."),
        Text("返回上一页，重新打开该页面后再填写。", "Go back, open the page again, and fill it in anew."),
    ),
    403: Refusal(
        Text("您的角色不能办理此事", "Your role may not do this"),
        Text("此页面或操作属于其他机构或其他角色，或登录已过期。没有任何内容被更改。",
             "This belongs to another body or role, or you are no longer signed in. Nothing was changed."),
        Text("请登录，或改用有该职责的账号；职责由本机构管理员分配。",
             "Sign in, or use an account with that role; the administrator of your body gives roles."),
    ),
    404: Refusal(
        Text("没有这个页面", "There is no such page"),
        Text("地址可能有误，或该编号不在本节点的日志中。",
             "The address may be wrong, or this number is not in the log of this node."),
        Text("请从上方导航进入，或在日志中查找。", "Use the navigation above, or look for it in the log."),
    ),
    429: Refusal(
        Text("请求过于频繁", "Too many requests"),
        Text("短时间内的请求或登录尝试过多。",
             "There were too many requests, or attempts to sign in, within a short time."),
        Text("请稍候几分钟再试；紧急情况请电话联系协调机构值班室。",
             "Wait a few minutes. If it is urgent, telephone the duty desk of the coordination body."),
    ),
    500: Refusal(
        Text("本节点出错了", "This node has failed"),
        Text("程序出现错误，已记入运行日志。已签名发出的内容不受影响。",
             "The program has a fault, which is noted. What was signed and sent before is not affected."),
        Text("请先核对日志中是否已有刚才的内容，再决定是否重做；紧急情况请电话通报。",
             "See in the log whether what you did is there before you do it again. If urgent, telephone."),
    ),
    503: Refusal(
        Text("暂时无法读写日志", "The log cannot be read or written just now"),
        Text("存储或数据库没有响应。没有任何内容被保存。",
             "The store or the database does not answer. Nothing was kept."),
        Text("请稍后重试；紧急情况请电话通报，并在恢复后补录。",
             "Try again shortly. If it is urgent, telephone, and enter it once the node is back."),
    ),
}  # fmt: skip


NOT_NOW = ("log.stopped", "log.busy", "log.closed")
"""Errors of a log that takes nothing at present."""


def status_of(error: RiskshedError) -> int:
    """The HTTP status of an error: what is not there, what cannot be stored, what may not be done so."""
    if isinstance(error, NotFoundError):
        return 404
    if isinstance(error, StoreError) or error.code in NOT_NOW:
        return 503
    return 400


def refused(request: HttpRequest, error: RiskshedError, status: int | None = None) -> HttpResponse:
    """The page of an error: its own words, its code, and what to do."""
    return page(request, status or status_of(error), error)


def page(
    request: HttpRequest, status: int, error: RiskshedError | None = None, denied: str = ""
) -> HttpResponse:
    """The page of a status, in the frame where that can be drawn; `denied` is the action that was refused."""
    refusal = REFUSALS[status]
    known = REFUSED.get(error.code) if error is not None else None
    told = known if wording.tongue() == "zh" else None
    context = {"refusal": refusal, "number": status, "error": error, "told": told}
    try:
        who_may = _who_may(acting(request), denied)
        return frame.draw(request, "riskshed/refused.html", status=status, who_may=who_may, **context)
    except Exception:
        # The node itself may be what is broken: then there is no clock, no actor and no navigation.
        _log.exception("the frame of a page about status %s could not be drawn", status)
        plain = {"refusal": refusal, "status": status, "html_language": wording.html_language()}
        return HttpResponse(render_to_string("riskshed/refused_plain.html", plain), status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Status 400, for ``handler400``."""
    return page(request, 400, exception if isinstance(exception, RiskshedError) else None)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Status 403, for ``handler403``; it names the roles that may, where that is what was wanting."""
    denied = str(exception) if isinstance(exception, PermissionDenied) else ""
    return page(request, 403, exception if isinstance(exception, RiskshedError) else None, denied)


def _who_may(actor: Actor, action: str) -> list[str]:
    """The roles that may do what was refused, in words; none where it was not for want of a role."""
    rule = ACTIONS.get(action)
    if rule is None or actor.roles & rule.roles:
        return []
    return [word.said(wording.tongue()) for role, word in wording.ROLES.items() if role in rule.roles]


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Status 404, for ``handler404``."""
    return page(request, 404, exception if isinstance(exception, RiskshedError) else None)


def failed(request: HttpRequest) -> HttpResponse:
    """Status 500, for ``handler500``; 503 if the log or the database is what does not answer."""
    error = sys.exc_info()[1]  # Django calls it while it handles the exception
    if isinstance(error, RiskshedError) and status_of(error) == 503:
        return page(request, 503, error)
    return page(request, 503 if isinstance(error, DatabaseError) else 500)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Status 403 for a form without its token, for ``CSRF_FAILURE_VIEW``."""
    del reason  # it is for who builds forms, not for who fills them in
    return page(request, 403)
