"""Where things are: the addresses of pages that others link to.

They are promises: a notice that was printed, a link in a feed, a bookmark of a duty officer. `urls` has to
answer each of them.
"""

from __future__ import annotations

from urllib.parse import urlencode

from riskshed.governance.standing import Standing
from riskshed.web.current import node


def incident(code: str) -> str:
    """The room of an incident."""
    return f"/incidents/{code}/"


def aid(code: str) -> str:
    """Help in an incident."""
    return f"/incidents/{code}/aid/"


def plans(code: str) -> str:
    """Joint plans in an incident."""
    return f"/incidents/{code}/plans/"


def map_of(code: str) -> str:
    """The map of an incident."""
    return f"/map/?{urlencode({'incident': code})}"


def settlement(code: str) -> str:
    """Costs and bills of an incident."""
    return f"/incidents/{code}/settlement/"


def after_action(code: str, language: str) -> str:
    """The after-action report of an incident as a file, in ``zh`` or ``en``."""
    return f"/incidents/{code}/after-action.{language}.pdf"


def appraisal(code: str) -> str:
    """The appraisal of an incident."""
    return f"/incidents/{code}/appraisal/"


def notice(statement: str) -> str:
    """A notice to a neighbour, by its id."""
    return f"/notices/{statement}/"


def warning(statement: str) -> str:
    """A warning, by its id."""
    return f"/warnings/{statement}/"


def approval(statement: str) -> str:
    """A request for approval, by its id."""
    return f"/approvals/{statement}/"


def question(statement: str) -> str:
    """A question of the service desk, by its id."""
    return f"/service/{statement}/"


def question_act(statement: str, name: str) -> str:
    """Something that can be done with a question."""
    return f"/service/{statement}/{name}/"


def market(statement: str) -> str:
    """A need, an offer or a match, by its id."""
    return f"/market/{statement}/"


def agreement(statement: str) -> str:
    """An agreement, by the id of its text."""
    return f"/agreements/{statement}/"


def rule(pack: str, name: str) -> str:
    """A rule of a pack; a term of the agreement stands on the page of agreements."""
    return "/agreements/" if pack == "agreement" else f"/rules/{pack}/{name}/"


def body(code: str) -> str:
    """A body."""
    return f"/bodies/{code}/"


def source(code: str) -> str:
    """A risk source."""
    return f"/sources/{code}/"


def entry(index: int) -> str:
    """An entry of the log."""
    return f"/log/{index}/"


def index(identity: str) -> int | None:
    """The place of a statement in the log; None if it is not there."""
    return node().index_of(identity)


def statement(identity: str) -> str:
    """The entry of a statement in the log; the log as a whole where it is not there."""
    place = index(identity)
    return "/log/" if place is None else entry(place)


def subject(code: str, standing: Standing) -> str:
    """The page of what a statement or a duty is about: an incident by its code, or a statement by its id."""
    pages = (
        (standing.incidents, incident),
        (standing.notices, notice),
        (standing.warnings, warning),
        (standing.approvals, approval),
        (standing.agreements, agreement),
        (standing.sources, source),
        (standing.needs, market),
        (standing.offers, market),
        (standing.matches, market),
        (standing.questions, question),
    )
    return next((page(code) for known, page in pages if code in known), statement(code))
