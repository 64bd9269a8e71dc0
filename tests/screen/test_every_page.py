"""Every page on every screen: narrow and wide, in three print sizes, by day and by night, with scripts and without."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import delete, select
from werkzeug.datastructures import FileStorage

from tests.areas import letters_work
from tests.areas.letters_more import answer_in, consultation_in
from tests.browser import Browser as Elsewhere
from tests.modules.letters.made import letter_in, receipt_of
from tests.screen.audit import faults_of
from tests.screen.device import SIZES, Device
from tests.screen.site import Site
from tests.screen.things import NEEDS_FFMPEG, recording
from wdj.core.clock import today
from wdj.core.db import db
from wdj.core.items import Item
from wdj.core.media import Media, adopt, stage
from wdj.core.orgs import Org
from wdj.core.people import Person
from wdj.core.register import RegisterEntry, RegisterImport
from wdj.core.subjects import Subject, gather
from wdj.modules.campaigns.models import Campaign
from wdj.modules.feed.acks import Acknowledgement
from wdj.modules.feed.aims import PostAim
from wdj.modules.feed.models import Post
from wdj.modules.feed.revisions import Revision
from wdj.modules.letters.forums import Forum, ForumLetter
from wdj.portal.sample import PASSWORD

WIDTHS = (320, 360, 1280)
# What a person cannot look at: files, answers for machines, and addresses that only lead elsewhere.
NO_PAGES = {
    "media.show", "pages.health", "look.set_look", "home.by_code", "atom.show", "sitemap.show", "sitemap.part",
    "sitemap.robots", "register.template", "calendar.template", "receipts.scan", "letters.visit", "ask.show",
    "letters.instruct",  # the form of a leader, drawn as that of a note
}  # fmt: skip


@pytest.fixture(scope="module")
def paths(site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Every address that a visitor, and that a town's clerk, can open."""
    post, draft, waiting = site.post("这七天该怎么管"), site.post("农事提醒（草稿）"), site.post("三组便道通车")
    _hang_sound_on(site, post, recording(tmp_path_factory.mktemp("sound")))
    village = site.org("沙江寺村")
    Elsewhere(site.app).sign_in("liufengguan", PASSWORD)
    more = "INSERT INTO grants (person_id, role, org_id) VALUES (1, 'member', :org)"
    site.write(more, org=village)
    subject = _gather(site, post)
    calls = _campaign(site)
    registers = _register(site, post)
    older = site.one("SELECT min(id) FROM comments")
    in_town = "SELECT min(comments.id) FROM comments JOIN items ON items.id = item_id JOIN orgs ON orgs.id = org_id"
    said = site.one(f"{in_town} WHERE short_name = '沙江寺村' OR short_name = '留凤关镇'")
    return {
        "": [
            "/", "/?kind=farming", "/?before=2100010100000000.1", f"/orgs/{village}", f"/orgs/{site.org('凤县')}",
            "/subjects", f"/subjects/{subject}",
            "/places", "/places?q=沙", "/places?q=无", f"/feed/{post}", f"/feed/{post}?before={older}", "/help",
            "/search", "/search?q=花椒", "/search?q=无此词",
            "/letters/ask", "/letters/ask?door=mailbox", f"/letters/ask?about={post}",
            *calls[:5], "/r", *_letters(site)[:5], *_consulted(site),
            "/privacy", "/accessibility", "/me", "/me/forget", "/login", "/nowhere", f"/print/{post}",
            f"/print/{post}?size=big",
        ],
        "liufengguan": [
            "/outputs", f"/outputs/{waiting}", f"/outputs/{waiting}/script", f"/print/{post}",
            "/subjects/new", f"/subjects/{subject}/edit", f"/subjects/{subject}", "/letters/new",
            *calls, *registers, *_receipt(site), *_letters(site), *letters_work.in_town(site.app), *_more(site),
            "/calendar", "/calendar?year=2027", "/limits", "/late", f"/late/{_late(site)}/print",
            "/desk", f"/desk?open={waiting}&all=1", "/desk/comments", "/desk/comments?show=hidden",
            f"/desk/comments/{said}", f"/comments/{said}/report", "/feed/new", f"/feed/{draft}/edit",
            f"/feed/{draft}/preview", *_revised(site),
            f"/feed/{waiting}", f"/feed/{waiting}/return_to", "/people", "/people/1", "/people/new", "/me",
            "/me/password", "/me/logins", f"/feed/{post}", f"/orgs/{village}/edit",
        ],
    }  # fmt: skip


def _receipt(site: Site) -> list[str]:
    """What the town's clerk has sent themselves: just sent, its slip, and what has become of it."""
    sent = letter_in(site.app, author_id=site.one("SELECT id FROM people WHERE login = 'liufengguan'"))
    number, _ = receipt_of(site.app, sent)
    return [f"/r/{number}?new=1", f"/r/{number}/slip", f"/r/{number}"]


