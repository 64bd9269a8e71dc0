"""Frames of answers: used by a unit and those below it, changed by who writes for it or above."""

from tests.conftest import County
from tests.modules.letters.made import letter_in, one
from wdj.core.db import db
from wdj.core.items import with_orgs
from wdj.core.orgs import Org
from wdj.modules.letters import templates
from wdj.modules.letters.models import Letter

FRAME = {"kind": "help", "title": "上门看过了", "text": "{称呼}，您好。我们上门看过了。{回执号} {电话} {别的}"}


def _made(county: County, by: str, org: str, **more: str) -> int:
    clerk = getattr(county, by)()
    clerk.get("/letters/templates/new")
    response = clerk.post("/letters/templates/new", {"org": str(county.org(org)), **FRAME, **more})
    assert response.status_code == 303, clerk.text
    return int(one(county, "SELECT max(id) FROM letter_templates"))


def _offered(county: County, letter: int) -> list[str]:
    with county.app.app_context():
        return [each.title for each in templates.fitting(_loaded(letter))]


def _loaded(letter: int) -> Letter:
    return db.session.scalars(with_orgs(Letter).where(Letter.id == letter)).one()


def test_a_unit_uses_its_own_and_those_above_for_the_kind_of_letter(county: County) -> None:
    _made(county, "chen", "凤县", title="县上的")
    _made(county, "zhao", "县农业农村局", title="农业的", kind="")
    _made(county, "wang", "平木镇", title="平木的")
    _made(county, "chen", "凤县", title="矛盾的", kind="dispute")
    help_letter, question = letter_in(county.app, "in_hand", kind="help"), letter_in(county.app, "in_hand")
    assert _offered(county, help_letter) == ["农业的", "县上的"]
    assert _offered(county, question) == ["农业的"]


def test_who_may_change_one_and_who_does_not_even_see_it(county: County) -> None:
    town = _made(county, "zhou", "留凤关镇")
    for who, status in (("zhou", 200), ("chen", 200), ("li", 403), ("wang", 404), ("zhao", 404), ("sun", 403)):
        assert getattr(county, who)().get(f"/letters/templates/{town}/edit").status_code == status, who
    li, zhou = county.li(), county.zhou()
    li.get("/letters/templates")
    assert "上门看过了" in li.text
    assert "改一改" not in li.text
    li.get("/me")
    assert li.post(f"/letters/templates/{town}/delete").status_code == 403
    zhou.get(f"/letters/templates/{town}/edit")
    assert zhou.post(f"/letters/templates/{town}/edit", {**FRAME, "title": ""}).status_code == 422
    changed = {**FRAME, "org": str(county.org("留凤关镇")), "title": "去看过了"}
    assert zhou.post(f"/letters/templates/{town}/edit", changed).status_code == 303
    zhou.get("/letters/templates")
    assert "去看过了" in zhou.text
    assert zhou.post(f"/letters/templates/{town}/delete").status_code == 303
    assert one(county, "SELECT count(*) FROM letter_templates") == 0


def test_a_clerk_writes_none_for_a_foreign_unit(county: County) -> None:
    wang = county.wang()
    wang.get("/letters/templates/new")
    foreign = {"org": str(county.org("留凤关镇")), **FRAME}
    assert wang.post("/letters/templates/new", foreign).status_code == 422
    assert one(county, "SELECT count(*) FROM letter_templates") == 0


def test_what_is_known_fills_itself_and_no_name_gets_into_an_answer(county: County) -> None:
    letter = letter_in(county.app, "in_hand", name="王大爷")
    with county.app.test_request_context():
        filled = templates.fill(FRAME["text"], _loaded(letter))
    assert filled.startswith("乡亲，您好。")
    assert "王大爷" not in filled
    assert "{别的}" in filled, "what nobody knows stays as it was written"
    assert "{回执号}" in filled, "a receipt number stands in no answer"


def test_a_new_county_begins_with_some(county: County) -> None:
    with county.app.app_context():
        templates.load_usual(db.session.get_one(Org, 1))
        db.session.commit()
    chen = county.chen()
    chen.get("/letters/templates")
    assert "政策能不能享受" in chen.text
    assert one(county, "SELECT count(*) FROM letter_templates") == len(templates.USUAL)
