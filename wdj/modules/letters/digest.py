"""决策参考: one page a month for who decides. What counts as what is said in NOTES, which stand under the figures."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, true
from sqlalchemy.orm import aliased, scoped_session

from wdj.core.clock import local, today
from wdj.core.deadlines import WHOLE, Deadline, count_out, pauses_of
from wdj.core.items import Item
from wdj.core.orgs import Kind as OrgKind
from wdj.core.orgs import Org, below
from wdj.core.working_days import workdays_between
from wdj.modules.letters.figures import Figures, Seen, figures
from wdj.modules.letters.following import TELEPHONE
from wdj.modules.letters.hot_words import hot_words
from wdj.modules.letters.messages import Rating
from wdj.modules.letters.models import ALWAYS_PRIVATE, KINDS, Kind, Letter
from wdj.modules.letters.rules import OPEN

MOST, MOST_LATE, TEXTS = 20_000, 5000, 2000
PLACES, OLDEST, WORDS, BAR = 5, 10, 10, 80
NOTES = (
    "收到：这个月收到的信，按收到那天算（代录的按来信、来电那天）；本单位和下级收到的、交给它们办的都算。",
    "已答复：现在已经答复、没有重办的，说还没解决、上级在看的也算。在办：还没有答复的，并案等着一起答复的也算。",
    "按时：答复那天没有过期限，等群众补充的日子和批准的延期不算超，并案的各按各的期限。已经过期还没有答复的、过了期才撤回或不受理的，算没有按时。",
    "解决、满意：只在说了的人里面算，看最近一次评价；没有说的不算满意，另外数；干部在电话里替人记下的也另外数。",
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


def scope(org: Unit) -> ColumnElement[bool]:
    """The condition on a letter of being received by `org` or one below it, or given to one.

    No index of orgs is to answer it: that would read all that they ever had, not one month.
    """
    if org.kind == OrgKind.county:
        return true()
    theirs = select(Org.id).where(below(org.path))
    return or_((Item.org_id + 0).in_(theirs), (Item.handler_org_id + 0).in_(theirs))


def _came(since: date, until: date) -> ColumnElement[bool]:
    return and_(L.received_on >= since, L.received_on < until)


def letters_of(read: Reads, org: Unit, month: date) -> list[Seen]:
    """The letters of that month in its scope, with the last thing that was thought of each answer."""
    columns = (Item.id, Item.kind, Item.state, L.from_org_id, L.answered_at, Deadline.due_on, Deadline.stopped_on)
    rated = (Rating.round, Rating.solved, Rating.satisfaction, Rating.way)
    clock = (Deadline.promised_on, Deadline.started_on, (Deadline.days + Deadline.extended_days).label("whole"))
    found = select(*columns, *rated, *clock).select_from(LETTERS).join(Item, Item.id == L.id)
    found = found.outerjoin(Deadline, and_(Deadline.item_id == Item.id, Deadline.name == WHOLE))
    found = found.outerjoin(Rating, Rating.letter_id == Item.id)
    rows = read.execute(found.where(scope(org), _came(month, shifted(month, 1))).limit(MOST)).all()
    return list(_latest(rows, _own_days(read, rows)))


def _own_days(read: Reads, rows: Iterable[Any]) -> dict[int, date | None]:
    """Of those that are due earlier for what was merged into them, the last day by their own clock, by id."""
    earlier = {row.id: row for row in rows if row.promised_on}
    pauses = pauses_of(earlier, read.execute) if earlier else {}
    return {id: count_out(row.started_on, row.whole, pauses.get(id, [])) for id, row in earlier.items()}


def _latest(rows: Iterable[Any], own: Mapping[int, date | None]) -> Iterable[Seen]:
    """One for each letter, with its last rating, and by its `own` last day where that is another."""
    found: dict[int, tuple[int, Seen]] = {}
    for item_id, kind, state, village, answered_at, due_on, stopped_on, turn, solved, satisfaction, way, *_ in rows:
        if item_id not in found or turn > found[item_id][0]:
            day = local(answered_at).date() if answered_at else None
            said, due_on = (solved, satisfaction, way == TELEPHONE), own.get(item_id, due_on)
            found[item_id] = turn or 0, Seen(item_id, kind, state, village, day, due_on, *said, stopped_on)
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
    found = found.where(Item.type == Letter.type_name(), Item.state.in_(OPEN), scope(org))
    open_ones = found.order_by(Deadline.started_on, Item.id)
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
    found = select(Item.public_text).select_from(LETTERS).join(Item, Item.id == L.id)
    found = found.where(scope(org), _came(since, until)).order_by(L.received_on.desc(), L.id.desc())
    return read.scalars(found.limit(TEXTS)).all()
