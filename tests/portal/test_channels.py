"""The automatic words for each channel: within limits, whole sentences, the item's own figures, no private number."""

import re
import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wdj.core.items import Item
from wdj.core.orgs import Org
from wdj.core.plain import tidy
from wdj.core.privacy import mask
from wdj.modules.feed.sample_texts import SamplePost, sample_posts
from wdj.portal.channels import WRITTEN, script
from wdj.portal.channels.channel import sentences, without_links

LINK = "https://dj.fengxian.gov.cn/feed/12"
POSTS = sample_posts(date(2026, 4, 18))
pieces = st.sampled_from(
    ["三组便道通车。", "好！", "问：“要不要泡种？”他说。", "一、办法\n", "[图1]\n", "见 https://a.cn/?b=1!c。",
     "共 12,000 元；", "电话 13912345678。", "三种办法：\n", "\n\n", "长" * 90, "，", "0917-000-0021", "<b>&amp;</b>",
     "www.x.cn"]
)  # fmt: skip
texts = st.lists(pieces | st.text(max_size=40), max_size=12).map("".join)


def item(title: str, text: str, org: str = "沙江寺村", phone: str = "", kind: str = "village") -> Item:
    unit = Org(short_name=org, phone=phone, kind=kind)
    return Item(public_title=mask(tidy(title)), public_text=mask(tidy(text)), org=unit)


def written(thing: Item) -> dict[str, str]:
    return {each.name: each.write(thing, LINK) for each in WRITTEN}


def of_sample(post: SamplePost) -> Item:
    return item(post.title, post.text, post.org, "0917-000-0021")


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.key)
def test_each_sample_post_has_something_to_say_within_the_limits(post: SamplePost) -> None:
    thing = of_sample(post)
    for channel in WRITTEN:
        words = channel.write(thing, LINK)
        assert len(words) <= channel.most
        assert thing.public_title.rstrip("。") in words
    assert len(written(thing)["script"]) > 60


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.key)
def test_what_the_loudspeaker_says_is_made_of_the_posts_own_whole_sentences(post: SamplePost) -> None:
    thing = of_sample(post)
    body = written(thing)["script"].removeprefix(script.CALL).removesuffix(script.where_to_ask(thing.org))
    assert body != written(thing)["script"], "it begins with the call and ends with where to ask"
    rest = body.replace(thing.public_title, "", 1).lstrip("。")
    for sentence in sentences(thing.public_text):
        if not rest.startswith(sentence):
            break
        rest = rest.removeprefix(sentence)
    assert rest == "" or all(part in "".join(sentences(thing.public_text)) for part in re.findall("[^。]+。", rest))
    assert set(re.findall("[0-9]+", body)) <= set(re.findall("[0-9]+", thing.public_title + thing.public_text))


@given(texts, texts, st.text(max_size=40), st.sampled_from(["", "0917-000-0021", "13912345678"]))
def test_no_text_whatever_breaks_a_limit(title: str, text: str, org: str, phone: str) -> None:
    thing = item(title, text, org, phone)
    for channel in WRITTEN:
        words = channel.write(thing, LINK)
        assert len(words) <= channel.most
        assert "13912345678" not in words
    said = written(thing)
    assert "https://" not in said["script"]
    assert said["script"].endswith("。")
    assert said["weibo"].endswith(LINK)
    assert said["wechat"].endswith(LINK)


def test_a_sentence_with_a_link_a_heading_and_a_loose_end_are_left_out() -> None:
    text = "先看三样。详见 https://a.cn/?q=1!。第二句。\n一、怎么办\n这样：\n\n第三句\n还有，"
    assert sentences(text) == ["先看三样。", "第二句。", "这样：第三句。"]


def test_what_stands_in_quotation_marks_is_not_taken_apart() -> None:
    assert sentences("他说：“别急。先看。”大家都听。") == ["他说：“别急。先看。”", "大家都听。"]


def test_a_private_telephone_of_the_unit_is_not_read_out() -> None:
    for phone, ask in (("13912345678", "到村委会问一声。"), ("0917-000-0021", "打村上电话 0917-000-0021。")):
        assert written(item("停电通知", "明天停电。", phone=phone))["script"].endswith(f"有不清楚的，{ask}")


@pytest.mark.parametrize("piece", ["a.", "a-", "a.cn.", "www", "http://a ", "“好。", "（", "好："])
def test_a_hostile_text_takes_no_longer_than_its_length(piece: str) -> None:
    text, began = piece * (40_000 // len(piece)), time.process_time()
    sentences(text)
    without_links(text)
    assert time.process_time() - began < 1, "a tenth of this, where each place is read a few times; else a minute"


@pytest.mark.parametrize("link", ["www.x.cn/a", "http://a.b", "凤县.x.gov.cn", "a.b.c.d.e.f.g.h.i.j.gov.cn", "A.COM"])
def test_a_sentence_with_any_kind_of_link_is_not_read_out(link: str) -> None:
    assert sentences(f"头一句。看{link} 这里。") == ["头一句。"]
