"""What rules and vocabulary say when they refuse something, in Chinese: their own words are English.

By code, because codes are stable. A code that is not here is shown in the words of the rule.
"""

from __future__ import annotations

from collections.abc import Mapping

FAULTS: Mapping[str, tuple[str, str]] = {
    "statement.missing_field": ("必填，不能为空", "this is needed, and was left empty"),
    "statement.empty": ("只有空白，请填写内容", "only blanks; say something"),
    "statement.too_long": ("过长：{got}，{wanted}", "too long: {got}, want {wanted}"),
    "statement.bad_length": ("数量不符：{got}，要求 {wanted}", "{got}, want {wanted}"),
    "statement.bad_time": ("时间不符合要求", "no good time: {got}, want {wanted}"),
    "statement.bad_code": ("代码不符合要求：{got}", "no good code: {got}, want {wanted}"),
    "statement.bad_name": ("只能写一行，首尾不留空格", "want one line, without spaces at its ends"),
    "statement.control_character": (
        "含有不可见的控制字符，请删去",
        "there are invisible characters in it; remove them",
    ),
    "statement.surrogate": ("含有残缺字符，请删去", "there are half characters in it; remove them"),
    "statement.out_of_range": ("超出范围：{got}，要求 {wanted}", "out of range: {got}, want {wanted}"),
    "statement.unknown_choice": ("没有这个选项：{got}", "no such choice: {got}"),
    "statement.repeated": ("有重复", "something stands there twice"),
    "statement.wrong_type": ("填写的不是所要的类型", "{got}, want {wanted}"),
    "statement.too_large": ("数字过大：{got}", "too large: {got}, want {wanted}"),
    "base_information.negative": ("不能小于零：{got}", "less than nothing: {got}; what is missing is a need"),
    "base_information.kept_back": ("留用应在 {wanted} 之间：{got}", "kept back: {got}, want {wanted}"),
    "base_information.other_unit": ("留用的单位不同：{got}", "kept back in another unit: {got}"),
    "statement.bad_id": ("不是陈述编号：{got}", "no id of a statement: {got}"),
}
"""Faults of a field, by code, in both languages; `got` and `wanted` are put in."""

REFUSALS: Mapping[str, str] = {
    "notice.unknown": "没有这份通报。请从通报列表重新进入。",
    "notice.not_addressed": "这份通报不是发给本机构的，不能答复。",
    "notice.no_reason": "不采纳必须说明理由。请选择或填写理由。",
    "warning.no_area": "预警没有写明城市。请至少选择一个。",
    "warning.area_not_own": "所选城市不全在本机构辖区内。向辖区外请发通报，由当地发布预警。",
    "warning.no_instruction": "预警没有写明应当采取的措施。请写明公众该做什么。",
    "warning.expired": "失效时间已经过去。请填写更晚的时间，或者解除预警。",
    "warning.no_change": "更新预警必须写明有何变化。",
    "warning.unknown": "没有这条预警。请从预警列表重新进入。",
    "warning.not_own": "这条预警是其他机构发布的，不能由本机构更新或解除。",
    "warning.not_active": "这条预警已被更新或解除。请处理取代它的那一条。",
    "approval.missing": "红色预警须第二名值班员会签。请先提请审批，或说明理由后先行发布。",
    "approval.refused": "这份草稿已被否决。请修改后重新提请。",
    "approval.nobody_asked": "没有选择审批人。请至少选择一人或一个机构。",
    "approval.no_reason": "必须说明理由。",
    "approval.unknown": "没有这项审批请求。",
    "approval.same_officer": "提请人不能自己审批。请由另一名值班员审批。",
    "approval.not_asked": "这项审批没有提请本人或本机构。",
    "approval.other_draft": "审批的不是这份文本：文本已改动。请重新提请。",
    "desk.other_body": "这是另一机构的陈述，不能由本机构作出。",
    "desk.unknown_statement": "没有这条陈述。请稍候，或核对编号。",
    "desk.unknown_incident": "没有这个事件。请先立案。",
    "desk.set_aside": "按规则，这条陈述不会被计入，因此没有发出。原因：",
    "desk.key_unknown": "日志中没有本机构的这把密钥。请联系管理员登记密钥。",
    "desk.key_revoked": "本机构的密钥已被吊销。请联系管理员启用新密钥。",
    "desk.key_not_own": "密钥属于另一机构，不能用于签名。",
    "keyring.no_key": "本节点没有保存该机构的密钥，无法签名。",
    "desk.unknown_agreement": "没有这份协议。请核对编号。",
    "desk.no_regime": "本节点没有适用的法规和协议，无法作出这一陈述。请联系管理员。",
    "agreement.unknown": "没有这份协议。请核对编号。",
    "incident.unknown": "没有这个事件。请先立案。",
    "incident.exists": "这个事件代码已被使用。请换一个代码。",
    "intake.closed": "节点正在停止，没有收下读数。请稍后重新发送。",
    "intake.store": "读数没有存入，未被收下。请稍后重新发送。",
    "people.weak_password": "口令太弱。请换一个更长的口令。",
    "log.busy": "日志正忙，没有写入。请稍后再试。",
    "log.locked": "日志正被另一程序使用，没有写入。请稍后再试。",
    "log.closed": "日志已关闭，没有写入。请联系管理员。",
    "log.stopped": "日志出现故障，已停止写入，没有发出。请稍后再试；急事请打电话。",
    "log.damaged": "日志已损坏。请联系管理员，不要继续写入。",
    "store.busy": "日志的存储正忙，没有写入。请稍后再试。",
    "store.damaged": "日志的存储已损坏。请联系管理员，不要继续写入。",
    "store.not_written": "没有写入日志。请检查磁盘后再试。",
    "store.stopped": "日志的存储出现故障，没有发出。请稍后再试；急事请打电话。",
    "store.unreadable": "日志无法读取。请联系管理员。",
    "doubt": "写入日志时出现故障，不能确定是否已经发出。请先在日志中核对。",
}
"""Why something was refused and what to do, by code, in Chinese."""
