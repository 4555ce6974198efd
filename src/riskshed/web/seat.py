"""At which desk somebody sits: of which body, in earnest or in a drill.

A form is opened at one desk. `same_desk` refuses what was opened at another than the one at which the session
sits by now, so that nothing is said in earnest that was written for a drill, and nothing by one body that was
written for another. A drill has its own key, so even a page that is wrong about the mode cannot sign for the
other one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse

from riskshed.web import frame
from riskshed.web.current import node
from riskshed.web.people import Actor, acting

SEAT = "seat"
"""The field in which a form says at which desk it was opened."""
OTHER_DESK = 409
MODES = ("actual", "exercise")
_NOT_TYPED = (SEAT, "csrfmiddlewaretoken")
_TYPED_SHOWN = 60


def seat(actor: Actor) -> str:
    """The desk at which somebody sits, as a form carries it."""
    return f"{actor.body} {MODES[actor.exercise]}"


def same_desk(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse what was written at another desk than the one at which this session sits by now."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method == "POST" and request.POST.get(SEAT) != seat(acting(request)):
            return _other_desk(request)
        return view(request, *args, **kwargs)

    return guarded


def _other_desk(request: HttpRequest) -> HttpResponse:
    """The page that says so, with what was typed, so that it is not lost."""
    body, _, mode = request.POST.get(SEAT, "").partition(" ")
    typed = [
        (name, text)
        for name, values in request.POST.lists()
        if name not in _NOT_TYPED
        for text in values
        if text.strip()
    ]
    return frame.draw(
        request,
        "riskshed/exercise_other_desk.html",
        status=OTHER_DESK,
        opened_body=body[:128],
        opened_mode=mode if mode in MODES else "",
        typed=typed[:_TYPED_SHOWN],
    )


def not_here(request: HttpRequest, statement: str) -> HttpResponse:
    """The page that says that there is no such thing here: in the other mode perhaps, or not at all."""
    actor = acting(request)
    other = node().standing(exercise=not actor.exercise).statements.get(statement)
    return frame.draw(
        request,
        "riskshed/exercise_not_here.html",
        status=404,
        is_in_other=other is not None and other.statement.exercise != actor.exercise,
    )
