"""The ways that sample letters go: most are given on, answered and rated; some are late, returned, asked again."""

from datetime import timedelta

from wdj.core.deadlines import LOOK, SIGN, WHOLE, Span
from wdj.modules.letters.models import Door, Kind
from wdj.modules.letters.sample_lives import CLOSED_AFTER, PUT_AWAY_AFTER, Life, Over

LATE, RETURNED, ASKED, EXTENDED, CHECKED, DECLINED, WITHDRAWN = 0.06, 0.06, 0.07, 0.06, 0.12, 0.03, 0.025
RATED, UNSOLVED, AGAIN = 0.55, 0.07, 0.04
RETURN_REASONS = ("这件事不归我们管，请转该管的单位", "路权在上一级，我们动不了", "要几家一起办，请县上定一家牵头")
DECLINE = (
    ("不归县里管", "您说的这件事不归县里管，我们替您问过了，请找办理的公司，客服电话在合同上。"),
    ("说的事不清楚", "看了您的信，还弄不明白是哪里、什么事。请再写一封，写上地方、时间，我们再办。"),
)
QUESTIONS = (
    "请问是哪一户、在哪个位置？留个电话好找您。",
    "请补一下材料照片，或说说从哪天开始的。",
    "大概有几户、多少亩？",
)
REPLIES = ("在学校坎下那一段，电话照旧。", "从上个礼拜开始的，一共七户。", "照片发在村群里了，材料明天送到村上。")
EXTENSION = ("要等材料到货", "要和县上一起看现场", "下雨动不了工，天晴接着办")
SAY_UNSOLVED = ("find_unsolved", "stay_unsolved")
READ_AFTER = timedelta(minutes=40)
UNSOLVED_WORDS = ("还是老样子，没有修好。", "来看了一回就没有下文了。", "说的日子过了，没见人来。")


def live(life: Life) -> Life:
    """Let it live until its end; returns it."""
    try:
        life.stop_here("post")
        _live(life)
    except Over:
        pass
    return life


def _live(life: Life) -> None:
    chance = life.chance
    if life.until == "withdraw" or (not life.until and chance.random() < WITHDRAWN):
        life.do("withdraw", life.days(0.05, 1.5), "已经解决了")
        return _put_away(life, "withdraw")
    life.do("accept", life.hours(0.3, 7), by=life.clerk)
    life.stop_here("accept")
    if life.into:
        return _merge(life, life.into)
    if life.until == "decline" or (not life.until and chance.random() < DECLINED):
        reason, text = chance.choice(DECLINE)
        life.do("decline", life.hours(0.5, 5), reason, by=life.clerk)
        life.say("decline", text, life.clerk)
        return _put_away(life, "decline")
    if life.wish:
        life.do("instruct", life.at + READ_AFTER, life.wish, by=life.place.leader)
    _give(life)
    _work(life)
    _answer(life)
    return _follow(life)


def _give(life: Life) -> None:
    """Into the hands of a unit: of the one that received it, or of another that signs for it."""
    unit = life.org if life.door == Door.consultation else life.place.handler(life.story.to)
    if unit == life.org:
        life.do("take", life.hours(0.2, 3), by=life.clerk, org=unit)
        life.columns["handler_org_id"] = unit
        life.stop_here("take")
        return
    if life.until == "return_to" or (not life.until and life.chance.random() < RETURNED):
        _return(life)
    _assign(life, unit, "assign")


def _assign(life: Life, unit: int, action: str, note: str = "") -> None:
    life.do(action, life.hours(0.2, 5), note, by=life.clerk, org=unit)
    life.columns["handler_org_id"] = unit
    life.sign_clock()
    life.stop_here(action)
    life.do("sign_for", life.hours(0.5, 9), by=life.clerk)
    life.stop_clocks(SIGN)
    life.stop_here("sign_for")


def _return(life: Life) -> None:
    """A unit gives it back, and the receiver finds another."""
    wrong = life.chance.choice(sorted(set(life.place.units.values()) - {life.place.handler(life.story.to)}))
    _assign(life, wrong, "assign")
    life.do("return_to", life.hours(1, 10), life.chance.choice(RETURN_REASONS), by=life.clerk, org=wrong)
    life.columns["handler_org_id"] = None
    life.columns["returns"] += 1
    life.stop_here("return_to")


def _work(life: Life) -> None:
    """What may happen before the answer."""
    chance = life.chance
    if life.until in ("ask_more", "supply") or (not life.until and chance.random() < ASKED):
        question = chance.choice(QUESTIONS)
        life.do("ask_more", life.hours(1, 8), question, by=life.clerk)
        life.say("ask_more", question, life.clerk)
        life.pauses.append(Span(life.at.date(), None))
        life.stop_here("ask_more")
        life.do("supply", life.days(0.2, 5))
        life.say("more", chance.choice(REPLIES))
        life.pauses[-1] = Span(life.pauses[-1].start, life.at.date())
        life.stop_here("supply")
    if life.until in ("ask_extension", "grant_extension") or (not life.until and chance.random() < EXTENDED):
        _extend(life)
    if life.story.kind == Kind.dispute:
        life.do("mediate", life.hours(4, 20), "调解人：村调委会 老支书", by=life.clerk)
        life.columns |= {"mediator": "村调委会 老支书", "agreement": "两家各让一步，写了协议，按了手印。"}
        life.stop_here("mediate")


