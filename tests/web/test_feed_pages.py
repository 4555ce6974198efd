"""The feed and the health of a node have addresses that anybody may ask."""

import pytest
from officers import HARBIN, warned

from riskshed.errors import StoreError
from riskshed.exchange import cap
from riskshed.web import public_files
from riskshed.web.delivery_feed import FeedFiles

pytestmark = pytest.mark.django_db


@pytest.fixture
def feed(node):
    return FeedFiles(node, node.home / public_files.FOLDER)


def test_the_feed_names_the_message_and_the_message_is_cap(node, feed, sign_in):
    one = warned(node)
    feed.write()
    anybody = sign_in("")
    atom = anybody.get("/feeds/warnings.atom")
    assert atom.status_code == 200
    assert f"/feeds/cap/{one}.xml" in atom.content.decode()
    message = anybody.get(f"/feeds/cap/{one}.xml")
    assert message["content-type"].startswith("application/cap+xml")
    assert "immutable" in message["cache-control"]
    assert cap.read(message.content).status == "Actual"
    assert anybody.get("/feeds/warnings.atom", headers={"if-none-match": atom["etag"]}).status_code == 304


def test_what_is_not_there_is_not_found_and_no_name_leads_elsewhere(feed, sign_in):
    anybody = sign_in("")
    assert anybody.get("/feeds/warnings.atom").status_code == 404
    feed.write()
    for name in ("0" * 64 + ".xml", "..%2F..%2Flog.key", "warnings.atom"):
        assert anybody.get(f"/feeds/cap/{name}").status_code == 404


def test_a_drill_is_in_no_feed(node, feed, sign_in):
    one = warned(node, exercise=True)
    feed.write()
    assert one not in sign_in("").get("/feeds/warnings.atom").content.decode()
    assert sign_in("").get(f"/feeds/cap/{one}.xml").status_code == 404


WELL = {"log": True, "database": True, "deliveries": True, "disk": True, "clock": True}


def test_health_names_what_does_not_answer(node, sign_in, monkeypatch):
    anybody = sign_in("")
    assert anybody.get("/health").json() == WELL

    def away(*_):
        raise StoreError("store.away", "the store does not answer")

    monkeypatch.setattr(node.record, "follow", away)
    answer = anybody.get("/health")
    assert answer.status_code == 503
    assert answer.json() == {**WELL, "log": False}
    assert node.log.size > 0
    assert HARBIN in node.keys.bodies()
