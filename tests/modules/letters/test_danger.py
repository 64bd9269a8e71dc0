"""Words of danger: found where they are meant, and not in 火锅; how well, on sentences that no rule was made from."""

import pytest

from tests.modules.letters.sentences_danger import KNOWN, UNSEEN
from wdj.modules.letters.danger import danger_in

Sentences = list[tuple[str, str]]


def rates(sentences: Sentences) -> tuple[float, float]:
    """(precision, recall) of "there is danger"."""
    found = [bool(danger_in(text)) for text, _ in sentences]
    right = sum(each and bool(kind) for each, (_, kind) in zip(found, sentences, strict=True))
    return right / sum(found), right / sum(bool(kind) for _, kind in sentences)


@pytest.mark.parametrize(("name", "sentences"), [("known", KNOWN), ("unseen", UNSEEN)])
def test_danger_is_found_and_what_sounds_alike_is_not(name: str, sentences: Sentences) -> None:
    precision, recall = rates(sentences)
    wrong = [text for text, kind in sentences if bool(danger_in(text)) != bool(kind)]
    print(f"{name}: {len(sentences)} sentences, precision {precision:.3f}, recall {recall:.3f}")
    assert precision >= 0.95, wrong
    assert recall >= 0.95, wrong
