"""明白纸: a notice says what the post says, masked, and its QR code leads to the post, as a scanner reads it."""

import re

import zxingcpp
from PIL import Image

from tests.browser import Browser
from tests.conftest import County
from tests.modules.posts import published, write

PIXELS = 4  # of one module


def scan(html: str) -> str:
    """What a phone reads from the code that stands in the page."""
    size = int(re.search(r'<svg width="(\d+)mm"', html)[1])  # type: ignore[index]
    image = Image.new("L", (size, size), 255)
    x = y = 0.0
    for step, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", html.split('stroke="#000" d="')[1]):
        if step == "h":
            image.paste(0, (int(x), int(y), int(x + float(first)), int(y) + 1))
            x += float(first)
        else:
            x, y = (float(first), float(second)) if step == "M" else (x + float(first), y + float(second or 0))
    found = zxingcpp.read_barcodes(image.resize((size * PIXELS, size * PIXELS), Image.Resampling.NEAREST))
    return found[0].text if found else ""


def notice(reader: Browser, post: int, size: str = "") -> str:
    assert reader.get(f"/print/{post}{size}").status_code == 200
    return reader.text


def test_the_code_on_the_notice_leads_to_the_post_at_the_public_address(county: County) -> None:
    post, visitor = published(county), county.visitor(Host="evil.example")
    county.app.config["WDJ_SITE_URL"] = "https://dj.fengxian.gov.cn"
    visitor.get(f"/print/{post}")
    assert scan(visitor.html) == f"https://dj.fengxian.gov.cn/feed/{post}"
    assert "evil.example" not in visitor.html


def test_a_notice_says_who_what_when_and_where_to_read_on(county: County) -> None:
    words = notice(county.visitor(), published(county))
    for each in ("沙江寺村委会", "三组便道明天通车了", "村上的便道从三组修到了椒园门口", "扫一扫看全文", "年"):
        assert each in words


def test_big_print_says_the_same(county: County) -> None:
    post, visitor = published(county), county.visitor()
    assert notice(visitor, post, "?size=big").partition("沙江寺村委会")[2].startswith(" 三组便道明天通车了")
    assert 'class="card paper xl"' in visitor.html


def test_private_numbers_are_starred_on_paper(county: County) -> None:
    post = published(county, title="找张三 13912345678 报名", text="电话 13912345678，身份证别写在纸上。")
    words = notice(county.visitor(), post)
    assert "13912345678" not in words
    assert "139****5678" in words


def test_nobody_prints_what_was_withdrawn_and_its_clerk_sees_that_it_was(county: County) -> None:
    post, zhou = published(county), county.zhou()
    zhou.get(f"/feed/{post}/withdraw")
    assert zhou.post(f"/feed/{post}/withdraw", {"note": "日期写错了"}).status_code == 303
    assert county.visitor().get(f"/print/{post}").status_code == 404
    assert "不要张贴" in notice(zhou, post)


def test_a_draft_is_printed_by_its_writers_as_a_draft(county: County) -> None:
    li = county.li()
    post = write(li, county)
    assert "样稿：草稿" in notice(li, post)
    assert county.visitor().get(f"/print/{post}").status_code == 404


def test_a_disclosure_brings_its_account(county: County) -> None:
    post = published(
        county, kind="disclosure", period="2026年第三季度", items="承包费 21000\n烘干房 9600", total="30600"
    )
    words = notice(county.visitor(), post)
    assert "承包费" in words
    assert "30,600" in words


def test_a_public_post_has_a_quiet_way_to_its_notice(county: County) -> None:
    post, visitor = published(county), county.visitor()
    visitor.get(f"/feed/{post}")
    assert f'href="/print/{post}"' in visitor.html
