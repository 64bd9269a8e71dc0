"""Many letters at once from the desk: each by itself, each outcome told, sent twice done once; sheets, files."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from werkzeug.test import TestResponse

from tests.browser import ORIGIN, Browser
from tests.databases import Database
from tests.floor import every, one
from tests.modules.letters.made import NAME, PHONE
from tests.modules.letters.test_desk import OTHER, clerk_of, late_by, letter, list_of
from tests.stage import DEPARTMENT, TOWN, VILLAGE, Stage, furnish
from wdj.core.db import db
from wdj.modules.letters.messages import Rating
from wdj.portal import worklist


@pytest.fixture
def stage(county_template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    yield from furnish(county_template, tmp_path_factory.mktemp("letters-together"))


def do(clerk: Browser, step: str, *letters: int, **more: str) -> TestResponse:
    """Press the button of the desk with these ticked, and send the small page that it leads to."""
    clerk.get("/desk")
    way = clerk.post("/desk/bulk", {"action": f"letters.{step}_many", "id": [str(each) for each in letters]})
    assert way.status_code == 303
    url = way.headers["Location"]
    opened = clerk.get(url)
    if opened.status_code != 200:
        return opened
    return clerk.post(url.partition("?")[0], {"id": [str(each) for each in letters], **more})


def states(stage: Stage, *letters: int) -> list[str]:
    return [str(stage.one("SELECT state FROM items WHERE id = :id", id=each)) for each in letters]


def test_five_are_given_to_a_unit_at_once_and_the_foreign_one_among_them_is_told(stage: Stage) -> None:
    mine = [letter(stage, "accepted", words=f"第 {number} 封") for number in range(4)]
    foreign = letter(stage, "accepted", village="平木村", words="别镇的事")
    clerk = stage.browsers["镇干部"]
    answer = do(clerk, "assign", *mine, foreign, org=str(stage.org(OTHER)), note="请一并答复")
    assert answer.status_code == 303
    clerk.get(answer.headers["Location"])
    assert "办好 4 件" in clerk.text
    assert "1 件已经没有了" in clerk.text
    assert "别镇的事" not in clerk.text
    assert states(stage, *mine, foreign) == ["assigned"] * 4 + ["accepted"]
    assert len(list_of(clerk_of(stage, OTHER))) == 4
    assert every(stage.app, "SELECT note FROM events WHERE action = 'assign'") == ["请一并答复"] * 4


def test_sent_twice_they_are_given_once(stage: Stage) -> None:
    letters, clerk = [letter(stage, "accepted") for _ in range(2)], stage.browsers["镇干部"]
    url = f"/letters/bulk/assign?ids={letters[0]}.{letters[1]}"
    clerk.get(url)
    form = next(each for each in clerk.page.forms if each["method"] == "post")  # type: ignore[union-attr]
    sent = {
        "csrf": clerk.csrf, "once": form["fields"]["once"], "org": stage.org(OTHER), "note": "",
        "id": [str(each) for each in letters],
    }  # fmt: skip
    answers = [clerk.client.post("/letters/bulk/assign", data=sent, headers={"Origin": ORIGIN}) for _ in range(2)]
    assert [each.status_code for each in answers] == [303, 303]
    assert len({each.headers["Location"] for each in answers}) == 1
    assert one(stage.app, "SELECT count(*) FROM events WHERE action = 'assign'") == 2


def test_nothing_chosen_keeps_what_was_ticked_and_written(stage: Stage) -> None:
    letters, clerk = [letter(stage, "accepted") for _ in range(2)], stage.browsers["镇干部"]
    answer = do(clerk, "assign", *letters, org="0", note="写了的话还在")
    assert answer.status_code == 422
    assert "请选一个单位" in clerk.text
    assert "写了的话还在" in clerk.html
    assert clerk.html.count('name="id"') == 2
    assert states(stage, *letters) == ["accepted"] * 2


def test_the_ticked_are_answered_together_with_the_one_that_is_chosen(stage: Stage) -> None:
    main, *others = (letter(stage, "accepted", words=f"第 {number} 封说停水") for number in range(3))
    foreign = letter(stage, "accepted", village="平木村")
    clerk = stage.browsers["镇干部"]
    answer = do(clerk, "merge", main, *others, foreign, into=str(main))
    clerk.get(answer.headers["Location"])
    assert "办好 2 件" in clerk.text
    assert "1 件已经没有了" in clerk.text
    assert states(stage, main, *others) == ["accepted", "merged", "merged"]
    assert every(stage.app, "SELECT merged_into_id FROM letters WHERE merged_into_id IS NOT NULL") == [main, main]


def test_more_days_are_asked_for_many_and_granted_for_many(stage: Stage) -> None:
    letters = [letter(stage, "in_hand", kind="suggestion") for _ in range(2)]
    late = letter(stage, "in_hand", kind="question", days_ago=40)
    farming, town = stage.browsers["部门干部"], stage.browsers["镇干部"]
    answer = do(farming, "extend", *letters, late, do="ask", days="5", note="要等县上核定面积")
    farming.get(answer.headers["Location"])
    assert "办好 2 件" in farming.text
    assert "1 件要打开来单独办" in farming.text, "what is late already asks for nothing"
    assert "要延期" in town.get("/desk").get_data(as_text=True)
    answer = do(town, "extend", *letters, do="grant")
    assert answer.status_code == 303
    assert every(stage.app, "SELECT extended_days FROM deadlines WHERE extended_days > 0") == [5, 5]


def test_what_is_late_is_said_before_more_days_are_asked_for(stage: Stage) -> None:
    fresh = letter(stage, "in_hand", kind="suggestion")
    late = letter(stage, "in_hand", kind="question", days_ago=40)
    farming = stage.browsers["部门干部"]
    farming.get(f"/letters/bulk/extend?ids={fresh}.{late}")
    assert "有 1 件超期了，超期的不能再申请延期，会略过去" in farming.text
    assert 'value="ask"' in farming.html
    farming.get(f"/letters/bulk/extend?ids={late}")
    assert "都超期了" in farming.text
    assert 'value="ask"' not in farming.html


def test_the_units_of_different_letters_stand_under_each_head_once(stage: Stage) -> None:
    posted = letter(stage, "accepted", org="凤县")
    given = letter(stage, "accepted")
    county = stage.browsers["县委办公室"]
    county.get(f"/letters/bulk/assign?ids={given}.{posted}")
    heads = re.findall(r'<optgroup label="([^"]+)"', county.html)
    assert "县直单位" in heads
    assert len(heads) == len(set(heads))


def test_a_refused_extension_says_why(stage: Stage) -> None:
    asked = letter(stage, "in_hand", extension_days=5, extension_reason="忙不过来")
    town = stage.browsers["镇干部"]
    assert do(town, "extend", asked, do="refuse", note="").status_code == 422
    assert do(town, "extend", asked, do="refuse", note="群众等着用").status_code == 303
    assert every(stage.app, "SELECT note FROM events WHERE action = 'refuse_extension'") == ["群众等着用"]


def test_many_are_reminded_of_and_a_unit_does_not_remind_itself(stage: Stage) -> None:
    letters = [letter(stage, "in_hand", days_ago=30) for _ in range(2)]
    assert do(stage.browsers["镇干部"], "remind", *letters, note="请今天答复").status_code == 303
    assert every(stage.app, "SELECT note FROM events WHERE action = 'remind'") == ["请今天答复"] * 2
    farming = stage.browsers["部门干部"]
    assert do(farming, "remind", *letters).status_code == 403
    assert "一件也没有办成" in farming.text


def test_each_ticked_letter_has_its_sheet_and_no_number_on_it(stage: Stage) -> None:
    letters = [letter(stage, "in_hand", words=f"第 {number} 封") for number in range(3)]
    foreign = letter(stage, "in_hand", village="平木村", handler=OTHER, words="别镇的事", public=True)
    clerk = stage.browsers["部门干部"]
    clerk.get("/desk")
    way = clerk.post("/desk/bulk", {"action": "letters.print_many", "id": [str(each) for each in (*letters, foreign)]})
    clerk.get(way.headers["Location"])
    assert clerk.html.count('class="card paper leaf"') == 3
    assert "另外 1 件不归您办" in clerk.text
    assert "138****0001" in clerk.text
    assert PHONE not in clerk.html
    assert "别镇的事" not in clerk.text
    assert "承办人" in clerk.text


def test_what_needs_nothing_more_is_done_from_the_desk_itself(stage: Stage) -> None:
    posted, given = letter(stage, "posted"), letter(stage, "assigned")
    clerk, farming = stage.browsers["镇干部"], stage.browsers["部门干部"]
    clerk.get("/desk")
    assert clerk.post("/desk/bulk", {"action": "accept", "id": [str(posted)]}).status_code == 303
    farming.get("/desk")
    assert farming.post("/desk/bulk", {"action": "sign_for", "id": [str(given)]}).status_code == 303
    assert states(stage, posted, given) == ["accepted", "in_hand"]
    stopped = "SELECT stopped_on FROM deadlines WHERE item_id = :id AND name = 'sign'"
    assert one(stage.app, stopped, id=given), "its clock of one day stands still"


def test_the_keys_of_a_row_press_what_may_be_done_or_lead_to_its_form(stage: Stage) -> None:
    posted, given = letter(stage, "posted"), letter(stage, "assigned")
    town, farming = stage.browsers["镇干部"], stage.browsers["部门干部"]
    town.get("/desk")
    assert f'data-t="accept" data-r="/letters/{posted}/decline"' in town.html
    farming.get("/desk")
    assert f'data-t="sign_for" data-r="/letters/{given}/return_to"' in farming.html
    for browser, url in ((town, f"/letters/{posted}/decline"), (farming, f"/letters/{given}/return_to")):
        assert browser.get(url).status_code == 200
    leader = stage.browsers["领导"]
    leader.get("/desk")
    assert "data-t=" not in leader.html
    assert "letters.assign_many" not in leader.html


def rows_of(answer: TestResponse) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()


def rated(stage: Stage, letter_id: int) -> None:
    with stage.app.app_context():
        db.session.add(Rating(letter_id=letter_id, round=1, solved=True, satisfaction=None, way="receipt"))
        db.session.commit()


def test_the_file_of_the_list_has_the_columns_of_letters_and_no_number(stage: Stage) -> None:
    answered = letter(stage, "answered", words="=1+1 我的电话 13900000002", source="telephone")
    letter(stage, "answered", words="没有评价的", village=None, door="mailbox")
    rated(stage, answered)
    clerk = stage.browsers["县委办公室"]
    clerk.get("/desk?view=done")
    answer = clerk.post("/desk/bulk", {"action": "xlsx", "view": "done"})
    assert answer.status_code == 200
    heads, silent, told = rows_of(answer)
    said = dict(zip(heads, told, strict=True))
    assert said["承办"] == DEPARTMENT
    assert said["怎么来的"] == "电话"
    assert (said["哪个门"], said["来自"], said["解决了没有"], said["满意不满意"]) == ("留言板", VILLAGE, "解决了", "")
    assert re.fullmatch("[0-9A-Z]{4}-[0-9A-Z]{2}", said["回执号"])
    assert not said["标题"].startswith("=")
    unsaid = dict(zip(heads, silent, strict=True))
    assert (unsaid["哪个门"], unsaid["来自"], unsaid["解决了没有"]) == ("县长信箱", "", "")
    for form in ("xlsx", "csv"):
        clerk.get("/desk?view=done")
        data = clerk.post("/desk/bulk", {"action": form, "view": "done"}).data
        text = data.decode("utf-8-sig") if form == "csv" else str(rows_of_bytes(data))
        assert "13900000002" not in text
        assert PHONE not in text
        assert NAME not in text


def test_the_file_goes_as_far_back_as_anything_was_done(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of old it went as far as one page of the desk."""
    old = [letter(stage, "answered") for _ in range(5)]
    monkeypatch.setattr(worklist, "FAR_BACK", 2)
    clerk = stage.browsers["县委办公室"]
    clerk.get("/desk")
    table = rows_of(clerk.post("/desk/bulk", {"action": "xlsx", "view": "done"}))
    assert [int(row[0]) for row in table[1:]] == old[::-1]


