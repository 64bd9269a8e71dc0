"""Rows of a table of days on their way into the calendar: found by their heads, checked one by one, compared."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import select

from wdj.core.db import db
from wdj.core.plain import one_line, tidy
from wdj.core.spreadsheets import BadSheet
from wdj.core.working_days import CalendarDay, has_official

HEADS = {
    "day": ("日期", "日子", "哪一天", "放假日期"),
    "what": ("上班还是放假", "上班/放假", "上班放假", "安排", "类型", "状态"),
    "name": ("说明", "节日", "名称", "节假日", "备注"),
}
COLUMNS = ("日期", "上班还是放假", "说明")
OFF = frozenset(("放假", "休息", "休", "假", "不上班", "节假日", "公休", "放假调休"))
WORKED = frozenset(("上班", "班", "补班", "调休上班", "工作日", "照常上班"))
NO_HEAD = "没找到写着“日期”的那一行。请在第一行写上：日期、上班还是放假、说明"
HEAD_ROWS, MOST_DAYS, LONG = 10, 400, 20
FEASTS = {
    "元旦": ((1, 1), (1, 3)), "春节": ((1, 20), (2, 25)), "清明": ((4, 3), (4, 7)), "劳动节": ((4, 29), (5, 5)),
    "端午": ((5, 25), (6, 26)), "中秋": ((9, 7), (9, 30)), "国庆": ((10, 1), (10, 8)),
}  # fmt: skip
"""What each year is off for, from when to when; 中秋 in October is off with 国庆, and known by its name."""
_DATES = (
    re.compile(r"(?:(\d{4})[-/.年])?(\d{1,2})[-/.月](\d{1,2})日?(?:[（(]?(?:星期|周).[)）]?)?(?: 00:00(?::00)?)?"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
)


@dataclass(frozen=True)
class Line:
    """One day as the table says it."""

    day: date
    works: bool
    name: str

    def __str__(self) -> str:
        return f"{self.day} {'上班' if self.works else '放假'} {self.name}".strip()


@dataclass
class Plan:
    """What taking the table in would do to the calendar of `year`."""

    year: int
    lines: list[Line] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    changed: list[Line] = field(default_factory=list)
    others: list[CalendarDay] = field(default_factory=list)
    """Days of that year that were written before and do not stand in the table; they stay."""

    @property
    def off(self) -> list[Line]:
        return [each for each in self.lines if not each.works and each not in self.early]

    @property
    def worked(self) -> list[Line]:
        return [each for each in self.lines if each.works and each not in self.early]

    @property
    def early(self) -> list[Line]:
        """The last days of the year before, which 元旦 may begin with."""
        return [each for each in self.lines if each.day.year < self.year]

    @property
    def missing(self) -> list[str]:
        """The feasts that the year would have no day off for."""
        days = {each.day: each.name for each in self.off}
        days |= {each.day: each.name for each in self.others if not each.is_workday}
        known = has_official(self.year)
        return [] if known else [feast for feast in FEASTS if not any(_is_of(feast, *each) for each in days.items())]

    @property
    def text(self) -> str:
        """The table again, for the form that takes it in."""
        return "\n".join(map(str, self.lines))


def _is_of(feast: str, day: date, name: str) -> bool:
    first, last = FEASTS[feast]
    return feast in name or first <= (day.month, day.day) <= last


def plan(year: int, rows: Sequence[Sequence[str]]) -> Plan:
    """Read the rows of a file and compare them with what is written. Raises BadSheet."""
    head = next((at for at, row in enumerate(rows[:HEAD_ROWS]) if "day" in _places(row)), None)
    if head is None:
        raise BadSheet(NO_HEAD)
    if len(rows) > MOST_DAYS:
        raise BadSheet(f"这张表有 {len(rows)} 行，太长了。只写放假和调休上班的日子就够了")
    places, made = _places(rows[head]), Plan(year)
    seen: dict[date, int] = {}
    for at, row in enumerate(rows[head + 1 :], head + 2):
        if any(row):
            _take(made, at, {name: one_line(tidy(row[place])) for name, place in places.items()}, seen)
    if not made.lines and not made.faults:
        raise BadSheet("表头下面没有一行字")
    return compare(made)


def plan_of(year: int, text: str) -> Plan:
    """The same of lines as `Plan.text` has them."""
    rows = [line.split(" ", 2) for line in text.splitlines()[:MOST_DAYS]]
    return plan(year, [COLUMNS, *([*row, "", ""][:3] for row in rows)])


def _places(head: Sequence[str]) -> dict[str, int]:
    said = ["".join(each.split()).strip("*：:") for each in head]
    return {name: said.index(word) for name, words in HEADS.items() for word in reversed(words) if word in said}


def _take(made: Plan, at: int, cells: dict[str, str], seen: dict[date, int]) -> None:
    """Add one row to the plan, or what is wrong with it."""
    day, what, name = read_day(cells["day"], made.year), cells.get("what", ""), cells.get("name", "")
    if fault := _fault(made.year, day, what, name, cells["day"]):
        made.faults.append(f"第 {at} 行：{fault}")
    elif day and seen.setdefault(day, at) != at:
        made.faults.append(f"第 {at} 行：和第 {seen[day]} 行是同一天")
    elif day:
        made.lines.append(Line(day, what in WORKED, name))


def read_day(said: str, year: int) -> date | None:
    """The day as people write it: 2027-01-01, 2027年1月1日, 1月1日 of `year`, 20270101; None for no day."""
    for form in _DATES:
        if found := form.fullmatch(said.strip()):
            try:
                return date(int(found[1] or year), int(found[2]), int(found[3]))
            except ValueError:
                return None
    return None


def _fault(year: int, day: date | None, what: str, name: str, said: str) -> str:
    """What is wrong with one row, in words."""
    if not said:
        return "没有写日期"
    if day is None:
        return f"“{said[:LONG]}”不是日期，请写成 {year}-01-01 这样，一天一行"
    if not date(year - 1, 12, 20) <= day <= date(year, 12, 31):  # 元旦 may begin in the old year
        return f"{day}不是 {year} 年的，请从表里去掉，或者改选 {day.year} 年"
    if what not in OFF | WORKED:
        return f"“{what[:LONG]}”看不懂，请写“上班”或“放假”" if what else "没有写“上班”还是“放假”"
    return f"说明太长，最多 {LONG} 个字" if len(name) > LONG else ""


def compare(made: Plan) -> Plan:
    """Note in the plan what it would change, and what it leaves."""
    first, last = date(made.year, 1, 1), date(made.year, 12, 31)
    written = {each.day: each for each in db.session.scalars(select(CalendarDay).order_by(CalendarDay.day))}
    for line in made.lines:
        old = written.pop(line.day, None)
        if old is None or (old.is_workday, old.name) != (line.works, line.name):
            made.changed.append(line)
    made.others = [each for each in written.values() if first <= each.day <= last]
    return made


def spans(lines: Iterable[Line]) -> list[str]:
    """The days in words, those in a row together: 2月5日至2月12日（8 天）."""
    runs: list[list[date]] = []
    for day in sorted(line.day for line in lines):
        if runs and runs[-1][-1] + timedelta(days=1) == day:
            runs[-1].append(day)
        else:
            runs.append([day])
    return [_say(run[0], run[-1], len(run)) for run in runs]


def _say(first: date, last: date, days: int) -> str:
    start = f"{first.month}月{first.day}日"
    return start if days == 1 else f"{start}至{last.month}月{last.day}日（{days} 天）"
