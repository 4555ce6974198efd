"""Views that do not ask who it is: their answers are the same for everybody, so any cache may keep them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from riskshed.web.access import ACTIONS

View = Callable[..., HttpResponse]


def open_to_all(action: str) -> Callable[[View], View]:
    """The view does `action`, which is for anybody, and answers all alike."""
    assert ACTIONS[action].anybody, f"{action} is not for everybody"

    def name(view: View) -> View:
        @wraps(view)
        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            answer = view(request, *args, **kwargs)
            # Others look into the session on the way here. This answer does not depend on it, and has to say
            # so: with `Vary: Cookie` no cache could hand it to a second reader.
            request.session.accessed = False
            return answer

        opened.action = action  # type: ignore[attr-defined]
        return opened

    return name
