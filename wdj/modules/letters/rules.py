"""The way of a letter: received, given to a unit, answered within its working days, rated; who may do which step.

What a step does beyond its state stands with its verb: posting, handing, answering, following, merging.
"""

from wdj.core import receipts
from wdj.core.people import WRITER_ROLES, Me, Role
from wdj.core.workflow import STAYS, Guard, Subject, Transition, Workflow, said, the_clock
from wdj.modules.letters.models import State

# Working days where the county has set none (features.md §3.2), by kind or door; the mailbox has its own.
DAYS = {"question": 3, "help": 5, "suggestion": 10, "experience": 10, "dispute": 10, "mailbox": 10, "sign": 1}


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


@said("收信的单位和上级的干部，不是承办单位自己；县上自己办的由县上定")
def overseer(me: Me | None, letter: Subject) -> bool:
    """Who decides on what its unit asks for."""
    if me is None:
        return False
    above = [grant for grant in me.grants if grant.role in WRITER_ROLES and letter.org_path.startswith(grant.path)]
    return county(me, letter) or any(grant.path != letter.handler_path for grant in above)


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

    return guard


clerk = either(receiver, handler)
# A clerk takes on the telephone what the writer would do with the receipt; it is marked so.
asker = either(author, clerk)


def nearest(me: Me | None, letter: Subject) -> bool:
    """Whose desk it stands on: that of the unit that has it, or of who received it; those above are asked late."""
    whose = letter.handler_path if letter.state in (State.assigned, State.in_hand, State.drafted) else letter.org_path
    return me is not None and any(grant.path == whose for grant in me.grants if grant.role in WRITER_ROLES)


OPEN = (State.posted, State.accepted, State.assigned, State.in_hand, State.waiting, State.drafted)
ACCEPTED = OPEN[1:]
DONE = (State.answered, State.closed)
# fmt: off
WORKFLOW = Workflow(
    states={
        State.posted: "已收到", State.declined: "不予受理", State.accepted: "已受理", State.assigned: "等签收",
        State.in_hand: "办理中", State.waiting: "等补充", State.drafted: "等审核", State.answered: "已答复",
        State.closed: "已办结", State.merged: "已并案", State.withdrawn: "已撤回", State.archived: "已归档",
    },
    public=frozenset({*ACCEPTED, *DONE, State.archived}),
    by_choice=True,
    first=nearest,
    waiting=frozenset(OPEN),
    working=frozenset(),
    decided=frozenset({State.declined, *DONE, State.merged}),
    ends=frozenset({State.archived}),
    transitions=(
        #          action             label          from                               to               guard
        Transition("accept",          "受理",        (State.posted,),                   State.accepted,  receiver,
                   together=True),
        Transition("decline",         "不予受理",    (State.posted, State.accepted),    State.declined,  receiver,
                   note=True, own_form=True),
        Transition("take_up",         "重新受理",    (State.declined,),                 State.accepted,  receiver),
        Transition("assign",          "转办",        (State.posted, State.accepted, State.assigned, State.in_hand),
                   State.assigned, receiver, words=True, own_form=True),
        Transition("take",            "自己办",      (State.posted, State.accepted),    State.in_hand,   receiver),
        Transition("sign_for",        "签收",        (State.assigned,),                 State.in_hand,   handler,
                   together=True),
        Transition("return_to",       "退回",        (State.assigned, State.in_hand),   State.accepted,  handler,
                   note=True),
        Transition("rule",            "裁定承办单位", (State.accepted, State.assigned, State.in_hand),
                   State.assigned, county, note=True, own_form=True),
        Transition("ask_more",        "请您补充",    (State.in_hand,),                  State.waiting,   handler,
                   note=True, own_form=True),
        Transition("supply",          "补充",        (State.waiting,),                  State.in_hand,   asker,
                   own_form=True),
        Transition("go_on",           "不等了，接着办", (State.waiting,),               State.in_hand,   handler),
        Transition("ask_extension",   "申请延期",    (State.in_hand, State.drafted),    STAYS,           handler,
                   note=True, own_form=True),
        Transition("grant_extension", "同意延期",    (State.in_hand, State.waiting, State.drafted), STAYS, overseer,
                   own_form=True),
        Transition("refuse_extension", "不同意延期", (State.in_hand, State.waiting, State.drafted), STAYS, overseer,
                   note=True, own_form=True),
        Transition("draft",           "答复交审",    (State.in_hand,),                  State.drafted,   handler,
                   own_form=True),
        Transition("send_back",       "打回重写",    (State.drafted,),                  State.in_hand,   handler,
                   note=True, own_form=True),
        Transition("approve",         "审过，答复",  (State.drafted,),                  State.answered,  handler,
                   own_form=True),
        Transition("answer",          "答复",        (State.in_hand,),                  State.answered,  handler,
                   own_form=True),
        Transition("answer_too",      "一并答复",    (State.merged,),                   State.answered,  clerk,
                   own_form=True),
        Transition("publish",         "公开",        (*ACCEPTED, *DONE),                STAYS,           clerk,
                   shows=True, own_form=True),
        Transition("unpublish",       "不再公开",    (*ACCEPTED, *DONE),                STAYS,           clerk,
                   shows=False, note=True),
        Transition("rate",            "评价：解决了", (State.answered,),                State.closed,    asker,
                   own_form=True),
        Transition("find_unsolved",   "评价：没解决，重办", (State.answered,),          State.in_hand,   asker,
                   own_form=True),
        Transition("again",           "接着问",      (State.answered,),                 State.in_hand,   asker,
                   own_form=True),
        Transition("close",           "到时间办结，没有评价", (State.answered,),        State.closed,    the_clock),
        Transition("merge",           "并案",        (State.posted, *ACCEPTED),         State.merged,    receiver,
                   own_form=True),
        Transition("split",           "不再并案",    (State.merged,),                   State.accepted,  receiver,
                   note=True),
        Transition("withdraw",        "撤回",        OPEN,                              State.withdrawn, asker,
                   words=True, own_form=True),
        Transition("archive",         "归档",        (State.closed, State.declined, State.withdrawn),
                   State.archived, the_clock),
        Transition("remark",          "内部备注",    (*OPEN, *DONE, State.declined),    STAYS,           clerk,
                   note=True, own_form=True),
        Transition("instruct",        "批示",        (*OPEN, *DONE),                    STAYS,           leader,
                   note=True, own_form=True),
        Transition("remind",          "催办",        ACCEPTED,                          STAYS,           overseer,
                   words=True),
        Transition("mediate",         "调解",        (State.in_hand,),                  STAYS,           handler,
                   own_form=True),
        Transition("visit",           "走访、座谈",  (*OPEN, *DONE),                    STAYS,           clerk,
                   own_form=True),
    ),
)
# fmt: on