def _extend(life: Life) -> None:
    days, reason = life.chance.choice((3, 5, 10)), life.chance.choice(EXTENSION)
    life.do("ask_extension", life.hours(1, 6), f"要 {days} 个工作日：{reason}", by=life.clerk)
    life.columns |= {"extension_days": days, "extension_reason": reason}
    life.stop_here("ask_extension")
    life.do("grant_extension", life.hours(0.5, 6), f"多给 {days} 个工作日", by=life.place.clerks.get(life.org))
    life.clocks[WHOLE].extended_days += days
    life.columns |= {"extension_days": None, "extension_reason": ""}
    life.stop_here("grant_extension")


def _answer(life: Life) -> None:
    """Write the answer, let a second person read it where they do so, and show it to everybody where it may be seen."""
    if life.days_used is None and life.chance.random() < LATE:
        life.days_used = 1 + life.chance.uniform(0.1, 1.2)
    at = life.answer_at()
    text = life.teller.answer(life.story, at.date())
    checked = life.until == "draft" or (not life.until and life.chance.random() < CHECKED)
    if checked:
        life.do("draft", at - timedelta(hours=2), by=life.clerk)
        life.draft = text
        life.stop_here("draft")
    life.do("approve" if checked else "answer", at, by=life.clerk)
    life.draft, life.days_used = "", None
    life.say("answer", text, life.clerk, checker=life.clerk if checked else None)
    life.stop_clocks()
    life.columns["answered_at"] = life.at
    if life.may_publish and life.columns["published_at"] is None and life.until != "unseen":
        life.do("publish", life.hours(0.1, 6), by=life.place.clerks.get(life.org))
        life.columns["published_at"] = life.at
    life.stop_here("answer")


def _follow(life: Life) -> None:
    """What its writer thinks of the answer, if they say it."""
    chance, first = life.chance, life.columns["round"] == 1
    answered = life.at
    if life.until == "again" or (not life.until and first and chance.random() < AGAIN):
        life.do("again", life.days(0.2, 6))
        return _anew(life, "那要等到啥时候？能不能先想个临时的办法？")
    if life.until not in ("rate", *SAY_UNSOLVED) and (life.until == "close" or chance.random() > RATED):
        life.do("close", answered + CLOSED_AFTER)
        return _put_away(life, "close")
    unsolved = life.until in SAY_UNSOLVED or (not life.until and chance.random() < UNSOLVED / RATED)
    action = "rate" if not unsolved else "find_unsolved" if first else "stay_unsolved"
    life.do(action, life.days(0.05, 11))
    _rate(life, not unsolved)
    if action == "find_unsolved":
        return _anew(life, "")
    return _look_into(life) if unsolved else _put_away(life, "rate")


def _look_into(life: Life) -> None:
    """The level above looks into what two answers have not solved."""
    unit, place = life.columns["handler_org_id"], life.place
    told = life.columns["told_org_id"] = place.town if unit == place.village else place.county
    life.look_clock()
    life.stop_here("stay_unsolved")
    life.do("settle", life.hours(4, 30), "到现场看了，定了办法，盯着办完。", by=place.clerks.get(told))
    life.stop_clocks(LOOK)
    life.columns["told_org_id"] = None
    _put_away(life, "settle")


def _anew(life: Life, words: str) -> None:
    life.begin_anew()
    if words:
        life.say("again", words)
    life.stop_here("again" if words else "find_unsolved")
    _answer(life)
    _follow(life)


def _rate(life: Life, solved: bool) -> None:
    chance, phoned = life.chance, life.source != "web" and bool(life.clerk)
    content = solved and chance.random() < 0.86
    said = life.teller.one("thanks" if content else "grumbles") if solved else chance.choice(UNSOLVED_WORDS)
    life.ratings.append(
        {"round": life.columns["round"], "solved": None if solved and chance.random() < 0.1 else solved,
         "satisfaction": 3 if content else 2 if solved else 1, "words": said, "at": life.at,
         "way": "telephone" if phoned else "receipt", "person_id": life.clerk if phoned else None}
    )  # fmt: skip


def _merge(life: Life, main: Life) -> None:
    """It is answered with another one about the same thing."""
    life.do("merge", life.hours(0.2, 4), by=life.clerk)
    life.columns["handler_org_id"] = main.columns["handler_org_id"]
    life.stop_clocks()
    life.stop_here("merge")
    answer = next((each for each in main.said if each["kind"] == "answer"), None)
    if answer is None:
        raise Over
    life.do("answer_too", answer["at"])
    life.said.append(answer)
    life.columns["answered_at"] = life.at
    _follow(life)


def _put_away(life: Life, action: str) -> None:
    """It has ended, and after a quarter it is put away."""
    life.stop_clocks()
    life.columns["closed_at"] = life.at
    if action == "withdraw":
        life.columns["published_at"] = None
    life.stop_here(action)
    life.do("archive", life.at + PUT_AWAY_AFTER)
