"""The county's clock and calendar: words for moments, lunar dates, solar terms."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask

from wdj.core import clock, lunar

CHINA = ZoneInfo("Asia/Shanghai")
EVERY_DAY = [lunar.FIRST + timedelta(days=n) for n in range((lunar.LAST - lunar.FIRST).days + 1)]

# 春节 2015-2045 and 中秋 2015-2026: common knowledge, written down without the table.
NEW_YEARS = (
    "2015-02-19 2016-02-08 2017-01-28 2018-02-16 2019-02-05 2020-01-25 2021-02-12 2022-02-01 2023-01-22 2024-02-10 "
    "2025-01-29 2026-02-17 2027-02-06 2028-01-26 2029-02-13 2030-02-03 2031-01-23 2032-02-11 2033-01-31 2034-02-19 "
    "2035-02-08 2036-01-28 2037-02-15 2038-02-04 2039-01-24 2040-02-12 2041-02-01 2042-01-22 2043-02-10 2044-01-30 "
    "2045-02-17"
)
MID_AUTUMNS = (
    "2015-09-27 2016-09-15 2017-10-04 2018-09-24 2019-09-13 2020-10-01 2021-09-21 2022-09-10 2023-09-29 2024-09-17 "
    "2025-10-06 2026-09-25"
)
LEAP_MONTHS = {
    "闰六月": [2017, 2025, 2036],
    "闰四月": [2020],
    "闰二月": [2023, 2042],
    "闰五月": [2028, 2039],
    "闰三月": [2031],
    "闰冬月": [2033],
    "闰七月": [2044],
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


@pytest.fixture
def saturday_morning() -> Iterator[None]:
    with time_machine.travel(at("2026-04-18 09:30"), tick=False):
        yield


def test_now_is_utc_and_today_is_the_county_day() -> None:
    with time_machine.travel(at("2026-04-19 00:10"), tick=False):
        assert clock.now() == datetime(2026, 4, 18, 16, 10, tzinfo=UTC)
        assert clock.now().tzinfo is UTC
        assert clock.today() == date(2026, 4, 19)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-04-18 09:20", "今天 9:20"),
        ("2026-04-18 00:00", "今天 0:00"),
        ("2026-04-18 23:59", "今天 23:59"),
        ("2026-04-17 23:59", "昨天 23:59"),
        ("2026-04-19 16:05", "明天 16:05"),
        ("2026-04-16 09:20", "4月16日"),
        ("2026-12-31 09:20", "12月31日"),
        ("2025-04-16 09:20", "2025年4月16日"),
        ("2027-01-01 00:00", "2027年1月1日"),
    ],
)
def test_a_moment_is_said_as_people_say_it(saturday_morning: None, moment: str, words: str) -> None:
    assert clock.say_when(at(moment)) == words
    assert clock.say_when(at(moment).astimezone(UTC)) == words


def test_yesterday_may_lie_in_the_old_year() -> None:
    with time_machine.travel(at("2027-01-01 08:00"), tick=False):
        assert clock.say_when(at("2026-12-31 21:00")) == "昨天 21:00"
        assert clock.say_when(at("2026-12-30 21:00")) == "2026年12月30日"


def test_a_day_is_said_with_its_weekday(saturday_morning: None) -> None:
    assert clock.say_day(date(2026, 4, 18)) == "4月18日 星期六"
    assert clock.say_day(date(2027, 2, 6)) == "2027年2月6日 星期六"


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        clock.local(datetime(2026, 4, 18, 9, 20))  # noqa: DTZ001


def test_another_county_may_live_in_another_zone() -> None:
    app = Flask("county")
    app.config["WDJ_TIMEZONE"] = "Asia/Urumqi"
    with app.app_context():
        assert clock.local(datetime(2026, 4, 18, 1, 20, tzinfo=UTC)).hour == 7
    assert clock.local(datetime(2026, 4, 18, 1, 20, tzinfo=UTC)).hour == 9


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-04-17", "三月初一"),
        ("2026-04-18", "三月初二"),
        ("2026-04-20", "谷雨"),
        ("2015-01-01", "冬月十一"),
        ("2025-07-25", "闰六月初一"),
        ("2033-12-22", "闰冬月初一"),
        ("2026-05-31", "四月十五"),
        ("2026-06-19", "五月初五"),  # 端午
        ("2026-08-19", "七月初七"),  # 七夕
        ("2026-10-18", "九月初九"),  # 重阳
        ("2025-01-28", "腊月廿九"),  # 除夕 of a year without 腊月三十
        ("2024-02-09", "腊月三十"),
        ("2026-02-04", "立春"),
        ("2021-12-21", "冬至"),  # began one minute before midnight
        ("2017-04-04", "清明"),
        ("2018-04-05", "清明"),
        ("2045-12-31", "冬月廿四"),
    ],
)
def test_days_known_from_the_almanac(day: str, words: str) -> None:
    assert clock.lunar(date.fromisoformat(day)) == words


def test_the_lunar_day_of_a_solar_term_can_still_be_had() -> None:
    assert clock.lunar_day(date(2026, 4, 20)) == "三月初四"


def test_every_spring_festival_is_the_first_of_the_first_month() -> None:
    found = [str(day) for day in EVERY_DAY if clock.lunar_day(day) == "正月初一"]
    assert " ".join(found) == NEW_YEARS


def test_mid_autumn_is_the_fifteenth_of_the_eighth() -> None:
    found = [str(day) for day in EVERY_DAY if clock.lunar_day(day) == "八月十五"]
    assert " ".join(found[:12]) == MID_AUTUMNS
    assert len(found) == 31


def test_leap_months_stand_where_they_belong() -> None:
    found: dict[str, list[int]] = {}
    for day in EVERY_DAY:
        words = clock.lunar_day(day)
        if words.startswith("闰") and words.endswith("初一"):
            found.setdefault(words[:-2], []).append(day.year)
    assert found == LEAP_MONTHS


def test_no_lunar_day_is_missing_or_doubled() -> None:
    for before, after in pairwise(EVERY_DAY):
        old, new = clock.lunar_day(before), clock.lunar_day(after)
        if old[:-2] == new[:-2]:
            assert lunar.DAYS.index(new[-2:]) == lunar.DAYS.index(old[-2:]) + 1, after
        else:
            assert old[-2:] in ("廿九", "三十"), after
            assert new[-2:] == "初一", after
            assert _follows(old[:-2], new[:-2]), after


def _follows(old: str, new: str) -> bool:
    if new.startswith("闰"):
        return new == "闰" + old
    return lunar.MONTHS.index(new) == (lunar.MONTHS.index(old.removeprefix("闰")) + 1) % 12


def test_each_year_has_its_24_solar_terms_two_a_month() -> None:
    terms = [day for day in EVERY_DAY if clock.lunar(day) in lunar.TERMS]
    assert len(terms) == 24 * 31
    for number, day in enumerate(terms):
        assert clock.lunar(day) == lunar.TERMS[number % 24]
        assert day.month == number % 24 // 2 + 1
    assert {(after - before).days for before, after in pairwise(terms)} == {14, 15, 16}


def test_outside_the_table_nothing_is_invented() -> None:
    assert clock.lunar(date(2014, 12, 31)) == clock.lunar_day(date(2014, 12, 31)) == ""
    assert clock.lunar(date(2046, 1, 1)) == clock.lunar_day(date(2046, 1, 1)) == ""
