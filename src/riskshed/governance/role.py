"""Roles: whom a rule means, as words that a situation turns into bodies.

A law says "the government of the place of occurrence" or "the competent department of the next higher
government". A role says the same so that a program can find it: a set of territories, a level, and perhaps a
department of the government there:

    origin.county                  the county where it began
    reached.government             the governments of all places that it reaches or may reach
    actor.superior/environment     the environment department of the next higher government of who acts

Other roles are plain names (`unit`, `public`, `state_council`, `coordination_body`): a situation says which
body that is, and where it does not, the name itself stands for it.
"""

from __future__ import annotations

import re

SETS = ("origin", "reached", "neighbour", "downstream", "affected", "actor", "issuer", "receiver", "command")
LEVELS = ("government", "township", "county", "city", "province", "superior", "common_superior")
_ROLE = re.compile(rf"(?:{'|'.join(SETS)})\.(?:{'|'.join(LEVELS)})(?:/[a-z_]+)?")
_NAME = re.compile(r"[a-z][a-z_]{1,40}(?:/[a-z_]+)?")


def is_role(text: str) -> bool:
    """Whether this is a role.

    Examples
    --------
    >>> is_role("origin.county/health"), is_role("unit"), is_role("origin.moon"), is_role("The Mayor")
    (True, True, False, False)
    """
    return bool(_ROLE.fullmatch(text) or _NAME.fullmatch(text))


def parts(role: str) -> tuple[str, str, str]:
    """Set, level and department of a role; set and level are empty for a plain name.

    Examples
    --------
    >>> parts("actor.superior/environment"), parts("ministry/health"), parts("public")
    (('actor', 'superior', 'environment'), ('', 'ministry', 'health'), ('', 'public', ''))
    """
    place, _, department = role.partition("/")
    group, dot, level = place.partition(".")
    return (group, level, department) if dot else ("", place, department)


# -------------------------------------------------------------------------------------------------- in words

SET_WORDS = {
    "origin": ("发生地", "of the place where it began"),
    "reached": ("波及地", "of each place that it reaches"),
    "neighbour": ("毗邻地区", "of adjacent areas"),
    "downstream": ("下游地区", "of places downstream"),
    "affected": ("有关地区", "of the places touched"),
    "actor": ("责任方所在地", "of who acts"),
    "issuer": ("预警发布地", "that issued the warning"),
    "receiver": ("接报地", "that received the report"),
    "command": ("负责组织处置的", "that leads the response"),
}
LEVEL_WORDS = {
    "government": ("人民政府", "government"),
    "township": ("乡级人民政府", "township government"),
    "county": ("县级人民政府", "county government"),
    "city": ("市级人民政府", "city government"),
    "province": ("省级人民政府", "province government"),
    "superior": ("上一级人民政府", "next higher government"),
    "common_superior": ("共同的上一级人民政府", "common next higher government"),
}
DEPARTMENT_WORDS = {
    "emergency": "应急管理部门",
    "health": "卫生健康部门",
    "environment": "生态环境部门",
    "water": "水行政部门",
    "weather": "气象主管机构",
    "earthquake": "地震工作部门",
    "flood_command": "防汛指挥机构",
    "earthquake_command": "抗震救灾指挥机构",
    "cdc": "疾病预防控制部门",
    "police": "公安机关",
    "civil_affairs": "民政部门",
    "finance": "财政部门",
    "supervisor": "行业主管部门",
    "department": "有关部门",
    "market": "市场监督管理部门",
    "transport": "交通运输部门",
    "labour": "人力资源社会保障部门",
    "trade_union": "工会",
    "procuratorate": "人民检察院",
    "decision_unit": "决策机构",
    "communication_unit": "通信机构",
    "expert_unit": "专家机构",
}
NAME_WORDS = {
    "public": "公众",
    "unit": "事发单位",
    "unit_head": "单位负责人",
    "state_council": "国务院",
    "anyone": "任何单位和个人",
    "ministry": "国务院主管部门",
    "member_state": "成员国",
    "state": "协定州",
    "inquiry_government": "负责事故调查的人民政府",
    "alert_centre": "国家预警中心（PIAC）",
    "cdc_institution": "疾病预防控制机构",
    "contracting_party": "缔约方",
    "hospital": "医疗机构",
    "centre": "预报中心",
    "partner": "合作方",
    "partners": "合作方",
    "commission": "欧盟委员会",
    "requisitioner": "征用机关",
    "ercc": "欧盟应急响应协调中心",
    "flood_storage_area": "蓄滞洪区",
    "sanctioning_authority": "处分机关",
    "responsible_persons": "责任人员",
    "inquiry_group": "事故调查组",
    "assisting_state": "援助州",
    "requesting_state": "请求州",
    "property_owner": "财产所有人",
    "basin_authority": "流域管理机构",
    "reservoir_operator": "水库管理单位",
    "armed_forces": "武装力量",
    "river_commission": "河流保护委员会",
    "standing_committee": "人大常委会",
    "national_flood_command": "国家防汛指挥机构",
    "owner": "所有人",
    "superior_cdc_institution": "上级疾病预防控制机构",
    "offender": "违法者",
    "laboratory": "实验室",
    "scene_people": "现场有关人员",
    "garrison": "当地驻军",
    "forecaster": "预报机构",
    "unaffected_government": "未受影响地区的人民政府",
    "deciding_organ": "决定机关",
    "information_system": "信息系统",
    "river_works_builder": "河道工程建设单位",
    "direct_beneficiary": "直接受益者",
    "flood_storage_authority": "蓄滞洪区管理机构",
    "carrier_crew": "承运人员",
    "supervision_organ": "监察机关",
    "monitoring_point": "监测网点",
    "archives": "档案馆",
    "unit_seat": "单位所在地",
    "secretariat": "秘书处",
    "governor": "州长",
    "members": "成员",
    "coordination_body": "协调机构",
    "agreement_superior": "协议的上级机关",
    "expert_body": "专家机构",
    "basin_flood_command": "流域防汛抗旱指挥机构",
    "water_supplier": "供水单位",
    "supply_department": "供水主管部门",
    "fishery_department": "渔业主管部门",
    "maritime_agency": "海事管理机构",
}


def department_words(department: str, zh: bool) -> str:
    """What a department is called; one that has no Chinese name here keeps its own."""
    return DEPARTMENT_WORDS.get(department, department) if zh else department.replace("_", " ")


def words(role: str, zh: bool) -> str:
    """A role as people say it, for where nobody knows which body it is.

    Examples
    --------
    >>> words("command.government", zh=False), words("command.government", zh=True)
    ('the government that leads the response', '负责组织处置的人民政府')
    >>> words("origin.county/health", zh=False), words("garrison", zh=True)
    ('health department at the county government of the place where it began', '当地驻军')
    """
    group, level, department = parts(role)
    if not group:
        name = NAME_WORDS.get(level, level) if zh else level.replace("_", " ")
    elif zh:
        name = SET_WORDS[group][0] + LEVEL_WORDS[level][0]
    else:
        name = f"the {LEVEL_WORDS[level][1]} {SET_WORDS[group][1]}"
    if not department:
        return name
    told = department_words(department, zh)
    return f"{name}{told}" if zh else f"{_with_kind(told, department)} at {name}"


def _with_kind(told: str, department: str) -> str:
    is_office = department.endswith(
        ("command", "unit", "union", "cdc", "police", "procuratorate", "department")
    )
    return told if is_office else f"{told} department"
