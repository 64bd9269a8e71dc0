"""Where a second person reads what a unit answers: nobody who wrote in the draft lets it out."""

from tests.conftest import County
from tests.modules.letters.clerks import ANSWERED, another, answer_of, check_answers, colleague_in, do, state
from tests.modules.letters.made import FARMING, letter_in, one
from wdj.core.people import Role

OTHERS = "先登记，别的等我们上门看了再说。"


def test_where_answers_are_read_twice_nobody_lets_out_their_own(county: County) -> None:
    check_answers(county)
    zhao, colleague, letter = county.zhao(), colleague_in(county), letter_in(county.app, "in_hand")
    zhao.get(f"/letters/{letter}/answer")
    assert "交给别人审" in zhao.text
    assert do(zhao, letter, "answer", text=ANSWERED, then="answer") == 303, "an old form hands in too"
    assert (state(county, letter), answer_of(county, letter)) == ("drafted", None)
    assert zhao.get(f"/letters/{letter}/approve").status_code == 403
    assert do(zhao, letter, "approve", open=False, version="1") == 403
    assert "这份答复您动过笔，请换一个没写过的人审" in zhao.text
    zhao.get(f"/letters/{letter}")
    assert f"/letters/{letter}/approve" not in zhao.html
    assert do(colleague, letter, "send_back") == 422
    assert do(colleague, letter, "send_back", note="电话写错了") == 303
    zhao.get(f"/letters/{letter}")
    assert "电话写错了" in zhao.text
    assert do(zhao, letter, "answer", text=OTHERS, then="draft") == 303
    assert do(colleague, letter, "approve", version="1") == 409, "not what was read"
    assert OTHERS in colleague.text
    assert colleague.post(f"/letters/{letter}/approve").status_code == 303
    assert (state(county, letter), answer_of(county, letter)) == ("answered", OTHERS)
    who = "SELECT login FROM people JOIN letter_messages ON people.id = {} WHERE letter_id = :id AND kind = 'answer'"
    assert one(county, who.format("person_id"), id=letter) == "nongye"
    assert one(county, who.format("checker_id"), id=letter) == "colleague"


def test_who_wrote_the_first_words_does_not_let_them_out_after_another_changed_one(county: County) -> None:
    check_answers(county)
    zhao, colleague, letter = county.zhao(), colleague_in(county), letter_in(county.app, "in_hand")
    assert do(zhao, letter, "answer", text=ANSWERED, then="save") == 303
    assert do(colleague, letter, "answer", text=f"{ANSWERED}再会。", then="draft") == 303
    zhao.get(f"/letters/{letter}")
    assert f"{FARMING}没有别人能审" in zhao.text
    for writer in (zhao, colleague):
        assert writer.get(f"/letters/{letter}/approve").status_code == 403
        assert do(writer, letter, "approve", open=False, version="2") == 403
        writer.get(f"/letters/{letter}")
        assert f"/letters/{letter}/approve" not in writer.html
    third = another(county, Role.department_clerk, FARMING, "third", "小李")
    zhao.get(f"/letters/{letter}")
    assert "能审的有：小李" in zhao.text
    assert do(third, letter, "approve", version="2") == 303
    assert (state(county, letter), answer_of(county, letter)) == ("answered", f"{ANSWERED}再会。")


def test_those_above_a_unit_decide_whether_its_answers_are_read_twice(county: County) -> None:
    zhao, chen, farming = county.zhao(), county.chen(), county.org(FARMING)
    zhao.get(f"/orgs/{farming}/edit")
    assert "第二个人" not in zhao.text
    checks = "SELECT check_replies FROM orgs WHERE id = :id"
    chen.get(f"/orgs/{county.org('凤县')}/edit")
    assert f'href="/orgs/{farming}/edit"' in chen.html, "the way to it"
    chen.get(f"/orgs/{farming}/edit")
    assert "只有 1 个人能写答复" in chen.text
    chen.post(f"/orgs/{farming}/edit", {"check_replies": "y", "moderate_before": "y"})
    assert one(county, checks, id=farming)
    zhao.get(f"/orgs/{farming}/edit")
    assert "由上级定" in zhao.text
    zhao.post(f"/orgs/{farming}/edit", {"about": "管农业"})
    assert one(county, checks, id=farming), "a form without the tick leaves it as it is"
