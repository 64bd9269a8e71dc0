"""Every wording is kept; two of them stand side by side; what is public changes only with a reason and in the open."""

import time
from random import Random

import pytest

from tests.browser import Browser
from tests.conftest import County
from tests.floor import every, one
from tests.modules.posts import TEXT, published, words, write
from tests.modules.test_disclosure import account
from wdj.modules.feed.compare import compare


def change(clerk: Browser, county: County, post: int, text: str, **more: str) -> None:
    clerk.get(f"/feed/{post}/edit")
    assert clerk.post(f"/feed/{post}/edit", words(county, text=text, then="save", **more)).status_code == 303


def mend(clerk: Browser, post: int, **sent: str) -> int:
    clerk.get("/me")
    clerk.get(f"/feed/{post}/mend")
    said = {"title": "三组便道明天通车了", "text": TEXT, "note": "当时写错了"} | sent
    return clerk.post(f"/feed/{post}/mend", said).status_code


def kept(county: County) -> list[str]:
    return every(county.app, "SELECT text FROM revisions ORDER BY number")


def test_every_saved_wording_is_kept_and_saving_the_same_again_keeps_nothing_new(county: County) -> None:
    li = county.li()
    post = write(li, county, then="save")
    change(li, county, post, TEXT + "\n\n第二稿。")
    change(li, county, post, TEXT + "\n\n第二稿。")
    change(li, county, post, TEXT + "\n\n第三稿。")
    assert [text[len(TEXT) :].strip() for text in kept(county)] == ["", "第二稿。", "第三稿。"]
    li.get(f"/feed/{post}/revisions")
    assert "第 3 稿" in li.text
    li.get(f"/feed/{post}/revisions/1/3")
    assert "改了 1 处" in li.text
    assert ("<ins>第三稿。</ins>") in li.html
    assert li.get(f"/feed/{post}/revisions/1/9").status_code == 404


def test_the_figures_of_a_disclosure_are_part_of_its_wording(county: County) -> None:
    li = county.li()
    li.get("/feed/new")
    post = int(li.post("/feed/new", account(county, then="save")).headers["Location"].split("/")[2])
    li.get(f"/feed/{post}/edit")
    assert "2,300.50" in li.html
    li.post(f"/feed/{post}/edit", account(county, items="路灯电费 2,300.60", then="save"))
    li.get(f"/feed/{post}/revisions/1/2")
    assert "路灯电费 2,300.<del>5</del>0" in li.html.replace("\u3000", " ") or "<del>" in li.html
    assert "<ins>6</ins>" in li.html


def test_a_small_correction_says_when_and_keeps_why(county: County) -> None:
    post = published(county)
    zhou, li, visitor = county.zhou(), county.li(), county.visitor()
    before = one(county.app, "SELECT published_at FROM items")
    assert mend(zhou, post, text=TEXT.replace("明天", "后天"), note="") == 422
    assert mend(zhou, post, text=TEXT.replace("明天", "后天"), note="通车改期了") == 303
    visitor.get(f"/feed/{post}")
    assert "后天通车" in visitor.text
    assert "改过" in visitor.text
    assert "通车改期了" not in visitor.text
    assert one(county.app, "SELECT published_at FROM items") == before
    visitor.get("/search?q=后天通车")
    assert "三组便道" in visitor.text
    li.get(f"/feed/{post}")
    assert "通车改期了" in li.text
    li.get(f"/feed/{post}/revisions/1/2")
    assert "<del>明</del>" in li.html
    assert "<ins>后</ins>" in li.html


def test_a_village_asks_its_town_to_change_what_is_out(county: County) -> None:
    post = published(county)
    li, wang = county.li(), county.wang()
    li.get(f"/feed/{post}")
    assert "找上级单位" in li.text
    assert "改几个字" not in li.text
    assert mend(li, post) == 403
    assert mend(wang, post) == 403
    assert mend(county.zhou(), write(li, county, then="save", title="另一篇还没交上去的")) == 409


def test_of_two_who_mend_the_second_sees_that_the_first_was_faster(county: County) -> None:
    post = published(county)
    zhou, chen = county.zhou(), county.chen()
    for clerk in (zhou, chen):
        clerk.get(f"/feed/{post}/mend")
    sent = {"title": "三组便道明天通车了", "note": "当时写错了"}
    assert zhou.post(f"/feed/{post}/mend", sent | {"text": TEXT + "镇上改的。"}).status_code == 303
    assert chen.post(f"/feed/{post}/mend", sent | {"text": TEXT + "县上改的。"}).status_code == 409
    assert "县上改的" in chen.html
    assert chen.post(f"/feed/{post}/mend", sent | {"text": TEXT + "县上改的。"}).status_code == 303


def test_a_post_from_before_wordings_were_kept_loses_none(county: County) -> None:
    post = published(county)
    with county.app.app_context():
        from wdj.core.db import db

        db.session.execute(db.text("DELETE FROM revisions"))
        db.session.commit()
    assert mend(county.zhou(), post, text=TEXT + "改过的。") == 303
    assert kept(county) == [TEXT, TEXT + "改过的。"]


def test_who_does_not_write_for_it_reads_no_earlier_wording(county: County) -> None:
    post = published(county)
    assert county.wang().get(f"/feed/{post}/revisions").status_code == 403
    assert county.wang().get(f"/feed/{post}/revisions/1/1").status_code == 403
    answer = county.visitor().get(f"/feed/{post}/revisions")
    assert answer.headers["Location"].startswith("/login")


def test_two_texts_stand_paragraph_beside_paragraph_with_what_changed_in_them() -> None:
    pairs = compare("一、先别剪\n冻后三天看不准。\n要剪", "一、先别剪\n冻后五天看不准。\n要剪\n打电话")
    assert [pair.same for pair in pairs] == [True, False, True, False]
    assert pairs[1].old == ((False, "冻后"), (True, "三"), (False, "天看不准。"))
    assert pairs[1].new == ((False, "冻后"), (True, "五"), (False, "天看不准。"))
    assert pairs[3].old == ()


@pytest.mark.parametrize("alphabet", ["ab", "0123456789", "".join(map(chr, range(0x4E00, 0x4E00 + 300)))])
@pytest.mark.parametrize("paragraph", [1, 20, 1000, 20_000])
def test_the_longest_texts_are_compared_in_bounded_time_and_whole(alphabet: str, paragraph: int) -> None:
    chance = Random(1)
    old, new = ("".join(chance.choices(alphabet, k=20_000)) for _ in range(2))
    old, new = ("\n".join(text[at : at + paragraph] for at in range(0, 20_000, paragraph)) for text in (old, new))
    begun = time.process_time()
    pairs = compare(old, new)
    assert time.process_time() - begun < 3, "seconds, where a tenth is usual"
    assert "".join(text for pair in pairs for _, text in pair.old) == old.replace("\n", "")
    assert "".join(text for pair in pairs for _, text in pair.new) == new.replace("\n", "")
