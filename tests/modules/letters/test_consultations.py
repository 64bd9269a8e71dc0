"""问计于民: asked for some weeks, answered by letters, ended by what was adopted and why not."""

import re
from datetime import timedelta
from typing import Any

import time_machine

from tests.conftest import County
from tests.modules.letters.clerks import due_on, later
from tests.modules.letters.made import letter_in, one, receipt_of
from wdj.core import deadlines, jobs
from wdj.core.clock import now, today
from wdj.core.db import db
from wdj.modules.letters.models import Letter

QUESTION = "便民服务中心周末开不开门，想听听您的。\n\n说的人多、又办得到的，下个月就改。"
IDEA = "周六上午开半天就行，赶集的人多。"


def words(county: County, org: str = "凤县", **more: Any) -> dict[str, Any]:
    days = {"starts_on": today().isoformat(), "ends_on": (today() + timedelta(days=14)).isoformat()}
    return {"org": county.org(org), "title": "周末开不开门", "text": QUESTION, "then": "open", **days, **more}


def ask(county: County, by: str = "chen", org: str = "凤县", **more: Any) -> int:
    """A consultation as its clerk has sent the form; returns its id."""
    clerk = getattr(county, by)()
    clerk.get("/letters/consultations/new")
    response = clerk.post("/letters/consultations/new", words(county, org, **more))
    assert response.status_code == 303, clerk.text
    return int(re.findall(r"\d+", str(response.headers["Location"]))[0])


def answer(county: County, consultation: int, said: str = IDEA) -> int:
    """What a phone answers, as the form says; returns the letter."""
    phone = county.visitor()
    phone.get(f"/letters/ask?about={consultation}")
    sent = {"text": said, "village": county.org("沙江寺村"), "kind": "suggestion", "who": "public", "door": "board"}
    hidden = next(each for each in phone.page.forms if each["method"] == "post")["fields"]  # type: ignore[union-attr]
    response = phone.post(f"/letters/ask?about={consultation}", {**hidden, **sent})
    assert response.status_code == 303, phone.text
    return int(one(county, "SELECT max(id) FROM letters"))


def decide(clerk: Any, consultation: int, then: str, why: str, *letters: int) -> int:
    clerk.get(f"/letters/consultations/{consultation}/answers")
    data = {"then": then, "why": why, "pick": [str(each) for each in letters]}
    return int(clerk.post(f"/letters/consultations/{consultation}/answers", data).status_code)


def close(county: County, consultation: int) -> None:
    clerk = county.chen()
    clerk.get(f"/letters/consultations/{consultation}/close")
    assert clerk.post(f"/letters/consultations/{consultation}/close").status_code == 303


def state(county: County, item: int) -> str:
    return str(one(county, "SELECT state FROM items WHERE id = :id", id=item))


def test_the_whole_way(county: County) -> None:
    consultation = ask(county)
    home = county.visitor()
    home.get("/")
    assert "周末开不开门" in home.text
    first, second = answer(county, consultation), answer(county, consultation, "天天开，一天也别关。")
    assert one(county, "SELECT consultation_id FROM letters WHERE id = :id", id=first) == consultation
    assert one(county, "SELECT org_id FROM items WHERE id = :id", id=first) == county.org("凤县")
    clerk = county.chen()
    assert decide(clerk, consultation, "adopt", "从六月起周六上午开门", first) == 303
    assert decide(clerk, consultation, "not_adopt", "人手不够，天天开办不到", second) == 303
    close(county, consultation)
    url = f"/letters/consultations/{consultation}/outcome"
    clerk.get(url)
    told = {"outcome": "周六上午开门，从六月起。天天开人手不够，这次没有采纳。", "then": "tell"}
    assert clerk.post(url, told).status_code == 303
    home.get(f"/letters/consultations/{consultation}")
    assert "收到 2 条，采纳 1 条，没有采纳 1 条" in home.text
    assert "周六上午开门，从六月起" in home.text


def test_what_was_decided_is_the_answer_that_its_writer_reads(county: County) -> None:
    consultation = ask(county)
    letter = answer(county, consultation)
    decide(county.chen(), consultation, "adopt", "从六月起周六上午开门", letter)
    assert state(county, letter) == "answered"
    number, code = receipt_of(county.app, letter)
    phone = county.visitor()
    phone.get(str(phone.get(f"/r/{number}/{code}").headers["Location"]))
    assert "您的主意采纳了。从六月起周六上午开门" in phone.text


