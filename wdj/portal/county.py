"""Reads a county file (towns, villages and their national codes) and puts the county into an empty database.

The file is read wholly and checked before the first row is written: a faulty one changes nothing.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from wdj.core.db import db
from wdj.core.orgs import Kind, Org, add_org

DATA = Path(__file__).resolve().parent.parent / "data"
FIRST_COUNTY = (DATA / "fengxian-divisions.json", DATA / "fengxian-offices.json")
LONGEST_NAME = 60


class BadCounty(ValueError):
    """The county file cannot be used; the text says what is wrong and where, in Chinese."""


@dataclass(frozen=True)
class Village:
    code: str
    name: str
    short_name: str
    kind: Kind


@dataclass(frozen=True)
class Town:
    code: str
    name: str
    villages: tuple[Village, ...]


@dataclass(frozen=True)
class Office:
    """A department of the county, or a station that each town has. `about`: what it answers for."""

    name: str
    about: str


@dataclass(frozen=True)
class County:
    code: str
    name: str
    towns: tuple[Town, ...]
    departments: tuple[Office, ...]
    stations: tuple[Office, ...]


def first_county() -> County:
    """Return Feng County, from the files that come with wdj."""
    divisions, offices = FIRST_COUNTY
    return read_county(divisions.read_bytes(), offices.read_bytes())


def read_county(raw: bytes, offices: bytes | None = None) -> County:
    """Return the county of a file like wdj/data/fengxian-divisions.json; its statistical fillers are left out.

    "departments" and "stations" may stand in the file itself or in a second one, `offices`. Raises BadCounty.
    """
    file = _parse(raw, "县域文件")
    if offices is not None:
        file = {**file, **_parse(offices, "部门文件")}
    head = _object(file, "county", "县域文件")
    code, name = _code(head, 6, "县"), _name(head, "县")
    towns = tuple(_read_towns(file, code))
    _refuse_doubles([code, *(town.code for town in towns), *(v.code for town in towns for v in town.villages)])
    return County(code, name, towns, _read_offices(file, "departments"), _read_offices(file, "stations"))


def load_county(county: County) -> Org:
    """Add the county with departments, towns, stations, villages and their party branches; return its top.

    Raises BadCounty when a county is in the database already.
    """
    if db.session.scalar(select(Org.id).limit(1)):
        raise BadCounty("库里已经有一个县了，一套系统只管一个县")
    top = add_org(None, Kind.county, county.name, code=county.code)
    for office in county.departments:
        add_org(top, Kind.department, office.name, about=office.about)
    for town in county.towns:
        _load_town(top, town, county.stations)
    return top


def _load_town(top: Org, town: Town, stations: tuple[Office, ...]) -> None:
    place = add_org(top, Kind.town, town.name, code=town.code)
    add_org(place, Kind.branch, f"{town.name}机关党支部")
    for station in stations:
        add_org(place, Kind.station, town.name + station.name, about=station.about)
    for village in town.villages:
        home = add_org(place, village.kind, village.name, village.short_name, code=village.code)
        add_org(home, Kind.branch, f"{village.short_name}党支部")


def _parse(raw: bytes, what: str) -> dict[str, Any]:
    try:
        file = json.loads(raw.decode("utf-8").removeprefix("\ufeff"))
    except UnicodeDecodeError as wrong:
        raise BadCounty(f"{what}不是 UTF-8 编码：第 {wrong.start + 1} 个字节读不懂，请另存为 UTF-8 再试") from wrong
    except json.JSONDecodeError as wrong:
        raise BadCounty(f"{what}不是正确的 JSON：第 {wrong.lineno} 行第 {wrong.colno} 列读不懂") from wrong
    except RecursionError as wrong:
        raise BadCounty(f"{what}不是正确的 JSON：括号套得太深") from wrong
    if not isinstance(file, dict):
        raise BadCounty(f"{what}的最外层应当是一对花括号 {{ }}")
    return file


def _read_towns(file: dict[str, Any], county_code: str) -> Iterator[Town]:
    rows = _list(file, "towns", "县域文件")
    if not rows:
        raise BadCounty("县域文件的“towns”里一个镇也没有")
    for number, row in enumerate(rows, 1):
        where = f"第 {number} 个镇"
        if not _is_object(row, where).get("is_virtual", False):
            yield _read_town(row, where, county_code)


def _read_town(row: dict[str, Any], where: str, county_code: str) -> Town:
    name = _name(row, where)
    where = f"{where}“{name}”"
    code = _code(row, 9, where, parent=("本县", county_code))
    villages = [
        _read_village(village, f"{where}的第 {number} 个村", code)
        for number, village in enumerate(_list(row, "villages", where), 1)
    ]
    return Town(code, name, tuple(villages))


def _read_village(row: Any, where: str, town_code: str) -> Village:
    name = _name(_is_object(row, where), where)
    where = f"{where}“{name}”"
    code = _code(row, 12, where, parent=("本镇", town_code))
    if row.get("kind") not in (Kind.village, Kind.community):
        raise BadCounty(f"{where}：“kind”应当是 village（村）或 community（社区），现在是 {row.get('kind')!r}")
    short_name = _name(row, where, "short_name") if "short_name" in row else _shorten(name)
    return Village(code, name, short_name, Kind(row["kind"]))


def _shorten(name: str) -> str:
    """沙江寺村委会, 沙江寺村村民委员会 → 沙江寺村; 新建路社区居委会 → 新建路社区."""
    return re.sub("(村|社区)(?:村民委员会|居民委员会|民委员会|委会|居委会)$", r"\1", name)


def _read_offices(file: dict[str, Any], key: str) -> tuple[Office, ...]:
    found = []
    for number, row in enumerate(_list(file, key, "部门文件") if key in file else [], 1):
        where = f"“{key}”的第 {number} 项"
        about = _is_object(row, where).get("about", "")
        if not isinstance(about, str):
            raise BadCounty(f"{where}：“about”应当是文字")
        found.append(Office(_name(row, where), about))
    return tuple(found)


def _code(row: dict[str, Any], length: int, where: str, parent: tuple[str, str] | None = None) -> str:
    code = row.get("code")
    if not isinstance(code, str):
        raise BadCounty(f"{where}：缺代码“code”，应当是带引号的 {length} 位数字")
    if not re.fullmatch("[0-9]*", code):
        raise BadCounty(f"{where}：代码“{code}”里有不是数字的字")
    if len(code) != length:
        raise BadCounty(f"{where}：代码 {code} 有 {len(code)} 位，应当是 {length} 位")
    if parent and not code.startswith(parent[1]):
        raise BadCounty(f"{where}：代码 {code} 的前 {len(parent[1])} 位不是{parent[0]}的代码 {parent[1]}，上级对不上")
    return code


def _name(row: dict[str, Any], where: str, key: str = "name") -> str:
    name = row.get(key)
    if not isinstance(name, str) or not name.strip():
        raise BadCounty(f"{where}：缺名称“{key}”")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise BadCounty(f"{where}：名称“{key}”太长或有看不见的字符，最多 {LONGEST_NAME} 个字")
    return name.strip()


def _object(row: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    if key not in row:
        raise BadCounty(f"{where}：缺“{key}”")
    return _is_object(row[key], f"{where}的“{key}”")


def _is_object(row: Any, where: str) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise BadCounty(f"{where}：应当是一对花括号 {{ }}")
    return row


def _list(row: dict[str, Any], key: str, where: str) -> list[Any]:
    if not isinstance(row.get(key), list):
        raise BadCounty(f"{where}：缺“{key}”，应当是一对方括号 [ ]")
    rows: list[Any] = row[key]
    return rows


def _refuse_doubles(codes: list[str]) -> None:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise BadCounty(f"代码 {code} 出现了两次，每个镇、村的代码只能用一次")
        seen.add(code)
