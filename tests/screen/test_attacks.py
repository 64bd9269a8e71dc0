"""What an attacker types comes out as letters: in every field, on every page that shows it, in a real browser."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.browser import Browser
from tests.screen.device import Device
from tests.screen.site import Site
from tests.screen.things import NEEDS_FFMPEG, recording, small_photo
from wdj.portal.sample import PASSWORD

Devices = Callable[..., Device]

# Each tries to run `pwned=1`, to ask for /pwned, to open a dialog, or to put an element with the id pwned on the page.
PAYLOADS = (
    "<script>pwned=1;alert(1)</script>",
    "<script src=/pwned></script>",
    "</title><script>pwned=1</script>",
    "</textarea><script>pwned=1</script>",
    "</textarea><img src=/pwned id=pwned>",
    "<img src=/pwned onerror=pwned=1>",
    "<svg onload=pwned=1><use href=/pwned>",
    "<svg><script>pwned=1</script></svg>",
    "<math><mtext><img src=/pwned></math>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'>",
    "<details open ontoggle=pwned=1 id=pwned>",
    "<base href=/pwned/>",
    "<meta http-equiv=refresh content='0;/pwned'>",
    "<style>@import '/pwned'</style>",
    "<form id=pwned action=/pwned><button>登录",
    '" autofocus onfocus=pwned=1 x="',
    "' onmouseover=pwned=1 id='pwned",
    '"><b id=pwned>粗</b>',
    "'><b id=pwned>粗</b>",
    '" id="pwned" data-hx-get="/pwned" data-hx-trigger="load',
    '<a data-hx-get=/pwned data-hx-trigger=load id=pwned>',
    '<i hx-get=/pwned hx-trigger=load hx-on::load=pwned=1>',
    '<p data-hx-on:click=pwned=1 data-hx-vals="js:{a:1}">',
    "javascript:pwned=1//https://a.cn",
    "https://a.cn/\"onmouseover=pwned=1//",
    "https://a.cn/<img src=/pwned>",
    "[图1](javascript:pwned=1)",
    "{{191*193}}${191*193}<%=191*193%>{%for%}",
    "<!--><img src=/pwned>-->",
    "]]><img src=/pwned>",
    "＜script＞pwned=1＜/script＞",
    "\u202e<img src=/pwned>\u2066",
    "<\u200bscript>pwned=1</\u200bscript>",
    "\ufeff<scr\u00adipt>pwned=1",
    "&lt;img src=/pwned&gt;&#60;b id=pwned&#62;",
    "<!--css--><style>*{color:red}",
)  # fmt: skip
SHORT = ('"><b id=p>', "'><i>p</i>", "<s id=p>", "{{7*7}}", "</b><hr>", "<svg/onload")

_DEAD = """
() => [
  ...(window.pwned ? ['pwned is set'] : []),
  ...[...document.querySelectorAll(
    '#pwned, #p, svg:not([viewBox]), math, iframe, base, object, embed, s, #main hr, #main style, #main script, ' +
    'meta[http-equiv], ' +
    '[href^="javascript:" i], [srcdoc], [autofocus], [style]')].map(node => node.outerHTML.slice(0, 120)),
  ...[...document.querySelectorAll('*')].flatMap(node => [...node.attributes]
    .filter(each => /^on|^hx-|^data-hx-(on|vals)/.test(each.name) || /pwned/.test(each.name) ||
      /^data-hx-/.test(each.name) && /pwned/.test(each.value))
    .map(each => `${node.tagName} ${each.name}=${each.value}`)),
  ...[...document.scripts].filter(each => !/\\/static\\/(wdj|htmx|desk)\\./.test(each.src)).map(each => each.outerHTML),
]
"""


class Victim:
    """A device that looks at pages and tells what came alive on them."""

    def __init__(self, screen: Device) -> None:
        self.screen, self.page = screen, screen.page

    def look(self, path: str = "") -> str:
        """Open the page (or take the one that is open), let every script start, and return its words."""
        if path:
            self.screen.go(path)
        if self.page.evaluate("!!document.querySelector('[data-htmx] [data-hx-get],[data-htmx] [data-hx-post]')"):
            self.screen.wait_for_htmx()
        found = self.page.evaluate(_DEAD)
        found += [url for url in self.screen.asked if "/pwned" in url.partition("?")[0]]
        assert not found, f"alive on {self.page.url}"
        return str(self.page.evaluate("document.body.textContent"))

    def send(self, path: str, **fields: str) -> str:
        """Type into the fields of the page's last form that has them, send it without htmx, and look at what comes."""
        if path:
            self.screen.go(path)
        with self.page.expect_navigation():
            self.page.evaluate(_SEND, fields)
        return self.look()


_SEND = """
fields => {
  const form = [...document.querySelectorAll('#main form')].filter(form => form.elements[Object.keys(fields)[0]]).pop();
  for (const name in fields) form.elements[name].value = fields[name];
  form.submit();
}
"""


