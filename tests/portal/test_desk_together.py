"""Many at once from the desk: each by itself, each outcome told, sent twice it is done once; files of the list."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from werkzeug.test import TestResponse

from tests.browser import ORIGIN, Browser
from tests.databases import Database
from tests.floor import every
from tests.stage import VILLAGE, Stage, furnish
from wdj.core.clock import now
from wdj.core.db import db
from wdj.modules import WORKFLOW_OF
from wdj.modules.feed.models import Post
from wdj.portal import bulk, worklist


@pytest.fixture
def stage(county_template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    yield from furnish(county_template, tmp_path_factory.mktemp("together"))


def do(clerk: Browser, action: str, *posts: int, **more: str) -> TestResponse:
    """Press the button of the desk with these ticked."""
    clerk.get("/desk")
    return clerk.post("/desk/bulk", {"action": action, "id": [str(post) for post in posts], **more})


def states(stage: Stage, *posts: int) -> list[str]:
    return [str(stage.one("SELECT state FROM items WHERE id = :id", id=post)) for post in posts]


def published_events(stage: Stage) -> int:
    return int(stage.one("SELECT count(*) FROM events WHERE action = 'publish'"))


def test_what_is_ticked_is_published_and_the_desk_says_how_many(stage: Stage) -> None:
    posts, other = (
        [stage.post("submitted", title=f"第 {number} 篇来稿") for number in range(3)],
        stage.post("submitted"),
    )
    clerk = stage.browsers["镇干部"]
    answer = do(clerk, "publish", *posts)
    assert answer.status_code == 303
    clerk.get(answer.headers["Location"])
    assert "办好 3 件" in clerk.text
    assert states(stage, *posts, other) == ["published"] * 3 + ["submitted"]
    assert published_events(stage) == 3
    assert "第 2 篇来稿" in stage.browsers["访客"].get("/").text or stage.browsers["访客"].get(f"/feed/{posts[2]}").text


def test_two_clerks_with_the_same_list_the_second_is_told_which_were_done_already(stage: Stage) -> None:
    first, second, third = (stage.post("submitted", title=f"第 {number} 篇来稿") for number in (1, 2, 3))
    town, county = stage.browsers["镇干部"], stage.browsers["县委办公室"]
    county.get("/desk")
    do(town, "publish", first, second)
    answer = county.post("/desk/bulk", {"action": "publish", "id": [str(each) for each in (first, second, third)]})
    county.get(answer.headers["Location"])
    assert "办好 1 件" in county.text
    assert "2 件别人刚办过 ：第 1 篇来稿；第 2 篇来稿" in county.text.replace("过：", "过 ：")
    assert states(stage, first, second, third) == ["published"] * 3
    assert published_events(stage) == 3


def test_sent_twice_it_is_done_once_and_answered_the_same(stage: Stage) -> None:
    posts, clerk = [stage.post("submitted") for _ in range(2)], stage.browsers["镇干部"]
    clerk.get("/desk")
    form = next(each for each in clerk.page.forms if each["action"] == "/desk/bulk")  # type: ignore[union-attr]
    sent = {
        "csrf": clerk.csrf,
        "once": form["fields"]["once"],
        "action": "publish",
        "id": [str(each) for each in posts],
    }
    answers = [clerk.client.post("/desk/bulk", data=sent, headers={"Origin": ORIGIN}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert published_events(stage) == 2


def test_one_that_is_not_theirs_loses_nothing_of_the_others_and_is_not_betrayed(stage: Stage) -> None:
    mine, foreign = stage.post("submitted"), stage.post("submitted", "平木村", title="别镇的秘密")
    public = stage.post("published", "平木村")
    clerk = stage.browsers["镇干部"]
    answer = do(clerk, "publish", mine, foreign, public, 999_999)
    clerk.get(answer.headers["Location"])
    assert "办好 1 件" in clerk.text
    assert "1 件不归您办" in clerk.text
    assert "2 件已经没有了" in clerk.text
    assert "别镇的秘密" not in clerk.text
    assert states(stage, mine, foreign, public) == ["published", "submitted", "published"]


def test_what_breaks_off_in_the_middle_takes_only_itself_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second of three has gone half its way when it is refused: state, log and jobs of it alone are undone."""
    from flask import abort

    posts = [stage.post("submitted", title=f"第 {number} 篇来稿") for number in range(3)]
    workflow = WORKFLOW_OF["post"]
    apply = type(workflow).apply

    def half_way(self: Any, action: str, item: Any, *more: Any) -> None:
        apply(self, action, item, *more)
        if item.id == posts[1]:
            abort(409)

    monkeypatch.setattr(type(workflow), "apply", half_way)
    clerk = stage.browsers["镇干部"]
    answer = do(clerk, "publish", *posts)
    clerk.get(answer.headers["Location"])
    assert "办好 2 件" in clerk.text
    assert states(stage, *posts) == ["published", "submitted", "published"]
    assert published_events(stage) == 2
    assert stage.one("SELECT count(*) FROM placements WHERE item_id = :id", id=posts[1]) == 0


