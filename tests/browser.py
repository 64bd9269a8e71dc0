"""What a person holds in the hand: fetches pages, checks each one, and sends the forms that it finds in them."""

import re
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from werkzeug.test import Client, TestResponse

ORIGIN = "http://localhost"
VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])


class Page(HTMLParser):
    """A parsed page: its elements, its forms, its text; problems that no page may have."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.problems: list[str] = []
        self.words: list[str] = []
        self.forms: list[dict[str, Any]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        if self._open:
            self.problems.append(f"never closed: {self._open}")
        ids = [attributes["id"] for _, attributes in self.elements if "id" in attributes]
        self.problems += [f"id {each} twice" for each in sorted({each for each in ids if ids.count(each) > 1})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes))
        if "style" in attributes or any(name.startswith("on") for name in attributes):
            self.problems.append(f"<{tag}> with style or handler: {attributes}")
        if tag == "form":
            self.forms.append(
                {"action": attributes.get("action", ""), "method": attributes.get("method", "get"), "fields": {}}
            )
        elif self.forms and tag in ("input", "textarea", "select", "button") and "name" in attributes:
            self._field(tag, attributes)
        if tag not in VOID:
            if tag == "p" and self._open and self._open[-1] == "p":
                self.problems.append("<p> in <p>")
            self._open.append(tag)

    def _field(self, tag: str, attributes: dict[str, str]) -> None:
        if attributes.get("type") in ("checkbox", "radio", "file", "submit") or tag == "button":
            return
        self.forms[-1]["fields"].setdefault(attributes["name"], attributes.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            self.problems.append(f"</{tag}> closes {self._open[-1:] or 'nothing'}")
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1] not in ("style", "script"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    def form(self, action: str) -> dict[str, Any]:
        """The first form whose action contains `action`."""
        return next(form for form in self.forms if action in form["action"])


class Browser:
    """One device with its cookies. It says where a form came from, as browsers do."""

    def __init__(self, app: Flask, **headers: str) -> None:
        self.client = Client(app, TestResponse)
        self.headers = headers
        self.page: Page | None = None
        self.html = ""
        self.csrf = ""

    def get(self, url: str, **headers: str) -> TestResponse:
        response = self.client.get(url, headers={**self.headers, **_dashed(headers)}, buffered=True)
        self._look_at(response)
        return response

    def post(
        self, url: str, data: dict[str, Any] | None = None, *, follow: bool = False, **headers: str
    ) -> TestResponse:
        """Send a form made of `data` and of the hidden inputs of the last page's form with that action."""
        hidden = self._hidden(url)
        sent = {**hidden, **(data or {})}
        has_files = any(hasattr(value, "read") or isinstance(value, list | tuple) for value in sent.values())
        response = self.client.post(
            url, data=sent, headers={"Origin": ORIGIN, **self.headers, **_dashed(headers)},
            content_type="multipart/form-data" if has_files else None,
        )  # fmt: skip
        self._look_at(response)
        if follow and response.status_code == 303:
            return self.get(response.headers["Location"])
        return response

    def _hidden(self, url: str) -> dict[str, str]:
        forms = self.page.forms if self.page else []
        path = url.partition("?")[0]
        exact = [form for form in forms if form["action"].partition("?")[0] in (path, "") and form["method"] == "post"]
        fields = exact[0]["fields"] if exact else {"csrf": self.csrf}
        return {name: value for name, value in fields.items() if name in ("csrf", "once", "version") and value}

    def _look_at(self, response: TestResponse) -> None:
        if response.mimetype != "text/html" or not response.data:
            return
        html = self.html = response.get_data(as_text=True)
        page = Page(html)
        assert not page.problems, f"{response.request.path}: {page.problems}"
        assert "<!--css-->" not in html
        assert html.count("<h1") <= 1, f"{response.request.path} has more than one h1"
        if "</body>" in html:
            self.page = page
            tokens = [form["fields"]["csrf"] for form in page.forms if "csrf" in form["fields"]]
            self.csrf = tokens[0] if tokens else self.csrf

    def sign_in(self, login: str, password: str) -> TestResponse:
        self.get("/login")
        response = self.post("/login", {"login": login, "password": password})
        assert response.status_code == 303, response.get_data(as_text=True)
        self.get("/me")
        return response

    @property
    def text(self) -> str:
        """The words of the last whole page."""
        assert self.page is not None
        return self.page.text


def _dashed(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
