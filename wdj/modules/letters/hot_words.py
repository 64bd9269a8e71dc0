"""What people write of more than before: pairs of characters, each counted once in a letter."""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

# Characters that only hold a sentence together, and words that stand in letters whatever they are about.
EMPTY = (
    "的了是在我们你您他她它这那哪个和就都也要说到去来吗呢吧啊么啥谁什怎样为把被让给叫请问想能可会得着过又还再很太些"
    "一二三四五六七八九十两百千万几多少年月日号今昨明时候前后已经从向对于与及或但因所只才先最更不没有该咋用等啦呀"
)
EVERYWHERE = frozenset(
    re.findall(
        "..",
        "事情情况感谢谢谢麻烦希望知道看见解决反映领导同志政府干部"
        "部门单位问题村上镇上县上组上村里家里大家办理答复尊敬地方人家现在上午下午晚上早上白天每天当天",
    )
)
CHUNK = re.compile(f"(?:(?![{EMPTY}])[\u4e00-\u9fff]){{2,}}")
LEAST = 3  # letters that a word must stand in
SAME = 0.7  # of the texts with one of two words have both: they are of one sentence
MOST_LOOKED_AT = 60


def hot_words(
    now: Iterable[str], before: Iterable[str], most: int, but: Iterable[str] = ()
) -> list[tuple[str, int, int]]:
    """(word, texts of `now` with it, texts of `before` with it) of the words whose share has risen most.

    What stands in the names `but` is none: where people live is told elsewhere.
    """
    names = EVERYWHERE | {a + b for name in but for a, b in pairwise(name)}
    late, early = [CHUNK.findall(text) for text in now], [CHUNK.findall(text) for text in before]
    here, there = _texts_with(late), _texts_with(early)
    rise = {
        word: count / len(late) - there[word] / max(1, len(early))
        for word, count in here.items()
        if count >= LEAST and word not in names
    }
    begins = Counter(chunk[:2] for chunks in late for chunk in chunks)
    risen = [word for word in rise if rise[word] > 0]
    first = sorted(risen, key=lambda word: (-rise[word], -begins[word], word))
    return [(word, here[word], there[word]) for word in _apart(first[:MOST_LOOKED_AT], late, most)]


def _texts_with(texts: list[list[str]]) -> Counter[str]:
    """In how many of the texts each pair of neighbours stands."""
    found: Counter[str] = Counter()
    for chunks in texts:
        found.update({a + b for chunk in chunks for a, b in pairwise(chunk)})
    return found


def _apart(words: list[str], texts: list[list[str]], most: int) -> list[str]:
    """The first few of them, without those that lap over one before, or stand in nearly the same texts as one."""
    kept: dict[str, set[int]] = {}
    for word in words:
        if len(kept) == most:
            break
        if not any(word[0] == each[1] or word[1] == each[0] for each in kept):
            here = {number for number, chunks in enumerate(texts) if any(word in chunk for chunk in chunks)}
            if not any(len(here & there) > SAME * len(here | there) for there in kept.values()):
                kept[word] = here
    return list(kept)
