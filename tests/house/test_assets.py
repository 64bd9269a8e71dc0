"""The stylesheet and the script hold only what old phones know; htmx is the file that was released."""

import base64
import hashlib
import re
from collections.abc import Iterator

import pytest

from tests.house.code import sources
from tests.house.es5 import problems, words
from wdj.config import ROOT
from wdj.core.asked import SIZES
from wdj.core.assets import gzip
from wdj.modules.feed.models import COLUMNS

STATIC = ROOT / "static"
CSS = (STATIC / "wdj.css").read_text(encoding="utf-8")
SCRIPT = (STATIC / "wdj.js").read_text(encoding="utf-8")
# Known to Chrome 30, WebKit 538 and IE 11.
PROPERTIES = words(
    """background background-color border border-bottom border-bottom-color border-bottom-width border-collapse
    border-color border-left border-left-color border-left-width border-radius border-right border-spacing border-top
    border-top-color border-top-width border-width bottom box-sizing clear clip color content cursor direction display
    fill float font font-family font-size font-style font-weight height left letter-spacing line-height list-style
    margin margin-bottom margin-left margin-right margin-top max-height max-width min-height min-width opacity orphans
    outline outline-color overflow overflow-x overflow-y padding padding-bottom padding-left padding-right
    padding-top page-break-after page-break-before page-break-inside position quotes resize right stroke table-layout
    text-align text-decoration text-indent text-transform top vertical-align visibility white-space widows width
    word-break word-wrap z-index"""
)
# Younger, or of one engine: a phone that does not know them shows the page no worse.
HARMLESS = words(
    """-webkit-appearance -webkit-box-sizing -webkit-text-size-adjust text-size-adjust color-scheme outline-offset
    overflow-wrap -webkit-overflow-scrolling scroll-margin"""
)
DISPLAYS = words("block inline inline-block none table table-cell table-row list-item")
POSITIONS = words("static relative absolute -webkit-sticky sticky")
OVER = words("#keys[open]")  # opened over the page, where there is a keyboard
UNITS = frozenset(["em", "rem", "px", "pt", "%", "mm", "cm"])
PSEUDO = re.compile(
    r":(before|after|focus|hover|visited|link|active|checked|disabled|target|first-child|last-child|nth-child\([\w+-]+\))"
)
MEDIA = re.compile(r"@media (print|\((min|max)-width:\d+px\)|\(prefers-color-scheme:dark\))")


def rules(text: str) -> Iterator[tuple[str, str]]:
    """(selector or at-rule, declarations) of every rule, those inside a @media too."""
    text, at = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL), 0
    while found := re.compile(r"\s*([^{};]+?)\s*\{").match(text, at):
        depth, end = 1, found.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        inside, at = text[found.end() : end - 1], end
        if found[1].startswith("@"):
            yield found[1], ""
            yield from rules(inside)
        else:
            yield found[1], inside
    assert not text[at:].strip(), f"wdj.css: what is this? {text[at : at + 60]!r}"


def declarations() -> Iterator[tuple[str, str, str]]:
    for selector, inside in rules(CSS):
        bare = re.sub(r'"[^"]*"', '""', inside)
        for each in filter(None, (part.strip() for part in bare.split(";"))):
            name, colon, value = each.partition(":")
            assert colon, f"wdj.css {selector}: {each!r} is no declaration"
            yield selector, name.strip(), value.strip()


def test_the_stylesheet_uses_only_properties_that_old_phones_know() -> None:
    young = {(selector, name) for selector, name, _ in declarations() if name not in PROPERTIES | HARMLESS}
    assert not young, f"{young}: lay out with floats and tables; add to HARMLESS what an old phone can do without"


def test_the_stylesheet_lays_out_with_floats_and_tables() -> None:
    wrong = {
        (selector, value)
        for selector, name, value in declarations()
        if (name == "display" and value not in DISPLAYS)
        or (name == "position" and value not in POSITIONS and selector not in OVER)
    }
    assert not wrong, f"{wrong}: flex, grid and fixed bars are not for these phones"


def test_the_stylesheet_needs_no_function_variable_or_young_unit() -> None:
    wrong = set()
    for selector, name, value in declarations():
        called = set(re.findall(r"([\w-]+)\(", value)) - {"attr"}
        units = set(re.findall(r"(?<![\w#.-])-?\d*\.?\d+([a-z%]+)", value)) - UNITS
        wrong |= {(selector, name, each) for each in called | units}
        wrong |= {(selector, name, value)} if re.search(r"#\w{8}\b|#\w{4}\b|!important", value) else set()
    assert not wrong, f"{wrong}: write the value out"


