"""Secrets are planted everywhere, then everybody walks every link: who must not know them never reads them."""

from collections.abc import Iterator

import pytest

from tests.areas.must_read import ack
from tests.areas.register import entry
from tests.browser import ORIGIN, Browser
from tests.conftest import County, _copy
from tests.databases import Database
from tests.floor import every
from tests.modules.letters.made import letter_in, receipt_of
from tests.stage import DEPARTMENT, ROLES, VILLAGE, VISITOR, Stage
from wdj.core.clock import now
from wdj.core.privacy import mask

PHONE, RESIDENT, CARD = "13800000001", "610330199003070012", "6222021234567890128"
CHAIN = {"村干部", "支部书记", "镇干部", "县委办公室", "领导"}
WRITERS = CHAIN - {"领导"}
MANAGERS = {"支部书记", "镇干部", "县委办公室"}
NOBODY: set[str] = set()
EVERYBODY = {*ROLES, VISITOR}
# Each secret with those who may come across it.
SECRETS = {
    "秘密一是草稿的题目": CHAIN,
    "秘密二是草稿的正文": CHAIN,
    "秘密三是还没审的评论": WRITERS,
    "秘密四是没通过的评论": WRITERS,
    "秘密五是退回的原因": WRITERS,
    "秘密六是农业农村局的草稿": {"部门干部", "县委办公室", "领导"},
    "0917-777-7777": MANAGERS,
    # Who may mend a published post, or write another like it, gets its words as they were written.
    PHONE: WRITERS,
    # Who checks comments reads them as they were written, who looks after a post its pictures.
    "13800000002": WRITERS,
    "13800000003": WRITERS,
    RESIDENT: WRITERS,
    "13800000004": NOBODY,
    "13800000005": NOBODY,
    "秘密七是名册上的户主": WRITERS,
    "秘密八是点的人写的": WRITERS,
    "13800000006": NOBODY,
    "秘密九是写信的人": NOBODY,
    "13800000007": NOBODY,
    "$argon2": NOBODY,
    "device-that-said-it": NOBODY,
}
# So that an empty walk cannot pass: this everybody reads.
OPEN = "人人都能看的一句话"


