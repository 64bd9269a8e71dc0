"""w3m shows words only: what reads well there reads well aloud, on a Braille line, on a tiny phone."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser import Browser
from tests.screen.site import Site
from wdj.core.session import LOGIN_COOKIE
from wdj.portal.sample import PASSWORD

Reader = Callable[..., str]
pytestmark = pytest.mark.skipif(shutil.which("w3m") is None, reason="no w3m here; apt-get install w3m")


@pytest.fixture(scope="module")
def w3m(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Prints a page as w3m does, on one line; w3m itself drops the spaces between Chinese words."""
    home = str(tmp_path_factory.mktemp("w3m"))

    def read(path: str, *more: str) -> str:
        command = ["w3m", "-dump", "-cols", "72", *more, site.url + path]
        here = {"HOME": home, "LANG": "C.UTF-8", "PATH": os.environ["PATH"]}
        done = subprocess.run(command, env=here, capture_output=True, text=True, timeout=30, check=True)
        return re.sub(r"\s+", "", done.stdout)

    return read


def assert_in_order(text: str, *words: str) -> None:
    at = 0
    for word in words:
        found = text.find(word.replace(" ", ""), at)
        assert found >= 0, f"{word} is not after what it should follow, in: {text[at:]}"
        at = found + len(word)


def test_the_front_page_reads_well(w3m: Reader, site: Site) -> None:
    assert_in_order(
        w3m("/"), "跳到正文", "凤县微党建", "大字", "我的", "换一个村", "选您的村", "学农技", "全部",
        "花椒受冻之后，这七天该怎么管", "县农业农村局", "赞", "看更早的", "电话和介绍", "省流版", "使用说明",
        "干部登录",
    )  # fmt: skip


def test_a_post_reads_well(w3m: Reader, site: Site) -> None:
    assert_in_order(
        w3m(f"/feed/{site.post('这七天该怎么管')}"), "首页", "农技", "花椒受冻之后，这七天该怎么管", "三月初二",
        "先别急着剪", "示意图：清早的山坡", "一、第1到3天：保", "赞", "说两句", "评论", "老王", "照着做了，盖草管用。",
        "怎么称呼您", "[", "发表", "接着看", "使用说明",
    )  # fmt: skip


def test_the_login_form_reads_well(w3m: Reader, site: Site) -> None:
    assert_in_order(w3m("/login"), "干部登录", "账号[", "密码[", "登录", "登不上？")


def test_the_desk_and_the_editor_read_well(w3m: Reader, site: Site) -> None:
    clerk = Browser(site.app)
    clerk.sign_in("liufengguan", PASSWORD)
    token = clerk.client.get_cookie(LOGIN_COOKIE)
    assert token is not None
    cookie = ("-header", f"Cookie: {LOGIN_COOKIE}={token.value}")
    assert_in_order(
        w3m("/desk", *cookie), "工作台", "周敏", "等我办", "标题", "单位", "到期", "状态", "三组便道通车",
        "打勾的", "导出Excel", "写一篇", "审评论", "人员和岗位", "用键盘更快",
    )  # fmt: skip
    assert_in_order(
        w3m("/feed/new", *cookie), "写一篇", "谁发的[", "栏目[", "标题[", "正文", "空一行是一段", "照片", "录音",
        "什么时候发", "存草稿，看看样子", "发布", "写之前",
    )  # fmt: skip


def test_a_comment_from_w3m_comes_back_with_a_button_to_send_it(w3m: Reader, site: Site, tmp_path: Path) -> None:
    """w3m does not say where a form came from, so it gets it once more, filled and with a token."""
    form = tmp_path / "form"
    form.write_text("text=this+is+what+I+typed+in+w3m&name=Wang&village=")
    shown = w3m(f"/feed/{site.post('一周天气')}/comments", "-post", str(form))
    assert_in_order(shown, "都在下面", "thisiswhatItyped", "再交一次")
