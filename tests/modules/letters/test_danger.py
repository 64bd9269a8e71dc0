"""Words of danger: found where they are meant, and not in 火锅; how well, on sentences that no rule was made from."""

import pytest

from tests.conftest import County
from tests.modules.letters.asked import said
from tests.modules.letters.sentences_danger import FRESH, TAUGHT
from wdj.modules.letters.danger import ALARM, NUMBERS, alarm, danger_in, taught_by, warning
from wdj.modules.letters.sample_stories import stories

Sentences = list[tuple[str, str]]


def rates(sentences: Sentences) -> tuple[float, float]:
    """(precision, recall) of "there is danger"."""
    found = [bool(danger_in(text)) for _, text in sentences]
    right = sum(each and bool(kind) for each, (kind, _) in zip(found, sentences, strict=True))
    return right / sum(found), right / sum(bool(kind) for kind, _ in sentences)


@pytest.mark.parametrize(
    ("sentences", "precise", "found"),
    [pytest.param(TAUGHT, 0.98, 0.99, id="taught"), pytest.param(FRESH, 0.88, 0.85, id="fresh")],
)
def test_danger_is_found_and_what_sounds_alike_is_not(sentences: Sentences, precise: float, found: float) -> None:
    """Of the fresh, which taught nothing: precision 0.90, recall 0.88; the words alone find 0.26 of them.

    So the form names the numbers in any case.
    """
    precision, recall = rates(sentences)
    wrong = [text for kind, text in sentences if bool(danger_in(text)) != bool(kind)]
    print(f"{len(sentences)} sentences, precision {precision:.3f}, recall {recall:.3f}")
    assert len(sentences) >= 60
    assert precision >= precise, wrong
    assert recall >= found, wrong


def test_sentences_kept_back_are_felt_by_what_the_others_teach() -> None:
    """Without any word of the list: of each fifth that the other four teach, precision 0.95, recall 0.87."""
    felt = []
    for fifth in range(5):
        taught = taught_by([each for place, each in enumerate(TAUGHT) if place % 5 != fifth])
        felt += [(alarm(text, taught) > ALARM, bool(kind)) for kind, text in TAUGHT[fifth::5]]
    right = sum(found and meant for found, meant in felt)
    precision, recall = right / sum(found for found, _ in felt), right / sum(meant for _, meant in felt)
    print(f"kept back: precision {precision:.3f}, recall {recall:.3f}")
    assert (precision >= 0.85, recall >= 0.85) == (True, True)


def test_the_number_to_call_is_the_right_one_wherever_it_is_one() -> None:
    dangers = [(kind, warning(text)) for kind, text in TAUGHT if kind]
    right = [next(iter(NUMBERS[kind][1])) in found[1] for kind, found in dangers if found]
    assert sum(right) >= 0.98 * len(right)


def test_who_is_only_felt_to_be_in_danger_is_told_all_three_numbers() -> None:
    felt = [text for kind, text in FRESH if kind and danger_in(text) == "unsure"]
    assert len(felt) > 10
    assert set(NUMBERS["unsure"][1]) == {"110", "119", "120"}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("我不想活了，喝了农药也没人管", ["120", "110", "12356"]),
        ("房子着火了，娃烧伤了", ["120", "119"]),
        ("有人持刀砍人，血流不止", ["120", "110"]),
        ("我不想活了", ["110", "12356"]),
        ("快饿死了", ["120", "119", "110"]),
    ],
)
def test_all_its_numbers_are_told_and_what_can_wait_the_least_comes_first(text: str, numbers: list[str]) -> None:
    said, found = warning(text) or ("", {})
    assert list(found) == numbers
    assert ("您先别急" in said) == ("不想活" in text)


@pytest.mark.parametrize("text", ["房子要倒了，快出人命了", "护堤塌了", "电线断在水里会电死人"])
def test_what_falls_down_is_no_crime(text: str) -> None:
    assert danger_in(text) == "rescue"


def test_who_is_only_felt_to_be_in_danger_has_every_number_to_tap(county: County) -> None:
    phone = county.visitor()
    phone.get("/letters/ask")
    felt = said(county, text="隔壁老奶奶没声响，推门看人硬了")
    assert phone.post("/letters/ask", felt).status_code == 422
    card = phone.html.partition('role="alert"')[2].partition("接着交上去")[0]
    typing = phone.post("/letters/similar", {"text": felt["text"]}, HX_Request="true").text
    for number, label in NUMBERS["unsure"][1].items():
        assert f'href="tel:{number}">{label}</a>' in card
        assert f'href="tel:{number}">{label}</a>' in typing


QUIET = [
    "镇上开了家火锅店", "火车几点到凤州", "办事员爱发火", "最近上火了喝啥茶", "灭火器检查是几月",
    "去年着火的补偿到现在没有下来", "学校消防演练没通知",
    "桥塌了一直没修", "我们组三天没水吃", "牛快饿死了，饲料咋申请",
]  # fmt: skip


@pytest.mark.parametrize("text", QUIET)
def test_what_only_sounds_like_danger_stays_quiet(text: str) -> None:
    assert danger_in(text) == ""


@pytest.mark.parametrize("way", ["俺屋着活了", "俺屋招火咧", "他把农要喝咧", "娃叫长虫咬了", "俺爸晕到地上咧"])
def test_what_the_county_says_otherwise_and_a_telephone_mishears_is_understood(way: str) -> None:
    assert danger_in(way) not in {"", "unsure"}


@pytest.mark.parametrize("way", ["着火了", "着 火 了", "着\u3000火\u3000了", "着\u200b火了", "着，火", "着·火·了"])
def test_gaps_and_wide_signs_within_a_word_do_not_hide_it(way: str) -> None:
    assert danger_in(f"村口第二家{way}") == ("" if "，" in way else "fire")


def test_hardly_a_story_of_the_sample_is_taken_for_danger() -> None:
    """Some 150 letters of everyday trouble, which taught nothing: four sound alarming."""
    told = [text for story in stories().values() for text in story.say]
    wrong = [text for text in told if danger_in(text)]
    assert len(wrong) <= 0.04 * len(told), wrong
