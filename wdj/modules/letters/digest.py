"""决策参考: one page a month for who decides. What counts as what is said in NOTES, which stand under the figures."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select
from sqlalchemy.orm import aliased, scoped_session

from wdj.core.clock import local, today, zone
from wdj.core.db import db
from wdj.core.deadlines import WHOLE, Deadline
from wdj.core.fresh import memory
from wdj.core.items import Item
from wdj.core.orgs import Kind as OrgKind
from wdj.core.orgs import Org, below
from wdj.core.working_days import workdays_between
from wdj.modules.letters.figures import CONTENT, Figures, Seen, figures, percent
from wdj.modules.letters.hot_words import hot_words
from wdj.modules.letters.messages import Rating
from wdj.modules.letters.models import ALWAYS_PRIVATE, KINDS, Kind, Letter, State
from wdj.modules.letters.rules import OPEN

MOST, MOST_LATE, TEXTS = 20_000, 5000, 2000
PLACES, OLDEST, WORDS, BAR = 5, 10, 10, 80
LEAST_RATED = 5  # fewer say more about a person than about the work
NOTES = (
    "收到：这个月收到的信，按收到那天算；本单位和下级收到的、交给它们办的都算。",
    "已答复：现在已经答复、没有重办的。在办：还没有答复的，并案等着一起答复的也算。",
    "按时：答复那天没有过期限，等群众补充的日子和批准的延期不算超。已经过期还没有答复的，算没有按时。",
    "解决、满意：只在说了的人里面算，看最近一次评价；没有说的不算满意，另外数。",
    "办得最久的：从收到那天算，重办的从重办那天算，都是工作日。",
    "热词：近三个月说到的信比前三个月多的词，一封信只算一次，每三个月最多看最近的两千封。",
)
LETTERS = Letter.__table__
L = LETTERS.c


Reads = Connection | scoped_session[Any]


class Unit(Protocol):
    """What is asked of an org: an Org, or a row of one."""

    @property
    def id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def short_name(self) -> str: ...


@dataclass(frozen=True)
class Digest:
    """What stands on the page of one month."""

    org: Unit
    month: date
    total: Figures
    before: Figures
    kinds: list[tuple[str, Figures, int]]
    """(label, figures, width of the bar)."""
    words: list[tuple[str, int, int]]
    """(word, letters with it in the last three months, in the three before)."""
    most: list[tuple[str, int]]
    late: list[tuple[str, int]]
    oldest: list[tuple[str, str, str, int]] = field(default_factory=list)
    """(title, kind, unit, working days) of what is open for the longest time."""


def digest(org: Unit, month: date, read: Reads) -> Digest:
    """The digest of the month that begins on `month`, for what `org` and those below received or were given.

    `read`: the session, or a connection beside it.
    """
    letters, before = letters_of(read, org, month), figures(letters_of(read, org, shifted(month, -1)))
    most = Counter(each.from_org_id for each in letters)
    return Digest(
        org, month, figures(letters), before, _by_kind(letters), _words(read, org, month), _named(read, most),
        _named(read, _late_villages(read, org)), _oldest(read, org),
    )  # fmt: skip


def shifted(month: date, by: int) -> date:
    """The first day of the month so many months later."""
    months = month.year * 12 + month.month - 1 + by
    return date(months // 12, months % 12 + 1, 1)


def midnight(day: date) -> datetime:
    """The moment at which `day` begins in the county."""
    return datetime.combine(day, time(), tzinfo=zone())


def scope(org: Unit) -> ColumnElement[bool]:
    """The condition on Item of being received by `org` or one below it, or given to one."""
    if org.kind == OrgKind.county:
        return Item.type == Letter.type_name()
    theirs = select(Org.id).where(below(org.path))
    return and_(Item.type == Letter.type_name(), or_(Item.org_id.in_(theirs), Item.handler_org_id.in_(theirs)))


def _came(since: date, until: date) -> ColumnElement[bool]:
    return and_(Item.created_at >= midnight(since), Item.created_at < midnight(until))


def letters_of(read: Reads, org: Unit, month: date) -> list[Seen]:
    """The letters of that month in its scope, with the last thing that was thought of each answer."""
    columns = (Item.id, Item.kind, Item.state, L.from_org_id, L.answered_at, Deadline.due_on)
    found = select(*columns, Rating.round, Rating.solved, Rating.satisfaction).join(LETTERS, L.id == Item.id)
    found = found.outerjoin(Deadline, and_(Deadline.item_id == Item.id, Deadline.name == WHOLE))
    found = found.outerjoin(Rating, Rating.letter_id == Item.id)
    rows = read.execute(found.where(scope(org), _came(month, shifted(month, 1))).limit(MOST))
    return list(_latest(rows))


def _latest(rows: Iterable[Any]) -> Iterable[Seen]:
    """One for each letter, with its last rating."""
    found: dict[int, tuple[int, Seen]] = {}
    for item_id, kind, state, village, answered_at, due_on, turn, solved, satisfaction in rows:
        if item_id not in found or turn > found[item_id][0]:
            day = local(answered_at).date() if answered_at else None
            found[item_id] = turn or 0, Seen(item_id, kind, state, village, day, due_on, solved, satisfaction)
    return (seen for _, seen in found.values())


def _by_kind(letters: Sequence[Seen]) -> list[tuple[str, Figures, int]]:
    counted = [(label, figures(each for each in letters if each.kind == kind)) for kind, (label, _) in KINDS.items()]
    most = max((each.received for _, each in counted), default=0) or 1
    return [(label, each, round(BAR * each.received / most)) for label, each in counted]


def _named(read: Reads, counted: Counter[int | None]) -> list[tuple[str, int]]:
    """The first few, most first, by their names."""
    known = [(each, count) for each, count in counted.items() if each]
    first = sorted(known, key=lambda row: (-row[1], row[0]))[:PLACES]
    rows = read.execute(select(Org.id, Org.short_name).where(Org.id.in_([each for each, _ in first])))
    names = {org_id: name for org_id, name in rows}  # noqa: C416
    return [(names[each], count) for each, count in first]


def _late_villages(read: Reads, org: Unit) -> Counter[int | None]:
    """How many letters of each village are overdue today."""
    found = select(L.from_org_id).select_from(Deadline).join(Item, Item.id == Deadline.item_id)
    found = found.join(LETTERS, L.id == Item.id)
    late = (Deadline.stopped_on.is_(None), Deadline.due_on < today(), Deadline.name == WHOLE)
    return Counter(read.scalars(found.where(*late, scope(org)).limit(MOST_LATE)))


def _oldest(read: Reads, org: Unit) -> list[tuple[str, str, str, int]]:
    unit, handler = aliased(Org), aliased(Org)
    names = func.coalesce(handler.short_name, unit.short_name)
    found = select(Item.kind, Item.public_title, names, Deadline.started_on).join(unit, unit.id == Item.org_id)
    found = found.outerjoin(handler, handler.id == Item.handler_org_id)
    found = found.join(Deadline, and_(Deadline.item_id == Item.id, Deadline.name == WHOLE))
    open_ones = found.where(scope(org), Item.state.in_(OPEN)).order_by(Deadline.started_on, Item.id)
    return [
        (
            "（内容不写）" if kind in ALWAYS_PRIVATE else title,
            KINDS[Kind(kind)][0],
            name,
            workdays_between(day, today()),
        )
        for kind, title, name, day in read.execute(open_ones.limit(OLDEST))
    ]


def _words(read: Reads, org: Unit, month: date) -> list[tuple[str, int, int]]:
    """The hot words of the three months up to the end of this one."""
    now, before = (_texts(read, org, shifted(month, back), shifted(month, back + 3)) for back in (-2, -5))
    return hot_words(now, before, WORDS, read.scalars(select(Org.short_name)))


def _texts(read: Reads, org: Unit, since: date, until: date) -> Sequence[str]:
    found = select(Item.public_text).where(scope(org), _came(since, until)).order_by(Item.created_at.desc())
    return read.scalars(found.limit(TEXTS)).all()


def this_month(org: Unit) -> tuple[int, int, str | None]:
    """(received, answered, satisfied) this month of what `org` and those below received or sent: two bounded reads.

    Satisfied is in percent of those who said so, as 87%; None while they are fewer than LEAST_RATED.
    """
    known, month = memory(), today().replace(day=1)
    key = ("letters this month", org.id)
    if key not in known:
        known[key] = _counted(org, month)
    found: tuple[int, int, str | None] = known[key]
    return found


def _counted(org: Unit, month: date) -> tuple[int, int, str | None]:
    where = (or_(scope(org), _from(org)), Item.type == Letter.type_name(), Item.created_at >= midnight(month))
    answered = and_(L.answered_at.is_not(None), Item.state.not_in((*OPEN, State.merged)))
    counts = select(func.count(), func.count(case((answered, 1)))).select_from(Item).join(LETTERS, L.id == Item.id)
    received, done = db.session.execute(counts.where(*where)).one()
    rated = select(Rating.letter_id, Rating.round, Rating.satisfaction).join(Item, Item.id == Rating.letter_id)
    rated = rated.join(LETTERS, L.id == Item.id).where(*where, Rating.satisfaction.is_not(None)).limit(MOST)
    last = {letter_id: said for letter_id, _, said in sorted(map(tuple, db.session.execute(rated)))}
    content = percent(sum(said == CONTENT for said in last.values()), len(last))
    return received, done, content if len(last) >= LEAST_RATED else None


def _from(org: Unit) -> ColumnElement[bool]:
    return L.from_org_id.in_(select(Org.id).where(below(org.path)))
