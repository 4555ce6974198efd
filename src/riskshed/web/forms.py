"""Forms of the pages on which officers act. They read the request, and judge nothing.

Whether what was read can be said, the vocabulary tells when the statement is made (`riskshed.vocabulary`),
and the rules when it is about to count. `blame` carries what they find back to the fields of the form, so
that an officer sees beside each field what was wanted, with what was typed still in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.functional import lazy

from riskshed.errors import DoubtError, Fault, InputFaults, RiskshedError
from riskshed.statement import time_text
from riskshed.web import photographs, wording
from riskshed.web.current import node
from riskshed.web.forms_refusal import FAULTS, REFUSALS
from riskshed.web.wording import say

Offer = Mapping[str, Sequence[tuple[str, str]]]
"""The choices of fields, by name of the field: value and word."""
LANGUAGES = ("zh", "en")
_INDEX = re.compile(r"\[\d+\]")

label = lazy(say, str)
"""Words for the label of a field, in the language of whoever asks for the page."""


# ------------------------------------------------------------------------------------------------- fields


class Text(forms.CharField):
    """Text in one language; line ends are written in one way, and the vocabulary judges the rest."""

    def __init__(self, zh: str, en: str, *, rows: int = 0, hint: tuple[str, str] | None = None) -> None:
        widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
        help_text = label(*hint) if hint else ""
        super().__init__(required=False, label=label(zh, en), widget=widget, help_text=help_text)

    def to_python(self, value: Any) -> str:
        """As typed, without the carriage returns that browsers add."""
        return str(super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")


class Moment(forms.Field):
    """A time: of the zone of the node, as its label says, or with an offset of its own."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"})

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(required=False, label=lazy(_with_zone, str)(zh, en))

    def to_python(self, value: Any) -> datetime | None:
        """The time, aware; None if there is none."""
        if isinstance(value, datetime) or not value:
            return value or None
        try:
            read = datetime.fromisoformat(str(value).strip())
            read = read if read.tzinfo else read.replace(tzinfo=node().profile.zone)
            time_text(read)
        except (ValueError, OverflowError, RiskshedError) as error:
            told = say("不是时间：请按 2005-11-20 16:00 填写", "no time: write it as 2005-11-20 16:00")
            raise forms.ValidationError(told) from error
        return read

    def prepare_value(self, value: Any) -> Any:
        """As the field of a browser wants it: local, to the minute."""
        if isinstance(value, datetime):
            return value.astimezone(node().profile.zone).strftime("%Y-%m-%dT%H:%M")
        return value


def _with_zone(zh: str, en: str) -> str:
    shift = wording.full_time(node().now(), node().profile.zone).rpartition(" ")[2]
    return say(f"{zh}（{shift}）", f"{en} ({shift})")


class Number(forms.IntegerField):
    """A whole number; empty is unknown, and never 0."""

    def __init__(self, zh: str, en: str) -> None:
        # No bounds here: the vocabulary has them.
        super().__init__(required=False, label=label(zh, en))


class One(forms.ChoiceField):
    """One of several; `offered` gives them when the form is made."""

    def __init__(self, zh: str, en: str, offered: Callable[[], Sequence[tuple[str, str]]]) -> None:
        super().__init__(required=False, label=label(zh, en), choices=offered)


class Some(forms.MultipleChoiceField):
    """Several of those that `offer` gives to a form; what is not offered is for the rules to refuse."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(required=False, label=label(zh, en))

    def valid_value(self, value: Any) -> bool:
        """Everything: an area that is not one's own is refused by the rule, in its own words."""
        return bool(value)


class Known(forms.ChoiceField):
    """One of those that `offer` gives to a form, or anything else, which is for the rules to judge."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(required=False, label=label(zh, en))

    def valid_value(self, value: Any) -> bool:
        """Everything: what nobody knows is refused by the rule, in its own words."""
        return bool(value)


class Hidden(forms.CharField):
    """What the form has to bring back unchanged."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput)


