"""The pages of rules, agreements, bodies and the register: what they show is what the record says."""

import pytest

from riskshed.governance import agreement_file

JILIN, HARBIN = "220200", "230100"
SOURCE = "jilin-plant-101"


@pytest.mark.parametrize("user", ["harbin", "basin", "auditor"])
@pytest.mark.parametrize(
    "path", ["/rules/", "/rules/cn-2024/", "/agreements/", "/bodies/", "/roster/", "/sources/"]
)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_list_opens_in_both_languages(sign_in, user, path, language):
    assert sign_in(user).get(path, headers={"accept-language": language}).status_code == 200


@pytest.mark.parametrize("path", ["/rules/", "/agreements/", "/bodies/", "/roster/", "/sources/"])
def test_nobody_sees_them_without_signing_in(sign_in, path):
    assert sign_in("").get(path).status_code == 302


def test_the_packs_in_use_stand_first_and_are_marked(sign_in):
    page = sign_in("harbin").get("/rules/", headers={"accept-language": "en"}).content.decode()
    assert page.index("cn-2024 ·") > page.index(">in use<")
    assert page.count(">in use<") == 2
    assert page.rindex(">in use<") < page.index("efas ·")


def test_a_rule_shows_article_words_time_and_examples(sign_in):
    client = sign_in("harbin")
    page = client.get("/rules/cn-2024/wsr-9-1b/", headers={"accept-language": "zh-hans"}).content.decode()
    for words in ("单位负责人接到报告后", "1 小时", "已遵守", "已违反", "适用条件"):
        assert words in page
    assert client.get("/rules/cn-2024/nothing/").status_code == 404
    assert client.get("/rules/nothing/").status_code == 404


def test_a_search_in_a_pack_finds_words_in_both_languages(sign_in):
    client = sign_in("harbin")
    found = client.get("/rules/cn-2024/?q=WSR-9-1B")
    assert b"wsr-9-1b" in found.content
    assert b"wsr-13-2" not in found.content
    assert "没有条文" in client.get("/rules/cn-2024/?q=<script>").content.decode()
    assert b"<script>" not in client.get("/rules/cn-2024/?q=<script>").content


def test_an_agreement_shows_its_articles_terms_and_every_signature(sign_in, node):
    held = node.agreement()
    page = (
        sign_in("harbin")
        .get(f"/agreements/{held.id}/", headers={"accept-language": "zh-hans"})
        .content.decode()
    )
    for words in ("发生地为主", "签收时限", "0.5 h", "责任清单", held.text_digest, "缺少应急预案"):
        assert words in page
    assert "未签署" not in page


def test_a_text_whose_file_is_missing_says_so_and_shows_no_other(sign_in, node):
    held = node.agreement()
    (node.home / "files" / held.text_digest.removeprefix("sha256:")).unlink()
    page = sign_in("harbin").get(f"/agreements/{held.id}/").content.decode()
    assert "本节点没有文件" in page
    assert "发生地为主" not in page


@pytest.fixture
def second(node, tmp_path):
    """A new text of the agreement, with another time to answer, that nobody has signed."""
    text = (node.profile.agreement / "agreement.toml").read_text(encoding="utf-8")
    folder = tmp_path / "second"
    folder.mkdir()
    changed = text.replace("answer_h = 2", "answer_h = 1").replace("2005-11-01", "2005-12-01")
    (folder / "agreement.toml").write_text(changed, encoding="utf-8")
    node.keep_file(changed.encode())
    files = agreement_file.read(folder)
    desk = node.desk("songhua-basin", "basin-01")
    return desk.propose_agreement(replies_to=node.agreement().id, **files.proposal_body())


def test_two_texts_are_compared_line_by_line(sign_in, node, second):
    held = node.agreement()
    page = sign_in("jilin").get(f"/agreements/{second}/against/{held.id}/", headers={"accept-language": "en"})
    text = page.content.decode()
    assert "to adopt or decline: 2 h" in text
    assert "to adopt or decline: 1 h" in text
    assert "acknowledge" not in text


