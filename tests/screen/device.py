"""A phone or a computer in somebody's hand: Chromium with its own cookies, which notes whatever must not happen."""

import re
import time
from itertools import count
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response

from tests.screen.site import Site
from wdj.portal.sample import PASSWORD

SIZES = ("", "big", "huge")
PATIENCE = 10
# Chromium writes every 4xx and 503 to the console; here these are wanted.
STATUS = re.compile(r"(Failed to load resource: .* a status of|Response Status Error Code) (4\d\d|503)")
# And this is what it and htmx say when the test itself has cut the line.
CUT = re.compile(r"ERR_INTERNET_DISCONNECTED|htmx:(sendError|afterRequest)")


MAKES = count(1)


class Device:
    """`js=False` is a browser with scripts switched off. `state`: the cookies of another device."""

    def __init__(
        self, chromium: Browser, site: Site, *, js: bool = True, size: str = "", width: int = 360, **more: Any
    ) -> None:
        height = {320: 568, 360: 740}.get(width, 800)
        more.setdefault("has_touch", width < 800)
        # Each is a phone of its own make: the site tells phones that have no cookie yet by it.
        more.setdefault(
            "user_agent", f"Mozilla/5.0 (Linux; Android 12; Sample {next(MAKES)}) Chrome/120 Mobile Safari/537.36"
        )
        self.site, self.js = site, js
        self.context = chromium.new_context(
            base_url=site.url, java_script_enabled=js, viewport={"width": width, "height": height},
            locale="zh-CN", service_workers="block", **more,
        )  # fmt: skip
        self.context.set_default_timeout(PATIENCE * 1000)
        if size:
            self.set_size(size)
        self.asked: list[str] = []
        self.troubles: list[str] = []
        self.was_cut = False
        self.context.on("request", self._note_request)
        self.context.on("console", self._note_console)
        self.context.on("weberror", lambda wrong: self.troubles.append(f"script: {wrong.error}"))
        self.context.on("dialog", lambda dialog: (self.troubles.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page: Page = self.context.new_page()

    def _note_request(self, request: Request) -> None:
        self.asked.append(request.url)
        if not request.url.startswith((self.site.url + "/", "data:")):
            self.troubles.append(f"asked another host: {request.url}")

    def _note_console(self, message: ConsoleMessage) -> None:
        wanted = STATUS.match(message.text) or (self.was_cut and CUT.search(message.text))
        if message.type in ("error", "warning") and not wanted:
            self.troubles.append(f"console: {message.text}")

    def cut_line(self) -> None:
        """No signal from here on."""
        self.was_cut = True
        self.context.set_offline(True)

    def mend_line(self) -> None:
        self.context.set_offline(False)

    def set_size(self, size: str) -> None:
        self.context.add_cookies([{"name": "size", "value": size, "url": self.site.url}])

    def go(self, path: str) -> Response:
        """Open a page of the site by its path."""
        answer = self.page.goto(path)
        assert answer is not None, path
        return answer

    def sign_in(self, login: str, password: str = PASSWORD) -> None:
        self.go("/login")
        self.page.fill("#login", login)
        self.page.fill("#password", password)
        self.page.click("button:text-is('登录')")
        self.page.wait_for_load_state()

    @property
    def text(self) -> str:
        """The words that can be seen."""
        return re.sub(r"\s+", " ", self.page.inner_text("body"))

    @property
    def htmx(self) -> bool:
        """True if htmx was loaded and has started on this page."""
        return bool(self.page.evaluate("!!window.htmx"))

    def wait_for_htmx(self) -> None:
        self.wait_until("window.htmx && document.readyState == 'complete'")
        # htmx starts in a timer of its own after its script has run.
        self.page.wait_for_timeout(20)

    def wait_until(self, expression: str) -> None:
        """Wait for what is true in the page. Playwright's own wait is stopped by our CSP."""
        deadline = time.monotonic() + PATIENCE
        while not self.page.evaluate(expression):
            assert time.monotonic() < deadline, f"waited in vain for {expression}"
            self.page.wait_for_timeout(20)

    def mark(self) -> None:
        """Leave a mark that a whole new page would wipe away."""
        self.page.evaluate("window.mark = 1")

    @property
    def same_page(self) -> bool:
        return bool(self.page.evaluate("window.mark == 1"))

    def close(self) -> None:
        self.context.close()
