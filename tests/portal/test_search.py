"""找消息, told by the cast: what is found, by whom, in which order, and what is said when nothing is."""

import re
from urllib.parse import quote

import pytest

from tests.browser import Browser
from tests.conftest import County
from tests.modules.letters.made import letter_in, receipt_of
from tests.modules.posts import published, words, write
from tests.stage import VILLAGE, Stage

OFTEN = "花椒"


@pytest.fixture
def stage(county: County) -> Stage:
    return Stage(county)


def found(browser: Browser, query: str, **more: str) -> list[str]:
    """The titles that the page of this search shows, from its top."""
    tail = "".join(f"&{name}={value}" for name, value in more.items())
    page = browser.get(f"/search?q={quote(query)}{tail}")
    assert page.status_code == 200, page.text
    return re.findall(r'<h3><a href="[^"]+">([^<]+)</a>', page.text)


def act(clerk: Browser, post: int, action: str, **said: str) -> None:
    clerk.get(f"/feed/{post}")
    assert clerk.post(f"/feed/{post}/{action}", said).status_code == 303


def test_everybody_finds_a_post_by_any_of_its_words(county: County) -> None:
    published(county, title="花椒受冻之后怎么管", text="海拔 1100 米以上，沿 G85 往南，打 0917-000-0021 问。")
    for query in ("椒", "花椒", "怎么管", "花椒受冻", "花椒受冻之后", "G85", "g85", "1100", "０９１７", "管 海拔"):
        assert found(county.visitor(), query) == ["花椒受冻之后怎么管"], query
    for query in ("核桃", "冻花", "椒冻", "G86", "110000", "管 核桃", "管海拔"):
        assert found(county.visitor(), query) == [], query


def test_a_draft_is_found_by_who_may_see_it_and_by_nobody_else(county: County) -> None:
    li = county.li()
    post = write(li, county, title="还没有交上去的稿子")
    for who, sees in (("li", 1), ("zhou", 1), ("chen", 1), ("wang", 0), ("zhao", 0), ("sun", 0), ("visitor", 0)):
        assert len(found(getattr(county, who)(), "稿子")) == sees, who
    act(li, post, "submit")
    act(county.zhou(), post, "publish")
    assert found(county.visitor(), "稿子") == ["还没有交上去的稿子"]


def test_what_a_clerk_was_shown_is_not_kept_for_the_next_visitor(county: County) -> None:
    write(county.li(), county, title="还没有交上去的稿子")
    li, phone = county.li(), county.visitor()
    for _ in range(2):
        assert len(found(li, "稿子")) == 1
        assert found(phone, "稿子") == []


def test_words_that_were_edited_away_are_found_no_more(county: County) -> None:
    li = county.li()
    post = write(li, county, title="三组便道明天通车了")
    li.get(f"/feed/{post}/edit")
    changed = words(
        county, title="四组水渠后天通水了", text="水渠修好了，后天放水，先浇椒园。", version="1", then="save"
    )
    assert li.post(f"/feed/{post}/edit", changed).status_code == 303
    assert found(li, "便道") == found(li, "通车了") == []
    assert found(li, "四组水渠") == ["四组水渠后天通水了"]


def test_what_is_taken_down_leaves_the_search_of_the_public_at_once(county: County) -> None:
    post, phone = published(county, title="三组便道明天通车了"), county.visitor()
    assert len(found(phone, "便道")) == 1
    act(county.zhou(), post, "withdraw", note="日子写错了")
    assert found(phone, "便道") == []
    assert len(found(county.li(), "便道")) == 1


def test_the_last_to_be_published_stands_first(county: County) -> None:
    li, zhou = county.li(), county.zhou()
    early = write(li, county, title="先写的一篇花椒", then="submit")
    late = write(li, county, title="后写的一篇花椒", then="submit")
    act(zhou, late, "publish")
    act(zhou, early, "publish")
    assert found(county.visitor(), OFTEN) == ["先写的一篇花椒", "后写的一篇花椒"]


def test_masked_numbers_are_not_found(county: County) -> None:
    published(county, title="找人修渠的电话", text="要来的打 13800000001 找老王，管午饭。")
    assert found(county.visitor(), "老王") == ["找人修渠的电话"]
    for query in ("13800000001", "0000", "3800"):
        assert found(county.visitor(), query) == [], query
        assert found(county.li(), query) == [], query


def test_the_pages_show_each_post_once(county: County) -> None:
    stage = Stage(county)
    wanted = [f"第 {number} 回剪枝" for number in range(45)]
    for title in wanted:
        stage.post("published", title=title, public_title=title)
    stage.post("draft", title="草稿剪枝", public_title="草稿剪枝")
    phone, seen, url = county.visitor(), [], f"/search?q={quote('剪枝')}"
    sizes = []
    while url:
        page = phone.get(url).text
        titles = re.findall(r'<h3><a href="[^"]+">([^<]+)</a>', page)
        sizes.append(len(titles))
        seen += titles
        more = re.search(r'class="pager"><a class="btn w" href="([^"]+)"', page)
        url = more[1].replace("&amp;", "&") if more else ""
    assert sizes == [20, 20, 5]
    assert seen == wanted[::-1]


