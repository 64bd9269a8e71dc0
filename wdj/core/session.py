"""Who is asking: logins kept on the server, the device cookie, and what a route declares. Alone touches flask-login."""

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, cast

from flask import Flask, Request, Response, abort, current_app, g, redirect, request, url_for
from flask.sessions import NullSession, SessionInterface
from flask_login import LoginManager, current_user
from sqlalchemy import Select, delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.clock import now
from wdj.core.db import SAFE_METHODS, Model, brief_read, brief_write, db, references
from wdj.core.fresh import memory
from wdj.core.jobs import every
from wdj.core.orgs import Org
from wdj.core.people import Grant, Held, Me, Person, Role

View = Callable[..., Any]
LOGIN_COOKIE, DEVICE_COOKIE, KNOWN_COOKIE, TURN_COOKIE = "wdj_s", "wdj_d", "wdj_k", "wdj_t"
DEVICE_DAYS = 400


class Login(Model):
    """One signed-in browser. Only a hash of its cookie is kept; ended rows stay for the list of logins."""

    __tablename__ = "logins"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = references("people.id", index=True)
    made_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    network: Mapped[str]
    agent: Mapped[str]

    @property
    def is_expired(self) -> bool:
        """True if it was left alone for too long, or is too old however busy."""
        used_since, made_since = _good_since()
        return self.seen_at <= used_since or self.made_at <= made_since


def _good_since() -> tuple[datetime, datetime]:
    """The moments after which a login must have been used, and made."""
    config = current_app.config
    idle, longest = timedelta(minutes=config["WDJ_IDLE_MINUTES"]), timedelta(hours=config["WDJ_LOGIN_HOURS"])
    return now() - idle, now() - longest


class NoClientSession(SessionInterface):
    """Flask's own cookie session is not used: logins are rows, so that they can be listed and ended."""

    def open_session(self, app: Flask, request: Request) -> NullSession:
        return NullSession()

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        return None


def cookie(name: str) -> str:
    """The name of one of our cookies here: with the __Host- prefix under TLS."""
    return f"__Host-{name}" if current_app.config["WDJ_HTTPS"] else name


def keyed(*parts: object) -> str:
    """A keyed hash of `parts` that nobody without the secret key can make: 32 hex digits."""
    key = str(current_app.secret_key).encode()
    return hmac.new(key, "\x1f".join(map(str, parts)).encode(), hashlib.sha256).hexdigest()[:32]


def me() -> Me | None:
    """The signed-in person of this request, or None."""
    # flask-login has put it there since the first question; asking through it again costs as much as a row of a list.
    person = g.get("_login_user") or current_user._get_current_object()
    return cast(Me, person) if person.is_authenticated else None


def forget_me() -> None:
    """For the rest of this request nobody is signed in: the database cannot say who it is."""
    current_app.login_manager._update_request_context_with_user()  # type: ignore[attr-defined]


def _load(req: Request) -> Me | None:
    token = req.cookies.get(cookie(LOGIN_COOKIE), "")
    if not 20 <= len(token) <= 64:
        return None
    token_hash = keyed("login", token)
    remembered = memory()
    key = ("me", token_hash)
    found = cast("Me | None", remembered.get(key))
    if found is None:
        found = _find(token_hash)
        if found is None:
            return None  # and not remembered: anybody can invent tokens
        remembered[key] = found
    if now() - found.seen_at > timedelta(minutes=1):
        g.touch = found.login_id
    return found


def _find(token_hash: str) -> Me | None:
    """Read the person on a connection of its own: finding out who asks must not take the write lock."""
    used_since, made_since = _good_since()
    with brief_read() as connection:
        row = connection.execute(
            select(Person.id, Person.name, Person.login, Person.must_change, Login.id, Login.seen_at)
            .join(Login, Login.person_id == Person.id)
            .where(
                Login.token_hash == token_hash,
                Login.ended_at.is_(None),
                Person.disabled_at.is_(None),
                Login.seen_at > used_since,
                Login.made_at > made_since,
            )
        ).one_or_none()
        if row is None:
            return None
        grants = connection.execute(
            select(Grant.role, Org.id, Org.path, Org.short_name, Org.kind)
            .join(Org, Org.id == Grant.org_id)
            .where(Grant.person_id == row[0])
            .order_by(Grant.id)
        )
        held = tuple(Held(Role(role), org_id, path, name, kind) for role, org_id, path, name, kind in grants)
    person_id, name, login, must_change, login_id, seen_at = row
    return Me(person_id, name, login, held, must_change, login_id, token_hash, seen_at)


def sign_in(person_id: int) -> str:
    """Add a login for the person to this transaction; return the token for `give_login_cookie`."""
    token = secrets.token_urlsafe(24)
    db.session.add(
        Login(
            token_hash=keyed("login", token),
            person_id=person_id,
            network=network(),
            agent=_agent(request.user_agent.string),
        )
    )
    return token


def give_login_cookie(response: BaseResponse, token: str, login: str) -> BaseResponse:
    """Sign this browser in with `token`, and let it be known as one from which `login` has got in."""
    _give(response, LOGIN_COOKIE, token)
    _give(response, KNOWN_COOKIE, keyed("known", login, remember_device()), days=DEVICE_DAYS)
    return response