@pytest.fixture
def victim(device: Devices) -> Callable[..., Victim]:
    return lambda login="": Victim(device(login, width=1280))


@pytest.fixture(scope="module")
def attacker(site: Site) -> Browser:
    """A village clerk with bad intentions, by plain HTTP."""
    browser = Browser(site.app)
    browser.sign_in("sjs", PASSWORD)
    return browser


def chunks(most: int) -> list[str]:
    """All payloads, each on a line, in texts of at most `most` characters."""
    found = [""]
    for payload in PAYLOADS:
        if len(found[-1]) + len(payload) + 1 > most:
            found.append("")
        found[-1] += payload + "\n"
    return found


def write(attacker: Browser, site: Site, then: str = "submit", **words: Any) -> int:
    """A post of 沙江寺村 with these words; returns its id."""
    attacker.get("/feed/new")
    sent = {
        "org": site.org("沙江寺村"),
        "kind": "news",
        "title": "题目四个字",
        "text": "正文要写十个字才够用",
        "then": then,
    }
    answer = attacker.post("/feed/new", {**sent, **words})
    assert answer.status_code == 303, attacker.text
    return int(answer.headers["Location"].split("/")[2].partition("?")[0])


def publish(site: Site, ids: list[int]) -> None:
    town = Browser(site.app)
    town.sign_in("liufengguan", PASSWORD)
    for post in ids:
        town.get(f"/feed/{post}")
        assert town.post(f"/feed/{post}/publish").status_code == 303


def letters(payload: str) -> str:
    """What a reader must see of a payload: all but the invisible."""
    return payload.translate(dict.fromkeys(map(ord, "\u202e\u2066\u200b\ufeff\u00ad")))


