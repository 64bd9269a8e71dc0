"""Letters as everybody reads them, and as who wrote them follows them: the board, the thread, the author's forms."""

import io
from collections.abc import Callable
from itertools import count
from typing import Any

from tests.areas import feed
from tests.areas.ask import Ask, Asks, plain
from tests.areas.receipts import phone_of, sent_by
from tests.modules.letters.made import letter_in
from tests.screen.things import small_photo
from tests.stage import VISITOR, Stage

NOBODY = 999_999
FILE = "GET /media/<key>/<name>"
NUMBERS = count(1)
STATES = {"等补充": "waiting", "已答复": "answered", "办理中": "in_hand", "已并案": "merged"}


def _letter(stage: Stage, who: str, case: str) -> int:
    """The letter of the case: one's own, that one wrote down, or somebody's; in the state behind the last dot."""
    whose, _, rest = case.partition("·")
    if whose == "没有这封信":
        return NOBODY
    state = STATES.get(rest.rpartition("·")[2], "in_hand")
    if whose == "自己的":
        return sent_by(stage, who, state)
    if whose == "自己代录的":
        return letter_in(stage.app, state, recorder_id=stage.ids.get(who))
    return letter_in(stage.app, state, public="公开了" in case)


def _of(tail: str = "", data: Callable[[], dict[str, Any]] = dict) -> Callable[[Stage, str, str], Ask]:
    """That address of the letter. What is one's own, visitors ask for on the phone that has sent it."""

    def ask(stage: Stage, who: str, case: str) -> Ask:
        letter = _letter(stage, who, case)
        by = phone_of(stage) if who == VISITOR and case.startswith("自己的") else None
        return Ask(f"/letters/{letter}{tail}", data(), by)

    return ask


def _photo() -> dict[str, Any]:
    return {"pictures": (io.BytesIO(small_photo(next(NUMBERS))), "椒园.jpg")}


def _spoken(stage: Stage, who: str, case: str) -> Ask:
    """What a clerk takes down: a rating, where the case names nothing else."""
    asks_on, letter = case.startswith("接着问"), _letter(stage, who, case.removeprefix("接着问·"))
    said = {"do": "again", "text": "苗木自己去拉吗？"} if asks_on else {"do": "rate", "solved": "yes"}
    return Ask(f"/letters/{letter}/by-phone", said)


def _file(stage: Stage, who: str, case: str) -> Ask:
    """A picture or recording of a letter; those of other things are asked for by the feed."""
    if "信" not in case:
        return feed.ASKS[FILE](stage, who, case)
    person = stage.ids.get(who)
    recorder = {"recorder_id": person} if "代录" in case and person else {}
    mine = case.startswith("自己的信")
    letter = sent_by(stage, who) if mine else letter_in(stage.app, "in_hand", public="公开了" in case, **recorder)
    url = stage.file(
        letter, "sound" if "录音" in case else "picture", f"person {person}" if "自己传的" in case else "",
        shown="公开了" in case and "没选" not in case, original="原样" in case,
    )  # fmt: skip
    return Ask(url, by=phone_of(stage) if who == VISITOR and mine else None)


ASKS: Asks = {
    FILE: _file,
    "GET /letters": plain("/letters"),
    "GET /letters/<int:id>": _of(),
    "POST /letters/<int:id>/me-too": _of("/me-too"),
    "POST /letters/<int:id>/supply": _of("/supply", lambda: {"text": "十五号夜里冻的"}),
    "POST /letters/<int:id>/photos": _of("/photos", _photo),
    "POST /letters/<int:id>/rate": _of("/rate", lambda: {"solved": "yes"}),
    "POST /letters/<int:id>/again": _of("/again", lambda: {"text": "苗木自己去拉吗？"}),
    "GET /letters/<int:id>/withdraw": _of("/withdraw"),
    "POST /letters/<int:id>/withdraw": _of("/withdraw", lambda: {"text": "办好了"}),
    "GET /letters/<int:id>/by-phone": _of("/by-phone"),
    "POST /letters/<int:id>/by-phone": _spoken,
}


def addresses(stage: Stage) -> list[str]:
    """The board, a search, a thread with its answer, what a clerk takes down, and what they wrote down for others."""
    letter, mine = letter_in(stage.app, "answered", public=True), sent_by(stage, "镇干部")
    recorded = letter_in(stage.app, "answered", org="平木镇", recorder_id=stage.ids["镇干部"])
    return [
        "/letters", "/letters?kind=question", f"/letters?org={stage.org('沙江寺村')}&before={stage.mark()}",
        "/letters?q=椒园", f"/letters/{letter}", f"/letters/{letter}/by-phone", f"/letters/{mine}/withdraw",
        f"/letters/{recorded}",
    ]  # fmt: skip
