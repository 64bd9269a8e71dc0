"""Templates: each is used, what they name exists, and none holds what a phone of the village or the CSP refuses."""

import ast
import re

import pytest
from jinja2 import Environment, FileSystemLoader, nodes
from jinja2.meta import find_referenced_templates

from tests.house.code import sources
from wdj.config import ROOT

FOLDER = ROOT / "templates"
NAMES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.html"))
JINJA = Environment(loader=FileSystemLoader(FOLDER), autoescape=True)
# Links that the law asks for; nothing is ever loaded from there.
OUTSIDE = {"https://beian.miit.gov.cn/", "https://beian.mps.gov.cn/"}
# Pages of clerks, who work with the words as written.
FOR_CLERKS = {
    "campaigns/check.html", "feed/act.html", "portal/comments.html", "portal/opened.html",
    "letters/bulk_form.html", "letters/bulk_print.html", "letters/pane.html", "letters/work.html",
    "letters/answer.html", "letters/publish.html", "letters/templates.html",
    "letters/merge.html", "letters/forum.html", "letters/forum_form.html", "letters/forums.html",
}  # fmt: skip


def text_of(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def named_in(name: str) -> set[str]:
    """What the template includes, imports or extends."""
    found = set(find_referenced_templates(JINJA.parse(text_of(name))))
    assert None not in found, f"{name} names a template by an expression; write the name out, so that it can be found"
    return {each for each in found if each}


def named_in_code() -> set[str]:
    return {
        node.value
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(".html")
    }


def test_every_template_is_used() -> None:
    used = named_in_code().union(*(named_in(name) for name in NAMES))
    assert set(NAMES) - used == set(), "nobody draws these templates: delete them"


def test_every_template_that_is_named_exists() -> None:
    used = named_in_code().union(*(named_in(name) for name in NAMES))
    assert used - set(NAMES) == set(), "these templates are named and missing"


@pytest.mark.parametrize("name", NAMES)
def test_no_template_extends_another(name: str) -> None:
    assert not list(JINJA.parse(text_of(name)).find_all((nodes.Extends, nodes.Block))), (
        f"{name}: a page is the layout around one fragment; page() puts it there"
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_macro_is_called(name: str) -> None:
    macros = {macro.name for macro in JINJA.parse(text_of(name)).find_all(nodes.Macro)}
    everywhere = "".join(text_of(each) for each in NAMES)
    unused = {macro for macro in macros if len(re.findall(rf"\b{macro}\b", everywhere)) < 2}
    assert not unused, f"{name}: nobody calls {unused}"


@pytest.mark.parametrize("name", NAMES)
def test_no_style_and_no_handler_stands_in_a_template(name: str) -> None:
    found = re.findall(r"<[^>]*?\s(style|on\w+)\s*=", text_of(name)) + re.findall(r"<style|javascript:", text_of(name))
    assert not found, f"{name} has {found}: looks go to wdj.css, comforts to wdj.js (the CSP refuses both here)"
    scripts = re.findall(r"<script(?![^>]*\ssrc=)", text_of(name))
    assert not scripts, f"{name} has a script of its own: the CSP refuses it; comforts go to wdj.js"


@pytest.mark.parametrize("name", NAMES)
def test_htmx_attributes_begin_with_data(name: str) -> None:
    found = re.findall(r"(?<![\w-])hx-[\w-]+(?==|[\s>])", text_of(name))
    assert not found, f"{name}: write data-{found[0]}: it is valid HTML and old engines know it" if found else ""


@pytest.mark.parametrize("name", NAMES)
def test_nothing_comes_from_another_site(name: str) -> None:
    addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\"'\s<]*", text_of(name)))
    assert addresses <= OUTSIDE, f"{name} names {addresses - OUTSIDE}: a page asks nothing of other sites"


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_let_through_unescaped(name: str) -> None:
    found = re.findall(r"\{%-?\s*autoescape false[^%]*%\}", text_of(name))
    # `' literal'|safe` marks what stands in the template itself.
    found += [each for each in re.findall(r"(\S+)\s*\|\s*safe\b", text_of(name)) if not each.endswith(("'", '"'))]
    assert not found, f"{name}: {found} must be Markup made in Python, where it can be tested"


@pytest.mark.parametrize("name", [name for name in NAMES if name not in FOR_CLERKS])
def test_public_pages_read_public_words_only(name: str) -> None:
    """`post.title` is as written; `post.public_title` is what everybody may read."""
    found = re.findall(r"\b(?:post|item|each|c|said)(?:\.item)?\.(?:title|text)\b", text_of(name))
    found += re.findall(
        r"\b(?:c|said)\.(?:name|village)\b|\b(?:picture|sound)\.(?:caption|transcript)\b", text_of(name)
    )
    assert not found, f"{name} shows {found}: use its public_ form, or list the page in FOR_CLERKS"


@pytest.mark.parametrize("name", NAMES)
def test_the_words_of_people_are_closed_to_htmx(name: str) -> None:
    """User text that keeps its lines stands in an element with data-hx-disable."""
    open_ones = re.findall(r'<\w+ class="(?:txt|art)"(?![^>]*data-hx-disable)[^>]*>\s*(?:\{\{|\{%)', text_of(name))
    assert not open_ones, f"{name}: {open_ones} holds what people typed: add data-hx-disable"
