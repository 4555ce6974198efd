"""The picture of a forecast in the pages of a node: drawn from the file on record, or a sentence why not."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import officers
import pytest
from officers import HARBIN, HOSTILE, INCIDENT, JIAMUSI, JILIN

from riskshed.footprint import MEMBER_ARRAYS, Footprint, Place
from riskshed.footprint_statement import issue

MAP, ROOM = f"/map/?incident={INCIDENT}", f"/incidents/{INCIDENT}/"
POINTS = {JILIN: (43.85, 126.56), HARBIN: (45.75, 126.65), JIAMUSI: (46.80, 130.31)}


def made(node, pathway: str, **more) -> Footprint:
    """Jilin, Harbin and Jiamusi, a day apart and ever less likely."""
    members = 20
    arrival = np.array([np.full(members, 3600.0 * (1 + 24 * row)) for row in range(3)])
    for row, missing in enumerate((0, 4, 10)):
        arrival[row, :missing] = np.inf
    arrives = np.isfinite(arrival)
    facts = {
        "pathway": pathway, "quantity": "chlorine dose", "unit": "mg.min/m3", "threshold": 40.0,
        "places": tuple(Place(code, code, f"市{code}", f"City {code}", *at) for code, at in POINTS.items()),
        "origin": node.now(), "issued": node.now(), "known_at": node.now(), "arrival_s": arrival,
        "peak": np.where(arrives, 90.0, 1.0), "peak_s": np.where(arrives, arrival, np.nan),
        "duration_s": np.where(arrives, 7200.0, 0.0), "exposed_people": np.where(arrives, 5.0, 0.0),
        "hazard_cities": (JILIN,), "seed": 1, "model": "made up", "version": "0", "region_digest": "ab" * 32,
    }  # fmt: skip
    return Footprint(**(facts | more))


@pytest.fixture
def issued(node, clock):
    """Issue a forecast of an incident that is open."""
    officers.opened(node, footprint=False)

    def issue_one(pathway, **more):
        clock.forward(1)
        return officers.forecast_of(node, made(node, pathway, **more))

    issue_one.node = node
    return issue_one


def page(client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def picture_of(html: str) -> str:
    """The section with the picture; empty where the page has none."""
    found = re.search(r'<section aria-labelledby="h-picture">.*?</section>', html, re.DOTALL)
    return found[0] if found else ""


def test_the_map_page_shows_the_plume_after_its_list(issued, sign_in) -> None:
    issued("plume")
    html = page(sign_in("harbin"), MAP)
    shown = picture_of(html)
    assert "烟羽与超限概率" in shown
    assert all(f"市{code}" in shown for code in POINTS)
    assert html.index("cities-table") < html.index('id="h-picture"')
    assert "style=" not in shown


def test_the_room_leads_to_a_picture_that_is_a_map_and_shows_one_that_is_not(issued, sign_in) -> None:
    issued("plume")
    html = page(sign_in("harbin"), ROOM)
    assert picture_of(html) == ""
    assert "#h-picture" in html
    plants = tuple(Place(f"plant-{code}", code, f"厂{code}", f"Plant {code}") for code in POINTS)
    issued("supply", places=plants, unit="1", threshold=0.9, quantity="share of output lost")
    shown = picture_of(page(sign_in("harbin"), ROOM))
    assert "工厂停产图" in shown
    assert all(f"厂{code}" in shown for code in POINTS)
    many = tuple(Place(f"p{n}", list(POINTS)[n % 3], f"厂{n}", f"Plant {n}") for n in range(60))
    tiled = {name: np.tile(getattr(made(issued.node, "supply"), name), (20, 1)) for name in MEMBER_ARRAYS}
    issued("supply", places=many, unit="1", threshold=0.9, quantity="share of output lost", **tiled)
    html = page(sign_in("harbin"), ROOM)
    assert picture_of(html) == ""
    assert "厂59" in picture_of(page(sign_in("harbin"), MAP))


def test_a_forecast_down_a_river_has_no_other_picture_than_the_map(issued, sign_in) -> None:
    issued("pollutant")
    for url in (MAP, ROOM):
        assert "h-picture" not in page(sign_in("harbin"), url)


def test_a_chain_that_is_not_on_record_is_said_to_be_missing(issued, sign_in) -> None:
    issued("cascade", quantity="stages", unit="1", threshold=1.0)
    assert "此预测的文件不足以画图。" in picture_of(page(sign_in("harbin"), ROOM))


def test_a_chain_on_record_is_drawn(node, issued, sign_in) -> None:
    node_ = {
        "id": "a", "pathway": "given", "title_zh": HOSTILE, "title_en": "Quake", "probability": 1.0,
        "begins_s": None, "reaches_s": None, "cities": [], "is_moved": False, "source": "",
    }  # fmt: skip
    chain = {"title_zh": "链", "title_en": "Chain", "origin": "2026-01-10T08:00:00+08:00", "horizon_s": 1e6,
             "members": 10, "nodes": [node_], "edges": []}  # fmt: skip
    found = made(node, "cascade", quantity="stages", unit="1", threshold=1.0)
    told = issue(found, readings=(), title="forecast", zone=node.profile.zone, more={"chain": chain})
    node.keep_file(told.data)
    node.desk(JILIN, "duty-03").issue_footprint(INCIDENT, **told.body)
    shown = picture_of(page(sign_in("harbin"), ROOM))
    assert "<svg" in shown
    assert "&lt;script&gt;" in shown
    assert "<script" not in shown


def test_a_file_that_is_missing_or_no_footprint_leaves_the_picture_out(node, issued, sign_in) -> None:
    for data, why in ((None, "没有此预测的文件"), (b'{"places": 7}', "文件无法读取")):
        found = made(node, "plume", seed=2 if data else 3)
        told = issue(found, readings=(), title="forecast", zone=node.profile.zone)
        digest = node.keep_file(data) if data else f"sha256:{'0' * 64}"
        file = {**told.body["file"], "digest": digest, "size_bytes": len(data or b"1")}
        node.desk(JILIN, "duty-03").issue_footprint(INCIDENT, **{**told.body, "file": file})
        shown = picture_of(page(sign_in("harbin"), MAP))
        assert why in shown
        assert "<figure" not in shown


def test_names_in_the_file_are_only_text(node, issued, sign_in) -> None:
    places = tuple(replace(place, name_zh=HOSTILE) for place in made(node, "plume").places)
    issued("contagion", places=places)
    shown = picture_of(page(sign_in("basin"), MAP))
    assert "&lt;script&gt;" in shown
    assert "<script" not in shown
    ElementTree.fromstring(shown)
