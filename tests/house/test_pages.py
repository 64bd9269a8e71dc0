"""What holds for every page: who may use it, the fragment in its layout, plain links and forms, no private word."""

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.areas import addresses
from tests.browser import ORIGIN, VOID, Browser
from tests.stage import VISITOR, Stage

ALLOWS = {"everyone", "signed_in", "writers", "managers", "readers", "county", "reviewers"}
CLERK = "镇干部"
# Pages that are not for the town's clerk, and who opens them in the walk.
FOR_OTHERS = {"/letters/<int:id>/instruct": "领导"}
STRANGERS = (VISITOR, "党员", "别镇干部", "信息技术")
SECRET = "13912345678"
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture(scope="module", name="addresses")
def all_addresses(stage: Stage) -> list[str]:
    return addresses(stage)


class Outline(HTMLParser):
    """The elements of a page: tag, attributes, and the tags around it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str], list[str]]] = []
        self._around: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}, list(self._around)))
        if tag not in VOID:
            self._around.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._around and self._around.pop() != tag:
            pass

    @property
    def roots(self) -> list[tuple[str, dict[str, str]]]:
        return [(tag, attributes) for tag, attributes, around in self.elements if not around]


def _is_page(response: TestResponse) -> bool:
    fits = response.status_code == 200 and response.mimetype == "text/html"
    if not fits:
        response.close()
    return fits


def _without_tokens(html: str) -> str:
    return re.sub(r'name="(csrf|once)" value="[^"]*"', r'name="\1"', html)


def _browsers(stage: Stage) -> list[tuple[str, Browser]]:
    return [(who, stage.browsers[who]) for who in (VISITOR, CLERK)]


def test_every_route_declares_who_may_use_it(stage: Stage) -> None:
    views = stage.app.view_functions
    silent = [name for name, view in views.items() if getattr(view, "allows", None) not in ALLOWS]
    assert not silent, f"{silent}: put @everyone, @signed_in or a @holders(…) of session.py right above the view"


def test_the_walk_knows_every_page(stage: Stage, addresses: list[str]) -> None:
    rules = {rule.rule for rule in stage.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert rules - {stage.rule_of(url) for url in addresses} == set(), (
        "give Stage.addresses a url of these, so that it is walked"
    )
    whose = {url: FOR_OTHERS.get(stage.rule_of(url), CLERK) for url in addresses}
    bad = [url for url, who in whose.items() if stage.browsers[who].get(url).status_code not in (200, 301, 303)]
    assert not bad, f"{bad} do not open for the town's clerk: mend Stage.addresses"


def test_a_page_is_the_layout_around_the_same_fragment(stage: Stage, addresses: list[str]) -> None:
    drifted, walked = [], 0
    for who, browser in _browsers(stage):
        for url in addresses:
            whole = browser.get(url)
            if not _is_page(whole):
                continue
            bare = browser.get(url, HX_Request="true")
            walked += 1
            inside = _without_tokens(bare.text) in _without_tokens(whole.text)
            if not inside or "</body>" in bare.text or "</body>" not in whole.text:
                drifted.append((who, url))
    assert walked > 40
    assert not drifted, f"{drifted}: answer with page(); only it puts the layout round the fragment"


def test_a_fragment_says_that_it_depends_on_htmx_and_is_not_stored(stage: Stage, addresses: list[str]) -> None:
    wrong = []
    for who, browser in _browsers(stage):
        for url in addresses:
            whole = browser.get(url)
            if not _is_page(whole):
                continue
            bare = browser.get(url, HX_Request="true")
            varies = all("HX-Request" in response.headers.get("Vary", "") for response in (whole, bare))
            if not varies or bare.headers.get("Cache-Control") != "no-store":
                wrong.append((who, url, bare.headers.get("Vary"), bare.headers.get("Cache-Control")))
    assert not wrong, f"{wrong}: every page names HX-Request in Vary; a fragment is no-store, or Back shows it bare"


def test_a_page_restored_from_history_is_whole(stage: Stage) -> None:
    restored = stage.browsers[VISITOR].get("/", HX_Request="true", HX_History_Restore_Request="true")
    assert "</body>" in restored.text


def test_a_fragment_has_one_root_with_its_id(stage: Stage, addresses: list[str]) -> None:
    wrong = []
    for _, browser in _browsers(stage):
        for url in addresses:
            bare = browser.get(url, HX_Request="true")
            if _is_page(bare) and [bool(attributes.get("id")) for _, attributes in Outline(bare.text).roots] != [True]:
                wrong.append(url)
    assert not wrong, f"{wrong}: a fragment has one root element, with an id by which it can be swapped"


def test_what_htmx_does_a_plain_link_or_form_does_too(stage: Stage, addresses: list[str]) -> None:
    wrong, seen = [], 0
    for _, browser in _browsers(stage):
        for url in addresses:
            response = browser.get(url)
            for tag, attributes, around in Outline(response.text).elements if _is_page(response) else []:
                wrong += [f"{url}: <{tag} {name}>, write data-{name}" for name in attributes if name.startswith("hx-")]
                for verb, plain in (("data-hx-get", "href"), ("data-hx-post", "action")):
                    if verb in attributes:
                        seen += 1
                        in_form = tag == "button" and "form" in around
                        if attributes[verb] != attributes.get(plain) and not in_form:
                            wrong.append(f"{url}: <{tag} {verb}={attributes[verb]}> without the same {plain}")
    assert seen > 4
    assert not wrong, f"{wrong}: htmx saves bytes only; the same address stands in the link or form"


def _unsafe(app: Flask) -> list[str]:
    rules = [rule.rule for rule in app.url_map.iter_rules() if (rule.methods or set()) & UNSAFE]
    return [re.sub(r"<any\((\w+).*?>|<[^>]+>", lambda found: found[1] or "1", rule) for rule in rules]


def test_every_unsafe_route_refuses_a_missing_token_and_gives_the_form_back(stage: Stage) -> None:
    before = stage.print()
    for url in _unsafe(stage.app):
        client = stage.browsers[CLERK].client
        for data in ({"text": "写了好久的字"}, {"text": "写了好久的字", "csrf": "0" * 32}):
            response = client.post(url, data=data, headers={"Origin": ORIGIN})
            assert response.status_code == 403, f"{url} took a form without the login's token"
            assert "写了好久的字" in response.text, f"{url} lost what was typed"
    assert stage.print() == before


def test_every_unsafe_route_refuses_a_form_of_another_site(stage: Stage) -> None:
    before = stage.print()
    for who in (VISITOR, CLERK):
        browser = stage.browsers[who]
        for url in _unsafe(stage.app):
            for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
                response = browser.client.post(url, data={"csrf": browser.csrf}, headers=headers)
                assert response.status_code == 403, f"{who} {url} took a form from {headers}"
    assert stage.print() == before


def test_a_visitor_without_any_sign_of_the_site_gets_the_form_again_with_a_token(stage: Stage) -> None:
    for url in _unsafe(stage.app):
        response = stage.county.visitor().client.post(url, data={"text": "写了好久的字"})
        assert response.status_code == 403, f"{url} took a form that came from nowhere"
        assert 'name="csrf"' in response.text, f"{url}: the form that comes back carries no token"


@pytest.mark.parametrize("who", STRANGERS)
def test_the_words_as_written_stay_with_their_clerks(stage: Stage, who: str) -> None:
    """Everything that can be reached by links, with what is private planted in everything."""
    hidden = {"title": f"写的人留了 {SECRET}", "text": f"正文里有 {SECRET}", "public_title": "遮过的标题"}
    post = stage.post("published", **hidden)
    unsent = {**hidden, "public_title": "不该看见的草稿"}
    behind = [f"/feed/{stage.post(state, **unsent)}" for state in ("draft", "submitted", "withdrawn")]
    named = {"name": SECRET, "village": f"沙江寺 {SECRET}"}
    stage.comment("shown", post=post, text=f"评论里有 {SECRET}", public_text="遮过的评论", **named)
    stage.comment("pending", post=post, text=SECRET, public_text=f"还没审的 {SECRET}", name="不该看见")
    browser, queue, seen = (
        stage.browsers[who],
        ["/", "/desk", "/people", "/desk/comments", f"/feed/{post}", *behind],
        set(),
    )
    while queue and len(seen) < 200:
        url = queue.pop(0)
        seen.add(url)
        response = browser.get(url)
        if not _is_page(response):
            continue
        assert SECRET not in response.text, f"{who} reads on {url} what was written, not its public_* copy"
        assert "不该看见" not in response.text, f"{who} reads on {url} what is not out yet"
        links = [attributes.get("href", "") for tag, attributes, _ in Outline(response.text).elements if tag == "a"]
        local = [link.partition("#")[0] for link in links if link and not urlsplit(link).netloc]
        queue += [link for link in dict.fromkeys(local) if link.startswith("/") and link not in (*seen, *queue)]
    assert f"/feed/{post}" in seen
    assert len(seen) > 20


def test_the_planted_words_are_there_to_be_found(stage: Stage) -> None:
    post = stage.post("published", title=f"写的人留了 {SECRET}", text=SECRET, public_title="遮过的标题")
    assert SECRET in stage.browsers[CLERK].get(f"/feed/{post}/preview").text
