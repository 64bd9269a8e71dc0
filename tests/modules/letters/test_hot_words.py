"""The hot words of the digest: whole words that rose, each with the number of letters that hold it."""

from datetime import datetime
from random import Random

from tests.conftest import County
from wdj.core.clock import zone
from wdj.modules.letters.hot_words import hot_words
from wdj.modules.letters.sample_years import plan


def test_words_that_rose_are_hot_and_those_that_every_letter_has_are_not() -> None:
    now_said = ["花椒冻了，想问补贴"] * 6 + ["路灯坏了，想问谁修"] * 3
    before = ["路灯坏了，想问谁修"] * 9
    found = hot_words(now_said, before, 10)
    assert ("花椒", 6, 0) in found
    assert not {word for word, _, _ in found} & {"路灯", "想问", "了，"}
    assert hot_words(now_said, before, 10) == found
    assert "花椒" not in {word for word, _, _ in hot_words(now_said, before, 10, ["花椒村"])}


def test_a_hot_word_is_a_whole_one_and_its_count_is_that_of_the_letters_that_hold_it() -> None:
    now_said = ["后坡的核桃树叫虫吃了", "核桃树，咋打药？", "今年核桃树不行", "我有核桃树，想请技术员。"] * 3
    now_said += ["三轮车，推不过去", "我的三轮车，没处停", "他的三轮车。"] * 2
    found = {word: count for word, count, _ in hot_words([f"您好，{each}" for each in now_said], [], 10)}
    assert (found["核桃树"], found["三轮车"]) == (12, 6)
    assert not {"桃树", "核桃", "轮车", "您好"} & set(found)


def test_in_no_month_of_the_sample_is_a_hot_word_cut_up(county: County) -> None:
    with county.app.app_context():
        texts = [life.columns["text"] for life in plan(Random(5), datetime(2026, 4, 18, tzinfo=zone()), 900)]
    found = [word for start in range(0, 900, 90) for word, _, _ in hot_words(texts[start : start + 90], texts, 10)]
    assert len(found) > 50
    assert not {"人看", "导好", "轮车", "大变", "议修", "墙往", "打电", "建议", "准话", "盼回"} & set(found)