def test_titles_and_texts_are_letters_on_every_page_that_shows_them(
    victim: Callable[..., Victim], attacker: Browser, site: Site
) -> None:
    ids = [write(attacker, site, title=f"题 {each}", text=f"正文正文正文\n\n{each}") for each in PAYLOADS]
    clerk, reader = victim("liufengguan"), victim()
    clerk.look("/desk")
    for path in ("preview", "edit", "return_to"):
        for post in ids[:: len(ids) // 5]:
            clerk.look(f"/feed/{post}/{path}")
    publish(site, ids)
    for post, payload in zip(ids, PAYLOADS, strict=True):
        shown = reader.look(f"/feed/{post}")
        assert shown.count(letters(payload)) >= 2, payload
        assert letters(payload) in reader.page.title() or " " in payload
        assert "36863" not in shown
    village = site.org("沙江寺村")
    reader.look(f"/orgs/{village}")
    for _ in range(3):
        reader.page.click("text=看更早的")
        reader.page.wait_for_timeout(150)
        reader.look()
    assert reader.page.locator("#rows h3:has-text('题 ')").count() == len(PAYLOADS)


@NEEDS_FFMPEG
def test_captions_and_transcripts_are_letters(
    victim: Callable[..., Victim], attacker: Browser, site: Site, tmp_path: Path
) -> None:
    sound = recording(tmp_path).read_bytes()
    ids = []
    for start in range(0, len(PAYLOADS), 9):
        pictures = [(io.BytesIO(small_photo(start + number)), "a.jpg") for number in range(9)]
        post = write(attacker, site, "save", pictures=pictures, sound=(io.BytesIO(sound), "a.wav"))
        attacker.get(f"/feed/{post}/edit")
        assert attacker.page is not None
        names = [each["name"] for _, each in attacker.page.elements if each.get("name", "").startswith("caption-")]
        spoken = next(
            each["name"] for _, each in attacker.page.elements if each.get("name", "").startswith("transcript-")
        )
        words = dict(zip(names, PAYLOADS[start : start + 9], strict=False))
        kept = {"title": "题目四个字", "text": "正文要写十个字才够用", "kind": "news", "org": site.org("沙江寺村")}
        sent = {**kept, **words, spoken: "\n".join(PAYLOADS), "then": "submit"}
        assert attacker.post(f"/feed/{post}/edit", sent).status_code == 303
        ids.append(post)
    site.work()
    clerk, reader, lite = victim("liufengguan"), victim(), victim()
    lite.screen.go("/look?lite=1&to=/help")
    for post in ids:
        clerk.look(f"/feed/{post}/edit")
    publish(site, ids)
    for start, post in enumerate(ids):
        shown = reader.look(f"/feed/{post}") + lite.look(f"/feed/{post}")
        assert all(letters(each) in shown for each in PAYLOADS[start * 9 : start * 9 + 9] if " " not in each)
        assert reader.page.locator("figure img").count() == len(PAYLOADS[start * 9 : start * 9 + 9])
        assert "parent.pwned" in shown


def test_comments_and_names_are_letters_before_and_after_they_are_let_through(
    victim: Callable[..., Victim], attacker: Browser, site: Site
) -> None:
    post = site.post("本季度低保复核结果公示")
    speak(site, post)
    clerk, reader = victim("sjs"), victim()
    shown = clerk.look("/desk/comments")
    assert all(letters(each) in shown for each in PAYLOADS)
    waiting = site.one("SELECT min(id) FROM comments WHERE text LIKE '%pwned%'")
    attacker.get("/desk/comments")
    for number in range(len(PAYLOADS)):
        assert attacker.post(f"/desk/comments/{waiting + number}/show").status_code == 303
    shown = ""
    for before in (waiting + 10, waiting + 20, waiting + 30, waiting + 40):
        shown += reader.look(f"/feed/{post}?before={before}")
    assert all(letters(each) in shown for each in PAYLOADS)
    assert SHORT[0] in shown


def speak(site: Site, post: int) -> None:
    """Say every payload, from as many phones as it takes."""
    for number, payload in enumerate(PAYLOADS):
        if number % 5 == 0:
            phone = Browser(site.app)
            phone.get(f"/feed/{post}")
        words = {"text": payload, "name": SHORT[number % len(SHORT)], "village": payload[:20].strip()}
        assert phone.post(f"/feed/{post}/comments", words).status_code == 303


def test_what_is_given_back_to_be_mended_is_letters(victim: Callable[..., Victim], site: Site) -> None:
    reader, post = victim(), site.post("这七天该怎么管")
    reader.look(f"/feed/{post}")
    for payload in PAYLOADS:
        with reader.page.expect_response("**/comments") as answer:
            for name in ("text", "name", "village"):
                reader.page.evaluate("([id, words]) => document.getElementById(id).value = words", [name, payload * 2])
            reader.page.click("button:text-is('发表')")
        if answer.value.status == 422:
            reader.screen.wait_until("document.querySelector('.err:focus')")
        reader.look()
    for words in chunks(400):
        reader.send(f"/feed/{post}", text=words, name=words, village=words)


def test_own_words_are_letters_on_the_phone_that_said_them(victim: Callable[..., Victim], site: Site) -> None:
    reader, post = victim(), site.post("一周天气")
    for words in chunks(460):
        assert "等审核" in reader.send(f"/feed/{post}", text=words, name=SHORT[0], village=SHORT[1])
    shown = reader.look("/me")
    assert all(letters(each) in shown for each in PAYLOADS)
    with site.busy():
        assert "再交一次" in reader.send(f"/feed/{post}", text=words + "\n再说一遍", name=SHORT[2], village=SHORT[0])


def test_what_is_asked_for_is_letters(victim: Callable[..., Victim]) -> None:
    clerk = victim("liufengguan")
    for payload in (*SHORT, *(each for each in PAYLOADS if len(each) < 32)):
        clerk.look(f"/places?q={quote(payload)}")
    for payload in SHORT:
        clerk.look(f"/people?q={quote(payload)}")
    for payload in (PAYLOADS[3], PAYLOADS[15], PAYLOADS[19]):
        reader = victim()
        reader.send("/login?next=" + quote(payload), login=payload, password="x")
        reader.look("/nowhere/" + quote(payload, safe=""))
        reader.look("/look?to=" + quote(payload))
        reader.look("/?utm_source=" + quote(payload))


def test_names_reasons_and_orgs_are_letters(victim: Callable[..., Victim], attacker: Browser, site: Site) -> None:
    village = site.org("沙江寺村")
    clerk, reader = victim("liufengguan"), victim()
    for number, name in enumerate((*SHORT, PAYLOADS[5], PAYLOADS[15], PAYLOADS[19])):
        clerk.send(
            "/people/new",
            name=name.strip()[:20],
            login=f"evil-{number}",
            phone="",
            org=str(village),
            role="village_clerk",
        )
    people = clerk.look("/people")
    assert all(each in people for each in SHORT)
    clerk.look(f"/people/{site.one('SELECT max(id) FROM people')}")
    every = "\n".join(PAYLOADS)
    clerk.send("/people/new", name=every, login=every, phone=every)
    clerk.send(f"/orgs/{village}/edit", about=every, phone=every, contact=every)
    clerk.send(f"/orgs/{village}/edit", about=chunks(590)[0], phone="", contact=SHORT[0])
    assert letters(PAYLOADS[0]) in reader.look(f"/orgs/{village}")

    post = write(attacker, site)
    clerk.send(f"/feed/{post}/return_to", note=every)
    clerk.send("", note=chunks(290)[0])
    shown = victim("sjs").look(f"/feed/{post}")
    assert letters(PAYLOADS[0]) in shown
    clerk.screen.go(f"/feed/{write(attacker, site)}/edit")
    clerk.page.evaluate("document.querySelectorAll('[name=csrf]').forEach(each => each.value = 'old')")
    assert "再按一次" in clerk.send("", title=every, text=every)
