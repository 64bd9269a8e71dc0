"""The way of a letter: received, given to a unit, answered within its working days, rated; who may do which step.

What a step does beyond its state stands with its verb: posting, handing, answering, following, merging.
"""

from wdj.core import receipts
from wdj.core.deadlines import OVERDUE
from wdj.core.items import Item
from wdj.core.people import WRITER_ROLES, Me, Role
from wdj.core.workflow import STAYS, Guard, Subject, Transition, Workflow, said, the_clock
from wdj.modules.letters import effects, telling
from wdj.modules.letters.models import ALWAYS_PRIVATE, Kind, State

# Working days where the county has set none (features.md §3.2), by kind or door; the mailbox has its own.
DAYS = {"question": 3, "help": 5, "suggestion": 10, "experience": 10, "dispute": 10, "mailbox": 10, "sign": 1,
        "look": telling.LOOK_DAYS}  # fmt: skip


@said("收信的单位和上级的干部")
def receiver(me: Me | None, letter: Subject) -> bool:
    """Who receives letters for its org: accepts them, and gives them to a unit."""
    return me is not None and me.has(WRITER_ROLES, letter.org_path)


@said("承办单位和上级的干部")
def handler(me: Me | None, letter: Subject) -> bool:
    """Who works in the unit that it was given to, or above it."""
    return me is not None and bool(letter.handler_path) and me.has(WRITER_ROLES, letter.handler_path)


@said("县委办公室")
def county(me: Me | None, letter: Subject) -> bool:
    return me is not None and me.has((Role.county_office,), letter.org_path)


@said("收信的单位和上级的干部（县上裁定过的只由县上定）；承办单位往下转")
def giver(me: Me | None, letter: Subject) -> bool:
    """Who gives it to a unit. To which ones, `handling.places` says."""
    return (
        county(me, letter) or handler(me, letter) or (receiver(me, letter) and not getattr(letter, "is_ruled", False))
    )


@said("收信的单位和上级的干部，但不是承办单位自己的，也不在它下面；县上自己办的由县上定")
def overseer(me: Me | None, letter: Subject) -> bool:
    """Who decides on what its unit asks for, and reminds it: who received the letter, but never that unit itself."""
    if me is None:
        return False
    received = [grant for grant in me.grants if grant.role in WRITER_ROLES and letter.org_path.startswith(grant.path)]
    in_whose_hands = letter.handler_path or letter.org_path
    return county(me, letter) or any(not grant.path.startswith(in_whose_hands) for grant in received)


@said("领导")
def leader(me: Me | None, letter: Subject) -> bool:
    return me is not None and me.has((Role.leader,), letter.org_path)


@said("写信的人")
def author(me: Me | None, letter: Subject) -> bool:
    """Who wrote it, signed in; or who has its receipt open."""
    if me is not None and letter.author_id == me.id:
        return True
    item_id: int = getattr(letter, "id", 0)
    return receipts.holds(item_id)


def either(*guards: Guard) -> Guard:
    """A guard that lets through whom one of `guards` does."""

    @said("；".join(getattr(guard, "words", "") for guard in guards))
    def guard(me: Me | None, letter: Subject) -> bool:
        return any(each(me, letter) for each in guards)

    guard.any_of = guards  # type: ignore[attr-defined]
    return guard


@said("收信的单位和上级的干部，但答复的单位自己不行，要它的上级；县上自己答复的由县上")
def witness(me: Me | None, letter: Subject) -> bool:
    """Who takes down what is thought of an answer: never the unit that gave it, nor one below it."""
    return overseer(me, letter) or (not letter.handler_path and receiver(me, letter))


clerk = either(receiver, handler)
# A clerk takes on the telephone what the writer would do with the receipt; it is marked so. Nobody speaks for them who
# would judge themselves by it, or be rid of the letter.
asker = either(author, clerk)
judge = either(author, witness)


def nearest(me: Me | None, letter: Subject) -> bool:
    """Whose desk it stands on: that of the unit that has it, or of who received it; those above are asked late.

    Where an answer solved nothing, the unit above is asked at once, until it has looked into it.
    """
    if telling.is_told(me, letter):
        return True
    if me is None or letter.state == State.waiting:  # that waits for who wrote it
        return False
    theirs = {grant.path for grant in me.grants if grant.role in WRITER_ROLES}
    return _whose(letter) in theirs or (getattr(letter, "asks", False) and _decides(letter) in theirs)


def _decides(letter: Subject) -> str:
    """The path of the unit that is asked for more days: the one that received it, or the one above where it has it."""
    return letter.org_path if letter.handler_path != letter.org_path else _over(letter.org_path)


def _over(path: str) -> str:
    return path[: path.rstrip("/").rfind("/") + 1]


