"""What was found, appraised, trusted and learned of an incident, as sections of its after-action report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from riskshed.exchange.after_action_record import Section, Table
from riskshed.exchange.situation_record import Item, Part
from riskshed.governance.proposed import BREACHES, Proposed
from riskshed.governance.subjects import FindingStanding
from riskshed.governance.trust import Trust
from riskshed.sitrep_duties import is_of, thing
from riskshed.sitrep_scope import Scope
from riskshed.statement import Statement

ROLES = {
    "third_party": ("第三方", "third party"),
    "self": ("自评", "of itself"),
    "superior": ("上级", "superior"),
}
OUTCOMES = {"upheld": ("成立", "upheld"), "dismissed": ("驳回", "dismissed")}
CAME = {
    "kept": ("兑现", "kept"),
    "late": ("逾期兑现", "kept late"),
    "broken": ("未兑现", "broken"),
    "open": ("未到期或待裁定", "open or not decided"),
}


# -------------------------------------------------------------------------------------------------- findings


def made(scope: Scope) -> list[FindingStanding]:
    """The findings about the incident that were made, in the order of time."""
    mine = [one for one in scope.standing.findings.values() if is_of(scope, one.about)]
    return sorted(mine, key=lambda one: (one.at, one.id))


def is_made(scope: Scope, one: Proposed) -> bool:
    """Whether a finding of this breach was made."""
    told = (one.breach, one.of, one.owed, one.due, one.pack, one.rule)
    return any((held.breach, held.of, held.owed, held.due, *held.rule[:2]) == told for held in made(scope))


def findings(scope: Scope, borne_out: Sequence[Proposed]) -> Section:
    """What was found, with the reply and the decision; and what the record bears out beyond that."""
    rows = tuple(_made(scope, one) for one in made(scope))
    more = tuple(_borne_out(scope, one) for one in borne_out)
    return Section("findings", tables=(Table("made", rows), Table("borne_out", more)))


def _made(scope: Scope, one: FindingStanding) -> tuple[Part, ...]:
    pack, rule, cite = one.rule
    breach = scope.say(*BREACHES[one.breach])
    due = (
        "" if one.due is None else scope.say(f"，应于 {scope.time(one.due)}", f", due {scope.time(one.due)}")
    )
    owed = f"{thing(scope, one.owed)}{due}\n{cite or ''} ({pack} {rule})"
    return (
        scope.part(f"{scope.name(one.of)}\n{breach}", one.id),
        scope.part(owed, *one.evidence),
        _replies(scope, one),
        _decision(scope, one),
    )


def _replies(scope: Scope, one: FindingStanding) -> Part:
    if not one.replies:
        return Part(scope.say("未见申辩", "no reply on the record"), (), False)
    told = (scope.words(scope.body(reply).get("text")) or scope.unknown for reply in one.replies)
    return scope.part("\n".join(told), *one.replies)


def _decision(scope: Scope, one: FindingStanding) -> Part:
    if one.outcome is None or one.decided is None:
        return Part(scope.say("未裁定", "not decided"), (), False)
    reason = scope.words(scope.body(one.decided.id).get("reason"))
    by = scope.unknown if one.decided_by is None else scope.name(one.decided_by)
    told = f"{scope.say(*OUTCOMES[one.outcome])}{scope.say('，', ', ')}{by}"
    return scope.part(told + ("" if reason is None else f"\n{reason}"), one.decided.id)


def _borne_out(scope: Scope, one: Proposed) -> tuple[Part, ...]:
    doubt = scope.say("（记录有相反说法）", " (the record also says otherwise)") if one.disputed else ""
    where = f"{one.cite} ({one.pack} {one.rule})"
    return (
        Part(scope.name(one.of)),
        scope.part(
            f"{scope.with_names(scope.say(one.zh, one.en))}{doubt}\n{where}", *one.evidence, *one.disputed
        ),
    )


def undecided(scope: Scope) -> Iterator[str]:
    """Findings that wait for a decision, and that nothing was appraised."""
    waiting = [one for one in made(scope) if one.outcome is None]
    if waiting:
        yield scope.say(f"{len(waiting)} 项认定尚未裁定。", f"Findings that are not decided: {len(waiting)}.")
    if not _filed(scope):
        yield scope.say("尚无评估。", "No appraisal has been filed.")


# ---------------------------------------------------------------------------------------- appraisals, lessons


def _filed(scope: Scope) -> tuple[Statement, ...]:
    return scope.of_kinds("AppraisalFiled")


def appraisals(scope: Scope) -> Section:
    """What was appraised, by whom, and how it came out."""
    rows = []
    for said in _filed(scope):
        body = scope.body(said.id)
        role = scope.say(*ROLES[body["role"]])
        period = "\n".join(scope.time(said.time(name)) for name in ("starts", "ends"))
        scores = "\n".join(f"{one['indicator']} {one['score']}" for one in body["indicators"])
        evidence = tuple(
            dict.fromkeys(each for one in body["indicators"] for each in one.get("evidence", ()))
        )
        rows.append(
            (
                Part(scope.say(f"{scope.name(said.by)}（{role}）", f"{scope.name(said.by)} ({role})")),
                Part(scope.name(body["subject"])),
                Part(period),
                scope.part(body.get("score"), said.id),
                scope.part(scores, *evidence),
            )
        )
    return Section("appraisals", tables=(Table("appraisals", tuple(rows)),))


def lessons(scope: Scope) -> Section:
    """What was written down for others."""
    items = []
    for said in scope.of_kinds("LessonShared"):
        body = scope.body(said.id)
        mark = None
        if "worked" in body:
            mark = scope.say("有效", "worked") if body["worked"] else scope.say("无效", "did not work")
        by = scope.name(said.by) + ("" if mark is None else scope.say(f"（{mark}）", f" ({mark})"))
        text = scope.words(body["text"]) or scope.unknown
        title = scope.words(body["title"]) or scope.unknown
        items.append(Item(title, (scope.part(f"{by}{scope.say('：', ': ')}{text}", said.id),)))
    return Section("lessons", items=tuple(items))


# ----------------------------------------------------------------------------------------------------- trust


def trusted(scope: Scope, bodies: Iterable[str], trust: Mapping[str, Trust] | None) -> Section:
    """The share of promises kept by each body involved; a body without a record is named as one."""
    if trust is None:
        return Section("trust")
    rows, unrecorded = [], []
    for code in bodies:
        one = trust.get(code)
        if one is None or not one.has_record:
            unrecorded.append(code)
        else:
            rows.append(_trust(scope, one))
    notes = [
        scope.say(
            "估计为 Beta(1+K, 1+B) 的均值：K、B 是已兑现与未兑现承诺的权重，按利害加权、随时间减弱；"
            "依据全部记录，不只本事件。没有裁定或未到期的不计。",
            "The estimate is the mean of Beta(1 + K, 1 + B), with K and B the weights of promises kept and "
            "broken, by stake and fading with time. It rests on the whole record, not on this incident "
            "alone; what is open or not decided counts nothing.",
        )
    ]
    if unrecorded:
        names = scope.names(unrecorded)
        notes.append(
            scope.say(
                f"没有到期承诺、因而没有估计：{names}。",
                f"No promise has come to its time, so no estimate: {names}.",
            )
        )
    return Section("trust", notes=tuple(notes), tables=(Table("trust", tuple(rows)),))


def _trust(scope: Scope, one: Trust) -> tuple[Part, ...]:
    band = one.interval()
    assert band is not None, "it has a record"
    assert one.mean is not None, "it has a record"
    here = [each for each in one.promises if is_of(scope, each.about)]
    counts = Counter(each.came for each in here)
    told = scope.joined(f"{scope.say(*CAME[came])} {counts[came]}" for came in CAME if counts[came])  # type: ignore[index]
    evidence = tuple(
        dict.fromkeys(each for promise in here if promise.came != "open" for each in promise.evidence)
    )
    return (
        Part(scope.name(one.body)),
        Part(f"{float(one.mean):.2f}"),
        Part(f"{band[0]:.2f}–{band[1]:.2f}"),
        scope.part(told or scope.say("没有", "none"), *evidence),
    )
