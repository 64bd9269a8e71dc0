"""Handling a letter: from hand to hand with its clocks, and who sees it in whose hands."""

import re
from datetime import timedelta

import pytest
import time_machine

from tests.browser import Browser
from tests.conftest import County
from tests.modules.letters.clerks import another, do, due_on, events, handler, later, state
from tests.modules.letters.made import FARMING, PHONE, WORDS, letter_in, one
from wdj.core.clock import now, today
from wdj.core.db import db
from wdj.core.media import Media
from wdj.core.people import Role
from wdj.core.working_days import workdays_between
from wdj.modules.letters.rules import WORKFLOW

WAY = [
    "accept", "assign", "return_to", "rule", "sign_for", "ask_more", "go_on", "ask_extension", "grant_extension",
    "answer", "publish",
]  # fmt: skip
QUESTION = "请问您家几亩？照片能不能再拍一张？"


def test_a_letter_goes_its_whole_way_returned_once_waiting_once_extended_answered_and_shown(county: County) -> None:
    zhao, letter = county.zhao(), letter_in(county.app)
    _returned_and_ruled(county, letter)
    assert do(zhao, letter, "sign_for", open=False) == 303
    _asked_back_and_extended(county, zhao, letter)
    assert do(zhao, letter, "answer", text="能领，二十一日前登记。", then="answer") == 303
    assert (state(county, letter), due_on(county, letter)) == ("answered", None)
    words = {"public_title": "椒园冻了能不能领补贴", "public_text": "椒园冻了，能不能领补贴？"}
    answer = one(county, "SELECT id FROM letter_messages WHERE letter_id = :id AND kind = 'answer'", id=letter)
    assert do(zhao, letter, "publish", **words, **{f"message-{answer}": "能领。"}) == 303
    assert events(county, letter) == WAY
    visitor = county.visitor()
    visitor.get(f"/letters/{letter}")
    assert "椒园冻了，能不能领补贴？" in visitor.text
    assert WORDS not in visitor.text
    assert one(county, "SELECT text FROM items WHERE id = :id", id=letter) == WORDS


def _returned_and_ruled(county: County, letter: int) -> None:
    zhou, chen, zhao = county.zhou(), county.chen(), county.zhao()
    assert do(zhou, letter, "accept", open=False) == 303
    assert do(zhou, letter, "assign", org=str(county.org("县水利局")), note="请上门看看") == 303
    assert (state(county, letter), handler(county, letter)) == ("assigned", "县水利局")
    wet = another(county, Role.department_clerk, "县水利局", "shuili")
    assert do(wet, letter, "return_to", note="花椒归农业农村局管") == 303
    assert (state(county, letter), handler(county, letter)) == ("accepted", None)
    assert wet.get(f"/letters/{letter}").status_code == 404
    assert do(chen, letter, "rule", org=str(county.org(FARMING)), note="按三定方案归你局") == 303
    zhao.get(f"/letters/{letter}")
    assert "县上裁定，不能再退" in zhao.text
    assert f"/letters/{letter}/return_to" not in zhao.html
    assert do(zhao, letter, "return_to", open=False, note="还是不归我们管") == 422


def _asked_back_and_extended(county: County, zhao: Browser, letter: int) -> None:
    zhou, due = county.zhou(), due_on(county, letter)
    assert due is not None
    assert do(zhao, letter, "ask_more", note=QUESTION) == 303
    assert (state(county, letter), due_on(county, letter)) == ("waiting", None)
    assert do(zhao, letter, "go_on", open=False) == 303
    assert do(zhao, letter, "ask_extension", days="5", note="要等苗木到县上") == 303
    zhou.get(f"/letters/{letter}")
    assert "县农业农村局要延期 5 个工作日" in zhou.text
    assert do(zhou, letter, "grant_extension") == 303
    assert due_on(county, letter) == later(county, due, 5)


