"""Text pasted from Word and WPS comes out plain, and goes onto the page safe."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from wdj.core.plain import Block, blocks, one_line, tidy

WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><title>通知</title>
<style><!-- p.MsoNormal {mso-style-parent:""; font-size:10.5pt} --></style>
<!--[if gte mso 9]><xml><w:WordDocument><w:View>Normal</w:View></w:WordDocument></xml><![endif]--></head><body>
<p class=MsoNormal style='text-indent:24.0pt'><span lang=EN-US>&nbsp;&nbsp;</span>各村要做好
花椒防冻工作，详见<b>附件</b>。<span lang=EN-US><o:p></o:p></span></p>
<p class=MsoListParagraph><![if !supportLists]><span style='font-family:Wingdings'>l<span>&nbsp;&nbsp;&nbsp; </span>
</span><![endif]>备足熏烟材料 &lt;5 公斤&gt;</p>
<table class=MsoTableGrid><tr><td><p class=MsoNormal>姓名</p></td><td><p class=MsoNormal>亩数</p></td></tr>
<tr><td><p>老李</p></td><td><p>3</p></td></tr></table><script>alert(1)</script></body></html>"""


def test_source_of_word_becomes_paragraphs() -> None:
    assert tidy(WORD) == (
        "各村要做好花椒防冻工作，详见附件。\n\n· 备足熏烟材料 <5 公斤>\n\n姓名\u3000亩数\n老李\u30003"
    )


@pytest.mark.parametrize(
    ("pasted", "clean"),
    [
        ("\ufeff各村\u200b支部\u200d：\u00ad", "各村支部："),
        ("第一行\r\n第二行\r第三行\v第四行\u2028第五行", "第一行\n第二行\n第三行\n第四行\n第五行"),
        ("\u3000\u3000各村要做好防冻工作。", "各村要做好防冻工作。"),
        ("  \u00a0\u3000缩进", "缩进"),
        ("\uf06c\u00a0\u00a0\u00a0备足柴草\n\uf0fc 备足烟雾剂", "· 备足柴草\n· 备足烟雾剂"),
        ("l\t备足柴草\nØ\t备足烟雾剂", "· 备足柴草\n· 备足烟雾剂"),
        ("l 是小写字母", "l 是小写字母"),
        ("姓名\t亩数\t受冻\n老李\t3\t2.5", "姓名\u3000亩数\u3000受冻\n老李\u30003\u30002.5"),
        ("多 \u00a0  个    空格", "多 个 空格"),
        ("一段\n\n\n\n\n二段", "一段\n\n二段"),
        ("一段\n \u3000\n\t\n \n二段\n\n\n", "一段\n\n二段"),
        ("一段\n\n二段\n三段", "一段\n\n二段\n三段"),
        ("坏\x00字\x07符\x1f\x9b\ufffc\ud800", "坏字符"),
        ("他说：“先别剪。”‘对’——《条例》……（一）", "他说：“先别剪。”‘对’——《条例》……（一）"),
        ("全角１２３，ＡＢＣ；半角123", "全角１２３，ＡＢＣ；半角123"),
        ("3<5，5>3，<b>不是标签</b>", "3<5，5>3，<b>不是标签</b>"),
        ("0917\u2011000\u20110000", "0917-000-0000"),
        ("", ""),
        (" \n\u3000\n ", ""),
    ],
)
def test_pasted_text_loses_its_mess_and_keeps_its_words(pasted: str, clean: str) -> None:
    assert tidy(pasted) == clean


def test_markup_hidden_in_escapes_does_not_come_back_as_markup_of_word() -> None:
    once = tidy("<p class=MsoNormal>&lt;o:p&gt;字&lt;/o:p&gt;</p>")
    assert once == "＜o:p>字＜/o:p>"
    assert tidy(once) == once


