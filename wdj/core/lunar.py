"""Lunar dates and solar terms 2015-2045: what a villager reads beside the date.

The table was generated once with sxtwl 2.0.7 (BSD). lunardate 0.3.0 and LunarCalendar 0.0.9 gave the same lunar date
on each of the 11,724 days from 2014-01-25 to 2046-03-01, and the apparent longitude of the sun from ephem 4.2.1 the
same day for each of the 744 solar terms (closest call: 2021-12-21, one minute before midnight).
"""

import re
from bisect import bisect_right
from datetime import date, timedelta
from pathlib import Path

TABLE = Path(__file__).resolve().parent.parent / "data" / "lunar.txt"
FIRST, LAST = date(2015, 1, 1), date(2045, 12, 31)

ONE_TO_NINE = "一二三四五六七八九"
MONTHS = [f"{name}月" for name in "正二三四五六七八九十冬腊"]
DAYS = [
    *(f"初{digit}" for digit in ONE_TO_NINE + "十"),
    *(f"十{digit}" for digit in ONE_TO_NINE),
    "二十",
    *(f"廿{digit}" for digit in ONE_TO_NINE),
    "三十",
]
TERMS = re.findall(
    "..", "小寒大寒立春雨水惊蛰春分清明谷雨立夏小满芒种夏至小暑大暑立秋处暑白露秋分寒露霜降立冬小雪大雪冬至"
)
EARLIEST = (5, 20, 3, 18, 5, 20, 4, 19, 5, 20, 5, 21, 6, 22, 7, 22, 7, 22, 7, 23, 7, 22, 6, 21)


def lunar(day: date) -> str:
    """Return the solar term that begins on `day` (谷雨), else its lunar date (三月初二); "" outside 2015-2045."""
    return _terms.get(day) or lunar_day(day)


def lunar_day(day: date) -> str:
    """Return the lunar date of `day` (三月初二, 闰六月初一); "" outside 2015-2045."""
    if not FIRST <= day <= LAST:
        return ""
    month = bisect_right(_starts, day) - 1
    return _names[month] + DAYS[(day - _starts[month]).days]


def _read_months(rows: list[list[str]]) -> tuple[list[date], list[str]]:
    starts, names = [], []
    for year, first, leap, lengths, _ in rows:
        start = date.fromisoformat(f"{year}-{first}")
        for name, length in zip(_months_of_year(int(leap)), lengths, strict=True):
            starts.append(start)
            names.append(name)
            start += timedelta(days=29 + int(length))
    return starts, names


def _months_of_year(leap: int) -> list[str]:
    return MONTHS if leap == 0 else [*MONTHS[:leap], "闰" + MONTHS[leap - 1], *MONTHS[leap:]]


def _read_terms(rows: list[list[str]]) -> dict[date, str]:
    return {
        date(int(year), number // 2 + 1, EARLIEST[number] + int(later)): TERMS[number]
        for year, _, _, _, days in rows
        if days != "-"
        for number, later in enumerate(days)
    }


_rows = [line.split() for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
_starts, _names = _read_months(_rows)
_terms = _read_terms(_rows)