def test_only_who_has_it_sees_it_and_nobody_of_another_town_ever_does(county: County) -> None:
    letter, wang, li, zhao, sun = letter_in(county.app), county.wang(), county.li(), county.zhao(), county.sun()
    leader = another(county, Role.leader, "凤县")
    zhou = county.zhou()
    steps = ("", "/assign", "/decline", "/accept", "/answer", "/publish", "/remark", "/preview", "/ask_more")

    def seen(browser: Browser) -> set[int]:
        return {browser.get(f"/letters/{letter}{each}").status_code for each in steps}

    assert seen(wang) == seen(li) == seen(zhao) == {404}
    assert seen(sun) == {403, 404}
    do(zhou, letter, "assign", org=str(county.org(FARMING)))
    assert zhao.get(f"/letters/{letter}").status_code == 200
    assert seen(wang) == seen(li) == {404}
    assert leader.get(f"/letters/{letter}").status_code == 200
    assert leader.get(f"/letters/{letter}/assign").status_code == 403
    do(zhao, letter, "sign_for", open=False)
    do(zhou, letter, "assign", org=str(county.org("沙江寺村")))
    assert seen(zhao) == {404}, "what was given elsewhere is out of sight"
    assert li.get(f"/letters/{letter}").status_code == 200
    assert do(zhao, letter, "remark", open=False, note="我们看过了") == 404


def test_a_village_gives_it_to_nobody_and_a_town_only_where_it_may(county: County) -> None:
    li, zhou, letter = county.li(), county.zhou(), letter_in(county.app)
    zhou.get(f"/letters/{letter}/assign")
    for there in ("县农业农村局", "沙江寺村", "凤县"):
        assert there in zhou.text
    assert "东庄村" not in zhou.text
    assert do(zhou, letter, "assign", org=str(county.org("东庄村"))) == 422
    assert do(zhou, letter, "assign") == 422
    assert "请选一个单位" in zhou.text
    do(zhou, letter, "assign", org=str(county.org("沙江寺村")))
    assert li.get(f"/letters/{letter}/assign").status_code == 403


def test_the_county_gives_to_a_town_and_the_town_to_its_village(county: County) -> None:
    chen, zhou, li = county.chen(), county.zhou(), county.li()
    letter = letter_in(county.app, door="mailbox")
    assert zhou.get(f"/letters/{letter}").status_code == 404
    do(chen, letter, "assign", org=str(county.org("留凤关镇")))
    zhou.get(f"/letters/{letter}/assign")
    assert "沙江寺村" in zhou.text
    assert "县农业农村局" not in zhou.text, "who was only given it gives it to those below alone"
    assert do(zhou, letter, "assign", org=str(county.org("沙江寺村"))) == 303
    assert li.get(f"/letters/{letter}").status_code == 200
    assert handler(county, letter) == "沙江寺村"


def test_what_the_county_has_ruled_the_town_gives_nowhere_else(county: County) -> None:
    chen, zhou, letter = county.chen(), county.zhou(), letter_in(county.app, "accepted")
    do(chen, letter, "rule", org=str(county.org(FARMING)), note="归你局")
    assert do(zhou, letter, "assign", open=False, org=str(county.org("县水利局"))) == 403
    assert handler(county, letter) == FARMING


def test_declining_has_a_fixed_reason_and_words_that_its_writer_reads(county: County) -> None:
    zhou, letter = county.zhou(), letter_in(county.app)
    assert do(zhou, letter, "decline") == 422
    assert "请选一个原因" in zhou.text
    assert do(zhou, letter, "decline", reason="我不想办", text="不办") == 422
    assert do(zhou, letter, "decline", reason="不归县里管") == 422
    assert "横线的地方请填上" in zhou.text
    said = "这件事归铁路上管，请打 12306。我们也替您问过了。"
    assert do(zhou, letter, "decline", reason="不归县里管", text=said) == 303
    assert state(county, letter) == "declined"
    assert due_on(county, letter) is None
    assert one(county, "SELECT text FROM letter_messages WHERE letter_id = :id AND kind = 'decline'", id=letter) == said
    assert do(zhou, letter, "take_up", open=False) == 303
    assert due_on(county, letter) == later(county, today(), 3)


