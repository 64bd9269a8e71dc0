"""Sentences as people of the county might type or say them, each with the kind of danger that it tells of.

All invented; a line of the text files beside is the kind (- for none), a tab, the sentence. Words were added to
wdj/data/danger.toml with KNOWN in sight, which is six sets by now: four of them were written with the words out of
sight, asked once, and then learnt from. Of direct danger that first asking found 7 in 24, 7 in 20 and 16 in 26.
UNSEEN is the last such set: asked once, and nothing was changed for it.
"""

from pathlib import Path

HERE = Path(__file__).parent


def _read(name: str) -> list[tuple[str, str]]:
    lines = (HERE / f"sentences_danger_{name}.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines]
    return [(text, "" if kind == "-" else kind) for kind, text in rows]


KNOWN, UNSEEN = _read("known"), _read("unseen")
