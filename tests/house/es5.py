"""A scan of ECMAScript 5 tokens: finds what the phones of 2013 cannot read. Strict rather than complete."""

import re
from collections.abc import Iterator


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<number>0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<word>[A-Za-z_$][\w$]*)
    |(?P<sign>>>>=|===|!==|>>>|<<=|>>=|\.\.\.|\*\*=?|=>|\?\?|\?\.|==|!=|<=|>=|&&|\|\||\+\+|--|<<|>>|[-+*%&|^/]=|[^\w\s])""",
    re.VERBOSE | re.DOTALL,
)
REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
NEW_WORDS = words("let const class extends super import export yield async await static enum of")
NEW_SIGNS = frozenset(["=>", "...", "**", "**=", "??", "?.", "`", "#", "@"])
# Words after which an expression begins, so that a slash begins a pattern and a brace an object.
BEFORE_VALUE = words("return typeof case in delete void throw new instanceof")
# Younger than Chrome 30, WebKit 538 or IE 11.
NEW_NAMES = words(
    "Promise fetch Symbol Map Set WeakMap WeakSet Proxy Reflect URLSearchParams IntersectionObserver AbortController "
    "globalThis BigInt queueMicrotask structuredClone"
)
NEW_MEMBERS = words(
    "assign entries values fromEntries closest matches append prepend before after replaceWith remove forEach includes "
    "startsWith endsWith padStart padEnd repeat find findIndex findLast at flat flatMap then finally replaceAll "
    "matchAll toggleAttribute isConnected"
)

Token = tuple[str, str]


def tokens(source: str) -> Iterator[Token]:
    """(kind, text) of everything but spaces and comments. Raises ValueError where nothing fits."""
    at, last = 0, ("sign", ";")
    while at < len(source):
        value_follows = last[1] in BEFORE_VALUE or (last[0] == "sign" and last[1] not in (")", "]", "}"))
        pattern = REGEX.match(source, at) if value_follows and source[at] == "/" else None
        found = TOKEN.match(source, at)
        if pattern and not source.startswith(("//", "/*"), at):
            at, last = pattern.end(), ("regex", pattern[0])
            yield last
        elif found and found.lastgroup:
            at = found.end()
            if found.lastgroup != "space":
                last = (found.lastgroup, found[0])
                yield last
        else:
            raise ValueError(f"not JavaScript: {source[at : at + 30]!r}")


def problems(source: str) -> list[str]:
    """What in `source` is younger than ECMAScript 5, or is unbalanced."""
    read = [("sign", ";"), *tokens(source), ("sign", ";"), ("sign", ";")]
    found: list[str] = []
    open_ones: list[str] = []
    for before, token, after in zip(read, read[1:], read[2:], strict=False):
        found += _of_token(before, token, after)
        kind, text = token
        if kind == "sign" and text in "([{":
            open_ones.append("object" if text == "{" and _begins_object(before) else text)
        at_key = open_ones[-1:] == ["object"] and text in "{," and kind == "sign"
        if at_key and after[1] != "}" and after[0] not in ("word", "string", "number"):
            found.append(f"key {after[1]}")
        if kind == "sign" and text in ")]}":
            pair = {")": "(", "]": "[", "}": "{"}[text]
            if not open_ones or open_ones.pop().replace("object", "{") != pair:
                found.append(f"unbalanced {text}")
        elif open_ones[-1:] == ["object"] and before[1] in ("{", ",") and kind != "sign" and after[1] != ":":
            found.append(f"short key {text}")
    return found + [f"never closed {each}" for each in open_ones] + list(_parameters(read))


def _begins_object(before: Token) -> bool:
    signs = before[0] == "sign" and before[1] not in (")", ";", "{", "}")
    return signs or before[1] in BEFORE_VALUE


def _of_token(before: Token, token: Token, after: Token) -> list[str]:
    kind, text = token
    member = before[1] == "."
    young = {
        "word": not member and after[1] != ":" and text in NEW_WORDS | NEW_NAMES,
        "sign": text in NEW_SIGNS,
        "string": "\\u{" in text,
        "regex": bool(re.search(r"\(\?<|\\p\{|/[a-z]*[^gim/][a-z]*$", text)),
        "number": False,
    }[kind]
    wrong = [text] if young or (member and text in NEW_MEMBERS) else []
    if kind == "number" and after[0] == "word":
        wrong.append(f"number {text}{after[1]}")
    if (before[1], text) == (",", ")"):
        wrong.append("comma before )")
    if text == "catch" and after[1] != "(" and not member:
        wrong.append("catch without a name")
    if text == "var" and after[0] != "word":
        wrong.append("var with a pattern")
    return wrong


def _parameters(read: list[Token]) -> Iterator[str]:
    """Parameters of functions are plain names."""
    for at, (kind, text) in enumerate(read):
        if (kind, text) != ("word", "function"):
            continue
        start = at + 1 if read[at + 1][1] == "(" else at + 2
        end = next(number for number in range(start, len(read)) if read[number][1] in (")", ";"))
        if any(each[1] != "," and each[0] != "word" for each in read[start + 1 : end]):
            yield f"parameters of {read[at + 1][1]}"