def test_while_the_citizen_is_asked_the_clock_stands_still(county: County) -> None:
    zhao, letter = county.zhao(), letter_in(county.app, "in_hand")
    due = due_on(county, letter)
    assert due is not None
    do(zhao, letter, "ask_more", note=QUESTION)
    zhao.get(f"/letters/{letter}")
    assert "等写信的人补充，时间停着" in zhao.text
    with time_machine.travel(now() + timedelta(days=10), tick=True):
        zhao = county.zhao()
        do(zhao, letter, "go_on", open=False)
        with county.app.app_context():
            waited = workdays_between(today() - timedelta(days=10), today())
        assert due_on(county, letter) == later(county, due, waited)


@pytest.mark.parametrize(("days", "why"), [("0", "要办"), ("31", "要办"), ("", "要办"), ("五", "要办"), ("5", "")])
def test_an_extension_needs_one_to_thirty_days_and_a_reason(county: County, days: str, why: str) -> None:
    zhao, letter = county.zhao(), letter_in(county.app, "in_hand")
    assert do(zhao, letter, "ask_extension", days=days, note=why) == 422
    assert one(county, "SELECT extension_days FROM letters WHERE id = :id", id=letter) is None


def test_an_extension_is_refused_with_a_reason_decided_once_and_never_asked_late(county: County) -> None:
    zhao, zhou, chen = county.zhao(), county.zhou(), county.chen()
    letter, late = letter_in(county.app, "in_hand"), letter_in(county.app, "in_hand", days_ago=30)
    due = due_on(county, letter)
    assert do(zhao, letter, "ask_extension", days="5", note="要等苗木") == 303
    assert do(zhao, letter, "ask_extension", open=False, days="9", note="再等等") == 422
    assert do(zhao, letter, "grant_extension", open=False) == 403, "no unit grants its own"
    assert do(zhou, letter, "refuse_extension") == 422
    assert do(zhou, letter, "refuse_extension", note="群众等着呢") == 303
    assert do(chen, letter, "grant_extension", open=False) == 422
    assert due_on(county, letter) == due
    assert do(zhao, late, "ask_extension", days="5", note="要等苗木") == 422
    assert "已经超期了" in zhao.text


def test_who_handles_it_for_the_county_gets_no_days_from_a_town(county: County) -> None:
    zhou, chen = county.zhou(), county.chen()
    letter = letter_in(county.app, "in_hand", handler="凤县", extension_days=5, extension_reason="要开会")
    assert do(zhou, letter, "grant_extension", open=False) == 403
    assert do(zhou, letter, "remind", open=False) == 403
    assert do(chen, letter, "grant_extension", open=False) == 303


def test_a_leader_reads_it_and_instructs_and_nobody_outside_learns_of_it(county: County) -> None:
    leader, zhao, letter = (
        another(county, Role.leader, "凤县", name="示例领导"),
        county.zhao(),
        letter_in(county.app, "in_hand", public=True),
    )
    leader.get(f"/letters/{letter}")
    assert WORDS in leader.text
    assert "138****0001" not in leader.text, "no telephone is for leaders"
    assert do(leader, letter, "instruct") == 422
    assert do(leader, letter, "instruct", note="本周内上门看") == 303
    assert do(leader, letter, "remark", open=False, note="试试") == 403
    zhao.get(f"/letters/{letter}")
    assert "示例领导批示 本周内上门看" in zhao.text
    assert do(zhao, letter, "remark", note="已电话联系") == 303
    visitor = county.visitor()
    visitor.get(f"/letters/{letter}")
    for secret in ("批示", "上门看", "已电话联系", PHONE, "138****0001", "老王"):
        assert secret not in visitor.html, secret