MESS = st.lists(
    st.sampled_from(
        [
            *"字。 \t\n\r\v\u00a0\u3000\u200b\ufeff\uf06cl<>&;\x00“",
            *("<o:p>", "</o:p>", "<p class=Mso", "<!--[if", "<textarea>", "<td>", "</p>", "<br>", "o:p>"),
            *("&lt;", "&#8203;", "&nbsp;", "\n\n\n", "·", "l\t", "一、", "[图1]"),
        ]
    )
    | st.text(max_size=3),
    max_size=25,
).map("".join)


@given(MESS)
def test_tidying_twice_is_tidying_once(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@given(MESS)
def test_tidy_text_has_no_hidden_characters(text: str) -> None:
    clean = tidy(text)
    assert not set(clean) & set("\x00\r\v\t\u00a0\u200b\ufeff\uf06c")
    assert "\n\n\n" not in clean
    assert clean == clean.strip()
    clean.encode("utf-8")  # no lone surrogate


def test_paragraphs_headings_and_pictures() -> None:
    text = "一、总的要求\n先保树，后保产。\n再看天气。\n\n第二段\n[图1]\n（二）分几步\n第三条 谁来办\n【图12】"
    assert blocks(text) == [
        Block("h", Markup("一、总的要求")),
        Block("p", Markup("先保树，后保产。<br>再看天气。")),
        Block("p", Markup("第二段")),
        Block("picture", number=1),
        Block("h", Markup("（二）分几步")),
        Block("h", Markup("第三条 谁来办")),
        Block("picture", number=12),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "一、这是一句话。",
        "（一）身份证；",
        "一、" + "长" * 29,
        "一心一意",
        "第一次开会",
        "见第三条",
        "看[图1]就明白",
        "[图]",
        "[图100]",
    ],
)
def test_what_only_looks_like_a_heading_or_picture_is_a_paragraph(line: str) -> None:
    assert [block.type for block in blocks(line)] == ["p"]


def link(url: str) -> str:
    return f'<a href="{url}" rel="nofollow noopener">{url}</a>'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("见https://a.gov.cn/x?a=1&b=2。", f"见{link('https://a.gov.cn/x?a=1&amp;b=2')}。"),
        ("（http://a.cn/q）看", f"（{link('http://a.cn/q')}）看"),
        ("(http://a.cn/q(1)).", f"({link('http://a.cn/q(1)')})."),
        ("http://a.cn，http://b.cn", f"{link('http://a.cn')}，{link('http://b.cn')}"),
        ("HTTP://A.CN:8080/", link("HTTP://A.CN:8080/")),
        ("http://a.cn/查", f"{link('http://a.cn/')}查"),
        ("https://a.cn@evil.cn/", f"{link('https://a.cn')}@evil.cn/"),
        ("javascript:alert(1) ftp://a.cn xhttp://a.cn http://", "javascript:alert(1) ftp://a.cn xhttp://a.cn http://"),
        ('http://a.cn/"onmouseover="x', f"{link('http://a.cn/')}&#34;onmouseover=&#34;x"),
        ("<script>&'\"", "&lt;script&gt;&amp;&#39;&#34;"),
    ],
)
def test_text_is_escaped_and_addresses_become_links(text: str, shown: str) -> None:
    assert [str(block.html) for block in blocks(text)] == [shown]


@given(MESS)
def test_no_markup_of_the_writer_reaches_the_page(text: str) -> None:
    for block in blocks(text):
        assert "<" not in block.html.replace("<br>", "").replace("<a href=", "").replace("</a>", "")


def test_one_line_has_single_spaces_and_none_after_chinese_punctuation() -> None:
    assert one_line(" 一\r\n\r\n二\u3000\t三。\n四 ") == "一 二 三。四"


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("打村上电话 0917-000-0021。", ["09170000021"]),
        ("办公室09170000021，农技站 0917-0000022", ["09170000021", "09170000022"]),
        ("代码 610330103201，订单 0917-000-0021-88，手机 13800000001", []),
    ],
)
def test_an_office_telephone_is_called_by_one_tap(text: str, called: list[str]) -> None:
    html = str(blocks(text)[0].html)
    assert re.findall(r'href="tel:([0-9]+)"', html) == called
    assert Markup(html).striptags() == text
