"""Words of danger: found where they are meant, and not in 火锅; how well, on sentences that no rule was made from."""

import pytest

from tests.modules.letters.sentences_danger import KNOWN, UNSEEN
from wdj.modules.letters.danger import NUMBERS, danger_in
from wdj.modules.letters.sample_stories import stories

Sentences = list[tuple[str, str]]


def rates(sentences: Sentences) -> tuple[float, float]:
    """(precision, recall) of "there is danger"."""
    found = [bool(danger_in(text)) for text, _ in sentences]
    right = sum(each and bool(kind) for each, (_, kind) in zip(found, sentences, strict=True))
    return right / sum(found), right / sum(bool(kind) for _, kind in sentences)


@pytest.mark.parametrize(
    ("sentences", "precise", "found"),
    [pytest.param(KNOWN, 0.95, 0.95, id="known"), pytest.param(UNSEEN, 0.9, 0.6, id="unseen")],
)
def test_danger_is_found_and_what_sounds_alike_is_not(sentences: Sentences, precise: float, found: float) -> None:
    """The honest figures of the unseen: precision 0.94, recall 0.63. So the form names the numbers in any case."""
    precision, recall = rates(sentences)
    wrong = [text for text, kind in sentences if bool(danger_in(text)) != bool(kind)]
    print(f"{len(sentences)} sentences, precision {precision:.3f}, recall {recall:.3f}")
    assert len(sentences) >= 50
    assert precision >= precise, wrong
    assert recall >= found, wrong


def test_the_number_to_call_is_the_right_one() -> None:
    right = [NUMBERS[danger_in(text)][1] == NUMBERS[kind][1] for text, kind in KNOWN if kind]
    assert sum(right) >= 0.97 * len(right)


@pytest.mark.parametrize("way", ["着火了", "着 火 了", "着\u3000火\u3000了", "着\u200b火了", "着，火", "着·火·了"])
def test_gaps_and_wide_signs_within_a_word_do_not_hide_it(way: str) -> None:
    assert danger_in(f"村口第二家{way}") == ("" if "，" in way else "fire")


def test_no_story_of_the_sample_is_taken_for_danger() -> None:
    """Some two hundred letters of everyday trouble."""
    wrong = [text for story in stories().values() for text in story.say if danger_in(text)]
    assert not wrong