def rows_of_bytes(data: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def test_the_file_says_how_many_working_days_late(stage: Stage) -> None:
    late_by(stage, letter(stage, "in_hand"), 2)
    stage.post("draft", TOWN, title="镇上自己的草稿")
    clerk = stage.browsers["镇干部"]
    clerk.get("/desk")
    table = list(csv.DictReader(io.StringIO(clerk.post("/desk/bulk", {"action": "csv"}).data.decode("utf-8-sig"))))
    late = next(each for each in table if each["栏目"] == "问政策")
    draft = next(each for each in table if each["状态"] == "草稿")
    assert (late["超期工作日"], late["到期"]) == ("2", "超期 2 个工作日")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", late["到期时间"]), "a day, not the midnight after it"
    assert (draft["超期工作日"], draft["回执号"]) == ("", "")


def test_a_stranger_takes_no_letter_home_in_a_file(stage: Stage) -> None:
    secret = letter(stage, "in_hand", words="别人的事")
    stranger = stage.browsers["别镇干部"]
    stranger.get("/desk")
    sent = stranger.post("/desk/bulk", {"action": "csv", "id": [str(secret)]})
    assert "别人的事" not in sent.data.decode("utf-8-sig")


def test_what_needs_another_step_first_is_not_said_to_be_somebody_elses(stage: Stage) -> None:
    given, working, posted = letter(stage, "assigned"), letter(stage, "in_hand"), letter(stage, "posted")
    farming, town = stage.browsers["部门干部"], stage.browsers["镇干部"]
    farming.get("/desk")
    sent = {"action": "accept", "id": [str(given)]}
    assert farming.post("/desk/bulk", sent).status_code == 428
    assert "1 件要先走前一步：该先签收" in farming.text
    assert farming.post("/desk/bulk", {**sent, "id": [str(working)]}).status_code == 422
    assert "1 件要打开来单独办" in farming.text
    answer = farming.post("/desk/bulk", {"action": "sign_for", "id": [str(given), str(posted)]})
    farming.get(answer.headers["Location"])
    assert "办好 1 件" in farming.text
    mixed = letter(stage, "assigned", org=DEPARTMENT, handler=TOWN)
    town.get("/desk")
    answer = town.post("/desk/bulk", {"action": "accept", "id": [str(posted), str(mixed)]})
    town.get(answer.headers["Location"])
    assert "（该先签收）" in town.text
    assert "不归您办" not in town.text


def test_who_asks_for_days_is_told_which_unit_decides(stage: Stage) -> None:
    given, own = letter(stage, "in_hand"), letter(stage, "in_hand", handler=TOWN)
    farming, town = stage.browsers["部门干部"], stage.browsers["镇干部"]
    for clerk, each, decides in ((farming, given, TOWN), (town, own, "凤县")):
        do(clerk, "extend", each)
        assert f"{decides}同意了才算数" in clerk.text
        assert do(clerk, "extend", each, days="3", note="要等雨停").status_code == 303
        clerk.get(f"/letters/{each}")
        assert f"等{decides}定" in clerk.text
