"""找消息."""

from tests.areas.ask import Asks, plain
from tests.stage import Stage

ASKS: Asks = {"GET /search": plain("/search?q=花椒")}


def addresses(stage: Stage) -> list[str]:
    """More than one page of what has the words, by words of one to four characters, and half way down."""
    for number in range(22):
        stage.post("published", title=f"第 {number} 次修剪花椒")
    place = stage.one("SELECT max(id) FROM documents")
    asked = ("椒", "花椒", "修剪花", "修剪花椒", "花椒 冻")
    return ["/search", *(f"/search?q={each}" for each in asked), f"/search?q=花椒&before={place}", "/search?q=没人写过"]
