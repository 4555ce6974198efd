"""A page with one form by which a body says one thing that is of no incident, and goes back to a list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from riskshed.errors import RiskshedError
from riskshed.governance.draft import Draft
from riskshed.web import fault_pages, forms, frame, speaking
from riskshed.web.forms import Sheet
from riskshed.web.people import acting
from riskshed.web.speaking import Spoken
from riskshed.web.wording import say


@dataclass(frozen=True, slots=True)
class PlainForm:
    """What stands around the form: its title, its button, and the page to which it leads, in two languages.

    `back` is the name of the page in `urls.py`, `back_path` its path.
    """

    title: tuple[str, str]
    button: tuple[str, str]
    back: str
    back_path: str
    back_words: tuple[str, str]

    def draw(
        self, request: HttpRequest, form: Sheet, status: int = 200, *, doubt: bool = False
    ) -> HttpResponse:
        """The page with the form."""
        return frame.draw(
            request,
            "riskshed/incident_act.html",
            status=status,
            form=form,
            faults=form.wrong(),
            doubt=doubt,
            title=say(*self.title),
            button=say(*self.button),
            back=self.back_path,
            back_words=say(*self.back_words),
            subject=None,
        )

    def answer(
        self,
        request: HttpRequest,
        form: Sheet,
        draft: Callable[[], Draft],
        speak: Callable[[Draft], Spoken] | None = None,
    ) -> HttpResponse:
        """Say what was typed, once; what is wrong goes back to the fields, with what was typed still in them.

        `draft` is asked only of a form that can be read, and may raise as rules do. `speak` says it, once,
        where it is not simply said at the desk.
        """
        if not form.is_valid():
            return self.draw(request, form, 400)
        try:
            said = draft()
            told = speak(said) if speak else speaking.once(acting(request).desk(), (said,))
        except RiskshedError as error:
            forms.blame(form, error)
            return self.draw(request, form, fault_pages.status_of(error), doubt=forms.in_doubt(error))
        done = say("已签名，记入日志。", "Signed; it stands in the log.")
        again = say("刚才已签名，没有重复记录。", "Signed a moment ago; nothing was said again.")
        messages.success(request, done if told.is_new else again)
        return redirect(self.back)
