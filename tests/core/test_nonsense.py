"""Nothing that anybody puts into a path, a query or a form breaks the site: it is refused, and never with a 500."""

from urllib.parse import quote

import pytest
from werkzeug.routing import Rule

from tests.browser import ORIGIN, Browser
from tests.conftest import County
from tests.floor import address, published, submitted, unsafe_addresses, words
from wdj.portal.sample import PASSWORD

HUGE = str(10**30)
NASTY = {
    "NUL": "a\x00b", "invalid UTF-8": b"\xff\xfe\xed\xa0\x80", "ten kilobytes": "长" * 3400, "a huge number": HUGE,
    "a number too long to read": "9" * 5000, "negative": "-1", "minus huge": f"-{HUGE}", "not a number": "NaN",
    "a wide digit": "１２", "quotes": "'\";--", "a template": "{{7*7}}", "a path": "../../etc/passwd", "empty": "",
    "a time before time": "0001-01-01T00:00", "a time after time": "9999-12-31T23:59",
    "line ends": "a\r\nSet-Cookie: x=1",
    "half a character": "\ud83d".encode("utf-16", "surrogatepass").decode("utf-16", "replace"), "a tab": "\t",
    "an array": ["1", "2"], "percent": "%", "sixty thousand lines": "\n" * 60000,
}  # fmt: skip
SHORT = {name: value for name, value in NASTY.items() if len(value) < 100}
NAMES = (
    "before", "after", "kind", "q", "said", "next", "ok", "to", "size", "lite", "org", "role", "title", "text", "name",
    "village", "version", "publish_at", "then", "note", "reason", "login", "password", "phone", "once", "csrf",
    "remove", "password_now", "password_new", "password_again", "clear", "x[]", "", "caption", "1",
)  # fmt: skip


def likely_gaps(rule: Rule, gap: str) -> str:
    """The path of `rule` with `gap` in each of its gaps."""
    return "/" + "/".join(gap if part.startswith("<") else part for part in rule.rule.strip("/").split("/"))


def furnished(county: County) -> list[Browser]:
    """Two who try all doors of a county with a post in each state of interest."""
    published(county)
    submitted(county)
    return [county.visitor(), county.chen()]


def test_nothing_in_a_query_breaks_a_page(county: County) -> None:
    rules = [rule for rule in county.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    for browser in furnished(county):
        for rule in rules:
            for name, value in SHORT.items():
                answer = browser.client.get(address(rule, {}), query_string=dict.fromkeys(NAMES, value))
                assert answer.status_code < 500, (rule, name)


def test_nothing_in_a_path_breaks_a_page(county: County) -> None:
    rules = [rule for rule in county.app.url_map.iter_rules() if rule.arguments]
    values = [value if isinstance(value, str | bytes) else "1,2" for value in NASTY.values()]
    for browser in furnished(county):
        browser.get("/me")
        for rule in rules:
            for path in [likely_gaps(rule, quote(value, safe="")) for value in values]:
                for method in (rule.methods or set()) & {"GET", "POST"}:
                    headers = {"Origin": ORIGIN, "X-Csrf": browser.csrf}
                    assert browser.client.open(path, method=method, headers=headers).status_code < 500, path[:80]


def test_nothing_in_a_form_breaks_a_page(county: County) -> None:
    visitor, chen = furnished(county)
    for name, value in SHORT.items():
        for browser in (visitor, chen):
            browser.get("/me")
            for url in unsafe_addresses(county):
                if url in ("/logout", "/login"):
                    continue
                sent = {**dict.fromkeys(NAMES, value), "csrf": browser.csrf}
                answer = browser.client.post(url, data=sent, headers={"Origin": ORIGIN})
                assert answer.status_code < 500, (url, name)


@pytest.mark.parametrize("field", ["title", "text", "org", "kind", "publish_at", "version", "then", "once"])
def test_one_nasty_field_in_a_good_post_breaks_nothing(county: County, field: str) -> None:
    zhou = county.zhou()
    zhou.get("/feed/new")
    good = {**words(county, "留凤关镇"), "csrf": zhou.csrf}
    for name, value in NASTY.items():
        answer = zhou.client.post("/feed/new", data={**good, field: value}, headers={"Origin": ORIGIN})
        assert answer.status_code < 500, name


@pytest.mark.parametrize("field", ["name", "login", "phone", "org", "role", "once"])
def test_one_nasty_field_in_a_good_account_breaks_nothing(county: County, field: str) -> None:
    zhou = county.zhou()
    zhou.get("/people/new")
    good = {"name": "新来的", "login": "new-one", "phone": "", "org": county.org("沙江寺村"), "role": "member"}
    for name, value in NASTY.items():
        sent = {**good, "csrf": zhou.csrf, field: value}
        assert zhou.client.post("/people/new", data=sent, headers={"Origin": ORIGIN}).status_code < 500, name


@pytest.mark.parametrize("target", ["//[", "http://[", "/\t/[::1", "//[v]", "/a//[?x=]", "[", "//]", "http://[::1]:x"])
def test_half_an_address_leads_home_and_not_into_an_error(county: County, target: str) -> None:
    phone = county.visitor()
    assert phone.get(f"/look?to={quote(target)}").status_code == 303
    assert phone.get(f"/login?next={quote(target)}").status_code == 200
    sent = {"login": "sjs", "password": PASSWORD, "next": target}
    assert phone.post("/login", sent).status_code == 303
    assert phone.get("/desk").status_code == 200


@pytest.mark.parametrize("header", ["Origin", "Referer"])
@pytest.mark.parametrize("value", ["http://[", "//[", "http://[v]/", "http://localhost:[", "\xff"])
def test_half_an_address_of_where_a_form_was_is_another_site(county: County, header: str, value: str) -> None:
    post = published(county)
    for url in (f"/feed/{post}/like", "/login", "/places"):
        answer = county.visitor().client.post(url, data={}, headers={header: value})
        assert answer.status_code == 403, url


BODIES = [
    b"", b"%", b"a=%ff%fe&b", b"&" * 5000, b"a[]=1&a[b][c]=2", b'{"text": 1}', b"\x00" * 100,
    b"text=" + b"x" * 3_000_000,
    b"--x\r\nContent-Disposition: form-data; name=text\r\n\r\nhalf",
]  # fmt: skip
KINDS = [
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "text/\xe4",
    "x",
]


def test_a_body_of_any_bytes_is_refused_politely(county: County) -> None:
    post, phone = published(county), county.visitor()
    for kind in KINDS:
        for body in BODIES:
            answer = phone.client.post(
                f"/feed/{post}/comments", data=body, content_type=kind, headers={"Origin": ORIGIN}
            )
            assert answer.status_code in (403, 413, 422), (kind, body[:40])
