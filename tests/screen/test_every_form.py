"""Every text field of every form, found by walking the whole site, is attacked; what was typed comes out as letters."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape

import pytest

from tests.areas import addresses
from tests.conftest import County
from tests.screen.device import Device
from tests.screen.hostile import WALKERS, Forms, found_forms, send
from tests.screen.site import Site
from tests.screen.test_attacks import PAYLOADS, Victim
from tests.stage import VISITOR, Stage

# Short enough for a name; each field is told from the others by the number that stands in the place of 00.
SHORT = ("'><b id=p>00", '" id="p" 00', "<s id=p>00")
# What a field holds while another is attacked: what its form takes, so that the words are really stored.
FITS = {
    "phone": "0917-000-0021", "name": "示例王五", "village": "沙江寺村", "people": "3",
    "text": "正文要写十个字才够用的，现在够了。", "title": "花椒受冻以后", "note": "请写上海拔再交",
}  # fmt: skip
# Fields whose words are shown nowhere, each with its reason.
REPLACED = "each sending replaces the words of the one before, and only the form itself shows them before all see them"
UNSEEN = {"POST /letters/<int:id>/publish ": REPLACED, "POST /letters/consultations/<int:id>/outcome ": REPLACED}
READ = {200, 403, 409, 422}  # the page, the form again, and what came too late: all give the words back


@dataclass
class Attack:
    """What came of it, by form: the statuses of its answers; what was alive; the marks of fields not yet seen."""

    answers: dict[str, set[int]] = field(default_factory=dict)
    alive: list[str] = field(default_factory=list)
    unseen: dict[str, str] = field(default_factory=dict)

    def look(self, html: str, where: str) -> None:
        self.alive += Forms(html, where).alive
        words = unescape(html)
        self.unseen = {name: mark for name, mark in self.unseen.items() if mark not in words}


@pytest.fixture(scope="module")
def stage(site: Site) -> Stage:
    return Stage(County(app=site.app))


@pytest.fixture(scope="module")
def attack(stage: Stage) -> Attack:
    """Fill every text field of every form: all at once with everything, then one by one with what fits."""
    made, number = Attack(), 0
    for name, (who, form) in found_forms(stage).items():
        browser = stage.browsers[who]
        tries = [dict.fromkeys(form.typed, "\n".join(PAYLOADS))]
        for typed in form.typed:
            number += 1
            marked = [payload.replace("00", f"{number:02}") for payload in SHORT]
            made.unseen[f"{name} · {typed}"] = marked[0]
            tries += [_fitting(form.typed, form.values) | {typed: words} for words in marked]
        for words in tries:
            answer = send(browser, form, words)
            made.answers.setdefault(name, set()).add(answer.status_code)
            made.look(answer.get_data(as_text=True), form.page)
    return made


def _fitting(typed: list[str], values: dict[str, str]) -> dict[str, str]:
    return {name: values.get(name) or FITS.get(name, "花椒好") for name in typed}


def test_every_form_was_found_and_read_what_was_typed(attack: Attack) -> None:
    assert len(attack.answers) >= 20, sorted(attack.answers)
    deaf = {name: codes for name, codes in attack.answers.items() if not codes & READ or max(codes) >= 500}
    assert not deaf, f"{deaf}: such an answer has not read the words"


def test_no_answer_and_no_page_afterwards_is_alive(attack: Attack, stage: Stage) -> None:
    for url in addresses(stage):
        for who in WALKERS:
            answer = stage.browsers[who].get(url)
            if answer.mimetype == "text/html":
                attack.look(answer.get_data(as_text=True), f"{url} for {who}")
    assert not attack.alive
    unseen = {each for each in attack.unseen if not each.startswith(tuple(UNSEEN))}
    unseen = {each for each in attack.unseen if not each.startswith(tuple(UNSEEN))}
    assert not unseen, f"{unseen}: their words came back on no page; show them, or say in UNSEEN why not"


@pytest.mark.timeout(240)
def test_a_browser_that_walks_everything_finds_nothing_alive(
    attack: Attack, stage: Stage, device: Callable[..., Device]
) -> None:
    for who, victim in (("镇干部", Victim(device("liufengguan", width=1280))), (VISITOR, Victim(device()))):
        for url in addresses(stage):
            answer = stage.browsers[who].get(url)
            if answer.status_code == 200 and answer.mimetype == "text/html":
                victim.look(url)
