"""Letters on the desk: what is opened beside the list, and what is done to many at once."""

from collections.abc import Callable

from tests.areas.ask import Ask, Asks
from tests.modules.letters.made import letter_in
from tests.stage import Stage

OTHER_UNIT = "县民政局"


def _ids(stage: Stage, case: str) -> list[int]:
    """Two letters that a town received and gave to a department."""
    return [letter_in(stage.app, "in_hand", public=case == "大家看得到的") for _ in range(2)]


def _page(step: str) -> Callable[[Stage, str, str], Ask]:
    def ask(stage: Stage, who: str, case: str) -> Ask:
        return Ask(f"/letters/bulk/{step}?ids={'.'.join(map(str, _ids(stage, case)))}")

    return ask


def _done(step: str) -> Callable[[Stage, str, str], Ask]:
    def ask(stage: Stage, who: str, case: str) -> Ask:
        ids = _ids(stage, case)
        words = {
            "assign": {"org": str(stage.org(OTHER_UNIT))}, "merge": {"into": str(ids[0])},
            "extend": {"do": "ask", "days": "3", "note": "要等县上核定面积"},
        }  # fmt: skip
        return Ask(f"/letters/bulk/{step}", {"id": [str(each) for each in ids], **words.get(step, {})})

    return ask


STEPS = ("assign", "merge", "extend", "remind")
ASKS: Asks = {
    **{f"GET /letters/bulk/{step}": _page(step) for step in (*STEPS, "print")},
    **{f"POST /letters/bulk/{step}": _done(step) for step in STEPS},
}


def addresses(stage: Stage) -> list[str]:
    letters = [letter_in(stage.app, "in_hand", days_ago=30), letter_in(stage.app, "posted")]
    letter_in(stage.app, "answered")
    ids = ".".join(map(str, letters))
    return [
        "/desk?view=done", "/desk?state=answered&after=7258118400000000-900", "/desk?due=late", "/desk?due=today",
        "/desk?due=soon&view=mine", *(f"/desk?open={each}" for each in letters),
        *(f"/letters/bulk/{step}?ids={ids}&back=view%3Dmine" for step in (*STEPS, "print")),
    ]  # fmt: skip