def _letters(site: Site) -> list[str]:
    """The board and a public letter; behind them what the town's clerk does with letters of their own and of others."""
    author = site.one("SELECT id FROM people WHERE login = 'liufengguan'")
    public = letter_in(site.app, "answered", public=True)
    mine = [letter_in(site.app, state, author_id=author) for state in ("answered", "waiting", "merged", "declined")]
    written_down = letter_in(site.app, "answered", org="平木镇", recorder_id=author)
    behind = [f"/r/{receipt_of(site.app, each)[0]}" for each in mine]
    board = ["/letters", "/letters?kind=help", "/letters?q=椒园", "/letters?q=无此词", f"/letters/{public}"]
    there = [f"/letters/{mine[1]}/withdraw", f"/letters/{public}/by-phone", f"/letters/{written_down}"]
    return [*board, *behind, *there, *_many(site)]


def _many(site: Site) -> list[str]:
    """What is done to two letters in the hands of 留凤关镇 at once."""
    ids = ".".join(str(letter_in(site.app, "in_hand", handler="留凤关镇")) for _ in range(2))
    return [f"/letters/bulk/{step}?ids={ids}" for step in ("assign", "merge", "extend", "remind", "print")]


def _consulted(site: Site) -> list[str]:
    """A consultation of 留凤关镇 that runs, and one with its outcome."""
    running, over = (consultation_in(site, state) for state in ("open", "published"))
    for adopted in (True, False):
        answer_in(site, over, adopted=adopted)
    answer_in(site, running)
    return [f"/letters/consultations/{each}" for each in (running, over)]


def _more(site: Site) -> list[str]:
    """Letters to merge, a visit, what a town asks, and its month."""
    letters = [letter_in(site.app), letter_in(site.app)]
    with site.app.app_context():
        by = db.session.scalars(select(Person.id).where(Person.login == "liufengguan")).one()
        words = {"title": "二组花椒受冻", "place": "二组", "people": "包村干部、农技员", "text": "看了十一户的椒园。"}
        visit = Forum(org_id=site.org("留凤关镇"), kind="visit", held_on=today(), person_id=by, **words)
        db.session.add(visit)
        db.session.flush()
        db.session.add_all(ForumLetter(forum_id=visit.id, letter_id=each) for each in letters)
        db.session.commit()
        forum = f"/letters/forums/{visit.id}"
    draft, closed = (f"/letters/consultations/{consultation_in(site, state)}" for state in ("draft", "closed"))
    running, over = _consulted(site)
    return [
        f"/letters/{letters[0]}/merge", "/letters/forums", "/letters/forums/new", forum, f"{forum}/edit",
        "/letters/consultations", "/letters/consultations/new", f"{draft}/edit", f"{closed}/outcome", running,
        f"{running}/close", f"{running}/withdraw", f"{running}/answers", f"{over}/answers?show=adopted",
        "/letters/digest",
    ]  # fmt: skip


def _late(site: Site) -> int:
    """A letter of 留凤关镇 that is long overdue."""
    return letter_in(site.app, "in_hand", days_ago=60)


def _campaign(site: Site) -> list[str]:
    """The pages of a campaign of 留凤关镇: the first five are for everybody."""
    call = site.one("SELECT id FROM items WHERE type = 'campaign' AND title = '我为祖国送祝福'")
    over = site.one("SELECT id FROM items WHERE type = 'campaign' AND title = '对党说句心里话'")
    site.write("UPDATE items SET org_id = :org WHERE id = :id", org=site.org("留凤关镇"), id=call)
    sent = "SELECT max(items.id) FROM items JOIN contributions ON contributions.id = items.id"
    shown = site.one(f"{sent} WHERE is_public AND campaign_id = :id", id=call)
    here, said = f"/campaigns/{call}", f"/campaigns/contributions/{shown}"
    checked = f"{here}/contributions"
    site.write("UPDATE items SET org_id = :org WHERE id = :id", org=site.org("留凤关镇"), id=shown)
    return [
        here, f"{here}/join", said, f"/campaigns/{over}", f"/campaigns/{over}/join", checked,
        f"{checked}?show=passed", f"{checked}/print?show=passed",
        f"{here}/closing", f"{here}/withdraw", "/campaigns/new", f"/campaigns/{_drafted(site)}/edit",
    ]  # fmt: skip


def _register(site: Site, post: int) -> list[str]:
    """The register of 沙江寺村, a table that waits for it, and who has read the post, now a must-read one."""
    org = site.org("沙江寺村")
    with site.app.app_context():
        post_row = db.session.get_one(Post, post)
        post_row.must_read = True
        db.session.execute(delete(PostAim).where(PostAim.post_id == post))
        db.session.add(PostAim(post_id=post, org_id=org))
        houses = [_house(org, number) for number in range(1, 60)]
        db.session.add_all(houses)
        db.session.flush()
        for said, entry in (("王示例", houses[0].id), ("住桥头的老李家，门牌掉了", None)):
            db.session.add(Acknowledgement(item_id=post, org_id=org, said=said, entry_id=entry))
        clerk = db.session.scalars(select(Person.id).where(Person.login == "liufengguan")).one()
        rows = [
            {"row": 2, "number": "999", "name": "新示例", "phone": "13800000009"},
            {"row": 3, "number": "1", "name": "改示例", "phone": ""},
            {"row": 4, "number": "998", "name": "错示例", "phone": "1380000000"},
        ]
        table = RegisterImport(org_id=org, kind="household", person_id=clerk, rows=rows)
        db.session.add(table)
        db.session.commit()
        of_village = f"/feed/{post}/acks/{org}"
        return [
            f"/register?org={org}", f"/register/new?org={org}", f"/register/{houses[0].id}",
            f"/register/import?org={org}", f"/register/import/{table.id}", f"/feed/{post}/acks", of_village,
            f"{of_village}?show=done", f"{of_village}?show=waiting", f"{of_village}/print",
        ]  # fmt: skip


