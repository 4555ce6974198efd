"""The forms of help between cities: what is asked for, offered, promised, sent, received and sent home."""

from __future__ import annotations

from collections.abc import Mapping

from riskshed.web.forms import Known, Moment, One, Sheet, Some, Text
from riskshed.web.forms_message import worded
from riskshed.web.forms_rows import GOODS, Code, RowsSheet, Yuan

CAUSES: Mapping[str, tuple[str, str]] = {
    "own_risk": ("本地也有风险", "we need it for our own risk"),
    "no_stock": ("没有库存", "we have none in store"),
    "no_capacity": ("没有人手或运力", "we have nobody to send it with"),
    "too_far": ("路途太远", "it is too far"),
    "not_needed": ("不需要", "it is not needed"),
    "terms": ("条件不合适", "not on these terms"),
    "other": ("其他", "other"),
}


class RequestForm(RowsSheet):
    """Help is asked for."""

    kinds = (GOODS,)
    of = Some("向谁请求", "Of whom")
    to = Known("送到哪里", "Where it goes")
    needed_by = Moment("何时前需要", "Needed by")
    answer_by = Moment("何时前答复（可不填）", "Answer by (optional)")
    purpose_zh = Text("用途（中文）", "What for (Chinese)", rows=2)
    purpose_en = Text("用途（英文）", "What for (English)", rows=2)


class _OnTerms(RowsSheet):
    """Goods at a price and on terms, if there are any; these stand last."""

    kinds = (GOODS,)
    price = Yuan("由受援方承担的费用，元（可不填）", "Price for the receiver, yuan (optional)")
    terms_zh = Text("条件（中文，可不填）", "Terms (Chinese, optional)", rows=2)
    terms_en = Text("条件（英文，可不填）", "Terms (English, optional)", rows=2)


class _Noted(RowsSheet):
    """Goods with a note, which stands last."""

    kinds = (GOODS,)
    note_zh = Text("备注（中文，可不填）", "Note (Chinese, optional)", rows=2)
    note_en = Text("备注（英文，可不填）", "Note (English, optional)", rows=2)


class OfferForm(_OnTerms):
    """Help is offered."""

    field_order = ("ready_at", "arrives_at", "valid_until")
    ready_at = Moment("何时可出发", "Ready to leave at")
    arrives_at = Moment("预计到达（可不填）", "There at (optional)")
    valid_until = Moment("有效至（可不填）", "Stands until (optional)")


class DeclineForm(Sheet):
    """Help is not given, or not taken."""

    cause = One("原因", "Cause", lambda: worded(CAUSES, CAUSES))
    reason_zh = Text("说明（中文）", "Why (Chinese)", rows=3)
    reason_en = Text("说明（英文）", "Why (English)", rows=3)


class CommitForm(_OnTerms):
    """Help is promised."""

    field_order = ("to", "leaves_by", "arrives_by", "until")
    to = Known("送到哪里", "Where it goes")
    leaves_by = Moment("最迟出发", "Leaves by")
    arrives_by = Moment("最迟到达", "There by")
    until = Moment("支援至（可不填）", "Stays until (optional)")


class DispatchForm(RowsSheet):
    """Help has left."""

    kinds = (GOODS,)
    shipment = Code("批次代码", "Code of the shipment")
    origin = Known("从哪里", "From where")
    to = Known("送到哪里", "Where it goes")
    left_at = Moment("出发时间", "Left at")
    arrives_at = Moment("预计到达（可不填）", "Expected at (optional)")


class ReceiveForm(_Noted):
    """Help has come."""

    field_order = ("received_at",)
    received_at = Moment("收到时间", "Received at")


class ReleaseForm(_Noted):
    """Help goes home, or stays as a gift."""

    field_order = ("released_at",)
    released_at = Moment("结束时间", "Released at")
