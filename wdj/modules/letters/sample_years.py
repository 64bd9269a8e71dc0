"""A year of letters for the sample county, as its people would have written them and its clerks answered them."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random

from wdj.core.clock import moment_of
from wdj.modules.letters.models import Door, Kind
from wdj.modules.letters.sample_filing import file, is_shown, places
from wdj.modules.letters.sample_lives import Life, Place
from wdj.modules.letters.sample_stories import in_season
from wdj.modules.letters.sample_ways import live

LETTERS, DAYS = 2500, 365
HOURS = (6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 18, 19, 19, 20, 20, 21, 21, 22)
BUSY = {"沙江寺村": 12, "平木村": 5, "双石铺村": 5, "留凤关村": 4}
ECHO, ECHO_WITHIN = 0.08, timedelta(days=3)
RECORDED, MAILBOX, BOXED, NAMELESS = 0.16, 0.08, 0.09, 0.15
SOURCES = ("telephone", "telephone", "telephone", "counter", "counter", "paper", "wechat", "sms", "visit")
OPEN_TO_ALL = {Kind.question: 0.8, Kind.help: 0.35, Kind.suggestion: 0.85, Kind.experience: 0.9}
WISHES = (
    "请承办单位到现场看一看，能办的先办，结果报我。",
    "不是一家的事，请把全县的都摸一遍，一并解决。",
    "办完了给写信的人当面说清楚。",
    "请镇上牵头，三天内拿出办法。",
)

Say = Callable[[str], None]


def load(chance: Random, day: date, say: Say) -> None:
    """Add the letters of the year before `day`, each with its life until then."""
    end = moment_of(day)
    lives = plan(chance, end)
    say(f"写了 {len(lives)} 封信，正在装进去 …")
    file(lives, chance, [likes_of(life, chance) for life in lives])


def plan(chance: Random, end: datetime, count: int = LETTERS) -> list[Life]:
    """So many letters of the year before `end`, oldest first."""
    known = places()
    weights = [BUSY.get(place.village_name, 1) for place in known]
    lives: list[Life] = []
    for begun in sorted(_moments(chance, end, count)):
        main = _echoed(lives, begun, chance) if chance.random() < ECHO else None
        place = main.place if main else chance.choices(known, weights)[0]
        lives.append(live(_letter(place, begun, end, chance, main)))
    return lives


def _moments(chance: Random, end: datetime, count: int) -> list[datetime]:
    """When people write: at any hour, in the evening above all."""
    spread = (timedelta(days=chance.uniform(0, DAYS)) for _ in range(count))
    return [(end - each).replace(hour=chance.choice(HOURS)) - timedelta(days=1) for each in spread]


def _echoed(lives: list[Life], at: datetime, chance: Random) -> Life | None:
    """A letter of the last days that somebody else writes about too, while nobody has answered it."""
    near = []
    for life in reversed(lives):
        if at - life.begun > ECHO_WITHIN:
            break
        answered = life.columns["answered_at"]
        is_waiting = life.is_open if answered is None else at + timedelta(days=4) < answered
        if (
            life.columns["handler_org_id"]
            and is_waiting
            and not (life.into or life.pauses or life.story.kind == "dispute")
        ):
            near.append(life)
    return chance.choice(near) if near else None


def _letter(place: Place, begun: datetime, end: datetime, chance: Random, main: Life | None) -> Life:
    fitting = in_season(begun.date())
    story = main.story if main else chance.choices(fitting, [each.weight for each in fitting])[0]
    by_clerk = place.town in place.clerks and chance.random() < RECORDED * 2
    door = main.door if main else Door.board if by_clerk else _door(story.kind, chance)
    return Life(
        story, place, chance, begun, end, door=door, source=chance.choice(SOURCES) if by_clerk else "web", into=main,
        is_anonymous=door == Door.mailbox and chance.random() < NAMELESS * 2,
        may_publish=chance.random() < OPEN_TO_ALL.get(Kind(story.kind), 0),
        wish=WISHES[begun.day % len(WISHES)] if door == Door.mailbox and begun.day % 3 == 0 else "",
    )  # fmt: skip


def _door(kind: str, chance: Random) -> Door:
    if chance.random() < MAILBOX:
        return Door.mailbox
    return Door.suggestion_box if kind == Kind.suggestion and chance.random() < BOXED * 4 else Door.board


def likes_of(life: Life, chance: Random) -> int:
    """How many say 我也遇到: few of most, many of what many have."""
    return min(60, int(chance.expovariate(1 / (2 + life.story.weight)))) if is_shown(life) else 0
