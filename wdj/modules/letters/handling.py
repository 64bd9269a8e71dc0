"""What clerks do with a letter until it is answered: give it to a unit, ask back, ask for more days, note, decline."""

from flask import Response, abort

from wdj.core import deadlines
from wdj.core.clock import now, say_day, today
from wdj.core.db import db
from wdj.core.items import Event
from wdj.core.orgs import Org
from wdj.core.people import Me
from wdj.core.placements import sort
from wdj.core.privacy import mask
from wdj.modules.letters import asking, merging, units, working
from wdj.modules.letters.messages import Message
from wdj.modules.letters.models import ALWAYS_PRIVATE, KINDS, PRIVATE, Kind, Letter
from wdj.modules.letters.rules import DAYS, WORKFLOW

# Why a letter is not taken up, and what its writer reads of it, to be worded by the clerk.
REASONS = {
    "不归县里管": "您说的这件事不归县里管，我们替您问过了。请找________，电话________。"
    "要是还不清楚怎么找，回信告诉我们，帮您联系。",
    "正在走法律程序": "您说的这件事法院（仲裁、复议）正在办，我们不能插手，要等那边的结果。"
    "想问法律上的事，可以打 12348，不收钱。",
    "说的事不清楚": "看了您的信，还弄不明白是哪里、什么事。"
    "请再写一封，写上地方、时间、您想怎么办；不方便写，打村上电话，有人帮您记。",
    "同一件事已经答复过": "这件事________已经答复过您，意见没有变。您要是有新的情况，请写明，我们再办。",
    "像是广告或别人冒写的": "这封信像是广告，没有往下办。要是弄错了，请打村上电话告诉我们一声。",
    "有骂人的话": "您心里有气我们明白。可信里有骂人的话，没法往下转。请把事情本身再写一遍，我们马上办。",
}
OTHER_UNIT = "这个单位不在您能转的里面，请从单子里另选一个。"


def work_page(letter: Letter, me: Me) -> Response:
    """The page of the clerks and leaders who have to do with the letter."""
    return working.work_page(letter, me)


def step(action: str, letter: Letter, me: Me | None, note: str = "") -> Event:
    """Do a step that needs nothing but its reason; the log says in whose hands the letter was or came."""
    before, main = letter.handler_org_id, letter.merged_into_id
    event = WORKFLOW.apply(action, letter, me, note)
    if action in ("take", "return_to"):
        event.org_id = before or letter.handler_org_id
        db.session.flush()
        merging.follow(letter)
    if action == "split":
        merging.let_go(main)
    return event


def assign(letter: Letter, org: Org, me: Me, note: str = "") -> None:
    """Give the letter to `org`, which has a working day to sign for it. 422 for a unit that I cannot give it to."""
    _give("assign", letter, org, me, note)


def rule(letter: Letter, org: Org, me: Me, reason: str) -> None:
    """The county decides whose it is: that unit cannot give it back."""
    _give("rule", letter, org, me, reason)
    letter.is_ruled = True


def _give(action: str, letter: Letter, org: Org, me: Me, note: str) -> None:
    if WORKFLOW.find(action).guard(me, letter) and not units.takes(letter, org.id, me):
        abort(422, OTHER_UNIT)
    event = WORKFLOW.apply(action, letter, me, note)
    event.org_id, letter.handler_org = org.id, org
    letter.extension_days, letter.extension_reason = None, ""
    deadlines.start(letter, deadlines.SIGN, deadlines.allowed("letter.sign", DAYS["sign"]))
    db.session.flush()
    merging.follow(letter)


def decline(letter: Letter, reason: str, text: str, me: Me) -> None:
    """Do not take the letter up: the log has the reason, its writer reads `text`."""
    WORKFLOW.apply("decline", letter, me, reason)
    merging.release(letter)
    say(letter, "decline", text, me, org_id=letter.org_id)


def ask_more(letter: Letter, text: str, me: Me) -> None:
    """Ask whoever wrote it; until they say more, the clock stands still."""
    WORKFLOW.apply("ask_more", letter, me, text)
    say(letter, "ask_more", text, me)
    deadlines.pause(letter)


def say(letter: Letter, kind: str, text: str, me: Me, *, org_id: int | None = None, **more: int | None) -> Message:
    """Add what the unit says in the letter to the session."""
    said = Message(
        letter_id=letter.id, kind=kind, round=letter.round, text=text, public_text=mask(text), at=now(),
        org_id=org_id or letter.handler_org_id or letter.org_id, person_id=me.id, **more,
    )  # fmt: skip
    db.session.add(said)
    return said


def change_kind(letter: Letter, kind: Kind, reason: str, me: Me) -> None:
    """Take it for what it is: its whole time is that of the new kind from the same day 0, its author reads why.

    What is private by its kind is taken off the board; nothing comes on it by this.
    """
    WORKFLOW.apply("change_kind", letter, me, reason).label = f"类别改成了{KINDS[kind][0]}"
    letter.kind, letter.may_publish = kind.value, letter.may_publish and kind not in ALWAYS_PRIVATE
    deadlines.set_days(letter, asking.days_for(letter))
    if letter.is_public and kind in PRIVATE:
        WORKFLOW.apply("unpublish", letter, me, f"改成了{KINDS[kind][0]}，只给办的人看")
    sort(letter)


def since(letter: Letter) -> str:
    """The day from which its whole time counts, in words."""
    whole = db.session.get(deadlines.Deadline, (letter.id, deadlines.WHOLE))
    return say_day(whole.started_on) if whole else "收到那天"


def settle(letter: Letter, text: str, me: Me) -> None:
    """The level above has looked into what stays unsolved; `text` says what came of it."""
    WORKFLOW.apply("settle", letter, me, text)


def ask_extension(letter: Letter, days: int, reason: str, me: Me) -> None:
    """Ask for so many working days more; only before it is due."""
    if is_late(letter):
        abort(422, "已经超期了，不能再申请延期。请先答复，或打电话和收信的单位商量。")
    WORKFLOW.apply("ask_extension", letter, me, f"要 {days} 个工作日：{reason}")
    letter.extension_days, letter.extension_reason = days, reason


def is_late(letter: Letter) -> bool:
    """Whether its whole time was over before today; while that stands still, never."""
    whole = db.session.get(deadlines.Deadline, (letter.id, deadlines.WHOLE))
    return bool(whole and whole.due_on and whole.due_on < today())


def grant_extension(letter: Letter, me: Me) -> None:
    """Allow the days that were asked for; the writer reads so."""
    days = letter.extension_days or 0
    WORKFLOW.apply("grant_extension", letter, me, f"多给 {days} 个工作日")
    deadlines.extend(letter, days)
    merging.extend(letter, days, me)
    letter.extension_days, letter.extension_reason = None, ""


def refuse_extension(letter: Letter, me: Me, reason: str) -> None:
    """The time stays as it is."""
    WORKFLOW.apply("refuse_extension", letter, me, reason)
    letter.extension_days, letter.extension_reason = None, ""


def remark(letter: Letter, text: str, me: Me) -> None:
    """A note that only those who handle it read."""
    WORKFLOW.apply("remark", letter, me, text)


def instruct(letter: Letter, text: str, me: Me) -> None:
    """What a leader wants done with it (批示), for those who handle it."""
    WORKFLOW.apply("instruct", letter, me, text)


def mediate(letter: Letter, mediator: str, agreement: str, me: Me) -> None:
    """Note who mediates between the neighbours, and what they agreed on."""
    WORKFLOW.apply("mediate", letter, me, f"调解人：{mediator}")
    letter.mediator, letter.agreement = mediator, agreement
