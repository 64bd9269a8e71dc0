"""Rows of a table on their way into a village's register: found by their heads, checked one by one, compared."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wdj.core.db import db
from wdj.core.plain import one_line, tidy
from wdj.core.register import FIELDS, LONG, SHORT, RegisterEntry, RegisterKind, digits, entries, fault_of, starred
from wdj.core.spreadsheets import BadSheet

HEADS = {
    "number": ("门牌号", "门牌", "户号", "编号", "门牌或户号"),
    "name": ("姓名", "户主", "户主姓名", "党员姓名"),
    "group_name": ("组", "小组", "村民小组", "组别", "党小组"),
    "phone": ("电话", "手机", "手机号", "手机号码", "联系电话", "电话号码"),
    "people": ("人数", "人口", "家庭人口", "家里几口人"),
    "note": ("备注", "说明"),
}
COLUMNS = {"number": "门牌号", "name": "姓名", "group_name": "组", "phone": "电话", "people": "人数", "note": "备注"}
NO_HEAD = "没找到写着“姓名”或“户主”的那一行。请在第一行写上：门牌号、姓名、组、电话、人数、备注"
HEAD_ROWS = 10

Cells = Mapping[str, Any]


@dataclass
class Plan:
    """What taking the rows in would do: (row, new values), (entry, changed values), how many alike, faults in words."""

    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[tuple[RegisterEntry, dict[str, Any]]] = field(default_factory=list)
    same: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def mark(self) -> str:
        """The same for the same plan: what a clerk has seen is what is taken in."""
        changes = [(entry.id, [getattr(entry, each) for each in values], values) for entry, values in self.changed]
        told = repr((self.new, changes, self.same, self.faults))
        return hashlib.blake2b(told.encode(), digest_size=9).hexdigest()


def cells_of(rows: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """The cells that a register holds, by field, with `row`, the number in the file. Raises BadSheet."""
    head = next((at for at, row in enumerate(rows[:HEAD_ROWS]) if "name" in _places(row)), None)
    if head is None:
        raise BadSheet(NO_HEAD)
    places = _places(rows[head])
    found = [
        {"row": at, **{name: one_line(tidy(row[place])) for name, place in places.items()}}
        for at, row in enumerate(rows[head + 1 :], head + 2)
    ]
    found = [each for each in found if any(value for name, value in each.items() if name != "row")]
    if not found:
        raise BadSheet("表头下面没有一行字")
    return found


def _places(head: Sequence[str]) -> dict[str, int]:
    """Which column holds which field; the first of two with one name."""
    said = ["".join(each.split()).strip("*：:") for each in head]
    return {name: said.index(word) for name, words in HEADS.items() for word in reversed(words) if word in said}


def plan(org_id: int, kind: str, rows: Iterable[Cells]) -> Plan:
    """Compare the rows with the register as it is now. An empty cell leaves what is there."""
    there = list(db.session.scalars(entries(org_id, kind)))
    by_number = {each.number: each for each in there if each.number}
    by_name: dict[str, list[RegisterEntry]] = {}
    for each in there:
        by_name.setdefault(each.name, []).append(each)
    made, seen = Plan(), dict[tuple[str, str], int]()
    for row in rows:
        number, name = row.get("number", ""), row["name"]
        alike = by_name.get(name, [])
        # Who stood there without a number gets it now.
        bare = [each for each in alike if not (number and each.number)]
        entry = by_number.get(number) or (bare[0] if len(bare) == 1 else None)
        fault = _fault(row, entry) or _double(row, seen, 0 if number else len(alike))
        if fault:
            made.faults.append(f"第 {row['row']} 行：{fault}")
        else:
            _sort(made, row, entry)
    return made


def _double(row: Cells, seen: dict[tuple[str, str], int], alike: int) -> str:
    """In words that the row cannot be told from an earlier one of the file, or from `alike` ones of the register."""
    number = row.get("number", "")
    key = ("number", number) if number else ("name", row["name"])
    first = seen.setdefault(key, row["row"])
    if first != row["row"]:
        return f"和第 {first} 行{'的门牌号一样' if number else '同名，请写上门牌号分清'}"
    return f"名册里有 {alike} 个{row['name']}，请写上门牌号分清" if alike > 1 else ""


def _fault(row: Cells, entry: RegisterEntry | None) -> str:
    """What is wrong with one row, in words."""
    if not row["name"]:
        return "没有姓名"
    phone = row.get("phone", "")
    if "*" in phone and not (entry and phone == starred(entry.phone)):
        return "电话里有星号，请写全"
    if fault := "" if "*" in phone else fault_of(digits(phone)):
        return fault
    people = row.get("people", "").removesuffix("人")
    if people and not (people.isascii() and people.isdecimal() and len(people) < 3):
        return "人数请写数字"
    for name, label in COLUMNS.items():
        most = LONG if name == "note" else SHORT
        if len(row.get(name, "")) > most:
            return f"{label}太长，最多 {most} 个字"
    return ""


def _sort(made: Plan, row: Cells, entry: RegisterEntry | None) -> None:
    values = {name: row[name] for name in FIELDS if row.get(name)}
    if "phone" in values:
        values["phone"] = digits(values["phone"])
    if "people" in values:
        values["people"] = int(values["people"].removesuffix("人"))
    if entry is None:
        made.new.append(values)
        return
    if "*" in values.get("phone", ""):
        del values["phone"]
    changed = {name: value for name, value in values.items() if getattr(entry, name) != value}
    if changed:
        made.changed.append((entry, changed))
    else:
        made.same += 1


def take_in(org_id: int, kind: str, made: Plan) -> None:
    """Carry `made` out."""
    for entry, values in made.changed:
        for name, value in values.items():
            setattr(entry, name, value)
    db.session.add_all(RegisterEntry(org_id=org_id, kind=RegisterKind(kind).value, **values) for values in made.new)


def say_change(entry: RegisterEntry, values: Mapping[str, Any]) -> str:
    """One changed entry in words, without a telephone in them."""
    said = []
    for name, value in values.items():
        old = getattr(entry, name)
        if name == "phone":
            said.append(f"电话 {starred(old) or '空'} → {starred(value)}")
        else:
            said.append(f"{COLUMNS[name]} {'空' if old in ('', None) else old} → {value}")
    return "，".join(said)
