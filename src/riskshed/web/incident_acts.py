"""What can be done in an incident: each act with its form, what stands in it at first, and what it says.

An act is of the incident as a whole, or answers a statement of a certain kind (`Act.on`): a request for
help, a joint plan, a bill.

What is proposed comes from the rules (`governance.incident`, `lead`, `escalation`); the officer changes it or
not. A rule is cited only where the officer says what that rule says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from riskshed.governance import circumstances
from riskshed.governance import escalation as handing_up
from riskshed.governance import incident as life
from riskshed.governance import lead as leading
from riskshed.governance.circumstances import Regime
from riskshed.governance.draft import Draft
from riskshed.governance.message import drill
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import IncidentStanding
from riskshed.statement import KindName, Statement
from riskshed.web import access, addresses, forms_incident, wording
from riskshed.web.current import node
from riskshed.web.forms import LANGUAGES, Offer, Sheet, words_initial
from riskshed.web.people import Actor
from riskshed.web.wording import say

Initial = dict[str, Any]


def find(standing: Standing, code: str) -> IncidentStanding | None:
    """An incident under any of its codes."""
    held = standing.incidents.get(code)
    return held or next((one for one in standing.incidents.values() if code in one.same_as), None)


@dataclass(frozen=True)
class Scene:
    """Who acts, in which incident, as things stand, under which law; and what he answers, if anything."""

    actor: Actor
    standing: Standing
    incident: IncidentStanding
    regime: Regime
    subject: Statement | None = None

    @property
    def code(self) -> str:
        """Of the incident."""
        return self.incident.code

    def draft(self, kind: KindName, body: Mapping[str, Any], replies_to: str | None = None) -> Draft:
        """Something that this actor says of the incident; the words of a drill say that they are one."""
        told = dict(body)
        if self.standing.exercise:
            told |= {name: drill(value) for name, value in body.items() if _is_words(value)}
        return Draft(kind, self.actor.body, self.code, replies_to, told)


def _is_words(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and set(value) <= set(LANGUAGES)


@dataclass(frozen=True)
class Act:
    """One thing that can be done.

    Attributes
    ----------
    name : str
        In its address.
    action : str
        As in `access.ACTIONS`.
    title, button : (str, str)
        What it is called, and what its button says; in Chinese and English.
    form : type
    offer, initial, drafts : callable
        The choices, what stands in the form at first, and what is said of a form that is filled in.
    fits : callable
        Whether there is anything to do.
    of : callable
        The body for which it is to do; None where everybody may for his own.
    on : tuple of str
        The kinds of statement that it answers; empty for an act of the incident as a whole.
    back : callable
        The page to which it leads.
    """

    name: str
    action: str
    title: tuple[str, str]
    button: tuple[str, str]
    form: type[Sheet]
    initial: Callable[[Scene], Initial]
    drafts: Callable[[Scene, Sheet], Sequence[Draft]]
    offer: Callable[[Scene], Offer] = lambda _: {}
    fits: Callable[[Scene], bool] = lambda scene: scene.incident.phase != "closed"
    of: Callable[[Scene], str | None] = lambda _: None
    on: tuple[str, ...] = ()
    back: Callable[[Scene], str] = lambda scene: addresses.incident(scene.code)

    def may(self, scene: Scene) -> bool:
        """Whether this actor may, and there is anything to do."""
        kind = scene.subject.kind if scene.subject is not None else None
        if (kind is None) != (not self.on) or (kind is not None and kind not in self.on):
            return False
        body = self.of(scene) or scene.actor.body
        return access.may(scene.actor, self.action, body=body) and self.fits(scene)


def offered(scene: Scene, acts: Iterable[Act]) -> list[dict[str, str]]:
    """What the actor may do in the incident as a whole: the address and the word of each of these acts."""
    at = f"{addresses.incident(scene.code)}act"
    return [{"url": f"{at}/{one.name}/", "word": say(*one.title)} for one in acts if one.may(scene)]


def open_to(scene: Scene, said: Statement, acts: Iterable[Act]) -> tuple[dict[str, str], ...]:
    """What the actor may do about one statement: the address and the word of each of these acts."""
    about = replace(scene, subject=said)
    at = f"{addresses.incident(scene.code)}act"
    return tuple(
        {"url": f"{at}/{one.name}/{said.id}/", "word": say(*one.title)}
        for one in acts
        if one.on and one.may(about)
    )


def bodies(standing: Standing, *first: Iterable[str]) -> list[tuple[str, str]]:
    """The bodies on record by name, those that are meant most likely at the head."""
    codes = dict.fromkeys((*(code for one in first for code in one), *standing.bodies))
    here = [code for code in codes if code in standing.bodies and standing.bodies[code].left is None]
    return [(code, str(wording.name_of(code))) for code in here]


# --------------------------------------------------------------------------------------------------- levels


def _graded(scene: Scene, scale: str) -> life.Graded:
    if scale == "response":
        return life.response(scene.standing, scene.code, scene.regime)
    return life.grade(scene.standing, scene.code, scene.regime, scale=scale)


def _level_initial(scene: Scene) -> Initial:
    proposed = _graded(scene, "grade")
    if proposed.draft is None:
        proposed = _graded(scene, "response")
    if proposed.draft is None:
        stated = scene.incident.levels.get("grade")
        return {"scale": "grade", "level": stated.level if stated else "", "lower_bound": True}
    told = proposed.draft.body
    named = {name: told[name] for name in ("scale", "level", "lower_bound")}
    return {**named, **words_initial(told, "reason")}


def _level_drafts(scene: Scene, form: Sheet) -> list[Draft]:
    body = form.body("scale", "level", "phase", "reason")
    body["lower_bound"] = bool(form.cleaned_data["lower_bound"])
    scale = str(body.get("scale", ""))
    stated = scene.incident.levels.get(scale)
    if scale in ("grade", "warning", "response"):
        proposed = _graded(scene, scale).draft
        same = proposed is not None and proposed.body["level"] == body.get("level")
        if proposed is not None and same and "rule" in proposed.body:
            body["rule"] = proposed.body["rule"]
    return [scene.draft("LevelSet", body, stated.statement if stated else None)]


# ---------------------------------------------------------------------------------------- lead and assist


def _proposed(scene: Scene) -> leading.LeadAndAssist:
    return leading.lead_and_assist(scene.standing, scene.code, scene.regime)


def _who_assigns(scene: Scene) -> str | None:
    """For whom it is to say, by the agreement; None where the rules propose nothing new."""
    drafts = _proposed(scene).drafts
    return drafts[0].by if drafts and drafts[0].by in scene.standing.bodies else None


def _lead_initial(scene: Scene) -> Initial:
    proposed = _proposed(scene)
    reason = proposed.drafts[0].body if proposed.drafts else {}
    return {"lead": list(proposed.lead), "assist": list(proposed.assist), **words_initial(reason, "reason")}


def _lead_offer(scene: Scene) -> Offer:
    proposed = _proposed(scene)
    offered = bodies(
        scene.standing, proposed.lead, proposed.assist, scene.incident.lead, scene.incident.assist
    )
    return {"lead": offered, "assist": offered}


def _lead_drafts(scene: Scene, form: Sheet) -> list[Draft]:
    """Both parts where both are new; a part that stands already is not said again."""
    proposed, incident, made = _proposed(scene), scene.incident, []
    kinds: tuple[tuple[KindName, str, tuple[str, ...], str | None], ...] = (
        ("LeadAssigned", "lead", incident.lead, incident.lead_statement),
        ("AssistAssigned", "assist", incident.assist, incident.assist_statement),
    )
    for kind, name, before, answers in kinds:
        body = form.body(name, "reason")
        chosen = body.get(name, [])
        if (not chosen and name == "assist") or (chosen and set(chosen) == set(before)):
            continue
        draft = next((one for one in proposed.drafts if one.kind == kind), None)
        if draft is not None:
            tasks = [task for task in draft.body["tasks"] if task["owner"] in chosen]
            body |= {"tasks": tasks} if tasks else {}
            same = set(draft.body[name]) == set(chosen)
            kept = ("footprint", "rule") if same else ("footprint",)
            body |= {part: draft.body[part] for part in kept if part in draft.body}
        made.append(scene.draft(kind, body, answers))
    return made


# ------------------------------------------------------------------------------------- mode of working


def _mode_initial(scene: Scene) -> Initial:
    mine = [one for one in life.mode_switches(scene.standing, scene.code) if one.by == scene.actor.body]
    if mine:
        return {"mode": mine[0].body["mode"], **words_initial(mine[0].body, "reason")}
    now = scene.incident.modes.get(scene.actor.body)
    return {"mode": "normal" if now == "emergency" else "emergency"}


def _mode_drafts(scene: Scene, form: Sheet) -> list[Draft]:
    return [scene.draft("ModeSwitched", form.body("mode", "reason"))]


# ---------------------------------------------------------------------------------------------- command


def _handed_up(scene: Scene) -> tuple[handing_up.Escalation, ...]:
    """What the rules say that this body should hand up."""
    found = handing_up.escalation(scene.standing, scene.code, scene.regime)
    return tuple(one for one in found if one.draft.by == scene.actor.body)


def _escalate_initial(scene: Scene) -> Initial:
    found = _handed_up(scene)
    if found:
        told = found[0].draft.body
        return {"to": list(told["to"]), "cause": told["cause"], **words_initial(told, "reason")}
    above = handing_up.above(scene.actor.body, scene.regime)
    return {"to": [above] if above else [], "cause": "capacity"}


def _escalate_offer(scene: Scene) -> Offer:
    asked = [code for one in _handed_up(scene) for code in one.draft.body["to"]]
    above = handing_up.above(scene.actor.body, scene.regime)
    offered = bodies(scene.standing, asked, [above] if above else [])
    known = {code for code, _ in offered}
    # Who is above need not be on the record; it can be asked all the same.
    more = [(one, str(wording.name_of(one))) for one in dict.fromkeys([*asked, *([above] if above else [])])]
    return {"to": [*(one for one in more if one[0] not in known), *offered]}


def _escalate_drafts(scene: Scene, form: Sheet) -> list[Draft]:
    body, replies_to = form.body("to", "cause", "reason"), None
    for one in _handed_up(scene):
        told = one.draft.body
        if set(told["to"]) == set(body.get("to", [])) and told["cause"] == body.get("cause"):
            body |= {name: told[name] for name in ("rule", "needs", "evidence") if name in told}
            replies_to = one.draft.replies_to
            break
    return [scene.draft("Escalated", body, replies_to)]


def _asked_of(scene: Scene) -> list[str]:
    """Escalations that were addressed to this body, the latest first."""
    said = [scene.standing.statements[one].statement for one in scene.incident.escalated]
    mine = [one for one in said if one.body is not None and scene.actor.body in one.strings("to")]
    return [one.id for one in sorted(mine, key=lambda one: one.issued, reverse=True)]


def _take_initial(scene: Scene) -> Initial:
    asked = _asked_of(scene)
    return {"of": list(life.command(scene.standing, scene.code).now), "asked": asked[0] if asked else ""}


def _take_offer(scene: Scene) -> Offer:
    now = life.command(scene.standing, scene.code).now
    asked = [(one, _escalation_words(scene, one)) for one in _asked_of(scene)]
    return {
        "of": bodies(scene.standing, now),
        "asked": [("", say("（没有人提请）", "(nobody asked)")), *asked],
    }


def _escalation_words(scene: Scene, identity: str) -> str:
    said = scene.standing.statements[identity].statement
    return f"{wording.name_of(said.by)} {wording.shown_time(said.issued)}"


def _take_drafts(scene: Scene, form: Sheet) -> list[Draft]:
    return [scene.draft("CommandTaken", form.body("of", "scope"), form.cleaned_data["asked"] or None)]


def _taken_by_me(scene: Scene) -> str | None:
    """The taking of command by this body that was not returned: the last."""
    told = [seen.statement for seen in circumstances.about(scene.standing, scene.incident)]
    returned = {one.replies_to for one in told if one.kind == "CommandReturned"}
    mine = [one for one in told if one.kind == "CommandTaken" and one.by == scene.actor.body]
    held = [one for one in mine if one.id not in returned]
    return max(held, key=lambda one: (one.issued, one.id)).id if held else None


def _return_initial(scene: Scene) -> Initial:
    due = [one for one in life.hand_back(scene.standing, scene.code) if one.by == scene.actor.body]
    if due:
        return {"to": list(due[0].body["to"]), **words_initial(due[0].body, "remains")}
    stack = scene.incident.command
    place = stack.index(scene.actor.body) if scene.actor.body in stack else 0
    before = (stack[place - 1],) if place else scene.incident.lead or (scene.incident.city,)
    return {"to": list(before)}


def _return_offer(scene: Scene) -> Offer:
    return {"to": bodies(scene.standing, _return_initial(scene)["to"])}


def _return_drafts(scene: Scene, form: Sheet) -> list[Draft]:
    return [scene.draft("CommandReturned", form.body("to", "remains"), _taken_by_me(scene))]


# ------------------------------------------------------------------------------------------------- closing


def _close_initial(_: Scene) -> Initial:
    return {"ended_at": node().now()}


def _close_drafts(scene: Scene, form: Sheet) -> list[Draft]:
    return [
        scene.draft("IncidentClosed", form.body("ended_at", "reason", "remains"), scene.incident.opened[0])
    ]


ACTS: tuple[Act, ...] = (
    Act(
        "level",
        "incident.level",
        ("确定级别", "Set a level"),
        ("并确定该级别", "and set this level"),
        forms_incident.LevelForm,
        _level_initial,
        _level_drafts,
    ),
    Act(
        "lead",
        "incident.lead",
        ("确定牵头与配合", "Lay down who leads and assists"),
        ("并确定牵头与配合", "and lay this down"),
        forms_incident.LeadForm,
        _lead_initial,
        _lead_drafts,
        _lead_offer,
        of=_who_assigns,
    ),
    Act(
        "mode",
        "incident.mode",
        ("平急转换", "Switch the mode of working"),
        ("并转换本机构工作状态", "and switch the mode of my body"),
        forms_incident.ModeForm,
        _mode_initial,
        _mode_drafts,
        fits=lambda _: True,
    ),
    Act(
        "escalate",
        "incident.escalate",
        ("提级", "Hand it up"),
        ("并提请上级", "and hand it up"),
        forms_incident.EscalateForm,
        _escalate_initial,
        _escalate_drafts,
        _escalate_offer,
    ),
    Act(
        "take",
        "incident.command",
        ("接管指挥", "Take command"),
        ("并接管指挥", "and take command"),
        forms_incident.TakeForm,
        _take_initial,
        _take_drafts,
        _take_offer,
        fits=lambda scene: (
            scene.incident.phase != "closed"
            and scene.actor.body not in life.command(scene.standing, scene.code).now
        ),
    ),
    Act(
        "return",
        "incident.command",
        ("交还指挥", "Give command back"),
        ("并交还指挥", "and give command back"),
        forms_incident.ReturnForm,
        _return_initial,
        _return_drafts,
        _return_offer,
        fits=lambda scene: _taken_by_me(scene) is not None,
    ),
    Act(
        "close",
        "incident.close",
        ("结束事件", "Close the incident"),
        ("并结束该事件", "and close the incident"),
        forms_incident.CloseForm,
        _close_initial,
        _close_drafts,
        of=lambda scene: life.command(scene.standing, scene.code).now[0],
    ),
)
