"""The card that WeChat draws of a post that somebody passes on."""

from tests.browser import Browser
from tests.conftest import County
from tests.modules.posts import published, write
from wdj.core.db import db
from wdj.core.media import Media

SITE = "https://dj.fengxian.gov.cn"


def card(browser: Browser, url: str) -> dict[str, str]:
    """The Open Graph tags in the head."""
    browser.get(url)
    assert browser.page
    return {
        each["property"]: each["content"] for tag, each in browser.page.elements if tag == "meta" and "property" in each
    }


def test_a_public_post_brings_its_card(county: County) -> None:
    county.app.config["WDJ_SITE_URL"] = SITE
    post = published(county)
    found = card(county.visitor(Host="evil.example"), f"/feed/{post}")
    assert found["og:title"] == "三组便道明天通车了"
    assert found["og:description"].startswith("村上的便道从三组修到了椒园门口")
    assert (found["og:type"], found["og:url"]) == ("article", f"{SITE}/feed/{post}")
    assert "og:image" not in found


def test_its_picture_is_the_first_one(county: County) -> None:
    county.app.config["WDJ_SITE_URL"] = SITE
    post = published(county)
    with county.app.app_context():
        for number, name in ((2, "second"), (1, "first")):
            picture = {
                "kind": "picture",
                "state": "ready",
                "mime": "image/jpeg",
                "bytes": 9,
                "width": 640,
                "height": 480,
            }
            db.session.add(Media(key=name, digest=name, owner="", item_id=post, position=number, **picture))
        db.session.commit()
    assert card(county.visitor(), f"/feed/{post}")["og:image"] == f"{SITE}/media/first/640.jpg"


def test_a_card_stars_private_numbers_and_escapes(county: County) -> None:
    post = published(county, title='"><script>13912345678', text="电话 13912345678，快来报名吧。")
    found = card(visitor := county.visitor(), f"/feed/{post}")
    assert "13912345678" not in visitor.html
    assert found["og:title"] == '"><script>139****5678'


def test_what_is_not_public_and_other_pages_have_none(county: County) -> None:
    li = county.li()
    draft = write(li, county)
    for url in (f"/feed/{draft}", "/", "/help", f"/orgs/{county.org('沙江寺村')}"):
        assert card(li, url) == {}
