"""What people write of more than before: pairs of characters, each counted once in a letter."""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

RUN = re.compile("[\u4e00-\u9fff]{2,}")
# What stands in every letter, whatever it is about.
EMPTY = frozenset(
    "的了是在我们你您他她它有不没这那哪个和就都也要说到去来上下里外吗呢吧啊么啥谁什怎样为把被让给叫请问想能可会得着过"
    "又还再很太多少几一二三四五六七八九十两百千万年月日号今明昨天时候点分前后以已经从向对于与及或但因所只才先最更"
    "大小好坏人家事情情况谢感麻烦希望知道看见做办解决反映您好领导同志政府干部部门单位村组镇县乡社区户叔婶爷奶哥嫂老"
)
LEAST = 3  # letters that a word must stand in


def hot_words(now: Iterable[str], before: Iterable[str], most: int) -> list[tuple[str, int, int]]:
    """(word, texts of `now` with it, texts of `before` with it) of the words whose share has risen most."""
    late, early = list(now), list(before)
    here, there = _texts_with(late), _texts_with(early)
    rise = {
        word: count / len(late) - there[word] / max(1, len(early)) for word, count in here.items() if count >= LEAST
    }
    first = sorted((word for word in rise if rise[word] > 0), key=lambda word: (-rise[word], word))
    return [(word, here[word], there[word]) for word in _apart(first, most)]


def _texts_with(texts: Iterable[str]) -> Counter[str]:
    """In how many of the texts each word stands."""
    found: Counter[str] = Counter()
    for text in texts:
        found.update({a + b for run in RUN.findall(text) for a, b in pairwise(run)})
    return Counter({word: count for word, count in found.items() if EMPTY.isdisjoint(word)})


def _apart(words: Iterable[str], most: int) -> list[str]:
    """The first few of them, without those that only lap over one that stands before."""
    kept: list[str] = []
    for word in words:
        if len(kept) < most and not any(word[0] == each[1] or word[1] == each[0] for each in kept):
            kept.append(word)
    return kept