def test_where_nothing_could_be_done_the_status_is_true_and_the_list_still_there(stage: Stage) -> None:
    post, clerk = stage.post("submitted", title="正等着的来稿"), stage.browsers["村干部"]
    answer = do(clerk, "publish", post)
    assert answer.status_code == 403
    assert "1 件不归您办" in clerk.text
    assert "正等着的来稿" in clerk.text
    assert do(clerk, "publish").status_code == 422
    assert "先在左边打勾" in clerk.text
    assert do(clerk, "burn", post).status_code == 404
    assert do(clerk, "schedule", post).status_code == 404, "needs a time: on its own page only"


def test_one_reason_is_asked_for_on_a_small_page_and_given_to_all(stage: Stage) -> None:
    posts, clerk = (
        [stage.post("submitted", title=f"第 {number} 篇来稿") for number in range(2)],
        stage.browsers["镇干部"],
    )
    assert do(clerk, "return_to", *posts).status_code == 200
    assert "退回 2 件" in clerk.text
    assert "第 1 篇来稿" in clerk.text
    assert states(stage, *posts) == ["submitted"] * 2
    sent = {"action": "return_to", "id": [str(post) for post in posts]}
    assert clerk.post("/desk/bulk", {**sent, "note": ""}).status_code == 422
    assert "请写上原因" in clerk.text
    assert clerk.html.count('name="id"') == 2, "what was ticked is still ticked"
    answer = clerk.post("/desk/bulk", {**sent, "note": "请写上从哪天起"})
    assert answer.status_code == 303
    assert states(stage, *posts) == ["returned"] * 2
    assert every(stage.app, "SELECT note FROM events WHERE action = 'return_to'") == ["请写上从哪天起"] * 2


def test_what_waits_for_its_time_does_not_go_out_with_the_others(stage: Stage) -> None:
    timed, ready = stage.post("submitted", title="定在后天发的"), stage.post("submitted")
    with stage.app.app_context():
        db.session.get_one(Post, timed).publish_at = now() + timedelta(days=2)
        db.session.commit()
    clerk = stage.browsers["镇干部"]
    answer = do(clerk, "publish", timed, ready)
    clerk.get(answer.headers["Location"])
    assert "1 件要打开来单独办 ：定在后天发的" in clerk.text.replace("办：", "办 ：")
    assert states(stage, timed, ready) == ["submitted", "published"]


def test_the_filters_stay_after_the_work(stage: Stage) -> None:
    post = stage.post("submitted", kind="news")
    clerk = stage.browsers["镇干部"]
    answer = do(clerk, "publish", post, kind="news", org=str(stage.org(VILLAGE)))
    assert {"kind=news", f"org={stage.org(VILLAGE)}"} <= set(answer.headers["Location"].partition("?")[2].split("&"))


def test_an_item_is_opened_beside_the_list_with_its_words_its_way_and_its_buttons(stage: Stage) -> None:
    post = stage.post("returned", title="退回的来稿", text="正文里写着路通了。", public_text="正文里写着路通了。")
    note = "INSERT INTO events (at, action, label, note, item_id) VALUES (:at, 'return_to', '退回', '请写清楚', :id)"
    stage.change(note, at="2026-11-20 08:00:00.000000", id=post)
    clerk = stage.browsers["镇干部"]
    stage.change("UPDATE items SET state = 'submitted' WHERE id = :id", id=post)
    whole = clerk.get(f"/desk?open={post}").get_data(as_text=True)
    for words in ("正文里写着路通了", "请写清楚", "发布", "退回…", "单独打开"):
        assert words in clerk.text
    bare = clerk.get(f"/desk?open={post}", HX_Request="true").get_data(as_text=True)
    assert bare.startswith('<div class="side opened" id="opened">')
    assert len(bare) < len(whole) / 2
    pane = re.search(r'<div class="side opened".*?</form>', whole, re.DOTALL)
    assert pane
    assert pane[0].count(f'name="id" value="{post}"') == 1