def test_the_stylesheet_selects_as_css_2_and_3_do() -> None:
    wrong = set()
    for selector, _ in rules(CSS):
        if selector.startswith("@"):
            wrong |= set() if MEDIA.fullmatch(selector) else {selector}
            continue
        rest = PSEUDO.sub("", re.sub(r'\[[\w-]+(="?[\w-]+"?)?\]', "", selector))
        wrong |= {selector} if re.search(r"[:@&()~|]", rest) else set()
    assert not wrong, f"{wrong}: one unknown word makes an old phone drop the whole rule"


def styled() -> set[str]:
    """The classes that wdj.css knows."""
    selectors = (re.sub(r"\[[^\]]*\]", "", each) for each, _ in rules(CSS) if not each.startswith("@"))
    return {name for each in selectors for name in re.findall(r"\.([A-Za-z][\w-]*)", each)}


def given() -> set[str]:
    """The classes that templates, code and wdj.js give to something."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html")]
    found = {*SIZES, *(color for _, color in COLUMNS.values()), *re.findall(r"className = '([\w-]+)'", SCRIPT)}
    for each in re.findall(r'class="([^"]*)"', "".join([*texts, *(source.text for source in sources())])):
        chosen = "".join(re.findall(r"\{\{.*?\}\}", each))
        found |= set(re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " ", each).split()) | set(re.findall(r"'([\w-]+)'", chosen))
    return found - {""}


def test_every_class_in_the_stylesheet_is_given_to_something() -> None:
    assert not styled() - given(), "no page has these: every phone would carry them for nothing"


def test_every_class_on_a_page_is_in_the_stylesheet() -> None:
    assert not given() - styled(), "wdj.css does not know these: a slip of the pen, or a name without a look"


def test_a_rule_with_a_word_of_one_engine_stands_alone() -> None:
    """A list of selectors falls as a whole with the first that an engine does not know."""
    wrong = [selector for selector, _ in rules(CSS) if "::" in selector or ("," in selector and ":-" in selector)]
    assert not wrong, f"{wrong}: give it a rule of its own"


@pytest.mark.parametrize("name", ["wdj.js", "desk.js"])
def test_the_script_is_es5(name: str) -> None:
    script = (STATIC / name).read_text(encoding="utf-8")
    assert problems(script) == [], f"{name} runs on phones of 2013: var, function, and what README.md of static/ says"


@pytest.mark.parametrize(
    "young",
    ["f(a => a)", "let a = 1", "const b = 2", "var s = `a`", "class A {}", "f(...a)", "a = {b}", "a = {b() {}}",
     "a = {[b]: 1}", "var {a} = b", "var [a] = b", "function f(a = 1) {}", "function f({a}) {}", "a ?? b", "a?.b",
     "a ** 2", "try { f() } catch { g() }", "f(a,)", "for (var a of b) f(a)", "fetch('/')", "Object.assign(a, b)",
     "a.closest('b')", "/(?<=a)b/.test(c)", "/a/u.test(c)", "1_000", "async function f() {}", "f(", "new Promise(f)",
     "return_({a: 1, b})"],
)  # fmt: skip
def test_the_scan_finds_what_is_young(young: str) -> None:
    assert problems(young)


@pytest.mark.parametrize(
    "old",
    ["var a = b / c / d;", "a = /[/]\\//g.test(b) ? 1 : 2", "if (a) { b, c; }", "f({ a: 1, 'b': 2, 3: f })",
     "for (var i = 0; i < n; i++) { if (x) continue; else { y } }", "return { a: b ? c : { d: e } };",
     "try { f() } catch (e) { }", "var o = { let: 1 }, p = o.let, q = [1, 2][0];", "a = b ? .5 : 1", "x = {}"],
)  # fmt: skip
def test_the_scan_leaves_old_code_alone(old: str) -> None:
    assert problems(old) == []


def test_the_static_files_keep_their_weight() -> None:
    weights = {"wdj.css": 6 * 1024, "wdj.js": 2 * 1024, "desk.js": 1536}
    heavy = {name: len(gzip((STATIC / name).read_bytes(), 9)) for name in weights}
    assert all(heavy[name] <= most for name, most in weights.items()), (
        f"{heavy} bytes of {weights}: every phone pays it"
    )


def test_htmx_is_the_released_file() -> None:
    digest = hashlib.sha384((STATIC / "vendor/htmx.min.js").read_bytes()).digest()
    written = re.search(r"sha384-([\w+/=]+)", (STATIC / "vendor/README.md").read_text(encoding="utf-8"))
    assert written
    assert written[1] == base64.b64encode(digest).decode(), (
        "never change a vendored file; a new one gets its new sha384"
    )
    assert b'version:"1.9.12"' in (STATIC / "vendor/htmx.min.js").read_bytes()
