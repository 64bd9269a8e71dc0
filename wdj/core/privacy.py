"""Masks what must not stand in public text: mobile numbers, resident IDs, bank cards and WeChat ids.

Telephones of offices, amounts, dates and the national codes of villages stay as they are.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

# One character stands for one, so that a place in the plain form is the same place in the text.
_WIDE = {0xFF10 + digit: str(digit) for digit in range(10)}
_DASHES = dict.fromkeys(map(ord, "－‐‑‒–—―−﹣·•"), "-")
_SPACES = dict.fromkeys(map(ord, "\u00a0\u00ad\u2002\u2003\u2009\u200b\u200c\u200d\u2060\u3000\ufeff\t"), " ")
_LETTERS = {ord("Ｘ"): "X", ord("ｘ"): "X", ord("x"): "X", ord("＋"): "+", ord("．"): "."}
_PLAIN = {**_WIDE, **_DASHES, **_SPACES, **_LETTERS}

_GAP = "[ .-]{1,3}"
_RESIDENT = re.compile(rf"(?<!\d)\d{{6}}(?:{_GAP})?\d{{8}}(?:{_GAP})?\d{{3}}[\dX](?!\d)", re.ASCII)
_OLD_RESIDENT = re.compile(r"(?<!\d)\d{15}(?!\d)", re.ASCII)
_CARD = re.compile(
    rf"(?<!\d)(?:[3-69]\d{{15,18}}|[3-69]\d{{3}}(?:{_GAP}\d{{4}}){{3}}(?:{_GAP}\d{{1,3}})?)(?!\d)", re.ASCII
)
_MOBILE = re.compile(
    rf"(?<!\d)(?:(?:\+|00)?86(?:{_GAP})?|0)?"
    rf"(?:1[3-9]\d(?:{_GAP})?\d{{4}}(?:{_GAP})?\d{{4}}|1[3-9]\d{{2}}{_GAP}\d{{3}}{_GAP}\d{{4}})"
    r"(?!\d|\.\d| ?元(?![旦宵]))",  # what is counted in yuan is money
    re.ASCII,
)
# Digit by digit, or by twos: nobody writes an amount so.
_SPELLED = re.compile(r"(?<!\d)(?<!\d[ .-])1(?:[ .-][3-9](?:[ .-]\d){9}|[3-9]\d(?:[ .-]\d\d){4})(?![ .-]?\d)", re.ASCII)
_CHINESE = "零〇○一二三四五六七八九幺"
_IN_CHINESE = re.compile(f"(?<![{_CHINESE}])[一幺][三四五六七八九][{_CHINESE}]{{9}}(?![{_CHINESE}])")
# The id that stands after the word, not the word itself.
_WECHAT = re.compile(
    r"(?:(?<=微信)|(?<=微信号)|(?<=微信号是)|(?<=微信是)|(?<=微信：)|(?<=微信号：)|(?<=微信:)|(?<=微信号:)|(?<=微信 ))"
    r"[A-Za-z][A-Za-z0-9_-]{5,19}(?![A-Za-z0-9_*-])"
)
_PROVINCE = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def mask(text: str) -> str:
    """Return `text` with private numbers starred: 138****0001, 610330************, ************1234.

    Spaces, dashes and full-width digits within a number do not save it; everything else comes back unchanged.
    """
    plain = text.translate(_PLAIN)
    for rule in _RULES:
        plain = rule.star(plain)
    return "".join("*" if star == "*" else shown for star, shown in zip(plain, text, strict=True))


@dataclass(frozen=True)
class _Rule:
    pattern: re.Pattern[str]
    hidden: slice  # which of the number's digits
    is_real: Callable[[str], bool]

    def star(self, plain: str) -> str:
        return self.pattern.sub(self._star_one, plain)

    def _star_one(self, match: re.Match[str]) -> str:
        found = list(match[0])
        places = [place for place, character in enumerate(found) if character.isalnum()]
        if self.is_real("".join(found[place] for place in places)):
            for place in places[self.hidden]:
                found[place] = "*"
        return "".join(found)


def _is_resident(number: str) -> bool:
    """The check character of GB 11643-1999, a birthday that exists and a province that exists."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return number[17] == "10X98765432"[total % 11] and bool(_PROVINCE.match(number)) and _is_birthday(number[6:14])


def _is_old_resident(number: str) -> bool:
    return bool(_PROVINCE.match(number)) and _is_birthday("19" + number[6:12])


def _is_birthday(digits: str) -> bool:
    try:
        return 1900 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year < 2100
    except ValueError:
        return False


def _is_card(number: str) -> bool:
    """The Luhn check, as on every bank card."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in number[-2::-2])
    return (sum(doubled) + sum(int(digit) for digit in number[-1::-2])) % 10 == 0


_RULES = (
    _Rule(_RESIDENT, slice(6, None), _is_resident),
    _Rule(_OLD_RESIDENT, slice(6, None), _is_old_resident),
    _Rule(_CARD, slice(None, -4), _is_card),
    _Rule(_MOBILE, slice(-8, -4), lambda number: True),
    _Rule(_SPELLED, slice(-8, -4), lambda number: True),
    _Rule(_IN_CHINESE, slice(-8, -4), lambda number: True),
    _Rule(_WECHAT, slice(2, None), lambda name: True),
)
