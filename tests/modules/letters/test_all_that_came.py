"""What came with a letter and when stands wherever it is needed: on the slip, while it is answered, for its writer."""

from datetime import timedelta
from pathlib import Path

from tests.conftest import County
from tests.modules.calls import work
from tests.modules.letters.authors import opened, send
from tests.modules.letters.clerks import do
from tests.modules.letters.made import letter_in, one
from tests.modules.letters.test_following import asked_back
from tests.modules.letters.test_following_files import said as spoken
from tests.modules.letters.test_following_files import shot
from tests.modules.letters.test_on_behalf import write_down
from tests.screen.things import NEEDS_FFMPEG
from wdj.core.clock import say_day, today


def test_slip_and_receipt_say_the_day_on_which_it_was_received(county: County) -> None:
    li, day = county.li(), today() - timedelta(days=3)
    slip = write_down(li, county, received_on=day.isoformat())
    assert f"{say_day(day)} 收到" in li.get(slip).text
    letter = int(one(county, "SELECT max(id) FROM letters"))
    assert say_day(day) in opened(county, letter).text
    assert f'<b>已收到</b><span class="sub">{say_day(day)}' in county.zhou().get(f"/letters/{letter}").text


@NEEDS_FFMPEG
def test_who_answers_sees_and_hears_what_came_with_the_letter_and_later(county: County, tmp_path: Path) -> None:
    letter = asked_back(county)
    send(opened(county, letter), letter, "supply", pictures=shot(), sound=spoken(tmp_path))
    work(county)
    zhao = county.zhao()
    zhao.get(f"/letters/{letter}")
    sound = one(county, "SELECT id FROM media WHERE kind = 'sound'")
    zhao.post(f"/letters/{letter}/words", {f"transcript-{sound}": "三组也冻了"})
    html = zhao.get(f"/letters/{letter}/answer") and zhao.html
    side = html.partition("<h2>来信</h2>")[2]
    assert '<audio controls preload="none"' in side
    assert "三组也冻了" in side
    assert side.count("<img") == 1
    assert side.count(" 补的") == 2


def test_what_was_said_with_a_rating_is_shown_to_its_writer_alone(county: County) -> None:
    letter = letter_in(county.app, "answered", public=True)
    assert "没有人来修" in send(
        opened(county, letter), letter, "rate", solved="no", satisfaction="1", words="没有人来修"
    )
    assert "没有人来修" in opened(county, letter).text
    assert "没有人来修" not in county.visitor().get(f"/letters/{letter}").text


def test_what_was_said_on_the_telephone_with_a_rating_is_marked_so(county: County) -> None:
    letter = letter_in(county.app, "answered")
    assert do(county.zhou(), letter, "by-phone", do="rate", solved="yes", satisfaction="3", words="修好了") == 303
    author = opened(county, letter)
    assert author.html.index("您评的时候说") < author.html.index("电话里说的") < author.html.index("修好了")
