"""Names and telephones: starred everywhere, opened by who handles it, noted each time, shut when it is over."""

import io
import zipfile
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from tests.conftest import County
from tests.floor import change, every, one
from tests.modules.letters.made import WORDS, letter_in, receipt_of
from wdj.core.clock import now
from wdj.core.contacts import Contact, contact_of, masked, set_contact
from wdj.core.db import db
from wdj.core.items import Item

PHONE, NAME, ADDRESS = "13800000042", "王示例", "二组 14 号"


@pytest.fixture
def letter(county: County) -> int:
    made = letter_in(county.app, "in_hand", phone=PHONE, name=NAME)
    change(county.app, "UPDATE contacts SET address = :a WHERE item_id = :id", a=ADDRESS, id=made)
    return made


@pytest.mark.parametrize(
    ("phone", "stars"),
    [
        ("13800000001", "138****0001"),
        ("138 0000 0001", "138****0001"),
        ("138-0000-0001", "138****0001"),
        ("１３８００００１２３４", "138****1234"),
        ("0917-4762021", "091****2021"),
        ("", ""),
        ("1234", "****"),
    ],
)
def test_a_telephone_is_starred_however_it_was_typed(phone: str, stars: str) -> None:
    assert masked(phone) == stars


def test_a_name_is_starred_too() -> None:
    assert Contact(name="王示例").masked_name == "王**"
    assert Contact(name="王").masked_name == "王"
    assert Contact(name="").masked_name == ""


def test_who_said_nothing_has_no_contact_and_a_second_word_replaces_the_first(county: County) -> None:
    made = letter_in(county.app, phone="", name="")
    with county.app.app_context():
        item = db.session.get_one(Item, made)
        assert set_contact(item, name="  ") is None
        assert contact_of(made) is None
        set_contact(item, name=" 王示例 ", phone=PHONE)
        set_contact(item, phone="13800000043")
        db.session.commit()
        assert [(each.name, each.phone) for each in db.session.query(Contact).filter_by(item_id=made)] == [
            ("", "13800000043")
        ]


def test_who_handles_it_opens_it_once_and_that_is_noted(county: County, letter: int) -> None:
    clerk = county.zhao()
    assert clerk.get(f"/letters/{letter}").status_code == 200
    for secret in (PHONE, NAME, ADDRESS):
        assert secret not in clerk.html
    assert "138****0042" in clerk.html
    answer = clerk.post(f"/contacts/{letter}/open")
    assert answer.status_code == 200
    assert "no-store" in answer.headers.getlist("Cache-Control")
    for secret in (PHONE, NAME, ADDRESS, f'href="tel:{PHONE}"'):
        assert secret in clerk.html
    clerk.get(f"/letters/{letter}")
    assert PHONE not in clerk.html, "and it is starred again"
    person = one(county.app, "SELECT id FROM people WHERE login = 'nongye'")
    said = "SELECT label FROM events WHERE action = 'contact' AND item_id = :id AND person_id = :who"
    assert every(county.app, said, id=letter, who=person) == ["看了电话"]


def test_htmx_puts_it_in_place(county: County, letter: int) -> None:
    clerk = county.zhou()
    clerk.get(f"/letters/{letter}")
    answer = clerk.post(f"/contacts/{letter}/open", HX_Request="true")
    text = answer.get_data(as_text=True)
    assert f'id="contact-{letter}"' in text
    assert PHONE in text
    assert "<h1" not in text
    assert "no-store" in answer.headers.getlist("Cache-Control")


@pytest.mark.parametrize(("who", "status"), [("li", 404), ("wang", 404), ("sun", 403)])
def test_nobody_else_opens_it(county: County, letter: int, who: str, status: int) -> None:
    browser = getattr(county, who)()
    browser.get("/me")
    assert browser.post(f"/contacts/{letter}/open").status_code == status
    assert PHONE not in browser.html
    assert one(county.app, "SELECT count(*) FROM events WHERE action = 'contact'") == 0


def test_after_the_case_has_ended_it_is_shut(county: County, letter: int) -> None:
    clerk = county.zhou()
    clerk.get(f"/letters/{letter}")
    old = (now() - timedelta(days=31)).replace(tzinfo=None)
    change(county.app, "UPDATE items SET state = 'closed', closed_at = :old WHERE id = :id", old=old, id=letter)
    assert clerk.post(f"/contacts/{letter}/open").status_code == 403
    assert "办完了" in clerk.text
    assert PHONE not in clerk.html
    recent = (now() - timedelta(days=29)).replace(tzinfo=None)
    change(county.app, "UPDATE items SET closed_at = :at WHERE id = :id", at=recent, id=letter)
    assert clerk.post(f"/contacts/{letter}/open").status_code == 200
    change(county.app, "UPDATE items SET state = 'archived' WHERE id = :id", id=letter)
    assert clerk.post(f"/contacts/{letter}/open").status_code == 403


def test_a_get_opens_nothing(county: County, letter: int) -> None:
    clerk = county.zhou()
    assert clerk.get(f"/contacts/{letter}/open").status_code == 405
    assert PHONE not in clerk.html


def words_in(file: TestResponse) -> str:
    """What stands in a table that was handed out."""
    data = file.get_data()
    if data[:2] != b"PK":
        return data.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        return "".join(parts.read(each).decode(errors="replace") for each in parts.namelist())


def test_no_page_no_search_and_no_file_holds_a_telephone(county: County, letter: int) -> None:
    number, code = receipt_of(county.app, letter)
    urls = ["/", "/desk", f"/desk?open={letter}", f"/letters/{letter}", "/letters", f"/search?q={NAME}", "/outputs",
            f"/search?q={PHONE[-4:]}", f"/print/{letter}", "/me"]  # fmt: skip
    for who in ("li", "zhou", "wang", "zhao", "chen", "sun"):
        browser = getattr(county, who)()
        for url in urls:
            answer = browser.get(url)
            data = answer.get_data()
            assert PHONE.encode() not in data, (who, url)
            assert ADDRESS.encode() not in data, (who, url)
        for kind in ("xlsx", "csv"):
            table = words_in(browser.post("/desk/bulk", {"action": kind, "id": [str(letter)]}))
            assert WORDS[:6] in table or who in ("li", "wang", "sun"), (who, kind)
            assert not [each for each in (PHONE, NAME, ADDRESS, code) if each in table], (who, kind)
    holder = county.visitor()
    holder.get(f"/r/{number}/{code}")
    for url in (f"/r/{number}", f"/r/{number}?new=1", f"/r/{number}/slip"):
        assert PHONE not in holder.get(url).get_data(as_text=True), url


def test_contacts_go_with_their_item(county: County, letter: int) -> None:
    with county.app.app_context():
        keys = [each for each in Contact.__table__.foreign_keys if each.column.table.name == "items"]  # type: ignore[attr-defined]
        assert [each.ondelete for each in keys] == ["CASCADE"]
