"""Whole stories, from the first word to the villager's answer."""

from tests.conftest import County

TEXT = "4月15日夜里降温，椒园受冻。\n\n一、先别急着剪\n冻后三天内看不准。\n\n拿不准的，打村上电话 0917-000-0001。"


def test_one_post_goes_all_the_way(county: County) -> None:
    li, zhou, villager = county.li(), county.zhou(), county.visitor()

    li.get("/feed/new")
    sent = {"org": county.org("沙江寺村"), "kind": "farming", "title": "花椒受冻之后这七天该怎么管", "text": TEXT}
    assert li.post("/feed/new", {**sent, "then": "preview"}).headers["Location"].startswith("/feed/1/preview")
    assert "先别急着剪" in li.get("/feed/1/preview").text
    assert villager.get("/feed/1").status_code == 404
    assert li.post("/feed/1/publish").status_code == 403
    li.post("/feed/1/submit", follow=True)
    assert "交上去了" in li.text

    zhou.get("/desk")
    assert "花椒受冻之后" in zhou.text
    zhou.get("/feed/1/return_to")
    assert zhou.post("/feed/1/return_to", {"note": ""}).status_code == 422
    zhou.post("/feed/1/return_to", {"note": "请写上海拔多少米以上"}, follow=True)
    li.get("/feed/1")
    assert "请写上海拔多少米以上" in li.text
    li.get("/feed/1/edit")
    li.post("/feed/1/edit", {**sent, "text": TEXT + "\n\n海拔 1100 米以上。", "then": "submit"}, follow=True)
    zhou.get("/feed/1")
    zhou.post("/feed/1/publish", follow=True)
    assert "发布了" in zhou.text

    for place in ("沙江寺村", "留凤关镇"):
        villager.get(f"/orgs/{county.org(place)}")
        assert "花椒受冻之后" in villager.text
    villager.get(f"/orgs/{county.org('平木镇')}")
    assert "花椒受冻之后" not in villager.text
    villager.get("/feed/1")
    assert "海拔 1100 米以上" in villager.text
    villager.post("/feed/1/like", follow=True)
    assert "赞 1" in villager.text.replace("　", " ")
    said = {"text": "照着做了，盖草管用。我的电话 13800000001", "name": "老王", "village": "沙江寺村"}
    villager.post("/feed/1/comments", said, follow=True)
    assert "收到了" in villager.text
    assert "等审核" in villager.text
    assert "盖草管用" not in county.visitor().get("/feed/1").text

    zhou.get("/desk/comments")
    assert "盖草管用" in zhou.text
    zhou.post("/desk/comments/1/show", follow=True)
    villager.get("/feed/1")
    assert "盖草管用" in villager.text
    assert "138****0001" in villager.text
    assert "13800000001" not in villager.text
    villager.get("/me")
    assert "已公开" in villager.text
