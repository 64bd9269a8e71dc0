"""Sentences as people of the county might type or say them, each with the kind of danger that it tells of.

All invented; a line is the kind (- for none), a tab, the sentence. TAUGHT are those that danger.py learns from, at
work too; the words of danger.toml were chosen with them in sight. They are eight sets by now, most of them written with
the words out of sight and asked once before they were learnt from: of direct danger the words alone then found 7 in 24,
7 in 20, 16 in 26, 17 in 27 and 98 in 136. FRESH was written when the words
were done, and round them: they found 0.26 of it. That figure is why sentences teach at all, and what several thresholds
make of it was seen before one was chosen. No sentence of it teaches and no word was added for it, but strangers may
expect a little less.
"""

from pathlib import Path

from wdj.modules.letters.danger import SENTENCES, read_sentences

TAUGHT = read_sentences(SENTENCES.read_text(encoding="utf-8"))
FRESH = read_sentences((Path(__file__).parent / "sentences_danger_fresh.txt").read_text(encoding="utf-8"))
