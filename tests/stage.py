"""A furnished county for walks over every route: one browser for each role, and things made fresh in any state."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from tests.browser import Browser
from tests.conftest import County, _copy
from tests.databases import Database
from wdj.core import search
from wdj.core.clock import now
from wdj.core.comments import Comment
from wdj.core.db import db
from wdj.core.media import Media, files
from wdj.core.orgs import Org
from wdj.core.people import HASHER, Grant, Role, add_person
from wdj.core.placements import NEWS, Placement, mark, place
from wdj.core.privacy import mask
from wdj.core.session import Login, keyed
from wdj.modules.feed.models import Post
from wdj.modules.feed.rules import WORKFLOW, pages_for

VILLAGE, TOWN, COUNTY, DEPARTMENT = "沙江寺村", "留凤关镇", "凤县", "县农业农村局"
# The columns of docs/rights.md: who stands for each, by role and org.
ROLES = {
    "村干部": (Role.village_clerk, VILLAGE),
    "支部书记": (Role.secretary, VILLAGE),
    "镇干部": (Role.town_clerk, TOWN),
    "别镇干部": (Role.town_clerk, "平木镇"),
    "部门干部": (Role.department_clerk, DEPARTMENT),
    "县委办公室": (Role.county_office, COUNTY),
    "领导": (Role.leader, COUNTY),
    "党员": (Role.member, VILLAGE),
    "信息技术": (Role.it, COUNTY),
}
VISITOR = "访客"
PASSWORD = "xiatian-chui-feng-9"
HASHED = HASHER.hash(PASSWORD)
TITLE, TEXT = "花椒受冻之后怎么管", "冻后三天内看不准，先别急着剪。\n\n拿不准的，打村上电话。"
# What is counted to see whether anything was done.
PRINTS = (
    "events", "likes", "comments", "comments WHERE state = 'pending'", "grants", "people", "logins",
    "people WHERE disabled_at IS NULL", "logins WHERE ended_at IS NULL", "items", "media", "jobs", "comment_reports",
    "outputs", "register", "register_imports", "acknowledgements",
    "acknowledgements WHERE entry_id IS NOT NULL", "calendar_days", "calendar_years", "limits",
)  # fmt: skip


class Stage:
    """Makes people, posts, comments and pictures of 沙江寺村 unless told otherwise; each method returns an id."""

    def __init__(self, county: County) -> None:
        self.county, self.app, self._number = county, county.app, count(1)
        with self.app.app_context():
            self._orgs = {org.short_name: org.id for org in db.session.scalars(select(Org))}
        self.ids = {label: self.person(*held) for label, held in ROLES.items()}
        self.browsers = {label: self.browser_of(person_id) for label, person_id in self.ids.items()}
        self.browsers[VISITOR] = county.visitor()

    def org(self, short_name: str) -> int:
        return self._orgs[short_name]

    def person(self, *held: Any) -> int:
        """A person with the roles `held` (role, org, role, org, …)."""
        with self.app.app_context():
            number = next(self._number)
            made = add_person(f"stage-{number}", f"示例{number}", "", HASHED, must_change=False)
            for role, org in zip(held[::2], held[1::2], strict=True):
                db.session.add(Grant(person_id=made.id, role=role.value, org_id=self.org(org)))
            db.session.commit()
            return made.id

    def login_of(self, person_id: int) -> str:
        return str(self.one("SELECT login FROM people WHERE id = :id", id=person_id))

    def browser_of(self, person_id: int) -> Browser:
        browser = Browser(self.app)
        browser.sign_in(self.login_of(person_id), PASSWORD)
        browser.get("/me")  # has a form, and so the token
        return browser

    def double(self, label: str) -> tuple[int, Browser]:
        """Another person with the same role, for what would sign the first one out."""
        person_id = self.person(*ROLES[label])
        return person_id, self.browser_of(person_id)

    def post(self, state: str, org: str = VILLAGE, **columns: Any) -> int:
        with self.app.app_context():
            words = {
                "title": TITLE,
                "text": TEXT,
                "public_title": TITLE,
                "public_text": TEXT,
                "kind": "farming",
            } | columns
            unit = db.session.get_one(Org, self.org(org))
            post = Post(org_id=unit.id, state=state, is_public=state in WORKFLOW.public, **words)
            db.session.add(post)
            db.session.flush()
            if post.is_public:
                post.published_at = now()
                place(post, pages_for(unit), NEWS, post.published_at)
            if state == "scheduled":
                post.publish_at = now() + timedelta(days=2)
            search.index(post)
            db.session.commit()
            return post.id

    def comment(self, state: str, org: str = VILLAGE, post: int | None = None, **columns: Any) -> int:
        """A comment under a published post."""
        post = post or self.post("published", org)
        with self.app.app_context():
            words = {"name": "老王", "village": "", "text": "照着做了"} | columns
            shown = {f"public_{column}": mask(words[column]) for column in ("name", "village", "text")}
            said = Comment(item_id=post, state=state, **shown | words)
            db.session.add(said)
            db.session.commit()
            return said.id

    def picture(self, post: int | None, owner: str = "") -> str:
        """The address of a ready picture of the post, or of one that `owner` has staged."""
        with self.app.app_context():
            number = next(self._number)
            key = f"stagepicture{number:04}"
            path = files.made(key, "640.jpg") if post else files.original(key)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"\xff\xd8\xff a picture")
            state = "ready" if post else "staged"
            columns = {"digest": key, "mime": "image/jpeg", "bytes": 12, "width": 640, "height": 480}
            db.session.add(Media(key=key, item_id=post, owner=owner, kind="picture", state=state, **columns))
            db.session.commit()
            return f"/media/{key}/{'640.jpg' if post else 'original'}"

    def file(self, item: int, kind: str, owner: str = "", *, shown: bool = False, original: bool = False) -> str:
        """The address of a ready picture or sound of the item, as phones load it or as it came."""
        with self.app.app_context():
            media = Media(
                key=f"stagefile{next(self._number):04}", item_id=item, kind=kind, owner=owner, state="ready",
                digest="", mime="audio/amr" if kind == "sound" else "image/jpeg", bytes=9, is_shown=shown,
            )  # fmt: skip
            url = f"/media/{media.key}/original" if original else media.url()
            path = files.original(media.key) if original else files.made(media.key, url.rpartition("/")[2])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"#!AMR\nwith a voice")
            db.session.add(media)
            db.session.commit()
            return url

    def login(self, person_id: int) -> int:
        """One more signed-in browser of the person, elsewhere."""
        with self.app.app_context():
            token = keyed("login", f"elsewhere {next(self._number)}")
            made = Login(token_hash=token, person_id=person_id, network="192.0.2.0", agent="微信")
            db.session.add(made)
            db.session.commit()
            return made.id

    def rule_of(self, url: str) -> str:
        """The route that answers GET `url`."""
        path = url.partition("?")[0]
        return str(self.app.url_map.bind("localhost").match(path, "GET", return_rule=True)[0].rule)

    def mark(self) -> str:
        """The page mark of the newest post."""
        with self.app.app_context():
            newest = db.session.scalars(select(Placement).order_by(Placement.item_id.desc()).limit(1)).one()
            return mark(newest.placed_at, newest.item_id)

    def one(self, statement: str, **values: Any) -> Any:
        """The one value that `statement` finds."""
        with self.app.app_context():
            return db.session.execute(text(statement), values).scalar()

    def change(self, statement: str, **values: Any) -> None:
        with self.app.app_context():
            db.session.execute(text(statement), values)
            db.session.commit()

    def print(self) -> tuple[Any, ...]:
        """What changes when anything is done: compare it before and after."""
        with self.app.app_context():
            counts = ", ".join(f"(SELECT count(*) FROM {each})" for each in PRINTS)
            return tuple(db.session.execute(text(f"SELECT {counts}, (SELECT sum(version) FROM items)")).one())


def furnish(template: Database, folder: Path) -> Iterator[Stage]:
    """A stage of its own for one module of tests."""
    for app in _copy(template, folder):
        yield Stage(County(app=app))
