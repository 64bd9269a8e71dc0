"""How to reach who sent something, shown once to who handles it, and noted each time."""

from flask import Blueprint, Flask, Response, abort
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.contacts import contact_of, is_shut, works_on
from wdj.core.db import db
from wdj.core.items import Item, get_visible_or_404, record
from wdj.core.pages import htmx, page
from wdj.core.people import WRITER_ROLES
from wdj.core.session import holders, me
from wdj.modules import WORKFLOW_OF, item_url

bp = Blueprint("contacts", __name__, url_prefix="/contacts")
writers = holders(WRITER_ROLES, "writers")
SHUT = "这件事办完了，电话就收起来了。真要找本人，请向县委办公室说明。"


@bp.post("/<int:id>/open")
@writers
def open(id: int) -> BaseResponse:
    """Show name, telephone and address, this once, and note who asked."""
    item = get_visible_or_404(Item, id, me())
    if not works_on(me(), item):
        abort(403)
    contact = contact_of(id) or abort(404, "没有留联系办法。")
    if is_shut(item, WORKFLOW_OF[item.type]):
        abort(403, SHUT)
    record("contact", "看了电话", me(), item_id=id)
    db.session.commit()
    template = "portal/contact_open.html" if htmx() else "portal/contact.html"
    response: Response = page(template, title="联系办法", contact=contact, item=item, back=item_url(item))
    response.headers["Cache-Control"] = "no-store"
    return response


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
