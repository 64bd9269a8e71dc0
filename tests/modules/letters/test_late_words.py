"""By how much a letter is late: every page says the same, also where it waits for its writer since it was late."""

from datetime import timedelta

import time_machine

from tests.conftest import County
from tests.modules.letters.authors import opened
from tests.modules.letters.clerks import do
from tests.modules.letters.made import TOWN, letter_in, receipt_of
from wdj.core.clock import now, today
from wdj.core.deadlines import pauses_of
from wdj.core.spans import count_in


def test_the_desk_the_pane_the_late_list_the_file_and_its_own_page_say_one_number(county: County) -> None:
    letter = letter_in(county.app, "in_hand", handler=TOWN, days_ago=12, public=True)
    with county.app.app_context():
        due_on = today() - timedelta(days=12)
        while count_in(today() - timedelta(days=12), due_on, []) < 3:
            due_on += timedelta(days=1)
    assert do(county.zhou(), letter, "ask_more", note="请问您家几亩？") == 303
    with time_machine.travel(now() + timedelta(days=15), tick=True):
        with county.app.app_context():
            spans = pauses_of([letter])[letter]
            said = f"超期 {count_in(due_on, today(), spans)} 个工作日"
            wrong = f"超期 {count_in(due_on, today(), [])} 个工作日"
        assert said != wrong
        zhou = county.zhou()
        pages = ("/desk", f"/desk?open={letter}", "/late", f"/late/{letter}/print", f"/letters/{letter}")
        for page in pages:
            zhou.get(page)
            assert said in zhou.text, page
            assert wrong not in zhou.text, page
        zhou.get("/desk")
        file = zhou.post("/desk/bulk", {"action": "csv"})
        assert said in file.get_data(as_text=True)
        assert wrong not in file.get_data(as_text=True)
        writer, phone = opened(county, letter), county.visitor()
        writer.get(f"/r/{receipt_of(county.app, letter)[0]}")
        phone.get(f"/letters?org={county.org('沙江寺村')}")
        for browser in (writer, phone):
            assert wrong not in browser.text
            assert said in browser.text
