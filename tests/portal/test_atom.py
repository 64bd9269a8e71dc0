"""Atom: what stands on an org's page, masked, readable by a feed reader whatever a title holds."""

from gzip import decompress as gunzip
from xml.etree import ElementTree

import feedparser
import pytest

from tests.conftest import County
from tests.modules.posts import published
from wdj.core.db import db
from wdj.core.items import Item

HOSTILE = ("</title><script>alert(1)</script>", "]]> & < > \" ' &amp;", "<![CDATA[椒]]>", "坏字\ufffe\uffff\x0b")


def feed(county: County, org: str = "沙江寺村") -> feedparser.FeedParserDict:
    response = county.visitor().get(f"/orgs/{county.org(org)}/feed.atom")
    assert response.mimetype == "application/atom+xml"
    found = feedparser.parse(response.data)
    assert not found.bozo, found.get("bozo_exception")
    return found


def rewrite(county: County, post: int, **columns: str) -> None:
    with county.app.app_context():
        item = db.session.get_one(Item, post)
        for name, value in columns.items():
            setattr(item, name, value)
        db.session.commit()


def test_what_a_village_published_stands_in_its_feed(county: County) -> None:
    post = published(county)
    found = feed(county)
    assert [each.title for each in found.entries] == ["三组便道明天通车了"]
    assert found.entries[0].link == f"http://127.0.0.1:8000/feed/{post}"
    assert "谢谢出工的乡亲" in found.entries[0].content[0].value
    assert found.entries[0].id == f"tag:127.0.0.1,2026:item/{post}"


def test_an_empty_page_is_a_valid_feed(county: County) -> None:
    assert feed(county, "平木镇").entries == []


def test_the_same_feed_is_not_sent_twice(county: County) -> None:
    post, visitor, url = published(county), county.visitor(), f"/orgs/{county.org('沙江寺村')}/feed.atom"
    tag = visitor.get(url).headers["ETag"]
    assert visitor.get(url, If_None_Match=tag).status_code == 304
    rewrite(county, post, public_title="便道后天通车")
    assert visitor.get(url, If_None_Match=tag).status_code == 200


def test_what_was_withdrawn_is_gone(county: County) -> None:
    post, zhou = published(county), county.zhou()
    zhou.get(f"/feed/{post}/withdraw")
    zhou.post(f"/feed/{post}/withdraw", {"note": "日期写错了"})
    assert feed(county).entries == []


def test_a_row_that_should_not_stand_there_is_not_shown(county: County) -> None:
    post = published(county)
    with county.app.app_context():
        db.session.get_one(Item, post).is_public = False
        db.session.commit()
    assert feed(county).entries == []


def test_private_numbers_are_starred(county: County) -> None:
    published(county, title="找张三 13912345678 报名", text="电话 13912345678，快来报名吧。")
    response = county.visitor().get(f"/orgs/{county.org('沙江寺村')}/feed.atom")
    assert "13912345678" not in response.text


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_leave_it_well_formed(county: County, words: str) -> None:
    rewrite(county, published(county), public_title=words, public_text=words)
    response = county.visitor().get(f"/orgs/{county.org('沙江寺村')}/feed.atom")
    title = ElementTree.fromstring(response.data).findtext("{*}entry/{*}title")
    assert title == words.replace("\ufffe\uffff\x0b", "")
    assert "<script" not in feed(county).entries[0].content[0].value


def test_the_page_of_an_org_leads_to_its_feed(county: County) -> None:
    visitor, village = county.visitor(), county.org("沙江寺村")
    visitor.get(f"/orgs/{village}")
    head, _, body = visitor.html.partition("</head>")
    for part in (head, body):
        assert f'href="/orgs/{village}/feed.atom"' in part


def test_a_reader_that_unpacks_gets_a_tenth(county: County) -> None:
    post, visitor, url = published(county), county.visitor(), f"/orgs/{county.org('沙江寺村')}/feed.atom"
    rewrite(county, post, public_text="谢谢出工的乡亲，农用车先走。" * 200)
    packed, plain = visitor.get(url, Accept_Encoding="gzip, deflate"), visitor.get(url)
    assert gunzip(packed.data) == plain.data
    assert len(packed.data) * 5 < len(plain.data)
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Content-Encoding" not in plain.headers
    again = visitor.get(url, Accept_Encoding="gzip", If_None_Match=packed.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
