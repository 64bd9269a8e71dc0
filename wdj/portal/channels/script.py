"""大喇叭: what the village's loudspeaker reads out: 150 characters for the ear, and where to ask."""

from wdj.core.items import Item
from wdj.core.orgs import Kind, Org
from wdj.core.privacy import mask
from wdj.portal.channels.channel import Channel, as_many_as_fit, cut, ended, sentences, without_links

MOST = 150
CALL = "乡亲们注意了："
# Whom one rings and where one goes, as people there say it; elsewhere it is the name.
DOORS = {Kind.village: ("村上", "村委会"), Kind.community: ("社区", "社区")}


def write(item: Item, link: str) -> str:
    """Title, as many of the first sentences as there is time for, and the telephone or the door to ask at."""
    ask = where_to_ask(item.org)
    title = ended(cut(without_links(item.public_title), MOST - len(CALL) - len(ask) - 1))
    said = [each for each in sentences(item.public_text) if _can_be_heard(each) and each != title]
    body = as_many_as_fit(said, MOST - len(CALL) - len(title) - len(ask))
    return f"{CALL}{title}{body}{ask}"


def where_to_ask(org: Org) -> str:
    """有不清楚的，打村上电话 0917-000-0021。"""
    name = cut(org.short_name, 30)
    caller, door = DOORS.get(Kind(org.kind), (name, name))
    is_open = org.phone and mask(org.phone) == org.phone
    return f"有不清楚的，打{caller}电话 {cut(org.phone, 20)}。" if is_open else f"有不清楚的，到{door}问一声。"


def _can_be_heard(sentence: str) -> bool:
    """A starred number cannot be read aloud."""
    return "*" not in sentence


channel = Channel("script", "大喇叭稿", MOST, "念出来顺不顺？先小声念一遍。整句话、带数字，最后说到哪里问。", write)
