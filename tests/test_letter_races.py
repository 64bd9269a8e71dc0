"""Many taps at the same moment, and a server killed under load: one letter each, none lost that was acknowledged."""

import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import count

import pytest

from tests.conftest import County
from tests.floor import every, one
from tests.live import Live, at_once, wait_for
from tests.test_races import device, statuses

FROST = "沙江寺二组有十几户椒园冻得厉害，想问能不能领补贴，找谁。"


@pytest.fixture
def live(county: County) -> Iterator[Live]:
    site = Live(county.app)
    yield site
    site.close()


def letter(nonce: str, text: str = FROST) -> dict[str, str]:
    return {"once": nonce, "text": text, "kind": "question", "door": "board", "village": "0"}


def nonce_of(live: Live) -> str:
    found = re.search(r'name="once" value="([^"]+)"', live.get("/letters/ask").body)
    assert found
    return found[1]


@pytest.mark.parametrize("cookies", [{"wdj_d": device(1)}, {}], ids=["a known phone", "a phone without cookies"])
def test_two_hundred_taps_on_one_form_are_one_letter(county: County, live: Live, cookies: dict[str, str]) -> None:
    live.start()
    sent = letter(nonce_of(live))
    answers = at_once([partial(live.post, "/letters/ask", sent, **cookies) for _ in range(200)])
    assert statuses(answers) == [303] * 200
    assert len({each.headers["Location"] for each in answers}) == 1
    for table in ("letters", "receipts", "deadlines"):
        assert one(county.app, f"SELECT count(*) FROM {table}") == 1


def test_thirty_forms_at_once_are_thirty_letters(county: County, live: Live) -> None:
    live.start()
    tasks = [
        partial(live.post, "/letters/ask", letter(nonce_of(live), f"第 {number} 件事"), wdj_d=device(number))
        for number in range(30)
    ]
    assert statuses(at_once(tasks)) == [303] * 30
    assert one(county.app, "SELECT count(*) FROM letters") == 30
    assert one(county.app, "SELECT count(DISTINCT number) FROM receipts") == 30


def test_killed_while_letters_come_in_none_that_was_acknowledged_is_lost(county: County, live: Live) -> None:
    server = live.start()
    assert live.get("/help").status == 200
    acknowledged: dict[str, str] = {}
    numbers, enough = count(1), threading.Event()

    def write() -> None:
        while not enough.is_set():
            number = next(numbers)
            text = f"第 {number} 件事：三组没有路灯"
            with suppress(OSError, AssertionError):
                answer = live.post("/letters/ask", letter(f"nonce-{number}", text), wdj_d=device(number))
                if answer.status == 303:
                    acknowledged[text] = answer.headers["Location"].split("/")[2].partition("?")[0]

    writers = [threading.Thread(target=write) for _ in range(3)]
    for each in writers:
        each.start()
    try:
        wait_for(lambda: len(acknowledged) > 12)
        live.kill(server)
        live.start()
        before = len(acknowledged)
        wait_for(lambda: len(acknowledged) > before + 3)
    finally:
        enough.set()
        for each in writers:
            each.join()
    assert set(acknowledged) <= set(every(county.app, "SELECT text FROM items WHERE type = 'letter'"))
    assert set(acknowledged.values()) <= set(every(county.app, "SELECT number FROM receipts"))
    whole = "SELECT count(*) FROM letters JOIN receipts ON item_id = letters.id JOIN deadlines USING (item_id)"
    assert one(county.app, whole) == one(county.app, "SELECT count(*) FROM letters"), "none is half there"
