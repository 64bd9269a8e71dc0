"""The board, and a letter as everybody reads it."""

from flask import Blueprint, Response

from wdj.core.items import read_or_404
from wdj.core.pages import page
from wdj.core.session import everyone, me
from wdj.modules.letters.models import Letter

bp = Blueprint("letters", __name__, url_prefix="/letters")


@bp.get("/<int:id>")
@everyone
def show(id: int) -> Response:
    letter = read_or_404(Letter, id, me())
    return page("letters/letter.html", title=letter.public_title, tab="letters", keep=letter.is_public, letter=letter)
