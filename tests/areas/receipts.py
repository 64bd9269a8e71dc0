"""Receipts and telephones: a letter of 沙江寺村 that 留凤关镇 received and 县农业农村局 has in hand, with both."""

from collections.abc import Callable
from typing import Any

from tests.areas.ask import Ask, Asks, plain
from tests.browser import Browser
from tests.modules.letters.made import letter_in, receipt_of
from tests.stage import VISITOR, Stage
from wdj.core.session import DEVICE_COOKIE, keyed

OTHER = "222222"  # a code that fits nothing; nobody has the number either


TOKEN = "the-phone-of-a-visitor-1"


def phone_of(stage: Stage) -> Browser:
    """A phone from which `sent_by` lets visitors send. Each is a new one: an open receipt stays with its own phone."""
    browser = stage.county.visitor()
    browser.client.set_cookie(DEVICE_COOKIE, TOKEN, domain="localhost")
    return browser


def sent_by(stage: Stage, who: str, state: str = "in_hand", **more: Any) -> int:
    """A letter that this role has sent: signed in, or on the phone of visitors."""
    if who != VISITOR:
        return letter_in(stage.app, state, author_id=stage.ids[who], **more)
    with stage.app.app_context():
        device = keyed("device", TOKEN)
    return letter_in(stage.app, state, device=device, **more)


def letter(stage: Stage, who: str, case: str) -> int:
    """The letter of the case: one's own, one that everybody reads, or somebody's."""
    if case.startswith("自己"):
        return sent_by(stage, who)
    more: dict[str, Any] = {"phone": "", "name": ""} if "没留" in case else {}
    state = "archived" if "归档" in case else "in_hand"
    recorder = {"recorder_id": stage.ids[who]} if "代录" in case and who != VISITOR else {}
    return letter_in(stage.app, state, public="公开" in case, **more, **recorder)


def _of_receipt(tail: str = "") -> Callable[[Stage, str, str], Ask]:
    def ask(stage: Stage, who: str, case: str) -> Ask:
        number, code = receipt_of(stage.app, letter(stage, who, case))
        end = tail.replace("CODE", OTHER if "不对" in case else code)
        opens = "CODE" in tail or case.startswith("自己")
        by = phone_of(stage) if who == VISITOR and opens else None
        return Ask(f"/r/{OTHER if '没有这个号' in case else number}{end}", {}, by)

    return ask


def _find(stage: Stage, who: str, case: str) -> Ask:
    number, code = receipt_of(stage.app, letter(stage, who, case))
    typed = {"number": number, "code": OTHER if "不对" in case else code}
    return Ask("/r", typed, phone_of(stage) if who == VISITOR else None, stored=False)


def _open(stage: Stage, who: str, case: str) -> Ask:
    return Ask(f"/contacts/{letter(stage, who, case)}/open", {})


ASKS: Asks = {
    "GET /r": plain("/r"),
    "POST /r": _find,
    "GET /r/<number>/<code>": _of_receipt("/CODE"),
    "GET /r/<number>": _of_receipt(),
    "GET /r/<number>/slip": _of_receipt("/slip"),
    "POST /r/<number>/renew": _of_receipt("/renew"),
    "POST /r/close": plain("/r/close", stored=False),
    "POST /contacts/<int:id>/open": _open,
}


def addresses(stage: Stage) -> list[str]:
    """What the town's clerk has sent, and whose receipt they open."""
    number, code = receipt_of(stage.app, sent_by(stage, "镇干部"))
    return ["/r", f"/r/{number}/{code}", f"/r/{number}", f"/r/{number}?new=1", f"/r/{number}/slip"]
