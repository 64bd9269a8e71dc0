"""A whole letter, from a voice in the orchard to the telephone call that asks whether it helped."""

import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import time_machine

from tests.browser import Browser
from tests.conftest import County
from tests.modules.letters.clerks import do
from tests.modules.letters.made import one
from tests.screen.things import NEEDS_FFMPEG, recording
from wdj.core.jobs import run_due

SPOKEN = "我是沙江寺二组的，椒园十五号夜里冻了三亩，能不能领救灾苗木，电话 13800000001。"
ANSWER = "能领。四月二十八日前在村委会登记，带身份证和一张照片。不方便出门的打 13800000002，干部上门登记。"
TITLE = "椒园冻了，能不能领救灾苗木"
THURSDAY = datetime(2026, 4, 16, 1, 0, tzinfo=UTC)  # 9:00 in the county


class Frost:
    """The letter of a villager of 沙江寺村, step by step."""

    def __init__(self, county: County, folder: Path) -> None:
        self.county, self.folder = county, folder
        self.villager = county.visitor()

    def ask(self) -> None:
        """By voice, without an account; the receipt says its number and code."""
        self.villager.get("/letters/ask")
        sound = (io.BytesIO(recording(self.folder).read_bytes()), "录音.wav")
        village = str(self.county.org("沙江寺村"))
        sent = {"text": "", "kind": "help", "village": village, "door": "board", "who": "all", "sound": sound}
        answer = self.villager.post("/letters/ask", sent | {"phone": "13800000001", "name": "老王"})
        assert answer.status_code == 303
        self.villager.get(answer.headers["Location"])
        self.id, self.number = int(self.one("SELECT id FROM letters")), str(self.one("SELECT number FROM receipts"))
        shown = f"{self.number[:4]}-{self.number[4:]}"
        assert shown in self.villager.text
        [self.code] = set(re.findall(r"\b[2-9A-Z]{3}-[2-9A-Z]{3}\b", self.villager.text))
        with self.county.app.app_context():
            run_due()

    def one(self, statement: str, **values: Any) -> Any:
        return one(self.county, statement, **values)

    def do(self, clerk: Browser, action: str, **data: Any) -> None:
        assert do(clerk, self.id, action, open=action != "words", **data) == 303, (action, clerk.text)

    @property
    def due(self) -> str:
        """The last day of its whole clock."""
        return str(self.one("SELECT due_on FROM deadlines WHERE item_id = :id AND name = 'whole'", id=self.id))[:10]

    @property
    def told(self) -> str:
        """What the villager reads behind the receipt."""
        self.villager.get(f"/r/{self.number}")
        return self.villager.text

    def hear(self, zhou: Browser) -> None:
        """The town finds it on its desk, without a telephone number, and types what was said."""
        zhou.get("/desk")
        assert "一段录音" in zhou.text
        zhou.get(f"/letters/{self.id}")
        assert "13800000001" not in zhou.html
        for stranger in (self.county.visitor(), self.county.wang()):
            assert stranger.get(f"/letters/{self.id}").status_code == 404
        self.do(zhou, "words", **{f"transcript-{self.one('SELECT id FROM media')}": SPOKEN})
        zhou.get(f"/letters/{self.id}")
        assert "椒园十五号夜里冻了三亩" in zhou.text

    def hand_on(self, zhou: Browser, zhao: Browser) -> None:
        """To the farming office, which gives it back once and then signs."""
        farming = str(self.county.org("县农业农村局"))
        self.do(zhou, "accept")
        self.do(zhou, "assign", org=farming, note="请看苗情")
        self.do(zhao, "return_to", note="苗木归林业上管")
        assert zhao.get(f"/letters/{self.id}").status_code == 404, "what was given back is none of theirs"
        self.do(zhou, "assign", org=farming, note="问过了，椒苗归农业上")
        self.do(zhao, "sign_for")

    def supply(self) -> None:
        self.villager.get(f"/r/{self.number}")
        assert self.villager.post(f"/letters/{self.id}/supply", {"text": "三亩，都在坡顶。"}).status_code == 303

    def publish(self, zhao: Browser) -> None:
        """Everybody reads the question and the answer, and nothing of who asked."""
        found = self.one("SELECT id FROM letter_messages WHERE kind = 'answer'")
        shown = self.one("SELECT public_text FROM letter_messages WHERE id = :id", id=found)
        self.do(zhao, "publish", public_title=TITLE, public_text="能不能领救灾苗木？", **{f"message-{found}": shown})
        stranger = self.county.visitor()
        for url in (f"/letters/{self.id}", "/letters", "/search?q=救灾苗木"):
            stranger.get(url)
            assert TITLE in stranger.text
            assert not re.search(rf"1380000000[12]|老王|苗木归林业|{self.number}", stranger.html)
        stranger.get(f"/letters/{self.id}")
        assert "138****0002" in stranger.text

    def look_up(self) -> None:
        """From another phone, with number and code as people type them."""
        elsewhere = self.county.visitor()
        elsewhere.get("/r")
        typed = {"number": self.number.lower(), "code": self.code.replace("-", " ")}
        assert elsewhere.post("/r", typed).status_code == 303
        elsewhere.get(f"/r/{self.number}")
        assert "三亩，都在坡顶" in elsewhere.text

    def rate(self, zhou: Browser) -> None:
        """Said on the telephone to who received it, not to who answered, and marked so."""
        zhou.get(f"/letters/{self.id}/by-phone")
        said = {"do": "rate", "solved": "yes", "satisfaction": "3"}
        assert zhou.post(f"/letters/{self.id}/by-phone", said).status_code == 303
        assert self.one("SELECT way FROM letter_ratings") == "telephone"
        assert "电话" in self.told
        assert self.one("SELECT state FROM items WHERE id = :id", id=self.id) == "closed"


@NEEDS_FFMPEG
def test_a_voice_about_frost_is_answered_in_public_and_rated_on_the_telephone(county: County, tmp_path: Path) -> None:
    frost = Frost(county, tmp_path)
    with time_machine.travel(THURSDAY, tick=False) as clock:
        frost.ask()
        assert frost.due == "2026-04-23", "five working days after Thursday, with a weekend between"
        zhou, zhao = county.zhou(), county.zhao()
        frost.hear(zhou)
        frost.hand_on(zhou, zhao)
        clock.move_to(THURSDAY + timedelta(days=1))
        zhao = county.zhao()
        frost.do(zhao, "ask_more", note="冻了几亩，在坡上还是川道？")
        assert "冻了几亩" in frost.told
        clock.move_to(THURSDAY + timedelta(days=6))
        frost.supply()
        assert frost.due == "2026-04-28", "three working days of waiting do not count"
        zhou, zhao = county.zhou(), county.zhao()
        frost.do(zhao, "ask_extension", days="3", note="苗木还在招标")
        frost.do(zhou, "grant_extension")
        assert frost.due == "2026-05-06", "1 to 5 May 2026 are holidays"
        assert "延" in frost.told
        frost.do(zhao, "answer", text=ANSWER, then="answer", version="0")
        assert "能领" in frost.told
        assert county.visitor().get(f"/letters/{frost.id}").status_code == 404, "answered is not yet public"
        frost.publish(zhao)
        frost.look_up()
        frost.rate(zhou)
