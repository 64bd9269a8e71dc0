"""微博: 140 characters with the link among them."""

from urllib.parse import urlencode

from wdj.core.items import Item
from wdj.portal.channels.channel import Channel, as_many_as_fit, cut, sentences

MOST = 140
SHARE = "https://service.weibo.com/share/share.php"


def write(item: Item, link: str) -> str:
    """【title】, the first sentences, and the link."""
    tail = f" {link}"
    title = cut(item.public_title, MOST - len(tail) - 2)
    return f"【{title}】{as_many_as_fit(sentences(item.public_text), MOST - len(tail) - len(title) - 2)}{tail}"


def share(words: str, link: str) -> str:
    """Weibo's own page with the words in it; it puts the link behind them."""
    return f"{SHARE}?{urlencode({'url': link, 'title': words.replace(link, '').strip()})}"


channel = Channel("weibo", "微博文字", MOST, "连链接一起算。", write, share)
