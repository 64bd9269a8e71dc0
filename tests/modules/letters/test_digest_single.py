"""What single letters do to the figures: written down days after they came, ended late, rated on the telephone."""

from datetime import timedelta

from tests.conftest import County
from tests.modules.letters.authors import opened, send
from tests.modules.letters.made import letter_in
from tests.modules.letters.test_digest import counted
from wdj.core.clock import today
from wdj.core.db import db
from wdj.modules.letters import months
from wdj.modules.letters.digest import shifted
from wdj.modules.letters.figures import LEAST_RATED
from wdj.modules.letters.messages import Rating


def test_too_few_who_said_so_are_no_rate(county: County) -> None:
    letters = [letter_in(county.app, "answered") for _ in range(LEAST_RATED)]
    visitor = county.visitor()

    def said() -> str:
        with county.app.app_context():
            months.count_month()
            db.session.commit()
        visitor.get("/letters")
        return visitor.text

    for number, letter in enumerate(letters):
        assert "评价满意" not in said()
        with county.app.app_context():
            db.session.add(
                Rating(letter_id=letter, round=1, solved=None, satisfaction=3 if number else 1, way="receipt")
            )
            db.session.commit()
    assert "80% 评价满意" in said()


def test_what_a_clerk_wrote_down_is_counted_by_the_day_it_came(county: County) -> None:
    month = shifted(today().replace(day=1), -1)
    clerk = county.zhou()
    clerk.get("/letters/new")
    told = {
        "text": "路灯坏了",
        "source": "telephone",
        "received_on": month.isoformat(),
        "kind": "help",
        "door": "board",
    }
    sent = {**told, "org": county.org("留凤关镇"), "village": county.org("沙江寺村"), "phone": "13800000001"}
    assert clerk.post("/letters/new", sent).status_code == 303, clerk.text
    assert counted(county, "凤县", month).total.received == 1
    assert counted(county, "凤县", today().replace(day=1)).total.received == 0
    with county.app.app_context():
        months.count_month()
        db.session.commit()
        found = months.month_of(county.org("凤县"))
    assert found is not None
    assert found.received == 0


def test_what_is_taken_back_too_late_was_not_in_time_and_what_is_in_time_is_not_counted(county: County) -> None:
    for days in (60, 0):
        letter = letter_in(county.app, "in_hand", days_ago=days)
        browser = opened(county, letter)
        send(browser, letter, "withdraw", text="办好了")
        month = counted(county, "凤县", (today() - timedelta(days=days)).replace(day=1)).total
        assert (month.due, month.in_time, month.others) == (1 if days else 0, 0, 1)


def test_what_was_said_on_the_telephone_is_told_apart(county: County) -> None:
    for way in ("receipt", "telephone"):
        letter = letter_in(county.app, "closed")
        with county.app.app_context():
            db.session.add(Rating(letter_id=letter, round=1, solved=True, satisfaction=3, way=way))
            db.session.commit()
    clerk = county.chen()
    clerk.get("/letters/digest")
    assert "干部在电话里替人记下的评价 1 封" in clerk.text
    rows = clerk.post(f"/letters/digest/csv?org={county.org('凤县')}").get_data(as_text=True).splitlines()
    heads, line = (next(row for row in rows if start in row).split(",") for start in ("电话里评的", "合计"))
    assert line[heads.index("电话里评的")] == "1"
