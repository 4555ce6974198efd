"""The whole interface from its own document: inputs that nobody would think of, and answers as it promises.

`SCHEMA_EXAMPLES` sets how many requests are tried for each operation.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest import SkipTest

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from interface_world import ROOT, housed, reading, secret
from officers import BASIN, HARBIN, INCIDENT, JIAMUSI, opened, told, warned
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from riskshed.governance.draft import Draft
from riskshed.statement import time_text
from riskshed.web.api import interface
from riskshed.web.wsgi import application

EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "4"))
PLAIN = {"Accept-Encoding": "identity"}
"""What calls here reads answers as they come, and unpacks none."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def known(node, people) -> Iterator[dict[str, str]]:
    """A node on which something was said, a token, and the names of what there is."""
    opened(node)
    sent, warning = told(node), warned(node)
    node.desk(HARBIN, "duty-07").cancel_warning(warned(node, level="blue"), "error")
    agreement = next(iter(node.standing().agreements))
    with housed(node):
        yield {
            "token": secret(people),
            "warning": warning,
            "notice": sent[HARBIN],
            "statement": warning,
            "agreement": agreement,
            **_market(node),
            "code": INCIDENT,
        }


def _market(node: Any) -> dict[str, str]:
    """A need of Harbin and an offer of Jiamusi, with a match of them."""
    begins, ends = (time_text(node.now() + timedelta(days=days)) for days in (0, 30))
    row = {"sort": "purchase", "item": "lime", "amount": {"value": "9", "unit": "t"}, "city": HARBIN}
    told = {
        "need": Draft("NeedStated", HARBIN, None, None, {**row, "opens_at": begins, "needed_by": ends}),
        "offer": Draft("OfferMade", JIAMUSI, None, None, {**row, "ready_at": begins, "until": ends}),
    }
    made = {name: node.desk(draft.by, "duty-01").say(draft) for name, draft in told.items()}
    body = {**made, "amount": row["amount"], "reason": {"zh": "最近", "en": "the nearest"}}
    return {**made, "match": node.desk(BASIN, "duty-01").say(Draft("MatchProposed", BASIN, None, None, body))}


@pytest.fixture
def document(known: dict[str, str]) -> Any:
    return schemathesis.openapi.from_wsgi(f"{ROOT}openapi.json", application)


def test_every_operation_answers_as_its_document_promises(document: Any, known: dict[str, str]) -> None:
    headers = {**PLAIN, "Authorization": f"Bearer {known['token']}"}
    for found in document.get_all_operations():
        operation = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @given(case=operation.as_strategy(generation_mode=mode))
            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate],
            )
            def tried(case: Any) -> None:
                case.call_and_validate(headers=headers, checks=CHECKS)
                if not case.path_parameters:
                    return
                # A name that there is reaches further than one that was made up.
                named = {name: known.get(name, value) for name, value in case.path_parameters.items()}
                if case.path.startswith(f"{ROOT}bodies"):
                    named["code"] = HARBIN
                case.path_parameters = named
                case.call_and_validate(headers=headers, checks=CHECKS)

            try:
                tried()
            except (Unsatisfiable, SkipTest):
                assert mode is GenerationMode.NEGATIVE, f"{operation.label} has no good input"


def test_without_a_token_every_operation_is_refused_as_its_document_promises(
    document: Any, known: dict[str, str]
) -> None:
    count = 0
    for found in document.get_all_operations():
        operation = found.ok()
        names = {
            name: known.get(name, "x")
            for name in ("warning", "notice", "statement", "agreement", "code", "need", "offer", "match")
        }
        wanted = {one.name: names.get(one.name, "x") for one in operation.path_parameters}
        body = reading() if operation.method == "post" else schemathesis.core.NOT_SET
        case = operation.Case(path_parameters=wanted, body=body, media_type="application/json")
        answer = case.call(headers=PLAIN)
        anybody = operation.path == f"{ROOT}node"
        assert (answer.status_code == 401) != anybody, (operation.label, answer.status_code)
        case.validate_response(answer, checks=CHECKS)
        count += 1
    assert count == len(list(interface.operations()))
