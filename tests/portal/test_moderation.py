"""Comments: reported by readers, decided by clerks one by one or many at once, hidden and shown again."""

from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from tests.browser import Browser
from tests.databases import Database
from tests.floor import every
from tests.stage import Stage, furnish
from wdj.core import comments, reports


@pytest.fixture
def stage(county_template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    yield from furnish(county_template, tmp_path_factory.mktemp("moderation"))


def report(reader: Browser, said: int, reason: str = "像是广告") -> TestResponse:
    reader.get(f"/comments/{said}/report")
    return reader.post(f"/comments/{said}/report", {"reason": reason})


def reported(stage: Stage, said: int) -> int:
    return int(stage.one("SELECT report_count FROM comments WHERE id = :id", id=said))


def looks(browser: Browser, url: str) -> str:
    browser.get(url)
    return browser.text


def decide(clerk: Browser, what: str, *said: int, show: str = "pending", **more: str) -> TestResponse:
    clerk.get(f"/desk/comments?show={show}")
    sent = {"do": what, "show": show, "id": [str(each) for each in said], **more}
    return clerk.post("/desk/comments/bulk", sent)


def state_of(stage: Stage, *said: int) -> list[str]:
    return [str(stage.one("SELECT state FROM comments WHERE id = :id", id=each)) for each in said]


def test_a_reader_reports_a_comment_by_the_link_under_it(stage: Stage) -> None:
    post = stage.post("published")
    said = stage.comment("shown", post=post, text="卖化肥，便宜")
    reader = stage.county.visitor()
    reader.get(f"/feed/{post}")
    assert f'href="/comments/{said}/report"' in reader.html
    assert "卖化肥" in looks(reader, f"/comments/{said}/report")
    answer = reader.post(f"/comments/{said}/report", {"reason": "像是广告"}, follow=True)
    assert "干部会再看一遍" in answer.get_data(as_text=True)
    assert "卖化肥" in answer.get_data(as_text=True), "it stays until a clerk has decided"
    clerk = stage.browsers["村干部"]
    assert "1 条被举报" in looks(clerk, "/desk")
    assert "被举报 1 次" in looks(clerk, "/desk/comments?show=reported")
    assert "像是广告" in clerk.text
    assert "卖化肥" not in looks(stage.browsers["别镇干部"], "/desk/comments?show=reported")


def test_each_person_and_device_counts_once(stage: Stage) -> None:
    said = stage.comment("shown")
    first, second = stage.county.visitor(user_agent="a"), stage.county.visitor(user_agent="b")
    for reader in (first, first, second, stage.browsers["党员"], stage.browsers["党员"]):
        assert report(reader, said, "说法不实").status_code == 303
    assert report(first, said, "有辱骂的话").status_code == 303, "another reason is no second voice"
    assert reported(stage, said) == 3


def test_a_report_without_a_reason_is_asked_for_one(stage: Stage) -> None:
    said, reader = stage.comment("shown"), stage.county.visitor()
    for reason in ("", "编的原因"):
        assert report(reader, said, reason).status_code == 422
    assert "请选一条" in reader.text or "哪里不妥" in reader.text
    assert reported(stage, said) == 0


@pytest.mark.parametrize("state", ["pending", "refused"])
def test_what_nobody_sees_nobody_reports(stage: Stage, state: str) -> None:
    said, reader = stage.comment(state), stage.county.visitor()
    assert reader.get(f"/comments/{said}/report").status_code == 404
    assert reader.post(f"/comments/{said}/report", {"reason": "像是广告"}).status_code == 404
    withdrawn = stage.comment("shown", post=stage.post("withdrawn"))
    assert reader.get(f"/comments/{withdrawn}/report").status_code == 404


def test_a_flood_of_reports_of_one_device_is_stopped_and_its_neighbour_is_not(stage: Stage) -> None:
    reader, neighbour = stage.county.visitor(), stage.county.visitor(user_agent="another")
    many = [stage.comment("shown") for _ in range(reports.FLOOD + 1)]
    assert [report(reader, said).status_code for said in many] == [303] * reports.FLOOD + [429]
    assert report(neighbour, many[-1]).status_code == 303


def test_a_clerk_who_keeps_it_ends_the_matter_for_those_who_reported(stage: Stage) -> None:
    said, reader, clerk = stage.comment("shown"), stage.county.visitor(), stage.browsers["镇干部"]
    report(reader, said)
    assert decide(clerk, "show", said, show="reported").status_code == 303
    assert reported(stage, said) == 0
    assert state_of(stage, said) == ["shown"]
    assert "没有被举报的评论" in looks(clerk, "/desk/comments?show=reported")
    report(reader, said)
    assert reported(stage, said) == 0, "what was decided is decided"
    report(stage.county.visitor(user_agent="another"), said)
    assert reported(stage, said) == 1, "another reader may see something new in it"
    assert every(stage.app, "SELECT action FROM events ORDER BY id")[-1] == "comment_kept"


def test_a_clerk_who_hides_it_takes_it_away_and_its_author_reads_why(stage: Stage) -> None:
    post, author = stage.post("published"), stage.county.visitor()
    author.post(f"/feed/{post}/comments", {"text": "卖化肥，便宜，加微信"})
    said = int(stage.one("SELECT max(id) FROM comments"))
    clerk = stage.browsers["村干部"]
    decide(clerk, f"show-{said}", said)
    report(stage.county.visitor(user_agent="another"), said)
    decide(clerk, f"refuse-{said}", show="reported", **{f"reason-{said}": "像是广告"})
    assert state_of(stage, said) == ["refused"]
    assert reported(stage, said) == 0
    assert stage.one("SELECT comment_count FROM items WHERE id = :id", id=post) == 0
    assert "没有公开 像是广告" in looks(author, "/me")
    assert "卖化肥" in looks(clerk, "/desk/comments?show=hidden")
    decide(clerk, f"show-{said}", show="hidden")
    assert state_of(stage, said) == ["shown"]
    assert "没有不显示的评论" in looks(clerk, "/desk/comments?show=hidden")


def test_many_are_let_through_at_once_and_each_outcome_is_told(stage: Stage) -> None:
    post = stage.post("published")
    mine = [stage.comment("pending", post=post) for _ in range(3)]
    foreign = stage.comment("pending", "平木村")
    town, village = stage.browsers["镇干部"], stage.browsers["村干部"]
    town.get("/desk/comments")
    decide(village, "show", mine[0])
    answer = town.post("/desk/comments/bulk", {"do": "show", "id": [str(each) for each in (*mine, foreign)]})
    told = looks(town, answer.headers["Location"])
    assert "办好 2 条" in told
    assert "1 条别人刚办过" in told
    assert "1 条已经没有了" in told
    assert state_of(stage, *mine, foreign) == ["shown"] * 3 + ["pending"]
    assert stage.one("SELECT comment_count FROM items WHERE id = :id", id=post) == 3


def test_many_are_hidden_for_one_reason_and_without_one_nothing_is_and_the_ticks_stay(stage: Stage) -> None:
    said, clerk = [stage.comment("pending") for _ in range(2)], stage.browsers["镇干部"]
    assert decide(clerk, "refuse", *said).status_code == 422
    assert clerk.html.count(" checked") == 2
    assert state_of(stage, *said) == ["pending"] * 2
    assert decide(clerk, "refuse", *said, reason="重复发了").status_code == 303
    assert state_of(stage, *said) == ["refused"] * 2
    assert every(stage.app, "SELECT reason FROM comments") == ["重复发了"] * 2
    assert decide(clerk, "show").status_code == 422
    assert "先在左边打勾" in clerk.text


def test_the_queue_goes_out_masked_and_only_my_own(stage: Stage) -> None:
    stage.comment("pending", text="我的号 13800000001", name="=HYPERLINK(1)")
    stage.comment("pending", "平木村", text="别镇的话")
    text = decide(stage.browsers["镇干部"], "csv").get_data(as_text=True)
    assert "138****0001" in text
    assert "13800000001" not in text
    assert "·=HYPERLINK" in text
    assert "别镇的话" not in text
    assert stage.one("SELECT note FROM events WHERE action = 'export'") == "1 条"


def test_who_forgets_the_device_leaves_no_tie_to_what_was_reported(stage: Stage) -> None:
    said, reader = stage.comment("shown"), stage.county.visitor()
    report(reader, said)
    reader.get("/me")
    reader.post("/me/forget")
    assert stage.one("SELECT count(*) FROM comment_reports") == 0
    assert reported(stage, said) == 1


def speak(browser: Browser, post: int, times: int) -> list[int]:
    browser.get(f"/feed/{post}")
    return [
        browser.post(f"/feed/{post}/comments", {"text": f"第 {n} 句话，说得很快"}).status_code for n in range(times)
    ]


def test_who_is_signed_in_is_held_up_like_a_device_and_a_clerk_may_answer_many(stage: Stage) -> None:
    post = stage.post("published")
    most = comments.FLOOD_DEVICE
    assert speak(stage.browsers["党员"], post, most + 1) == [303] * most + [429]
    assert "第 5 句话" in stage.browsers["党员"].html, "and nothing typed is lost"
    assert speak(stage.browsers["别镇干部"], post, 1) == [303], "the next one is another person"
    assert speak(stage.browsers["村干部"], post, most + 2) == [303] * (most + 2)
