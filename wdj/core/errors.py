"""What a person reads when something went wrong, with the true status; what they typed comes back with it."""

import errno
import logging
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

from flask import Flask, Response, abort, g, request
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.assets import Assets
from wdj.core.db import SAFE_METHODS, db
from wdj.core.forms import again, typed
from wdj.core.pages import page
from wdj.core.session import forget_me
from wdj.core.site import forget_database

log = logging.getLogger("wdj")

WORDS = {
    400: ("没看懂您点的这一下", "请回上一页再试一次。"),
    403: ("这里不归您办", "这件事归别的单位办。要是弄错了，请打电话问一问。"),
    404: ("没有这一页", "可能地址写错了，也可能已经撤下来了。"),
    405: ("没有这一页", "请从首页进来。"),
    409: ("别人刚办过了", "您打开这页以后，别人先办了一步。请看看现在的样子再办。"),
    413: ("照片、录音或附件太大了", "请少选几个，或先用微信发给村干部也行。"),
    422: ("还差一点", "请补上再交。"),
    429: ("点得太快了", "请等 1 分钟再试。"),
    500: ("出错了", "不是您的错，请过会儿再试。"),
    503: ("网站正在歇一会儿", "系统正忙，一般一两分钟就好。请您过一会儿再打开。"),
}
KEEPS = (403, 404, 409, 422, 429, 500)  # of the others nothing can be read, or nothing was typed
LOOK_BACK = (422, 429, 500)  # after these the page before can be sent as it stands
BUSY = ("这会儿没存上", "系统正忙，还没有存进去。您写的都在下面，过一会儿再按一次。")
LAST_WORDS = "<!DOCTYPE html><meta charset=utf-8><title>出错了</title><h1>出错了</h1><p>不是您的错，请过会儿再试。"
SWAMPED = (errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EFBIG)


def error_page(
    code: int, heading: str = "", text: str = "", request_id: str = "", back: tuple[str, str] = ("回首页", "/")
) -> Response:
    """The page of one status, in the layout or bare for htmx, with the way `back`: (label, address)."""
    words, kept = WORDS.get(code, WORDS[400]), _kept(code)
    return page(
        "errors/error.html", title=heading or words[0], status=code, code=code, heading=heading or words[0],
        text=text or words[1], advice=[back], request_id=request_id, kept=kept, files=_files(code),
        look_back=code in LOOK_BACK and request.method not in SAFE_METHODS and not kept,
    )  # fmt: skip


def _kept(code: int) -> list[str]:
    """The words that came with what could not be done: who wrote them takes them along."""
    if request.method in SAFE_METHODS or code not in KEEPS:
        return []
    return [each["value"] for each in typed() if each["value"].strip() and not each["hidden"]]


def _files(code: int) -> bool:
    """True if files came with it: they never stand in a page."""
    if request.method in SAFE_METHODS or code not in KEEPS:
        return False
    return any(each.filename for each in request.files.values())


def turn_back(code: int, back: tuple[str, str], heading: str = "", text: str = "") -> NoReturn:
    """End the request with this page: what was to be written is not, and its link leads `back`."""
    _stop_writing()
    abort(error_page(code, heading, text, back=back))


def _http(error: HTTPException) -> BaseResponse:
    if isinstance(error.response, BaseResponse):
        return error.response
    code = error.code or 500
    if code < 400:
        return error.get_response()
    _stop_writing()
    custom = error.description if code in WORDS and _is_chinese(error.description) else ""
    response = error_page(code, text=custom or "")
    for name, value in error.get_headers():
        if name in ("Retry-After", "Allow"):
            response.headers[name] = value
    return response


def _is_chinese(text: str | None) -> bool:
    return bool(text) and any("一" <= letter <= "鿿" for letter in text or "")


def _stop_writing() -> None:
    """Let go of the write lock before drawing the error; what follows only reads."""
    db.session.rollback()
    g.committed = True


def _database(error: DBAPIError) -> Any:
    if isinstance(error, DataError):
        return _nonsense(error)
    orig = type(error.orig).__name__
    lost = error.connection_invalidated or isinstance(error, OperationalError)
    if lost or orig in ("ReadOnlySqlTransaction", "DiskFull"):
        return _driver(error.orig)
    return _unexpected(error)


def _driver(error: BaseException | None) -> Response:
    """The database is full, locked or away. The driver's own errors come bare where a connection is only just made."""
    log.warning("%s %s: %s", request.method, request.path, error)
    return _busy()


def _nonsense(error: BaseException) -> Response:
    """What no form of ours sends and no column holds: a NUL, a number beyond all numbers."""
    log.info("%s %s: %s", request.method, request.path, type(error).__name__)
    _stop_writing()
    return error_page(400)


def _os(error: OSError) -> Any:
    if error.errno in SWAMPED:
        log.warning("%s %s: %s", request.method, request.path, error)
        return _busy()
    return _unexpected(error)


def _busy() -> Response:
    _stop_writing()
    response = again(*BUSY, 503) if request.method not in SAFE_METHODS else error_page(503)
    response.headers["Retry-After"] = "60"
    return response


def _unexpected(error: BaseException) -> Any:
    request_id = secrets.token_hex(4)
    log.error("request %s: %s %s", request_id, request.method, request.path, exc_info=error)
    _stop_writing()
    response = error_page(500, request_id=request_id)
    response.headers["X-Request-Id"] = request_id
    return response


def _surely(answer: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """An error page that cannot be drawn, as while nobody can say who asks, is drawn again without the database."""

    @wraps(answer)
    def handler(error: BaseException) -> Any:
        try:
            return answer(error)
        except (DBAPIError, db.engine.dialect.loaded_dbapi.Error) as lost:
            log.warning("%s %s: %s", request.method, request.path, lost)
        except Exception:
            log.exception("%s %s: the error page failed too", request.method, request.path)
            return Response(LAST_WORDS, 500, mimetype="text/html")
        forget_me()
        forget_database()
        return _busy()

    return handler


def init_app(app: Flask, assets: Assets) -> None:
    with app.app_context():
        driver = db.engine.dialect.loaded_dbapi.Error
    for kind, answer in (
        (HTTPException, _http), (DBAPIError, _database), (driver, _driver), (OSError, _os),
        (OverflowError, _nonsense), (Exception, _unexpected),
    ):  # fmt: skip
        app.register_error_handler(kind, _surely(answer))
    policy = (
        "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; media-src 'self'; "
        f"style-src 'self' {assets.css_source} 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )

    @app.after_request
    def shield(response: Response) -> Response:
        headers = response.headers
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        if response.mimetype == "text/html":
            headers.setdefault("Content-Security-Policy", policy)
        if app.config["WDJ_HTTPS"]:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        return response
