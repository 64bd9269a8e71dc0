"""微信: what is pasted into a village's group: title, some sentences, who says so, and the way to the whole."""

from wdj.core.items import Item
from wdj.portal.channels.channel import Channel, as_many_as_fit, cut, sentences

MOST, SUMMARY = 600, 120


def write(item: Item, link: str) -> str:
    """Four lines: 【title】, a summary, the org, the link."""
    summary = as_many_as_fit(sentences(item.public_text), SUMMARY)
    lines = [f"【{cut(item.public_title, 120)}】", summary, f"——{cut(item.org.short_name, 40)}", f"看全文：{link}"]
    return "\n".join(filter(None, lines))


channel = Channel("wechat", "微信文字", MOST, "全选、复制，贴到群里或公众号。", write)