def test_what_another_unit_has_in_hand_is_noted_and_left_to_it(county: County) -> None:
    consultation = ask(county)
    letter = letter_in(county.app, "in_hand", org="凤县", door="consultation", consultation_id=consultation)
    assert decide(county.chen(), consultation, "not_adopt", "这次办不到", letter) == 303
    assert state(county, letter) == "in_hand"
    assert (
        one(county, "SELECT note FROM events WHERE item_id = :id AND action = 'not_adopt'", id=letter) == "这次办不到"
    )


def test_the_last_word_holds_where_it_was_said_twice(county: County) -> None:
    consultation = ask(county)
    letter = answer(county, consultation)
    clerk = county.chen()
    decide(clerk, consultation, "not_adopt", "看错了", letter)
    decide(clerk, consultation, "adopt", "再看是好主意", letter)
    clerk.get(f"/letters/consultations/{consultation}/answers?show=adopted")
    assert "再看是好主意" in clerk.text
    assert one(county, "SELECT count(*) FROM verdicts WHERE consultation_id = :id", id=consultation) == 1


def test_no_verdict_without_a_why_or_on_a_letter_of_another_consultation(county: County) -> None:
    consultation, other = ask(county), ask(county, title="集市挪不挪")
    letter = answer(county, other)
    clerk = county.chen()
    assert decide(clerk, consultation, "adopt", "", letter) == 422
    assert decide(clerk, consultation, "adopt", "好主意") == 422
    assert "打勾" in clerk.text
    assert decide(clerk, consultation, "adopt", "好主意", letter) == 409
    assert one(county, "SELECT count(*) FROM verdicts") == 0


def test_an_answer_is_due_after_the_last_day(county: County) -> None:
    letter = answer(county, ask(county))
    started = one(county, "SELECT started_on FROM deadlines WHERE item_id = :id", id=letter)
    assert str(started) == (today() + timedelta(days=14)).isoformat()


def test_where_it_is_closed_early_its_letters_are_due_so_much_earlier(county: County) -> None:
    consultation = ask(county)
    letter, again = answer(county, consultation), answer(county, consultation, "天天开，一天也别关。")
    with county.app.app_context():
        deadlines.start(db.session.get_one(Letter, again), deadlines.WHOLE, 10)  # as after it was asked again
        deadlines.extend(db.session.get_one(Letter, letter), 2)
        db.session.commit()
    close(county, consultation)
    for each, days in ((letter, 12), (again, 10)):
        clock = "SELECT {} FROM deadlines WHERE item_id = :id AND name = 'whole'"
        assert str(one(county, clock.format("started_on"), id=each)) == today().isoformat()
        assert due_on(county, each) == later(county, today(), days)
        end = one(county, "SELECT due_at FROM items WHERE id = :id", id=each)
        assert str(end)[:10] == later(county, today(), days).isoformat()


def test_what_was_answered_before_it_was_closed_is_not_touched(county: County) -> None:
    consultation = ask(county)
    letter = answer(county, consultation)
    assert decide(county.chen(), consultation, "adopt", "好主意", letter) == 303
    close(county, consultation)
    started = one(county, "SELECT started_on FROM deadlines WHERE item_id = :id", id=letter)
    assert str(started) == (today() + timedelta(days=14)).isoformat()


def withdraw(county: County, consultation: int) -> None:
    clerk = county.chen()
    clerk.get(f"/letters/consultations/{consultation}/withdraw")
    sent = {"note": "这件事县上另有安排"}
    assert clerk.post(f"/letters/consultations/{consultation}/withdraw", sent).status_code == 303


