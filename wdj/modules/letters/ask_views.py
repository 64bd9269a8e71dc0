"""Asking: the form of everybody, and the one form by which a clerk writes down what came otherwise (代录)."""

from flask import Response, abort

from wdj.core.people import WRITER_ROLES
from wdj.core.session import holders
from wdj.modules.letters.views import bp

writers = holders(WRITER_ROLES, "writers")


@bp.get("/new")
@writers
def new() -> Response:
    abort(404)
