"""明白纸: any item as an A4 notice with its QR code, also in big print; on the screen a preview of it."""

from flask import Blueprint, Flask, Response, request
from markupsafe import Markup

from wdj.core.clock import local, lunar
from wdj.core.fresh import memory
from wdj.core.items import Item, read_or_404
from wdj.core.pages import page
from wdj.core.plain import blocks
from wdj.core.session import everyone, me
from wdj.core.site import absolute
from wdj.modules import MODULE_OF, WORKFLOW_OF, item_url

bp = Blueprint("print", __name__, url_prefix="/print")


@bp.get("/<int:id>")
@everyone
def show(id: int) -> Response:
    item = read_or_404(Item, id, me())
    link = absolute(item_url(item))
    notice = MODULE_OF[item.type].notice
    return page(
        "portal/print.html", title=f"打印：{item.public_title}", keep=item.is_public, item=item, link=link,
        paragraphs=[each for each in blocks(item.public_text) if each.type != "picture"],
        extra=notice(id) if notice else "", qr=drawn_qr(link), big=request.args.get("size") == "big",
        day=day_of(item), back=item_url(item),
        state="" if item.is_public else WORKFLOW_OF[item.type].states[item.state],
    )  # fmt: skip


def day_of(item: Item) -> str:
    """When it was published, as paper says it: 2026年11月22日 农历十月十四."""
    if item.published_at is None:
        return ""
    day = local(item.published_at).date()
    return f"{day.year}年{day.month}月{day.day}日 {lunar(day)}".strip()


def drawn_qr(words: str) -> Markup:
    """A QR code as SVG that prints at the same size on every machine; on white, also by night."""
    known = memory()
    key = ("qr", words)
    if key not in known:
        known[key] = draw_qr(words)
    return Markup(known[key])  # noqa: S704


def draw_qr(words: str) -> Markup:
    """The same, drawn anew: what is secret is not remembered."""
    import segno  # only here: most requests need none

    code = segno.make(words, error="m", micro=False)
    drawn = code.svg_inline(unit="mm", scale=1, border=4, light="#fff", svgclass=None, lineclass=None)
    return Markup(drawn)  # noqa: S704


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
