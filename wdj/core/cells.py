"""How a workbook writes what stands in its cells: the letters of a column, odd characters, days."""

import re
from datetime import datetime, timedelta


def column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def unescaped(text: str) -> str:
    """_x000D_ as the character that it stands for; the file writes so what XML cannot carry."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda code: chr(int(code[1], 16)), text) if "_x" in text else text


def day(at: datetime, number: float) -> str:
    at = at + timedelta(microseconds=500_000)
    if number < 1:
        return f"{at:%H:%M}"
    return f"{at:%Y-%m-%d}" if number.is_integer() else f"{at:%Y-%m-%d %H:%M}"