@pytest.mark.parametrize(("who", "status"), [("别镇干部", 404), ("部门干部", 404), ("党员", 404), ("村干部", 200)])
def test_what_one_may_not_see_is_not_opened_either(stage: Stage, who: str, status: int) -> None:
    post = stage.post("submitted")
    for headers in ({}, {"HX_Request": "true"}):
        assert stage.browsers[who].get(f"/desk?open={post}", **headers).status_code == status


def rows_of(answer: TestResponse) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()


def test_the_list_goes_out_as_excel_and_csv_as_it_is_filtered_and_it_is_noted(stage: Stage) -> None:
    stage.post("submitted", title="=cmd|' /C calc'!A0", public_title="=cmd|' /C calc'!A0")
    stage.post("submitted", title="电话 13800000001", public_title="电话 138****0001")
    foreign = stage.post("submitted", "平木村", title="别镇的", public_title="别镇的")
    clerk = stage.browsers["镇干部"]
    answer = do(clerk, "xlsx")
    table = rows_of(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert table[0][1] == "标题"
    assert [row[1] for row in table[1:]] == ["·=cmd|' /C calc'!A0", "电话 138****0001"]
    text = do(clerk, "csv").get_data(as_text=True)
    assert "138****0001" in text
    assert "13800000001" not in text
    assert "别镇的" not in do(clerk, "csv", foreign).get_data(as_text=True), "an invented number is no way in"
    assert every(stage.app, "SELECT note FROM events WHERE action = 'export' ORDER BY id") == [
        "全部在办 2 件", "全部在办 2 件", "全部在办 0 件",
    ]  # fmt: skip


def test_what_is_ticked_goes_out_alone_and_every_view_does(stage: Stage) -> None:
    first, second = stage.post("submitted", title="第一篇"), stage.post("submitted", title="第二篇")
    stage.post("published")
    clerk = stage.browsers["镇干部"]
    assert len(rows_of(do(clerk, "xlsx", second))) == 2
    assert [row[0] for row in rows_of(do(clerk, "xlsx", view="mine"))[1:]] == [first, second]
    assert len(rows_of(do(clerk, "xlsx", view="news"))) == 2
    assert len(rows_of(do(clerk, "xlsx", view="own"))) == 1


def test_a_list_of_any_length_goes_out_and_says_where_it_ends(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of old the file ended after 2,000, and did not say so."""
    for number in range(5):
        stage.post("submitted", title=f"第 {number} 篇", public_title=f"第 {number} 篇")
    monkeypatch.setattr(worklist, "IN_FILE", 2)
    monkeypatch.setattr(worklist, "MOST_ASKED", 2)
    clerk = stage.browsers["镇干部"]
    for form, view, most, end in (
        ("csv", "", 5, "第 4 篇"), ("csv", "mine", 4, bulk.CUT), ("csv", "", 4, bulk.CUT), ("xlsx", "", 3, bulk.CUT),
    ):  # fmt: skip
        monkeypatch.setattr(bulk, "MOST_IN_FILE", most)
        data = do(clerk, form, view=view)
        table = rows_of(data) if form == "xlsx" else list(csv.reader(io.StringIO(data.get_data(as_text=True))))
        assert [row[1] for row in table[1:][:most]] == [f"第 {number} 篇" for number in range(most)]
        assert table[-1][1] == end, (form, most)


def test_the_list_of_people_goes_out_with_telephones_only_on_demand(stage: Stage) -> None:
    stage.change("UPDATE people SET phone = '0917-777-7777' WHERE login = 'sjs'")
    clerk = stage.browsers["镇干部"]
    clerk.get("/people")
    bare = clerk.post("/people/export", {"do": "csv"}).get_data(as_text=True)
    assert "李小满" in bare
    assert "0917-777-7777" not in bare
    clerk.get("/people")
    full = clerk.post("/people/export", {"do": "xlsx", "phones": "1"})
    assert [row[4] for row in rows_of(full) if row[1] == "sjs"] == ["0917-777-7777"]
    notes = every(stage.app, "SELECT note FROM events WHERE action = 'export' ORDER BY id")
    assert [note.endswith("，带电话") for note in notes] == [False, True]
    foreign = stage.browsers["别镇干部"]
    foreign.get("/people")
    assert "李小满" not in foreign.post("/people/export", {"do": "csv"}).get_data(as_text=True)
