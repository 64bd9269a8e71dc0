"""Log in and out, my password, where I am logged in."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from wdj.core.clock import say_when
from wdj.core.db import brief_read, db
from wdj.core.forms import Form
from wdj.core.items import record
from wdj.core.pages import drop_drafts, page
from wdj.core.people import HASHER, STAFF_ROLES, Me, Person, check_password
from wdj.core.session import (
    LOGIN_COOKIE,
    device_id,
    end_logins,
    everyone,
    give_login_cookie,
    knows,
    logins_of,
    me,
    network,
    sign_in,
    signed_in,
    take_cookie,
)  # fmt: skip
from wdj.core.site import site
from wdj.core.throttle import count, forget, seconds_to_wait, wait_so_far

bp = Blueprint("accounts", __name__)
WRONG = "账号或密码不对，请再看看。忘了密码，请让上一级的干部重设。"
COMMON = ("12345678", "password", "qwertyui", "11111111", "88888888", "66666666", "abcd1234", "iloveyou", "admin123")
COUNTY_WORDS = ("weidangjian", "dangjian", "fengxian", "fengxianwdj", "wdj2019", "610330")


def inside(target: str | None) -> str:
    """`target` if it is a path of this site, else the front page. Control characters never get as far as the check."""
    plain = re.sub(r"[\x00-\x20\x7f\\]", "", target or "")
    try:
        elsewhere = urlsplit(plain).netloc
    except ValueError:
        return "/"
    return plain if plain.startswith("/") and not plain.startswith("//") and not elsewhere else "/"


class LoginForm(Form):
    login = StringField(
        "账号",
        validators=[InputRequired("请写账号"), Length(max=40, message="账号没有这么长")],
        render_kw={"autocapitalize": "off", "autocorrect": "off"},
    )
    password = PasswordField("密码", validators=[InputRequired("请写密码"), Length(max=128, message="密码没有这么长")])
    next = HiddenField()


class PasswordForm(Form):
    password_now = PasswordField("现在的密码", validators=[InputRequired("请写现在的密码"), Length(max=128)])
    password_new = PasswordField("新密码", validators=[InputRequired("请写新密码")])
    password_again = PasswordField("新密码再写一遍", validators=[InputRequired("请再写一遍")])

    def validate_password_new(self, field: PasswordField) -> None:
        person = me()
        if field.data == self.password_now.data:
            raise ValidationError("这还是现在的密码，请换一个")
        if person and (wrong := weakness(field.data or "", person)):
            raise ValidationError(wrong)

    def validate_password_again(self, field: PasswordField) -> None:
        if field.data != self.password_new.data:
            raise ValidationError("两遍写得不一样")


def weakness(password: str, person: Me) -> str | None:
    """Why a password is refused, in Chinese, or None. Staff need 12 characters, others 8; at most 128."""
    least = 12 if person.has_any(STAFF_ROLES) else 8
    bare = re.sub(r"[\W_]", "", password.lower())
    if not least <= len(password) <= 128:
        return f"密码要 {least} 到 128 个字符，可以是好记的一句话"
    if (
        len(set(password)) < 4
        or bare.isdecimal()
        or any(bare == word or bare.strip("0123456789") == word for word in COMMON)
    ):
        return "这个密码太常见，容易被猜到"
    if person.login.lower() in password.lower() or any(bare.strip("0123456789") == word for word in COUNTY_WORDS):
        return "密码里别用账号、县名和系统名"
    return None


@bp.route("/login", methods=["GET", "POST"])
@everyone
def login() -> BaseResponse:
    form = LoginForm(data={"next": request.args.get("next", "")})
    if not form.accepted():
        return _login_page(form, 422 if request.method == "POST" else 200)
    name, target = (form.login.data or "").strip().lower(), _after_login(form.next.data)
    keys = _throttled_by(name)
    if wait := wait_so_far(keys):
        return _too_often(form.password, wait, lambda: _login_page(form, 429))
    with brief_read() as connection:
        active = select(Person.id, Person.password_hash).where(Person.login == name, Person.disabled_at.is_(None))
        known = connection.execute(active).one_or_none()
    fits = check_password(known.password_hash if known else None, form.password.data or "")
    if wait := max(seconds_to_wait(key, limit) for key, limit in keys.items()):
        return _too_often(form.password, wait, lambda: _login_page(form, 429))
    # Read again under the lock: it may have been disabled or reset while the password was checked.
    if not fits or known is None or db.session.execute(active.with_for_update()).one_or_none() != known:
        for key in keys:
            count(key)
        db.session.commit()
        form.password.errors = [WRONG]
        return _login_page(form, 422)
    forget(next(iter(keys)))
    if before := me():
        end_logins(before.id, only=before.login_id)
    token = sign_in(known.id)
    record("login", "登录", None, about_id=known.id)
    db.session.commit()
    return give_login_cookie(redirect(target, 303), token, name)


def _throttled_by(name: str) -> dict[str, int]:
    """What counts wrong passwords for this login, with the limits: a browser that got in before has its own count.

    Else whoever knows a login could keep its owner out for good.
    """
    if knows(name):
        return {f"login:{name}@{device_id()}": 5}
    return {f"login:{name}@{network()}": 5, f"login:{name}": 50}


def _too_often(field: PasswordField, wait: int, draw: Callable[[], Response]) -> Response:
    db.session.rollback()
    field.errors = [f"试得太多了，请等 {_minutes(wait)}再试。"]
    response = draw()
    response.headers["Retry-After"] = str(wait)
    return response


def _after_login(target: str | None) -> str:
    return inside(target) if target else url_for("desk.show")


def _minutes(seconds: int) -> str:
    return f"{seconds} 秒" if seconds < 60 else f"{-(-seconds // 60)} 分钟"


def _login_page(form: LoginForm, status: int) -> Response:
    return page("portal/login.html", title="干部登录", form=form, status=status, sample=site().sample)


@bp.post("/logout")
@signed_in
def logout() -> BaseResponse:
    person = _me()
    end_logins(person.id, only=person.login_id)
    db.session.commit()
    return drop_drafts(take_cookie(redirect(url_for("home.show", ok="out"), 303), LOGIN_COOKIE))


@bp.route("/me/password", methods=["GET", "POST"])
@signed_in
def password() -> BaseResponse:
    person, form = _me(), PasswordForm()
    if not form.accepted():
        return _password_page(form, 422 if request.method == "POST" else 200)
    key = f"password:{person.id}"
    if wait := wait_so_far({key: 5}):
        return _too_often(form.password_now, wait, lambda: _password_page(form, 429))
    with brief_read() as connection:
        kept = connection.execute(select(Person.password_hash).where(Person.id == person.id)).scalar_one()
    fits = check_password(kept, form.password_now.data or "")
    hashed = HASHER.hash(form.password_new.data or "") if fits else ""
    if wait := seconds_to_wait(key, 5):
        return _too_often(form.password_now, wait, lambda: _password_page(form, 429))
    if not fits:
        count(key)
        db.session.commit()
        form.password_now.errors = ["现在的密码不对"]
        return _password_page(form, 422)
    forget(key)
    row = db.session.get_one(Person, person.id)
    row.password_hash, row.must_change = hashed, False
    end_logins(person.id)
    token = sign_in(person.id)
    record("password", "改密码", person, about_id=person.id)
    db.session.commit()
    return give_login_cookie(redirect(url_for("desk.show", ok="password"), 303), token, person.login)


def _password_page(form: PasswordForm, status: int) -> Response:
    return page("portal/password.html", title="改密码", form=form, status=status, must=_me().must_change)


@bp.get("/me/logins")
@signed_in
def logins() -> Response:
    person = _me()
    rows = [(each, say_when(each.made_at), say_when(each.seen_at)) for each in db.session.scalars(logins_of(person.id))]
    return page("portal/logins.html", title="我在哪里登录过", logins=rows, this=person.login_id)


@bp.post("/me/logins/<int:id>/end")
@signed_in
def end_login(id: int) -> BaseResponse:
    person = _me()
    if not any(each.id == id for each in db.session.scalars(logins_of(person.id))):
        abort(404)
    end_logins(person.id, only=id)
    db.session.commit()
    return redirect(url_for("accounts.logins", ok="ended"), 303)


def _me() -> Me:
    person = me()
    assert person is not None  # noqa: S101
    return person


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