def above(me: Me, letter: Subject, level: int) -> bool:
    """Whom it asks too once it is late: the unit over it and who received it; from level 3 on all up to the county."""
    whose = _whose(letter)
    up = {letter.org_path, _over(whose)}
    theirs = [grant.path for grant in me.grants if grant.role in WRITER_ROLES]
    return any(path in up or (level > OVERDUE and whose.startswith(path)) for path in theirs)


def _whose(letter: Subject) -> str:
    """The path of the unit that should move it on."""
    in_hand = letter.handler_path and letter.state in (State.assigned, State.in_hand, State.drafted)
    return letter.handler_path if in_hand else letter.org_path


def _not_ruled(item: Item) -> str:
    ruled = getattr(item, "is_ruled", False)
    return "县上已经裁定由您单位办，不能再退回。办不了的地方，请打电话和县委办公室商量。" if ruled else ""


def _may_be_shown(item: Item) -> str:
    """What stands against showing it to everybody."""
    if item.kind in ALWAYS_PRIVATE:
        return "邻里矛盾的信只给办的人看，不公开。"
    return "" if getattr(item, "may_publish", False) else "写信的人没有同意公开，不能公开。"


def _is_shown(item: Item) -> str:
    return "" if item.is_public else "这封信现在没有公开。"


def _is_dispute(item: Item) -> str:
    return "" if item.kind == Kind.dispute else "只有邻里矛盾的信才记调解。"


def _is_proposal(item: Item) -> str:
    return "" if getattr(item, "consultation_id", None) else "只有给问计于民出主意的信才说采纳不采纳。"


def _extension_asked(item: Item) -> str:
    return "" if getattr(item, "extension_days", None) else "没有等着定的延期申请，可能别人刚定过。"


def _no_extension_asked(item: Item) -> str:
    return "已经申请过了，等上面定下来再说。" if getattr(item, "extension_days", None) else ""