def _house(org: int, number: int) -> RegisterEntry:
    return RegisterEntry(
        org_id=org, kind="household", number=str(number), name=f"王示例{number}", group_name=f"{number // 20 + 1} 组",
        phone="13800000001", people=4,
    )  # fmt: skip


def _gather(site: Site, post: int) -> int:
    """A subject of 留凤关镇 that shows the post."""
    with site.app.app_context():
        org = db.session.get_one(Org, site.org("留凤关镇"))
        subject = Subject(org_id=org.id, org=org, title="花椒受冻", text="冻后怎么管，找谁，都在这里。")
        db.session.add(subject)
        db.session.flush()
        gather(subject, db.session.get_one(Item, post))
        db.session.commit()
        return subject.id


def _drafted(site: Site) -> int:
    """A campaign of 留凤关镇 that has not begun."""
    words = {"title": "我为镇上献一计", "text": "请您给镇上出个主意，说短说长都行。"}
    public = {f"public_{name}": text for name, text in words.items()}
    with site.app.app_context():
        dates = {"starts_on": date(2026, 5, 1), "ends_on": date(2026, 5, 9)}
        org = site.org("留凤关镇")
        draft = Campaign(org_id=org, kind="campaign", state="draft", **words, **public, **dates)
        db.session.add(draft)
        db.session.commit()
        return draft.id


def _revised(site: Site) -> list[str]:
    """The pages of a post that everybody reads and of which two wordings are kept."""
    post = site.one(
        "SELECT min(items.id) FROM items JOIN orgs ON orgs.id = org_id WHERE is_public AND type = 'post' "
        "AND short_name = '留凤关镇'"
    )
    with site.app.app_context():
        for number, text in enumerate(("先别剪。\n三天再看。", "先别急着剪。\n三天再看。\n打电话。"), 101):
            words = {"title": "冻后怎么管", "text": text, "period": "", "lines": [["电费", 230050 + number]]}
            db.session.add(Revision(item_id=post, number=number, **words))
        db.session.commit()
    return [
        f"/feed/{post}/mend",
        f"/feed/{post}/revisions",
        f"/feed/{post}/revisions/101/102",
        f"/feed/{post}/recommend",
    ]


def _hang_sound_on(site: Site, post: int, path: Path) -> None:
    with site.app.app_context():
        with path.open("rb") as file:
            stage([FileStorage(file, path.name)], "sound", "sample", "sound", 1)
        sound: Media = adopt("sound", "sample", post)[0]
        sound.transcript = "先别急着剪，冻后三天内看不准。"
        db.session.commit()
    assert site.work() == 1


@NEEDS_FFMPEG
def test_no_page_is_forgotten(site: Site, paths: dict[str, list[str]]) -> None:
    routes = site.app.url_map.bind("localhost")
    seen = {routes.match(path.partition("?")[0])[0] for each in paths.values() for path in each if path != "/nowhere"}
    pages = {rule.endpoint for rule in site.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert pages - NO_PAGES == seen


@NEEDS_FFMPEG
@pytest.mark.parametrize("size", SIZES, ids=lambda size: size or "standard")
@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
@pytest.mark.parametrize("login", ["", "liufengguan"], ids=["visitor", "clerk"])
def test_every_page_fits_the_screen(
    device: Callable[..., Device], paths: dict[str, list[str]], login: str, js: bool, size: str
) -> None:
    screen = device(login, js=js, size=size)
    faults = []
    for path in paths[login]:
        answer = screen.go(path)
        assert answer.status == (404 if path == "/nowhere" else 200), path
        for width in WIDTHS:
            screen.page.set_viewport_size({"width": width, "height": 740})
            faults += [f"{path} {fault}" for fault in faults_of(screen.page, size=size)]
    assert not faults, "\n".join(faults)


@NEEDS_FFMPEG
@pytest.mark.parametrize("login", ["", "liufengguan"], ids=["visitor", "clerk"])
def test_focus_shows_and_text_is_legible_by_day_and_by_night(
    device: Callable[..., Device], paths: dict[str, list[str]], login: str
) -> None:
    screen = device(login)
    faults = []
    for path in paths[login]:
        screen.go(path)
        for scheme in ("light", "dark"):
            screen.page.emulate_media(color_scheme=scheme)
            faults += [f"{path} {scheme} {fault}" for fault in faults_of(screen.page, ring=True)]
        screen.page.emulate_media(color_scheme="light")
    assert not faults, "\n".join(faults)
