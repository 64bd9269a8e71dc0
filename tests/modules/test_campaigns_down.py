"""Back to the house that knew no campaigns: nothing of them is left that it could stumble over."""

import io

from alembic import command

from tests.areas.campaigns import campaign_in, contribution_in
from tests.conftest import County
from tests.floor import TITLE, change, every, one, published
from tests.modules.calls import call, decide, send
from tests.screen.things import small_photo
from tests.stage import Stage
from wdj.core.db import db
from wdj.core.schema import migrate, upgrade
from wdj.modules.campaigns.models import Step

HANGING = ("placements", "documents", "media", "comments", "likes")


def go_down(county: County, to: str) -> None:
    with county.app.app_context():
        db.session.remove()
        command.downgrade(migrate.get_config(str(county.app.config["MIGRATIONS"])), to)


def test_the_way_down_takes_campaigns_with_all_that_hangs_on_them(county: County) -> None:
    app, stage, post = county.app, Stage(county), published(county)
    campaign, phone = call(county), county.visitor()
    mine = send(phone, county, campaign, pictures=(io.BytesIO(small_photo(3)), "椒园.jpg"))
    decide(county.chen(), campaign, "pass", mine)
    contribution_in(stage, Step.waiting, campaign_in(stage, "submitted"))
    phone.get(f"/campaigns/{campaign}")
    change(app, "INSERT INTO likes (item_id, liker, at) VALUES (:id, 'x', CURRENT_TIMESTAMP)", id=campaign)
    ours = "SELECT count(*) FROM {} WHERE item_id IN (SELECT id FROM items WHERE type IN ('campaign', 'contribution'))"
    for table in ("placements", "documents", "media", "likes", "events"):
        assert one(app, ours.format(table)) > 0, table
    logged = one(app, "SELECT count(*) FROM events")
    go_down(county, "0006")
    assert every(app, "SELECT id FROM items") == [post]
    for table in HANGING:
        assert one(app, f"SELECT count(*) FROM {table} WHERE item_id NOT IN (SELECT id FROM items)") == 0, table
    assert one(app, "SELECT count(*) FROM events") == logged
    assert one(app, "SELECT count(*) FROM events WHERE item_id IN (:one, :two)", one=campaign, two=mine) == 0
    assert one(app, "SELECT count(*) FROM jobs WHERE name LIKE 'campaigns%'") == 0
    assert one(app, "SELECT count(*) FROM events WHERE item_id = :id", id=post) > 0
    with app.app_context():
        upgrade(str(app.config["MIGRATIONS"]))
        db.session.remove()
    visitor = county.visitor()
    for url in ("/", f"/orgs/{county.org('沙江寺村')}"):
        assert visitor.get(url).status_code == 200
        assert "心里话" not in visitor.text
    visitor.get("/search?q=便道")
    assert TITLE in visitor.text
    visitor.get("/search?q=农用车先走")
    assert TITLE in visitor.text
    assert call(county) > 0
