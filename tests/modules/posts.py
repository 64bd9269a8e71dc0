"""Posts for tests: written by one clerk, let out by another, as people do it."""

from tests.browser import Browser
from tests.conftest import County

TEXT = "村上的便道从三组修到了椒园门口，明天通车。\n\n谢谢出工的乡亲，农用车先走。"


def words(county: County, org: str = "沙江寺村", **more: str) -> dict[str, str]:
    return {"org": str(county.org(org)), "kind": "news", "title": "三组便道明天通车了", "text": TEXT, **more}


def write(writer: Browser, county: County, org: str = "沙江寺村", **more: str) -> int:
    """Let `writer` send the form; returns the post's id."""
    writer.get("/feed/new")
    response = writer.post("/feed/new", words(county, org, **more))
    assert response.status_code == 303, response.get_data(as_text=True)
    return int(response.headers["Location"].split("/")[2].partition("?")[0])


def published(county: County, org: str = "沙江寺村", by: str = "zhou", **more: str) -> int:
    clerk: Browser = getattr(county, by)()
    if org == "沙江寺村":
        post = write(county.li(), county, org, then="submit", **more)
        clerk.get(f"/feed/{post}")
        assert clerk.post(f"/feed/{post}/publish").status_code == 303
        return post
    return write(clerk, county, org, then="publish", **more)