class YesNo(forms.BooleanField):
    """Yes if it is ticked."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(required=False, label=label(zh, en))


class Pictures(forms.FileField):
    """Several photographs, made plain (`photographs.cleaned`)."""

    class Several(forms.ClearableFileInput):
        """As a browser offers it."""

        allow_multiple_selected = True

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(required=False, label=label(zh, en), allow_empty_file=True)
        self.widget = self.Several(attrs={"accept": "image/jpeg,image/png,image/webp", "data-shrink": ""})

    def clean(self, data: Any, initial: Any = None) -> list[bytes]:  # noqa: ARG002
        """The pictures, cleaned."""
        given = [one for one in data if one] if isinstance(data, list | tuple) else [data] if data else []
        try:
            return photographs.cleaned(given)
        except RiskshedError as error:
            raise forms.ValidationError(refusal_words(error)) from error


class NotReadableError(Exception):
    """A form holds something that cannot even be read; its fields say what."""


class Sheet(forms.Form):
    """A form of a page on which somebody acts."""

    use_required_attribute = False

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        initial: Mapping[str, Any] | None = None,
        offer: Offer | None = None,
    ) -> None:
        super().__init__(data, files, initial=dict(initial or {}), label_suffix="")
        for name, choices in (offer or {}).items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            if (tongue := name.rpartition("_")[2]) in LANGUAGES:
                field.widget.attrs["lang"] = "zh-Hans" if tongue == "zh" else "en"

    def words(self, name: str) -> dict[str, str]:
        """What was typed in each language, without the empty ones."""
        typed = ((language, self.cleaned_data.get(f"{name}_{language}", "")) for language in LANGUAGES)
        return {language: text for language, text in typed if text.strip()}

    def groups(self) -> Iterator[tuple[str, list[Any]]]:
        """The fields as they are drawn, under legends; here all of them, under none."""
        yield "", list(self.visible_fields())

    def body(self, *names: str) -> dict[str, Any]:
        """The fields of a statement by these names; what was left empty is left out, for it is unknown."""
        found: dict[str, Any] = {}
        for name in names:
            value = self.words(name) if f"{name}_zh" in self.fields else self.cleaned_data.get(name)
            if value is not None and value not in ("", {}, []):
                found[name] = time_text(value) if isinstance(value, datetime) else value
        return found

    def wrong(self) -> list[dict[str, str]]:
        """Every fault, with the id of its field; empty where it is of no single one."""
        found = []
        for name, errors in self.errors.items():
            label = "" if name == "__all__" else f"{self[name].label}{say('：', ': ')}"
            place = "" if name == "__all__" else str(self[name].id_for_label or self[name].auto_id)
            found += [{"field": place, "what": f"{label}{one}"} for one in errors]
        return found


def words_initial(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """What a form shows at first of the words of a body, field by field."""
    return {f"{name}_{tongue}": body.get(name, {}).get(tongue, "") for name in names for tongue in LANGUAGES}


# ------------------------------------------------------------------------------------------------- faults


def blame(form: Sheet, error: RiskshedError) -> None:
    """Carry what is wrong back to the fields of a form."""
    if isinstance(error, InputFaults) and error.code != "desk.set_aside":
        for fault in error.faults:
            form.add_error(_field(form, fault), fault_words(fault))
        return
    form.add_error(None, refusal_words(error))
    for fault in error.faults if isinstance(error, InputFaults) else ():
        form.add_error(None, f"{fault.code}: {fault.got}")


def _field(form: Sheet, fault: Fault) -> str | None:
    """The field of a form that a fault of a statement is about."""
    path = _INDEX.sub("", (fault.column or "").removeprefix("body.")).replace(".", "_")
    first = path.partition("_")[0]
    names = (path, f"{path}_{wording.tongue()}", first, f"{first}_{wording.tongue()}")
    return next((name for name in names if name in form.fields), None)


def fault_words(fault: Fault) -> str:
    """A fault of a field: what is wrong, what stood there and what is wanted."""
    known = FAULTS.get(fault.code)
    if known is None:
        return str(fault)
    got, wanted = fault.got, fault.wanted
    if wording.tongue() == "zh":
        got, wanted = got.replace(" characters", " 字"), wanted.replace("at most ", "最多 ")
    return say(*known).format(got=got, wanted=wanted)


def refusal_words(error: RiskshedError) -> str:
    """Why something was not said, and what to do; the rule's own words where there are no others."""
    known = REFUSALS.get("doubt" if in_doubt(error) else error.code)
    return str(error) if known is None else say(known, str(error))


def in_doubt(error: RiskshedError) -> bool:
    """Whether what was to be said may or may not have been written: then nobody may claim that it was not."""
    return isinstance(error, DoubtError)
