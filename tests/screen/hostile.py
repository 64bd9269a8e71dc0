"""Forms as an attacker finds them: walked to, filled with something hostile field by field, and sent."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from werkzeug.test import TestResponse

from tests.areas import addresses
from tests.browser import Browser
from tests.stage import VISITOR, Stage

WALKERS = ("镇干部", VISITOR, "村干部", "县委办公室")
# What anybody can type into, whatever a browser would let through.
TYPED = ("text", "search", "tel", "url", "email", "date", "number", "time", "datetime-local")
# What no page may hold; the parser sees no element in what is only letters.
FOREIGN = {"math", "iframe", "base", "object", "embed", "s"}


@dataclass
class Form:
    """One form of a page: where it goes, what it sends untouched, and the fields that take words."""

    page: str
    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)

    def key(self, stage: Stage) -> str:
        """METHOD rule of the route that it goes to."""
        path = urlsplit(urljoin(self.page, self.action)).path
        rule = stage.app.url_map.bind("localhost").match(path, self.method.upper(), return_rule=True)[0].rule
        return f"{self.method.upper()} {rule}"


class Forms(HTMLParser):
    """The forms of a page as a browser would send them, and whatever on it is alive and should not be."""

    def __init__(self, html: str, page: str) -> None:
        super().__init__()
        self.page, self.forms, self.alive = page, list[Form](), list[str]()
        self._area = self._select = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        self._look(tag, has)
        if tag == "form":
            self.forms.append(Form(self.page, has.get("action") or self.page, has.get("method", "get").lower()))
        elif tag == "option" and self._select and ("selected" in has or self._select not in self.forms[-1].values):
            self.forms[-1].values[self._select] = has.get("value", "")
        elif self.forms and has.get("name") and "disabled" not in has:
            self._add(tag, has)

    def _add(self, tag: str, has: dict[str, str]) -> None:
        form, name, kind = self.forms[-1], has["name"], has.get("type", "text")
        self._select = name if tag == "select" else ""
        if tag == "textarea":
            self._area = name
            form.values[name] = ""
        if tag == "textarea" or (tag == "input" and kind in TYPED):
            form.typed.append(name)
        sends_itself = kind in (*TYPED, "hidden") or (kind in ("radio", "checkbox") and "checked" in has)
        if (tag == "input" and sends_itself) or (tag == "button" and name not in form.values):
            form.values[name] = has.get("value", "on" if kind == "checkbox" else "")

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1].values[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        self._area = "" if tag == "textarea" else self._area
        self._select = "" if tag == "select" else self._select

    def _look(self, tag: str, has: dict[str, str]) -> None:
        """Note an element that only an attacker would have written."""
        wrong = tag in FOREIGN or (tag == "svg" and "viewbox" not in has)  # a printed code is one of ours
        wrong |= has.get("id") in ("pwned", "p") or (tag == "script" and "/static/" not in has.get("src", ""))
        for name, value in has.items():
            wrong |= name.startswith(("on", "hx-", "data-hx-on", "data-hx-vals")) or "pwned" in name
            wrong |= name in ("href", "src", "action") and value.lower().startswith("javascript:")
            wrong |= (name.startswith("data-hx-") or name in ("src", "action")) and "pwned" in value.partition("?")[0]
        if wrong:
            self.alive.append(f"{self.page}: <{tag} {has}>")


def found_forms(stage: Stage) -> dict[str, tuple[str, Form]]:
    """By METHOD rule and fields: (who saw it first, the form), of every form with a text field on all pages."""
    found: dict[str, tuple[str, Form]] = {}
    for url in addresses(stage):
        for who in WALKERS:
            for form in forms_at(stage.browsers[who], url).forms:
                if form.typed:
                    found.setdefault(f"{form.key(stage)} {' '.join(form.typed)}", (who, form))
    return found


def forms_at(browser: Browser, url: str) -> Forms:
    response = browser.get(url)
    is_page = response.status_code == 200 and response.mimetype == "text/html"
    return Forms(response.get_data(as_text=True) if is_page else "", url)


def send(browser: Browser, form: Form, typed: dict[str, str]) -> TestResponse:
    """Open the page again, put `typed` over what the form holds and send it; as it was, if it is there no more."""
    there = forms_at(browser, form.page).forms
    same = [each for each in there if (each.action, each.typed) == (form.action, form.typed)]
    values: dict[str, Any] = (same or [form])[0].values | typed
    url = urljoin(form.page, form.action)
    if form.method == "get":
        return browser.get(f"{url.partition('?')[0]}?{urlencode(values)}")
    return browser.post(url, values, follow=True)
