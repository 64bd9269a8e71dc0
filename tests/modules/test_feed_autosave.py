"""An open editor saves a draft by itself: quietly, never over another's words, and never half."""

from werkzeug.test import TestResponse

from tests.browser import Browser
from tests.conftest import County
from tests.floor import every, one
from tests.modules.posts import TEXT, words, write


def open_editor(clerk: Browser, post: int) -> dict[str, str]:
    """What the open editor sends besides the words."""
    clerk.get(f"/feed/{post}/edit")
    assert clerk.page
    hidden: dict[str, str] = clerk.page.form(f"/feed/{post}/edit")["fields"]
    return {name: hidden[name] for name in ("csrf", "once", "version")}


def by_itself(clerk: Browser, county: County, post: int, editor: dict[str, str], **typed: str) -> TestResponse:
    answer = clerk.post(f"/feed/{post}/edit", words(county, **typed) | editor, HX_Request="true")
    if 'name="version" value="' in clerk.html:
        editor["version"] = clerk.html.split('name="version" value="')[1].split('"')[0]
    return answer


def texts(county: County) -> list[str]:
    return every(county.app, "SELECT text FROM revisions ORDER BY number")


def test_it_says_when_and_the_words_are_there_and_one_sitting_is_one_wording(county: County) -> None:
    li = county.li()
    post = write(li, county, then="save")
    editor = open_editor(li, post)
    for number in range(3):
        answer = by_itself(li, county, post, editor, text=f"{TEXT}\n\n写到第 {number} 句。")
        assert answer.status_code == 200
        assert "存好了" in li.html
        assert "<html" not in li.html
    assert one(county.app, "SELECT text FROM items").endswith("写到第 2 句。")
    assert [text[len(TEXT) :].strip() for text in texts(county)] == ["", "写到第 2 句。"]
    saved = words(county, text=f"{TEXT}\n\n写完了。", then="save") | editor
    assert li.post(f"/feed/{post}/edit", saved).status_code == 303
    assert [text[len(TEXT) :].strip() for text in texts(county)] == ["", "写到第 2 句。", "写完了。"]


def test_it_never_takes_the_place_of_another_persons_words(county: County) -> None:
    li, zhou = county.li(), county.zhou()
    post = write(li, county, then="save")
    mine, theirs = open_editor(li, post), open_editor(zhou, post)
    assert (
        zhou.post(f"/feed/{post}/edit", words(county, text=TEXT + "镇上写的。", then="save") | theirs).status_code
        == 303
    )
    assert by_itself(li, county, post, mine, text=TEXT + "村上写的。").status_code == 409
    assert "别人刚改过" in li.html
    assert one(county.app, "SELECT text FROM items") == TEXT + "镇上写的。"
    late = li.post(f"/feed/{post}/edit", words(county, text=TEXT + "村上写的。", then="save") | mine)
    assert late.status_code == 409, "and the button says so too, with both wordings"
    assert "镇上写的" in li.text


def test_an_answer_lost_on_the_line_locks_nobody_out_of_their_own_words(county: County) -> None:
    li = county.li()
    post = write(li, county, then="save")
    editor = open_editor(li, post)
    old = dict(editor)
    assert by_itself(li, county, post, editor, text=TEXT + "第一句。").status_code == 200
    assert by_itself(li, county, post, old, text=TEXT + "第二句。").status_code == 200
    other = open_editor(county.li(), post)
    assert other["once"] != editor["once"]


def test_what_is_sent_again_since_its_answer_was_lost_is_there_once_and_the_editor_writes_on(county: County) -> None:
    li = county.li()
    post = write(li, county, then="save")
    editor = open_editor(li, post)
    lost = dict(editor)
    assert by_itself(li, county, post, editor, text=TEXT + "第一句。").status_code == 200
    assert by_itself(li, county, post, lost, text=TEXT + "第一句。").status_code == 200
    assert lost["version"] == editor["version"]
    saved = words(county, text=TEXT + "写完了。", then="save") | lost
    assert li.post(f"/feed/{post}/edit", saved).status_code == 303


def test_what_is_sent_again_after_somebody_else_wrote_learns_nothing_that_would_let_it_overwrite(
    county: County,
) -> None:
    li, zhou = county.li(), county.zhou()
    post = write(li, county, then="save")
    editor = open_editor(li, post)
    lost = dict(editor)
    assert by_itself(li, county, post, editor, text=TEXT + "村上写的。").status_code == 200
    theirs = words(county, text=TEXT + "镇上写的。", then="save") | open_editor(zhou, post)
    assert zhou.post(f"/feed/{post}/edit", theirs).status_code == 303
    assert by_itself(li, county, post, lost, text=TEXT + "村上写的。").status_code == 409
    assert "别人刚改过" in li.html
    assert lost["version"] == "1", "the editor stays as old as it was"
    assert by_itself(li, county, post, lost, text=TEXT + "村上又写的。").status_code == 409
    late = li.post(f"/feed/{post}/edit", words(county, text=TEXT + "村上又写的。", then="save") | lost)
    assert late.status_code == 409
    assert one(county.app, "SELECT text FROM items") == TEXT + "镇上写的。"


def test_the_same_account_on_another_phone_is_another_editor(county: County) -> None:
    here, there = county.li(), county.li()
    post = write(here, county, then="save")
    mine, other = open_editor(here, post), open_editor(there, post)
    assert by_itself(here, county, post, mine, text=TEXT + "这部手机写的。").status_code == 200
    assert by_itself(there, county, post, other, text=TEXT + "那部手机写的。").status_code == 409
    assert one(county.app, "SELECT text FROM items") == TEXT + "这部手机写的。"


def test_what_is_not_ready_is_said_and_not_kept(county: County) -> None:
    li = county.li()
    post = write(li, county, then="save")
    editor = open_editor(li, post)
    assert by_itself(li, county, post, editor, title="").status_code == 422
    assert "还没存：请写个标题" in li.html
    assert by_itself(li, county, post, editor, text=TEXT + "接着写。").status_code == 200


def test_what_was_handed_in_meanwhile_is_left_alone(county: County) -> None:
    li = county.li()
    post = write(li, county, then="save")
    editor = open_editor(li, post)
    li.get(f"/feed/{post}")
    assert li.post(f"/feed/{post}/submit").status_code == 303
    assert by_itself(li, county, post, editor, text=TEXT + "又写了一句。").status_code == 409
    assert "等上级审" in li.html
    assert one(county.app, "SELECT text FROM items") == TEXT


def test_only_a_draft_saves_itself(county: County) -> None:
    li, zhou = county.li(), county.zhou()
    post = write(li, county, then="submit")
    zhou.get(f"/feed/{post}/edit")
    assert "data-hx-post" not in zhou.html.split('id="editor"')[1].split("</form>")[0]
    li.get("/feed/new")
    assert "data-hx-post" not in li.html.split('id="editor"')[1].split("</form>")[0]
