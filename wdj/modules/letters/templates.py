"""Frames of answers: by kind, of one's own unit and those above, with places that fill themselves."""

from collections.abc import Sequence

from sqlalchemy import Select, select

from wdj.core.clock import say_day, today
from wdj.core.db import db
from wdj.core.orgs import Org, ancestors
from wdj.core.people import WRITER_ROLES, Me
from wdj.modules.letters.messages import Template
from wdj.modules.letters.models import Letter

DEAR, FROM = "{称呼}，您好。", "\n\n{单位}　{日期}"
# What a new county begins with: kind (empty for any), title, the lines between greeting and unit.
USUAL = (
    ("", "办好了", "您反映的事，{单位}已经办了：\n\n\n还有不明白的，打 {电话}，工作日都有人。"),
    ("", "还在办", "您反映的事{单位}正在办，现在办到：\n\n\n预计____月____日办完，到时再告诉您。"),
    (
        "question",
        "政策能不能享受",
        "您问的事，按规定：\n能不能领：\n怎么办：\n带什么：\n什么时候到账：\n找谁：{单位}，{电话}",
    ),
    ("help", "上门看过了", "____月____日我们上门看过。您家的情况：\n\n能帮上的：\n\n有急事打 {电话}。"),
    ("suggestion", "建议采纳没有", "谢谢您的建议。我们商量过：\n采纳的：\n没有采纳的，为什么：\n什么时候做："),
    ("dispute", "调解结果", "____月____日在村委会调解过，两家说好：\n\n哪一家没有照办，请打 {电话}。"),
)


def load_usual(county: Org) -> None:
    """Add the frames that a new county begins with."""
    made = ((kind, title, f"{DEAR}{lines}{FROM}") for kind, title, lines in USUAL)
    db.session.add_all(Template(org_id=county.id, kind=kind, title=title, text=text) for kind, title, text in made)


def fitting(letter: Letter) -> Sequence[Template]:
    """The frames for the letter's kind, of the unit that has it and those above; the nearest unit's last made first."""
    unit = letter.handler_org or letter.org
    here = [*ancestors(unit), unit.id]
    found = select(Template).where(Template.org_id.in_(here), Template.kind.in_(("", letter.kind)))
    rows = db.session.scalars(found).all()
    return sorted(rows, key=lambda each: (-here.index(each.org_id), each.kind == "", -each.id))


def fill(text: str, letter: Letter) -> str:
    """The frame with what is known of the letter. Whoever wrote it stays unnamed: the answer may be published."""
    unit = letter.handler_org or letter.org
    known = {
        "称呼": "乡亲", "单位": unit.name, "日期": say_day(today()).split()[0], "电话": unit.phone or "____",
    }  # fmt: skip
    for name, words in known.items():
        text = text.replace(f"{{{name}}}", words)
    return text


def seen_by(me: Me) -> Select[Template, str]:
    """(frame, name of its unit) of all that the units of `me` use: their own and those above."""
    ids = {int(part) for path in _paths(me) for part in path.strip("/").split("/")}
    found = select(Template, Org.short_name).join(Org, Org.id == Template.org_id)
    return found.where(Template.org_id.in_(ids)).order_by(Org.path, Template.kind, Template.id)


def may_change(me: Me, org: Org) -> bool:
    """True for the writers of the unit that it belongs to, and those above."""
    return me.has(WRITER_ROLES, org.path)


def one(template_id: int) -> Select[Template, Org]:
    """(frame, its unit)."""
    return select(Template, Org).join(Org, Org.id == Template.org_id).where(Template.id == template_id)


def homes(me: Me) -> list[tuple[int, str]]:
    """(id, name) of the units for which `me` writes frames, the highest first."""
    held = sorted((each for each in me.grants if each.role in WRITER_ROLES), key=lambda each: len(each.path))
    return list(dict.fromkeys((each.org_id, each.org_name) for each in held))


def _paths(me: Me) -> list[str]:
    return [each.path for each in me.grants if each.role in WRITER_ROLES]