def test_where_it_is_withdrawn_its_letters_are_answered_by_themselves_and_due_from_that_day(county: County) -> None:
    consultation = ask(county)
    letter, done = answer(county, consultation), answer(county, consultation, "天天开，一天也别关。")
    assert decide(county.chen(), consultation, "adopt", "好主意", done) == 303
    withdraw(county, consultation)
    assert due_on(county, letter) == later(county, today(), 10)
    assert (state(county, letter), state(county, done)) == ("posted", "answered")
    started = one(county, "SELECT started_on FROM deadlines WHERE item_id = :id", id=done)
    assert str(started) == (today() + timedelta(days=14)).isoformat()
    number, code = receipt_of(county.app, letter)
    phone = county.visitor()
    phone.get(str(phone.get(f"/r/{number}/{code}").headers["Location"]))
    assert "这次征集撤下了，您的信照样答复" in phone.text
    clerk = county.chen()
    clerk.get("/me")
    assert clerk.post(f"/letters/{letter}/take").status_code == 303
    clerk.get(f"/letters/{letter}/answer")
    sent = {"text": "您的主意记下了，周六上午开门。", "then": "answer"}
    assert clerk.post(f"/letters/{letter}/answer", sent).status_code == 303


def test_withdrawn_after_its_end_it_moves_no_day_and_its_writers_read_so(county: County) -> None:
    consultation = ask(county)
    letter = answer(county, consultation)
    close(county, consultation)
    was = due_on(county, letter)
    withdraw(county, consultation)
    assert due_on(county, letter) == was
    assert one(county, "SELECT count(*) FROM events WHERE item_id = :id AND action = 'unasked'", id=letter) == 1


def test_a_town_asks_its_own_people_and_another_town_sees_nothing_of_the_draft(county: County) -> None:
    consultation = ask(county, by="zhou", org="留凤关镇", then="save")
    url = f"/letters/consultations/{consultation}"
    statuses = {who: getattr(county, who)().get(url).status_code for who in ("zhou", "chen", "wang", "li")}
    assert statuses == {"zhou": 200, "chen": 200, "wang": 404, "li": 404}
    assert county.visitor().get(url).status_code == 404
    village = county.li()
    assert village.get("/letters/consultations/new").status_code == 403
    stranger = county.wang()
    stranger.get("/letters/consultations/new")
    assert stranger.post("/letters/consultations/new", words(county, "留凤关镇")).status_code == 422


def test_what_a_town_asks_stands_on_its_pages_and_not_on_those_of_the_next(county: County) -> None:
    ask(county, by="zhou", org="留凤关镇")
    phone = county.visitor()
    seen = {}
    for name in ("留凤关镇", "沙江寺村", "平木镇"):
        phone.get(f"/orgs/{county.org(name)}")
        seen[name] = "周末开不开门" in phone.text
    assert seen == {"留凤关镇": True, "沙江寺村": True, "平木镇": False}


def test_the_outcome_is_written_by_who_asked_and_only_after_the_end(county: County) -> None:
    consultation = ask(county)
    url = f"/letters/consultations/{consultation}/outcome"
    assert county.chen().get(url).status_code == 409
    close(county, consultation)
    assert county.zhou().get(url).status_code == 403
    assert county.chen().post(f"/letters/consultations/{consultation}/tell").status_code == 404


def test_an_outcome_that_is_only_kept_is_read_by_nobody(county: County) -> None:
    consultation = ask(county)
    close(county, consultation)
    clerk, url = county.chen(), f"/letters/consultations/{consultation}/outcome"
    clerk.get(url)
    assert clerk.post(url, {"outcome": "还没有定的结果，先存着。", "then": "save"}).status_code == 303
    phone = county.visitor()
    phone.get(f"/letters/consultations/{consultation}")
    assert "先存着" not in phone.text
    phone.get("/search?q=还没有定的结果")
    assert "周末开不开门" not in phone.text


def test_it_begins_and_ends_by_its_days(county: County) -> None:
    begins, ends = today() + timedelta(days=7), today() + timedelta(days=21)
    consultation = ask(county, starts_on=begins.isoformat(), ends_on=ends.isoformat())
    seen = []
    for days in (3, 8, 23):
        with time_machine.travel(now() + timedelta(days=days), tick=True), county.app.app_context():
            jobs.run_due()
        seen.append(state(county, consultation))
    assert seen == ["planned", "open", "closed"]


def test_after_the_last_day_nobody_answers_it_any_more(county: County) -> None:
    consultation = ask(county)
    close(county, consultation)
    phone = county.visitor()
    phone.get(f"/letters/consultations/{consultation}")
    assert "我来出主意" not in phone.text
    phone.get(f"/letters/ask?about={consultation}")
    assert "周末开不开门" not in phone.text