OPEN = (State.posted, State.accepted, State.assigned, State.in_hand, State.waiting, State.drafted)
ACCEPTED = OPEN[1:]
DONE = (State.answered, State.unsolved, State.closed)
# fmt: off
WORKFLOW = Workflow(
    states={
        State.posted: "已收到", State.declined: "不予受理", State.accepted: "已受理", State.assigned: "等签收",
        State.in_hand: "办理中", State.waiting: "等补充", State.drafted: "等审核", State.answered: "已答复",
        State.unsolved: "没解决，上级在看", State.closed: "已办结", State.merged: "已并案",
        State.withdrawn: "已撤回", State.archived: "已归档",
    },
    public=frozenset({*ACCEPTED, *DONE, State.archived}),
    by_choice=True,
    first=nearest,
    later=above,
    waiting=frozenset({*OPEN, State.unsolved}),
    working=frozenset(),
    decided=frozenset({State.declined, State.answered, State.closed, State.merged, State.withdrawn}),
    ends=frozenset({State.archived}),
    transitions=(
        #          action             label          from                               to               guard
        Transition("accept",          "受理",        (State.posted,),                   State.accepted,  receiver,
                   together=True),
        Transition("decline",         "不予受理",    (State.posted, State.accepted),    State.declined,  receiver,
                   note=True, own_form=True, then=effects.take_back),
        Transition("take_up",         "重新受理",    (State.declined,),                 State.accepted,  receiver,
                   then=effects.take_up),
        Transition("assign",          "转办",        (State.posted, State.accepted, State.assigned, State.in_hand),
                   State.assigned, giver, words=True, own_form=True),
        Transition("take",            "自己办",      (State.posted, State.accepted),    State.in_hand,   receiver,
                   then=effects.take),
        Transition("sign_for",        "签收",        (State.assigned,),                 State.in_hand,   handler,
                   together=True, then=effects.sign_for),
        Transition("return_to",       "退回",        (State.assigned, State.in_hand),   State.accepted,  handler,
                   note=True, needs=_not_ruled, then=effects.give_back),
        Transition("rule",            "裁定承办单位", (State.accepted, State.assigned, State.in_hand),
                   State.assigned, county, note=True, own_form=True),
        Transition("ask_more",        "请您补充",    (State.in_hand,),                  State.waiting,   handler,
                   note=True, own_form=True),
        Transition("supply",          "补充",        (State.waiting,),                  State.in_hand,   asker,
                   own_form=True, then=effects.go_on),
        Transition("go_on",           "不等了，接着办", (State.waiting,),               State.in_hand,   handler,
                   then=effects.go_on),
        Transition("change_kind",     "改类别",      OPEN,                              STAYS,           receiver,
                   note=True, own_form=True),
        Transition("ask_extension",   "申请延期",    (State.in_hand, State.drafted),    STAYS,           handler,
                   note=True, own_form=True, needs=_no_extension_asked),
        Transition("grant_extension", "同意延期",    (State.in_hand, State.waiting, State.drafted), STAYS, overseer,
                   own_form=True, needs=_extension_asked),
        Transition("refuse_extension", "不同意延期", (State.in_hand, State.waiting, State.drafted), STAYS, overseer,
                   note=True, own_form=True, needs=_extension_asked),
        Transition("draft",           "答复交审",    (State.in_hand,),                  State.drafted,   handler,
                   own_form=True),
        Transition("send_back",       "打回重写",    (State.drafted,),                  State.in_hand,   handler,
                   note=True),
        Transition("approve",         "审过，答复",  (State.drafted,),                  State.answered,  handler,
                   own_form=True),
        Transition("answer",          "答复",        (State.in_hand,),                  State.answered,  handler,
                   own_form=True),
        Transition("answer_too",      "一并答复",    (State.merged,),                   State.answered,  the_clock),
        Transition("publish",         "公开",        (*ACCEPTED, *DONE),                STAYS,           clerk,
                   shows=True, own_form=True, needs=_may_be_shown),
        Transition("unpublish",       "不再公开",    (*ACCEPTED, *DONE),                STAYS,           clerk,
                   shows=False, note=True, needs=_is_shown, then=effects.hide),
        Transition("rate",            "评价",        (State.answered,),                State.closed,    judge,
                   own_form=True, then=effects.end),
        Transition("find_unsolved",   "评价：没解决，重办", (State.answered,),          State.in_hand,   judge,
                   own_form=True),
        Transition("stay_unsolved",   "评价：还是没解决", (State.answered,),            State.unsolved,  judge,
                   own_form=True, then=telling.ask_to_look),
        Transition("settle",          "上级看过，办结", (State.unsolved,),              State.closed,
                   either(telling.is_told, county), note=True, own_form=True, then=telling.settled),
        Transition("again",           "接着问",      (State.answered,),                 State.in_hand,   asker,
                   own_form=True),
        Transition("close",           "到时间办结，没有评价", (State.answered,),        State.closed,    the_clock,
                   then=effects.end),
        Transition("merge",           "并案",        (State.posted, *ACCEPTED),         State.merged,    receiver,
                   own_form=True, then=effects.join),
        Transition("split",           "不再并案",    (State.merged,),                   State.accepted,  receiver,
                   note=True, then=effects.part),
        Transition("go_alone",        "不再并案，单独办", (State.merged,),              State.accepted,  the_clock,
                   then=effects.part),
        Transition("withdraw",        "撤回",        (*OPEN, State.merged),             State.withdrawn, judge,
                   words=True, own_form=True, then=effects.take_back),
        Transition("archive",         "归档",        (State.closed, State.declined, State.withdrawn),
                   State.archived, the_clock),
        Transition("remark",          "内部备注",    (*OPEN, *DONE, State.declined),    STAYS,           clerk,
                   note=True, own_form=True),
        Transition("instruct",        "批示",        (*OPEN, *DONE),                    STAYS,           leader,
                   note=True, own_form=True),
        Transition("remind",          "催办",        OPEN,                              STAYS,           overseer,
                   words=True, then=telling.looked),
        Transition("look_into",       "说没解决的，看过了", (*OPEN, State.answered, State.closed), STAYS,
                   telling.is_told, then=telling.looked),
        Transition("mediate",         "调解",        (State.in_hand,),                  STAYS,           handler,
                   own_form=True, needs=_is_dispute),
        Transition("visit",           "走访、座谈",  (*OPEN, *DONE),                    STAYS,           clerk,
                   own_form=True),
        Transition("adopt",           "采纳您的主意", (*OPEN, *DONE),                   STAYS,           receiver,
                   note=True, own_form=True, needs=_is_proposal),
        Transition("not_adopt",       "这次没有采纳", (*OPEN, *DONE),                   STAYS,           receiver,
                   note=True, own_form=True, needs=_is_proposal),
    ),
)
# fmt: on

# Which steps the writer reads in the course of the letter, and which of them everybody does. Of all others, as notes,
# instructions and drafts, only who handles it knows.
FOR_ALL = frozenset(
    {
        "accept", "take", "assign", "rule", "sign_for", "ask_more", "supply", "go_on", "grant_extension", "answer",
        "approve", "answer_too", "rate", "find_unsolved", "stay_unsolved", "settle", "again", "close",
        "archive",
    }
)  # fmt: skip
FOR_AUTHOR = FOR_ALL | {
    "decline", "take_up", "return_to", "ask_extension", "refuse_extension", "publish", "unpublish", "merge", "split",
    "remind", "withdraw", "visit", "go_alone", "photos", "adopt", "not_adopt", "change_kind", "unasked",
}  # fmt: skip
# Of these the writer reads what was written with them too; everybody else never does.
NOTES_FOR_AUTHOR = frozenset(
    {
        "decline", "grant_extension", "refuse_extension", "unpublish", "split", "withdraw", "adopt", "not_adopt",
        "change_kind", "settle",
    }
)  # fmt: skip