def test_neighbours_agree_before_a_mediator_and_nobody_else_reads_it(county: County) -> None:
    li, zhou = county.li(), county.zhou()
    letter = letter_in(county.app, "in_hand", kind="dispute", handler="沙江寺村")
    assert do(li, letter, "mediate") == 422
    agreed = "东边的地界以老石头为准，两家各让半尺。"
    assert do(li, letter, "mediate", mediator="支书老赵", agreement=agreed) == 303
    zhou.get(f"/letters/{letter}")
    assert agreed in zhou.text
    assert do(zhou, letter, "publish") == 422
    assert "邻里矛盾的信只给办的人看" in zhou.text
    assert county.visitor().get(f"/letters/{letter}").status_code == 404
    assert do(li, letter_in(county.app, "in_hand", handler="沙江寺村"), "mediate", mediator="支书") == 422


def test_the_second_tap_does_nothing_more_even_where_the_first_took_it_out_of_sight(county: County) -> None:
    zhao, letter = county.zhao(), letter_in(county.app, "assigned")
    zhao.get(f"/letters/{letter}/return_to")
    form = {**zhao.page.form("return_to")["fields"], "note": "不归我们管"}  # type: ignore[union-attr]
    first, second = (
        zhao.client.post(f"/letters/{letter}/return_to", data=form, headers={"Origin": "http://localhost"})
        for _ in "ab"
    )
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert events(county, letter) == ["return_to"]
    assert one(county, "SELECT returns FROM letters WHERE id = :id", id=letter) == 1


def test_somebody_was_faster_and_what_has_a_form_has_no_other_way(county: County) -> None:
    zhou, letter = county.zhou(), letter_in(county.app, "accepted")
    assert do(zhou, letter, "accept", open=False) == 409
    assert do(zhou, letter, "nonsense", open=False) == 404
    for own in ("rate", "draft", "answer_too"):
        assert do(zhou, letter, own, open=False) in (403, 404, 405), own
    assert state(county, letter) == "accepted"


def test_the_town_takes_it_itself_and_is_reminded_by_the_county_alone(county: County) -> None:
    zhou, chen, letter = county.zhou(), county.chen(), letter_in(county.app)
    assert do(zhou, letter, "take", open=False) == 303
    assert (state(county, letter), handler(county, letter)) == ("in_hand", "留凤关镇")
    assert do(zhou, letter, "remind", open=False) == 403
    assert do(chen, letter, "remind", note="快到期了") == 303
    zhou.get(f"/letters/{letter}")
    assert "催办" in zhou.text


def test_the_words_of_a_recording_are_typed_by_who_handles_it(county: County) -> None:
    zhou, letter = county.zhou(), letter_in(county.app)
    with county.app.app_context():
        sound = Media(
            key="asound", item_id=letter, owner="device x", digest="asound", kind="sound", state="ready",
            mime="audio/mp4", bytes=9000, seconds=38,
        )  # fmt: skip
        db.session.add(sound)
        db.session.commit()
        number = sound.id
    zhou.get(f"/letters/{letter}")
    assert "听原声（0:38" in zhou.text
    assert (
        zhou.post(f"/letters/{letter}/words", {f"transcript-{number}": "树全冻了，打 13800000003"}).status_code == 303
    )
    zhou.get(f"/letters/{letter}")
    assert "录音里说：树全冻了，打 13800000003" in zhou.text
    assert do(county.wang(), letter, "words", open=False, **{f"transcript-{number}": "瞎写"}) == 404


def test_every_button_of_every_state_leads_somewhere(county: County) -> None:
    clerks = county.zhou(), county.zhao(), county.chen(), another(county, Role.leader, "凤县")
    letters = [letter_in(county.app, each, public=each == "closed") for each in WORKFLOW.states]
    letters += [
        letter_in(county.app, "in_hand", kind="dispute"),
        letter_in(county.app, "in_hand", extension_days=5, extension_reason="要等苗木"),
    ]
    for letter in letters:
        for clerk in clerks:
            if clerk.get(f"/letters/{letter}").status_code == 200:
                found = set(re.findall(rf'"(/letters/{letter}/[a-z_-]+)"', clerk.html))
                wrong = {url: clerk.get(url).status_code for url in found - {f"/letters/{letter}/words"}}
                assert set(wrong.values()) <= {200, 303}, (state(county, letter), wrong)
