"""A node for tests: the demonstration of the Songhua case, a clock that the test sets, and its people."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import postgres_server
import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client, client
from django.test.client import ClientHandler, store_rendered_templates

from riskshed import replay
from riskshed.case import Case, find
from riskshed.footprint import Footprint
from riskshed.web import current
from riskshed.web.demo_case import logins
from riskshed.web.demo_node import found_demo
from riskshed.web.models import Membership
from riskshed.web.node import LOG_FILE, Node

RELEASE = datetime.fromisoformat("2005-11-13T13:40:00+08:00")
PASSWORD = "a long password for tests"
CHAIN = {
    "_middleware_chain",
    "_view_middleware",
    "_template_response_middleware",
    "_exception_middleware",
}
"""What `load_middleware` of a handler makes."""


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, hours: float) -> None:
        self.at += timedelta(hours=hours)


@pytest.fixture(scope="session", autouse=True)
def one_chain(django_test_environment: None) -> Iterator[None]:
    """Clients send through one chain of middlewares, as a process that serves has one, and not each its own.

    Where a test changes a setting it gets a chain of its own, since some read them when they are made.
    """

    # What a page was drawn of, the test client copies for each part and field of it: the page is enough.
    def store_page(store: dict[str, object], *given: object, **more: object) -> None:
        if "context" not in store:
            store_rendered_templates(store, *given, **more)

    load, plain, made = ClientHandler.load_middleware, dict(vars(settings._wrapped)), ClientHandler()

    def load_once(handler: ClientHandler, is_async: bool = False) -> None:
        if is_async or vars(settings._wrapped) != plain:
            load(handler, is_async)
            return
        if made._middleware_chain is None:
            load(made)
        handler.__dict__.update({name: value for name, value in vars(made).items() if name in CHAIN})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ClientHandler, "load_middleware", load_once)
        patch.setattr(client, "store_rendered_templates", store_page)
        yield


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A founded node, to be copied."""
    home = tmp_path_factory.mktemp("demo") / "node"
    found_demo(home, find("songhua-2005"), start=RELEASE)
    return home


@pytest.fixture(scope="session")
def lay_out(demo_home: Path) -> Callable[[Path], str | None]:
    """Lays the founded node out in a folder; returns where its log is: None, in the folder."""
    if not postgres_server.is_asked_for():
        return lambda home: shutil.copytree(demo_home, home) and None
    address = str(postgres_server.of_session().get_uri())
    postgres_server.keep_log(address, demo_home / LOG_FILE)

    def lay(home: Path) -> str:
        shutil.copytree(demo_home, home, ignore=shutil.ignore_patterns(f"{LOG_FILE}*"))
        postgres_server.lay_log(address)
        return address

    return lay


@pytest.fixture
def log_place() -> str | None:
    """Where the log of `node` lies, as it is given to `Node`."""
    return str(postgres_server.of_session().get_uri()) if postgres_server.is_asked_for() else None


@pytest.fixture
def clock() -> Clock:
    return Clock(RELEASE)


@pytest.fixture
def node(lay_out: Callable[[Path], str | None], tmp_path: Path, clock: Clock) -> Iterator[Node]:
    """A node of the test's own, which the pages find by `current.node()`."""
    home = tmp_path / "node"
    opened = Node(home, current.DEMO_PASSPHRASE, lay_out(home), clock=clock)
    current.use(opened)
    yield opened
    current.use(None)


@pytest.fixture
def people(db: None) -> dict[str, object]:
    """The demonstration accounts, by user name."""
    made = {}
    for one in logins("songhua-2005"):
        user = get_user_model().objects.create_user(one.user, password=PASSWORD)
        for role in one.roles:
            Membership.objects.create(user=user, body=one.body, role=role, officer=one.officer)
        made[one.user] = user
    return made


@pytest.fixture
def sign_in(node: Node, people: dict[str, object]) -> Callable[[str], Client]:
    """A client that is signed in with a demonstration account; with an empty name, as nobody."""

    def enter(user: str) -> Client:
        client = Client(enforce_csrf_checks=False)
        if user:
            client.force_login(people[user], backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return enter


@pytest.fixture(scope="session")
def footprint() -> Footprint:
    """A real forecast of the case, with few members, as it could be issued two days after the release."""
    case = Case.read(find("songhua-2005"))
    return replay.forecast(case, case.spill.released + timedelta(hours=48), members=40)
