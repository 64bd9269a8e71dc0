"""本单位: a village keeps its own page, and says how comments are treated."""

import pytest

from tests.conftest import County

SAID = {"about": "村委会在三组小学旁边，周一到周五有人。", "phone": "0917-000-0021", "contact": "李小满"}


def test_a_village_keeps_its_own_page(county: County) -> None:
    li, village = county.li(), county.org("沙江寺村")
    li.get(f"/orgs/{village}/edit")
    li.post(f"/orgs/{village}/edit", {**SAID, "moderate_before": "y"}, follow=True)
    visitor = county.visitor()
    visitor.get(f"/orgs/{village}")
    for words in SAID.values():
        assert words in visitor.text


@pytest.mark.parametrize(
    ("field", "typed", "answer"),
    [("phone", "打老李家", "电话只写数字"), ("about", "长" * 601, "600"), ("contact", "李" * 21, "20")],
)
def test_a_mistake_is_named_at_its_field_and_keeps_what_was_typed(
    county: County, field: str, typed: str, answer: str
) -> None:
    li, village = county.li(), county.org("沙江寺村")
    li.get(f"/orgs/{village}/edit")
    assert li.post(f"/orgs/{village}/edit", {**SAID, field: typed}).status_code == 422
    assert answer in li.text
    assert typed in li.html


def test_where_comments_are_checked_afterwards_they_show_at_once(county: County) -> None:
    zhou, town = county.zhou(), county.org("留凤关镇")
    zhou.get(f"/orgs/{town}/edit")
    zhou.post(f"/orgs/{town}/edit", SAID)
    zhou.get("/feed/new")
    post = zhou.post(
        "/feed/new",
        {"org": town, "kind": "news", "title": "椒园农事提醒", "text": "这几天先别急着剪枝。", "then": "publish"},
    ).headers["Location"]
    county.visitor().post(
        f"{post.partition('?')[0]}/comments", {"text": "说得对", "name": "老王", "village": "沙江寺村"}
    )
    assert "说得对" in county.visitor().get(post).text


def test_its_page_leads_who_may_change_it_to_its_form_and_nobody_else(county: County) -> None:
    village = county.org("沙江寺村")
    for clerk in (county.li(), county.zhou(), county.chen()):
        assert f'href="/orgs/{village}/edit"' in clerk.get(f"/orgs/{village}").text
    for other in (county.visitor(), county.wang(), county.zhao(), county.sun()):
        assert "改单位资料" not in other.get(f"/orgs/{village}").text