@pytest.fixture(scope="module")
def stage(county_template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    for app in _copy(county_template, tmp_path_factory.mktemp("leaks")):
        made = Stage(County(app=app))
        plant(made)
        yield made


def plant(stage: Stage) -> None:
    draft = stage.post(
        "draft", title="秘密一是草稿的题目", text="秘密二是草稿的正文", public_title="秘密一是草稿的题目"
    )
    said = f"{OPEN}，找我打 {PHONE}"
    public = stage.post("published", text=said, public_text=mask(said))
    stage.post("draft", DEPARTMENT, title="秘密六是农业农村局的草稿")
    for state, words in (
        ("pending", "秘密三是还没审的评论"),
        ("refused", "秘密四是没通过的评论"),
        ("shown", f"{OPEN} 13800000002"),
    ):
        stage.comment(
            state, post=public, text=words, name="13800000003", village=RESIDENT, device_id="device-that-said-it"
        )
    hang = "UPDATE media SET kind = :kind, caption = :words, transcript = :words WHERE key = :key"
    for kind, number in (("picture", "13800000004"), ("sound", "13800000005")):
        key = stage.picture(public).split("/")[2]
        stage.change(hang, kind=kind, words=f"{OPEN}，电话 {number}", key=key)
    add = "INSERT INTO events (at, action, label, note, item_id) VALUES (:at, 'return_to', '退回', :why, :id)"
    for post in (draft, public):
        stage.change(add, at=now().replace(tzinfo=None), why="秘密五是退回的原因", id=post)
    stage.change("UPDATE people SET phone = '0917-777-7777' WHERE login = 'sjs'")
    entry(stage, name="秘密七是名册上的户主", phone="13800000006")
    ack(stage, stage.post("published", must_read=True), "秘密八是点的人写的")
    for state, open_to_all in (("in_hand", False), ("answered", True)):
        letter = letter_in(stage.app, state, name="秘密九是写信的人", phone="13800000007", public=open_to_all)
        _, code = receipt_of(stage.app, letter)
        SECRETS[code] = SECRETS[f"{code[:3]}-{code[3:]}"] = NOBODY


def walk(browser: Browser, stage: Stage) -> dict[str, str]:
    """Every page of this site to which a link leads or whose address can be guessed: its words, by address."""
    waiting = ["/", "/me", "/desk", "/people", "/desk/comments", "/places", f"/orgs/{stage.org(VILLAGE)}", "/healthz"]
    waiting += ["/outputs", "/subjects", "/sitemap.xml", f"/orgs/{stage.org(VILLAGE)}/feed.atom"]
    waiting += ["/desk?view=written", *(f"/search?q={word}" for word in ("秘密", "138", "农业农村局的草稿", OPEN))]
    waiting += [f"/register{tail}org={stage.org(VILLAGE)}" for tail in ("?", "?q=秘密&", "/new?", "/import?")]
    village = f"/acks/{stage.org(VILLAGE)}"
    for name, (table, tails) in {
        "feed": (
            "items",
            (
                "",
                "/edit",
                "/mend",
                "/preview",
                "/revisions",
                "/revisions/1/1",
                "/submit",
                "/publish",
                "/return_to",
                "/acks",
                village,
                f"{village}?show=waiting",
                f"{village}/print",
            ),
        ),
        "letters": ("items", ("",)),
        "print": ("items", ("", "?size=big")),
        "outputs": ("items", ("", "/script")),
        "desk?open=": ("items", ("",)),
        "register": ("register", ("",)),
        "people": ("people", ("",)),
        "desk/comments": ("comments", ("",)),
    }.items():
        waiting += [
            f"/{name}{'' if name.endswith('=') else '/'}{id_}{tail}"
            for id_ in every(stage.app, f"SELECT id FROM {table}")
            for tail in tails
        ]
    found: dict[str, str] = {}
    while waiting:
        url = waiting.pop().partition("#")[0].removeprefix(ORIGIN)
        if url in found or not url.startswith("/") or url.startswith(("//", "/static/", "/look")):
            continue
        if url.startswith("/orgs/") and len([each for each in found if each.startswith("/orgs/")]) > 12:
            continue
        browser.page = None
        answer = browser.get(url)
        found[url] = answer.get_data().decode(errors="replace")
        if answer.status_code in (301, 303):
            waiting.append(answer.headers["Location"])
        elif browser.page is not None:
            waiting += [each["href"] for tag, each in browser.page.elements if tag == "a" and "href" in each]
    return found


@pytest.mark.parametrize("who", sorted(EVERYBODY))
def test_nobody_comes_across_what_is_not_for_them(stage: Stage, who: str) -> None:
    browser = stage.browsers[who]
    pages = walk(browser, stage)
    assert any(OPEN in words for words in pages.values())
    for secret, allowed in SECRETS.items():
        read_at = [url for url, words in pages.items() if secret in words]
        assert (not read_at) or who in allowed, (secret, read_at)


def test_the_secrets_can_be_read_by_whom_they_are_for(stage: Stage) -> None:
    """Else the walk above would prove only that they stand nowhere."""
    pages = "".join(walk(stage.browsers["镇干部"], stage).values())
    for secret, allowed in SECRETS.items():
        if "镇干部" in allowed and "没通过" not in secret:
            assert secret in pages, secret


def test_what_people_add_around_their_words_is_masked_and_kept(stage: Stage) -> None:
    """Names, villages, captions and transcripts: a number fits in each."""
    post = stage.one("SELECT id FROM items WHERE public_text LIKE :open", open=f"{OPEN}%")
    page = stage.county.visitor().get(f"/feed/{post}").text
    for number in ("13800000003", RESIDENT, "13800000004", "13800000005"):
        assert number not in page
        assert mask(number) in page
    assert stage.one("SELECT count(*) FROM comments WHERE name = '13800000003' AND village = :v", v=RESIDENT) == 3
    assert stage.one("SELECT count(*) FROM media WHERE caption LIKE '%1380000000_'") == 2


@pytest.mark.parametrize("number", [PHONE, RESIDENT, CARD, "1 3 8 0000 0001", "138-0000-0001"])
def test_a_private_number_in_a_comment_is_masked_for_readers_and_checkers_read_the_words(
    stage: Stage, number: str
) -> None:
    post, phone = stage.post("published"), stage.county.visitor()
    words = f"我的号是 {number}，回头联系"
    assert phone.post(f"/feed/{post}/comments", {"text": words}).status_code == 303
    said = stage.one("SELECT max(id) FROM comments")
    clerk = stage.browsers["镇干部"]
    clerk.get("/me")
    assert clerk.post(f"/desk/comments/{said}/show").status_code == 303
    page = stage.county.visitor().get(f"/feed/{post}").get_data(as_text=True)
    assert "回头联系" in page
    assert (number in page) is (mask(number) == number)
    assert stage.one("SELECT text FROM comments WHERE id = :id", id=said) == words, "kept as written"


def test_answers_to_htmx_tell_no_more_than_the_page(stage: Stage) -> None:
    for who in ("别镇干部", VISITOR):
        for post in every(stage.app, "SELECT id FROM items WHERE NOT is_public"):
            answer = stage.browsers[who].client.get(f"/feed/{post}", headers={"HX-Request": "true"})
            assert answer.status_code == 404
            assert "秘密" not in answer.get_data(as_text=True)


def test_a_number_typed_as_a_name_is_stored_as_typed_and_shown_starred(stage: Stage) -> None:
    post, phone = stage.post("published"), stage.county.visitor()
    typed = {"text": "留个电话当名字", "name": PHONE[:3] + " " + PHONE[3:], "village": RESIDENT}
    assert phone.post(f"/feed/{post}/comments", typed).status_code == 303
    said = stage.one("SELECT max(id) FROM comments")
    clerk = stage.browsers["镇干部"]
    clerk.get("/desk/comments")
    for form in (typed["name"], "138 ****0001", RESIDENT, mask(RESIDENT)):
        assert form in clerk.text, "the clerk sees both"
    clerk.post(f"/desk/comments/{said}/show")
    page = stage.county.visitor().get(f"/feed/{post}").text
    assert "138 ****0001" in page
    assert mask(RESIDENT) in page
    assert typed["name"] not in page
    assert RESIDENT not in page
    assert stage.one("SELECT name FROM comments WHERE id = :id", id=said) == typed["name"]