def test_nothing_found_says_so_and_shows_a_way_on(county: County) -> None:
    page = county.visitor().get("/search?q=没人写过").text
    assert "没有找到“没人写过”" in page
    assert '<a class="btn" href="/">' in page


@pytest.mark.parametrize("query", ["，。！", "'", "*", "%", "😀"])
def test_marks_alone_are_answered_with_a_sentence(county: County, query: str) -> None:
    answer = county.visitor().get(f"/search?q={quote(query)}")
    assert answer.status_code == 422
    assert "光有标点找不了" in answer.text


def test_too_much_is_given_back_with_a_sentence(county: County) -> None:
    phone = county.visitor()
    long, many = "长" * 61, " ".join("一二三四五六七八九")
    for query, sentence in ((long, "最多 60 个字"), (many, "最多找 8 个词")):
        answer = phone.get(f"/search?q={quote(query)}")
        assert answer.status_code == 422
        assert sentence in answer.text
        assert f'value="{query}"' in answer.text
    assert phone.get(f"/search?q={quote('长' * 60)}").status_code == 200
    assert phone.get(f"/search?q={quote('长' * 5000)}").status_code == 422


def test_no_words_at_all_give_the_box_alone(county: County) -> None:
    page = county.visitor().get("/search").text
    assert 'name="q"' in page
    assert "没有找到" not in page


@pytest.mark.parametrize("before", ["", "x", "-1", "0", "9" * 30, "１２", "1.5", "\x00", "999999999"])
def test_a_page_mark_of_nonsense_begins_at_the_newest(county: County, before: str) -> None:
    published(county, title="花椒受冻之后怎么管")
    assert found(county.visitor(), OFTEN, before=quote(before)) == ["花椒受冻之后怎么管"]


def test_what_was_typed_comes_back_as_text(county: County) -> None:
    nasty = '"><script>alert(1)</script>'
    page = county.visitor().get(f"/search?q={quote(nasty)}").text
    assert "<script>alert" not in page


def test_a_search_that_finds_is_kept_and_one_that_finds_nothing_is_not(county: County) -> None:
    """Anybody can invent words: they must not fill the memory that real searches share."""
    published(county, title="花椒受冻之后怎么管")
    phone = county.visitor()
    phone.get(f"/search?q={quote(OFTEN)}")
    phone.get(f"/search?q={quote('没人写过')}")
    kept = [key[2] for key in county.app.extensions["freshness"].memory() if key[:2] == ("page", "/search")]
    assert kept == [f"q={quote(OFTEN)}"]


def test_the_way_to_it_is_on_the_front_page_and_in_every_foot(county: County) -> None:
    phone = county.visitor()
    home = phone.get("/").text
    assert 'action="/search"' in home
    assert 'href="/search"' in phone.get("/help").text


def test_the_village_that_published_is_not_a_word_of_its_posts(county: County) -> None:
    published(county, title="三组便道明天通车了", text="村上的便道从三组修到了椒园门口。")
    assert found(county.visitor(), VILLAGE) == []


def test_a_clerk_who_types_the_number_of_a_receipt_comes_to_its_letter(stage: Stage) -> None:
    item = letter_in(stage.app, "in_hand")
    number, code = receipt_of(stage.app, item)
    clerk = stage.browsers["镇干部"]
    for typed in (number, f"{number[:4]}-{number[4:]}", f" {number[:4].lower()} {number[4:]} "):
        answer = clerk.get(f"/search?q={quote(typed)}")
        assert answer.status_code == 302, typed
        assert answer.headers["Location"] == f"/letters/{item}"
    assert clerk.get(f"/search?q={code}").status_code == 200, "the code is no way in"
    assert f"{number[:4]}-{number[4:]}" in clerk.get(f"/desk?open={item}").text
    assert f"{number[:4]}-{number[4:]}" in clerk.get(f"/letters/{item}").text


def test_who_wrote_the_letter_down_comes_to_it_by_its_number(stage: Stage) -> None:
    item = letter_in(stage.app, "in_hand", recorder_id=stage.ids["村干部"])
    answer = stage.browsers["村干部"].get(f"/search?q={receipt_of(stage.app, item)[0]}")
    assert answer.headers.get("Location") == f"/letters/{item}"


@pytest.mark.parametrize("who", ["访客", "村干部", "别镇干部", "党员", "信息技术"])
@pytest.mark.parametrize("public", [False, True])
def test_nobody_else_learns_whether_there_is_such_a_number(stage: Stage, who: str, public: bool) -> None:
    number, _ = receipt_of(stage.app, letter_in(stage.app, "in_hand", public=public))
    nobody = "222222"
    said = {}
    for each in (number, nobody):
        answer = stage.browsers[who].get(f"/search?q={each}")
        said[each] = (answer.status_code, re.sub(r"[0-9a-f]{10,}", "", answer.text.replace(each, nobody)))
    assert said[number] == said[nobody]