def knows(login: str) -> bool:
    """True if somebody has got in from this browser as `login` before: strangers' guesses do not hold it up."""
    given = request.cookies.get(cookie(KNOWN_COOKIE), "")
    device = device_id()
    return device is not None and hmac.compare_digest(given.encode(), keyed("known", login, device).encode())


def _give(response: BaseResponse, name: str, value: str, *, days: int | None = None) -> None:
    secure = current_app.config["WDJ_HTTPS"]
    age = days and days * 86400
    response.set_cookie(cookie(name), value, max_age=age, httponly=True, samesite="Lax", secure=secure)


def take_cookie(response: BaseResponse, *names: str) -> BaseResponse:
    """Take our cookies back, with all their marks: a browser keeps a __Host- cookie that is deleted without Secure."""
    if LOGIN_COOKIE in names:
        forget_me()
    for name in names:
        response.delete_cookie(cookie(name), httponly=True, samesite="Lax", secure=current_app.config["WDJ_HTTPS"])
    return response


def end_logins(person_id: int, *, only: int | None = None) -> None:
    """End the person's logins: all of them, or `only` one."""
    ending = update(Login).where(Login.person_id == person_id, Login.ended_at.is_(None))
    if only is not None:
        ending = ending.where(Login.id == only)
    db.session.execute(ending.values(ended_at=now()))


def logins_of(person_id: int) -> Select[Login]:
    """The person's logins of the last weeks, newest first."""
    return select(Login).where(Login.person_id == person_id).order_by(Login.id.desc()).limit(20)


def device_id() -> str | None:
    """The keyed hash of this device's cookie, or None before its first like or comment."""
    token = g.get("device_token") or request.cookies.get(cookie(DEVICE_COOKIE), "")
    return keyed("device", token) if 20 <= len(token) <= 64 else None


def remember_device() -> str:
    """Return this device's id, giving it a cookie with the answer if it has none."""
    known = device_id()
    if known is None:
        g.device_token = secrets.token_urlsafe(24)
        known = keyed("device", g.device_token)
    return known


def network() -> str:
    """The network the request came from, coarse enough not to be a person: /24 or /56."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    prefix = 24 if address.version == 4 else 56
    return str(ipaddress.ip_network((address, prefix), strict=False).network_address)


def _agent(text: str) -> str:
    for word, label in (
        ("MicroMessenger", "微信"), ("Edg", "Edge 浏览器"), ("Trident", "IE 浏览器"), ("Firefox", "火狐浏览器"),
        ("Chrome", "Chrome 浏览器"), ("Safari", "Safari 浏览器"), ("w3m", "w3m"),
    ):  # fmt: skip
        if word in text:
            return label
    return "其他浏览器"


class SignInFirst(Exception):
    """A route for the signed-in was asked for by nobody. `forms` answers it, and gives back what was typed."""


def _declare(allows: str, test: Callable[[Me], bool] | None) -> Callable[[View], View]:
    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if test is not None:
                person = me()
                if person is None:
                    raise SignInFirst
                if person.must_change and request.endpoint not in ("accounts.password", "accounts.logout"):
                    return redirect(url_for("accounts.password"), 303)
                if not test(person):
                    abort(403)
            return view(*args, **kwargs)

        guarded.allows = allows  # type: ignore[attr-defined]
        return guarded

    return mark


everyone = _declare("everyone", None)
signed_in = _declare("signed_in", lambda person: True)


def holders(roles: Iterable[Role], name: str) -> Callable[[View], View]:
    """Declare that a route is for people who hold one of `roles` somewhere; where is asked of the thing itself."""
    wanted = frozenset(roles)
    return _declare(name, lambda person: person.has_any(wanted))


def init_app(app: Flask) -> None:
    app.session_interface = NoClientSession()
    manager = LoginManager(app)
    manager.session_protection = None
    manager.request_loader(_load)

    @app.after_request
    def give_device_cookie(response: Response) -> Response:
        if token := g.get("device_token"):
            _give(response, DEVICE_COOKIE, token, days=DEVICE_DAYS)
        return response

    @app.after_request
    def give_turn_cookie(response: Response) -> Response:
        """Who is signed in and sent a form has used up its key: to this browser each page is a new one from then on."""
        if request.method not in SAFE_METHODS and response.status_code < 400 and me():
            _give(response, TURN_COOKIE, secrets.token_urlsafe(6))
        return response

    @app.teardown_request
    def touch(_error: BaseException | None) -> None:
        """Note that a login was used. A busy or full database only makes it look idle a little longer."""
        if login_id := g.pop("touch", None):
            db.session.remove()
            try:
                with brief_write() as connection:
                    connection.execute(update(Login).where(Login.id == login_id).values(seen_at=now()))
            except (DBAPIError, db.engine.dialect.loaded_dbapi.Error):
                app.logger.info("login %s not touched", login_id)


@every(60)
def forget_old_logins() -> None:
    db.session.execute(delete(Login).where(Login.made_at < now() - timedelta(days=90)))
