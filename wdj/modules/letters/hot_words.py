"""What people write of more than before: pairs of characters, grown to the words that they are pieces of.

A word is counted once in a letter.
"""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from wdj.modules.letters.similar import courtesy, names_with

# Characters that only hold a sentence together, and words that stand in letters whatever they are about.
EMPTY = frozenset(
    "的了是在我们你您他她它这那哪个和就都也要说到去来吗呢吧啊么啥谁什怎样为把被让给叫请问想能可会得着过又还再很太些"
    "一二三四五六七八九十两百千万几多少年月日号今昨明时候前后已经从向对于与及或但因所只才先最更不没有该咋用等啦呀"
)
EVERYWHERE = frozenset(
    re.findall(
        "..",
        "事情情况感谢谢谢麻烦希望知道看见解决反映领导同志政府干部"
        "部门单位问题村上镇上县上组上村里家里大家办理答复尊敬地方人家现在上午下午晚上早上白天每天当天分钟夜里卡上门口隔壁没有",
    )
)
NO_BEGINNING, NO_END = (
    frozenset("我你他她想两不没人家口往看跟差边头上下里外好打来做办"),
    frozenset("往看跟差修建打做办来上下"),
)
HAN = re.compile("[\u4e00-\u9fff]+")
LEAST = 3  # letters that a word must stand in
SAME = 0.7  # of the texts with one of two words have both: they are of one sentence
GROWS = 0.8  # of the texts with a word hold it with the same neighbour: that belongs to it
FREE = 0.5  # of the texts with a word have nothing on either side that could belong to it
LONGEST, MIXED = 4, 3  # characters of a word, and of one that holds a character which says nothing: 三轮车
MOST_LOOKED_AT = 120


def hot_words(
    now: Iterable[str], before: Iterable[str], most: int, but: Iterable[str] = ()
) -> list[tuple[str, int, int]]:
    """(word, texts of `now` with it, texts of `before` with it) of the words whose share has risen most.

    Pairs of characters that have risen are looked at, each grown to the word that it is a piece of. What stands in the
    names `but` is none: where people live is told elsewhere.
    """
    late, early = [_said(text) for text in now], [_said(text) for text in before]
    pairs, were = _texts_with(late), _texts_with(early)
    risen = [
        pair for pair, count in pairs.items() if count >= LEAST and count * max(1, len(early)) > were[pair] * len(late)
    ]
    first = sorted(risen, key=lambda pair: (were[pair] / max(1, len(early)) - pairs[pair] / len(late), pair))
    names = EVERYWHERE | {a + b for name in but for a, b in pairwise(name)}
    words = dict.fromkeys(filter(None, (_word(pair, late) for pair in first[:MOST_LOOKED_AT])))
    hot = [
        (word, sum(word in text for text in late), sum(word in text for text in early))
        for word in words
        if not any(name in word for name in names)
    ]
    return _apart(_risen_most(hot, len(late), len(early)), late, most)


def _said(text: str) -> str:
    """The text without what stands in any letter."""
    for each in courtesy():
        text = text.replace(each, " ")
    return text


def _texts_with(texts: list[str]) -> Counter[str]:
    """In how many of the texts each pair of neighbours stands that may be a word."""
    found: Counter[str] = Counter()
    for text in texts:
        found.update({a + b for run in HAN.findall(text) for a, b in pairwise(run) if not {a, b} & EMPTY})
    return found


def _word(pair: str, texts: list[str]) -> str:
    """The word that the pair is a piece of in most of these texts; empty for what is none."""
    held = [text for text in texts if pair in text]
    known = [name for name in names_with(pair) if sum(name in text for text in held) >= GROWS * len(held)]
    word = max(known, key=len) if known else _grown(pair, held)
    inner = [name for two in pairwise(word) for name in names_with("".join(two)) if name in word]
    return max(inner, key=len) if inner else word if _is_free(word, held) else ""


def _grown(word: str, texts: list[str]) -> str:
    """The word with the neighbours that nearly all these texts have beside it."""
    while len(word) <= LONGEST:  # one more than a word may have: that is none
        beside = Counter(each for text in texts for each in {f"{a}{word}" for a in _beside(word, text, -1)})
        beside.update(each for text in texts for each in {f"{word}{b}" for b in _beside(word, text, 1)})
        longer, count = max(beside.items(), key=lambda one: (one[1], one[0]), default=("", 0))
        if count < GROWS * len(texts):
            break
        word = longer
    return word


def _beside(word: str, text: str, side: int) -> set[str]:
    """The characters that stand before it (-1) or behind it (1) and may belong to a word."""
    place = -1 if side < 0 else 0
    found = re.findall(f"(?=(.){word})" if place else f"{word}(?=(.))", text)
    return {each for each in found if HAN.match(each)}


def _is_free(word: str, texts: list[str]) -> bool:
    """True for what begins and ends as words do, in most of these texts."""
    if len(word) > (MIXED if EMPTY & set(word) else LONGEST) or word[0] in NO_BEGINNING or word[-1] in NO_END:
        return False
    beside = f"(?![{''.join(sorted(EMPTY))}])[\u4e00-\u9fff]"
    return all(
        sum(not re.search(one, text) for text in texts) >= FREE * len(texts)
        for one in (f"{beside}{word}", f"{word}{beside}")
    )


def _risen_most(words: list[tuple[str, int, int]], late: int, early: int) -> list[tuple[str, int, int]]:
    """Those whose share has risen, most first."""
    rise = {word: here / late - there / max(1, early) for word, here, there in words}
    return sorted(
        (each for each in words if rise[each[0]] > 0 and each[1] >= LEAST), key=lambda one: (-rise[one[0]], one[0])
    )


def _apart(words: list[tuple[str, int, int]], texts: list[str], most: int) -> list[tuple[str, int, int]]:
    """The first few of them, without those that are a piece of one before, or stand in nearly the same texts as one."""
    kept: dict[tuple[str, int, int], set[int]] = {}
    for each in words:
        if len(kept) == most:
            break
        here = {number for number, text in enumerate(texts) if each[0] in text}
        if not any(len(here & there) > SAME * min(len(here), len(there)) for there in kept.values()):
            kept[each] = here
    return list(kept)
