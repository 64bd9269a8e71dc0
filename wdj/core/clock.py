"""The county's clock: moments are UTC in the database and county time, in words, on the page."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app, has_app_context

from wdj.core.lunar import lunar, lunar_day

DEFAULT_ZONE = "Asia/Shanghai"
WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")
NEARBY = {-1: "昨天", 0: "今天", 1: "明天"}


def now() -> datetime:
    """Return this moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Return the day it is in the county."""
    return local(now()).date()


def local(moment: datetime) -> datetime:
    """Return `moment` in county time. Raises ValueError for a naive one: its zone would be a guess."""
    if moment.tzinfo is None:
        raise ValueError("a naive datetime has no county time; use clock.now()")
    return moment.astimezone(zone())


def zone() -> ZoneInfo:
    """Return the county's time zone; outside an app that of China."""
    return ZoneInfo(current_app.config["WDJ_TIMEZONE"] if has_app_context() else DEFAULT_ZONE)


def moment_of(day: date, at: time = time.min) -> datetime:
    """Return the moment at which it is `at` on that day in the county; unless said, that at which it begins."""
    return datetime.combine(day, at, tzinfo=zone())


def end_of(day: date) -> datetime:
    """Return the moment at which `day` is over in the county."""
    return moment_of(day + timedelta(days=1))


def say_when(moment: datetime) -> str:
    """Return 今天 9:20, 昨天 9:20 or 明天 9:20; further off the day alone: 4月16日, 2025年4月16日."""
    there = local(moment)
    nearby = NEARBY.get((there.date() - today()).days)
    return f"{nearby} {there.hour}:{there.minute:02}" if nearby else say_date(there.date())


def say_due(moment: datetime) -> str:
    """Return when something is due as `say_when` does; once it is past, by how much: 超期 5 小时, 超期 2 天."""
    hours = int((now() - moment).total_seconds() // 3600)
    if now() <= moment:
        return say_when(moment)
    return f"超期 {hours // 24} 天" if hours >= 24 else f"超期 {hours} 小时" if hours else "刚超期"


def say_day(day: date) -> str:
    """Return 4月18日 星期六, with the year unless it is this one."""
    return f"{say_date(day)} {WEEKDAYS[day.weekday()]}"


def say_date(day: date) -> str:
    """Return 4月18日, with the year unless it is this one."""
    year = "" if day.year == today().year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


__all__ = [
    "end_of", "local", "lunar", "lunar_day", "moment_of", "now", "say_date", "say_day", "say_due", "say_when", "today",
    "zone",
]  # fmt: skip