def test_a_commander_signs_once_and_only_for_his_body(sign_in, node, clock, second):
    commander = sign_in("jilin")
    assert sign_in("harbin").post(f"/agreements/{second}/sign/").status_code == 403
    size = node.log.size
    assert commander.post(f"/agreements/{second}/sign/").status_code == 302
    clock.forward(1)
    assert commander.post(f"/agreements/{second}/sign/").status_code == 302
    assert node.log.size == size + 1
    assert set(node.standing().agreements[second].signed) == {JILIN}
    assert commander.get(f"/agreements/{second}/sign/").status_code == 405


def test_a_body_shows_its_keys_and_what_it_was_heard_to_say(sign_in, node):
    page = sign_in("auditor").get(f"/bodies/{HARBIN}/", headers={"accept-language": "en"}).content.decode()
    assert str(node.keys.verifier(HARBIN)) in page.replace("&#x27;", "'").replace("+", "+")
    assert "for drills" in page
    assert sign_in("auditor").get("/bodies/nobody/").status_code == 404


def test_an_officer_takes_the_watch_and_an_overdue_sign_is_shown(sign_in, node, clock):
    officer = sign_in("harbin")
    form = officer.get("/roster/").context["form"]
    given = {"seat": form.initial["seat"], "desk": "main", "next_sign": "2005-11-13T15:00"}
    assert officer.post("/roster/watch/", given).status_code == 302
    assert node.standing().watches[f"{HARBIN} main"].officer == "duty-07"
    page = officer.get("/roster/", headers={"accept-language": "en"}).content.decode()
    assert ">overdue<" not in page
    clock.forward(3)
    page = officer.get("/roster/", headers={"accept-language": "en"}).content.decode()
    assert ">overdue<" in page
    assert sign_in("auditor").post("/roster/watch/", given).status_code == 403


def test_a_wrong_time_is_told_beside_its_field_and_nothing_is_said(sign_in, node):
    officer = sign_in("harbin")
    size = node.log.size
    answer = officer.post("/roster/watch/", {"seat": f"{HARBIN} actual", "next_sign": "soon"})
    assert answer.status_code == 400
    assert "不是时间" in answer.content.decode()
    assert node.log.size == size


def source_form(**more):
    given = {
        "seat": f"{JILIN} actual",
        "source": SOURCE,
        "name_zh": "吉林石化苯胺装置",
        "name_en": "Aniline unit, Jilin",
        "hazard_class": "accident",
        "city": JILIN,
        "reaches": ["220700", HARBIN],
    }
    return given | more


def test_a_source_is_registered_and_those_whom_it_can_reach_see_it(sign_in, node):
    assert sign_in("jilin").post("/sources/new/", source_form()).status_code == 302
    assert node.standing().sources[SOURCE].reaches == ("220700", HARBIN)
    page = (
        sign_in("harbin").get("/sources/?view=reaching", headers={"accept-language": "en"}).content.decode()
    )
    assert "Aniline unit" in page
    assert "next step not taken: identified" in page
    mine = sign_in("harbin").get("/sources/?view=mine", headers={"accept-language": "en"}).content.decode()
    assert "Aniline" not in mine


def test_a_source_is_carried_through_a_step_and_who_was_not_told_is_named(sign_in, node):
    officer = sign_in("jilin")
    officer.post("/sources/new/", source_form())
    step = {"seat": f"{JILIN} actual", "step": "evaluated", "likelihood": "possible", "consequence": "major",
            "summary_zh": "苯罐与排口之间无阻断", "told": ["220700"]}  # fmt: skip
    assert officer.post(f"/sources/{SOURCE}/assess/", step).status_code == 302
    page = officer.get(f"/sources/{SOURCE}/", headers={"accept-language": "en"}).content.decode()
    assert "not told: Harbin" in page
    assert "not told: Songyuan" not in page
    assert "<b>high</b>" in page


def test_what_is_wrong_stands_beside_its_field_with_what_was_typed(sign_in, node):
    size = node.log.size
    answer = sign_in("jilin").post("/sources/new/", source_form(source="有空格 的编号", name_zh="<b>甲</b>"))
    assert answer.status_code == 400
    assert "&lt;b&gt;甲" in answer.content.decode()
    assert node.log.size == size
    assert sign_in("auditor").post("/sources/new/", source_form()).status_code == 403


def test_a_form_of_another_desk_is_refused(sign_in, node):
    size = node.log.size
    answer = sign_in("jilin").post("/sources/new/", source_form(seat=f"{HARBIN} actual"))
    assert answer.status_code == 409
    assert node.log.size == size
