"""What administrators did, written down where auditors read it: who, what, to whom, when."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from riskshed.exchange.wording import Text
from riskshed.web import security_log
from riskshed.web.models import AdminEvent

ACTS: dict[str, Text] = {
    "person.invited": Text("邀请人员", "invited a person"),
    "person.joined": Text("接受邀请", "accepted an invitation"),
    "person.roles": Text("更改角色", "changed roles"),
    "person.ended": Text("结束任职", "ended the service of a person"),
    "person.password_link": Text("发放重设密码链接", "gave a link to a new password"),
    "person.password_set": Text("用链接设定密码", "set a password with a link"),
    "person.factor_removed": Text("移除第二因素", "removed a second factor"),
    "person.sessions_ended": Text("结束会话", "ended sessions"),
    "invitation.withdrawn": Text("撤回邀请", "withdrew an invitation"),
    "token.made": Text("生成接口令牌", "made a token"),
    "token.revoked": Text("撤销接口令牌", "revoked a token"),
    "delivery.changed": Text("更改投递", "changed where to deliver"),
    "feed.changed": Text("更改订阅源", "changed a feed"),
    "photograph.show": Text("公开照片", "made a photograph public"),
    "photograph.remove": Text("删除照片", "removed a photograph"),
    "matter.forgotten": Text("删除密封内容或照片", "forgot sealed matter or photographs"),
    "party.accepted": Text("接纳参与方", "let a party in"),
    "party.refused": Text("未接纳参与方", "let a party not in"),
}
"""Every act that is written down, in words."""


def record(
    request: HttpRequest, body: str, act: str, about: str = "", *, who: str = "", **details: Any
) -> None:
    """Write down that the person who asks did this at a body; secrets do not belong into `details`."""
    assert act in ACTS, f"no such act: {act}"
    who = request.user.get_username() if request.user.is_authenticated else who
    AdminEvent.objects.create(who=who, body=body, act=act, about=about[:200], details=details)
    security_log.note(act, request, body=body, about=about[:200])
