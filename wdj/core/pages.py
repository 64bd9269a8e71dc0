"""A page is the layout around one fragment: whole for who came by a link, bare for htmx."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, current_app, g, has_request_context, redirect, request
from jinja2 import Environment
from markupsafe import Markup
from werkzeug.routing import IntegerConverter
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.asked import asked
from wdj.core.clock import lunar, say_day, today
from wdj.core.fresh import Key, memory
from wdj.core.logs import without_code
from wdj.core.people import STAFF_ROLES
from wdj.core.session import me

# What a view tells the front in headers that go no further.
KEEP, BY_VILLAGE, READ = "Wdj-Keep", "Wdj-By-Village", "Wdj-Read"

NO_HEAD = Markup()

# What a person reads after their action, by the word in ?ok=.
TOASTS = {
    "said": "收到了，谢谢您。审核后大家就能看到。",
    "shown": "发表了，谢谢您。",
    "liked": "谢谢您的赞。",
    "acked": "记下了，谢谢您。",
    "me_too": "记下了。答复了，这里都能看到。",
    "rated": "记下了，谢谢您。",
    "reopened": "退回去重新办了，也让上一级看到了。",
    "supplied": "补上了，接着给您办。",
    "asked_again": "问上了，接着给您办。",
    "letter_withdrawn": "撤回来了，不再办了。",
    "photos": "照片收到了。",
    "acked_before": "✓ 您点过了，记着呢。",
    "reported": "收到了，谢谢您。干部会再看一遍。",
    "saved": "存好了。",
    "submitted": "交上去了，上级审过就发布。",
    "published": "发布了。",
    "scheduled": "定好了，到时间自动发布。",
    "unscheduled": "存好了，不再定时发布。",
    "returned": "退回去了，对方会看到您写的原因。",
    "recommended": "荐到县上了，县上看过您会看到。",
    "featured": "全县都看得到了。",
    "mended": "改好了，页面上写明了改过的日子。",
    "pinned": "置顶了。",
    "unpinned": "不再置顶了。",
    "withdrawn": "撤下来了，各页都不再显示。",
    "forgotten": "这台手机上的记录清掉了。",
    "chosen": "记住了，以后先看这里。",
    "password": "密码改好了，别处的登录都已退出。",
    "ended": "那处登录已经退出。",
    "out": "您已退出登录。",
    "sent": "记下了，已经发了。",
    "unsent": "改回来了，还没发。",
    "automatic": "换回自动写的了。",
    "taken_back": "收回来了，别人看不到了。",
    "opened": "开始了，大家都能看到了。",
    "planned": "定好了，到日子自动开始。",
    "closed": "结束了，不再收了。",
    "shut": "回执关上了。",
    "assigned": "转出去了，对方一个工作日内签收。",
    "asked_back": "问过去了。等补充的时候，时间停着。",
    "asked_above": "申请交上去了，定下来您会看到。",
    "drafted": "交给别人审了，审过就发出去。",
    "answered": "答复发出去了，写信的人查得到。",
    "merged": "并好了。一次答复，每一封的回执都查得到。",
    "outcome": "结果公布了，大家都能看到。",
    "done": "办好了。",
}  # fmt: skip


@dataclass(frozen=True)
class Tab:
    name: str
    label: str
    url: str


def htmx() -> bool:
    """True if htmx asks for a fragment; a page restored from history is wanted whole."""
    return asked().htmx


def size() -> str:
    return asked().size


def lite() -> bool:
    return asked().lite


def number(value: int) -> str:
    """1286 as 1,286; from 100,000 on in 万, as people say it."""
    return f"{value:,}" if value < 100_000 else f"{value / 10_000:.1f}万"


def render(template: str, **context: Any) -> Markup:
    """Draw one template. `size`, `lite` and `me` are there in every one."""
    drawing: Environment = current_app.jinja_env
    return Markup(drawing.get_template(template).render(context))  # noqa: S704


def drawn_once(template: str, key: Key, context: Callable[[], dict[str, Any]]) -> Markup:
    """A fragment that is the same for everybody: drawn once until the next commit, for `key` says all it depends on.

    It is drawn for nobody: a template that shows the person or holds a form is not for this.
    """
    known = memory()
    full_key = (template, key, size(), lite())
    if full_key not in known:
        shared = {"me": None, "size": size(), "lite": lite(), "site": current_app.extensions["site"](), "csrf": None}
        known[full_key] = render(template, **shared, **context())
    drawn: Markup = known[full_key]
    return drawn


def page(
    template: str | Markup,
    *,
    title: str,
    tab: str | None = None,
    keep: bool = False,
    by_village: bool = False,
    read: int | None = None,
    status: int = 200,
    head: Markup = NO_HEAD,
    **context: Any,
) -> Response:
    """Answer with the fragment `template` (or one that is drawn already) in the layout, or bare to htmx.

    `keep=True` consents that the front keeps it for everybody without a login until the next commit;
    such a page must hold no token, no key and no person. `by_village`: it depends on the remembered village.
    `read`: who opens it by its bare address, and does not work here, has read this item.
    """
    person = me()
    shared = {"me": person, "size": size(), "lite": lite(), "site": current_app.extensions["site"]()}
    main = template if isinstance(template, Markup) else render(template, **shared, **context)
    if htmx():
        response = Response(main, status, mimetype="text/html")
    else:
        response = Response(_layout(main, title, tab, shared, head), status, mimetype="text/html")
    if keep and person is None and status == 200 and not g.get("device_token") and not g.get("needs_token"):
        response.headers[KEEP] = "1"
    if by_village:
        response.headers[BY_VILLAGE] = "1"
    if read and status == 200 and not htmx() and asked().query == "" and not (person and person.has_any(STAFF_ROLES)):
        response.headers[READ] = str(read)
    return response


def _layout(main: Markup, title: str, tab: str | None, shared: dict[str, Any], head: Markup) -> Markup:
    known = memory()
    query = asked().query
    path = without_code(request.path)
    here = f"{path}?{query}" if query else path
    key = ("layout", shared["size"], shared["lite"], tab, shared["me"] and shared["me"].id)
    around = known.get(key)
    if around is None:
        drawn = render("layout.html", main=Markup("\x00main\x00"), title="\x00title\x00", here="\x00here\x00", tab=tab,
                       head=Markup("\x00head\x00"),
                       tabs=current_app.extensions["tabs"](), day=today_line(), **shared)  # fmt: skip
        around = known[key] = drawn
    main = _toast() + main
    framed = str(around).replace("\x00here\x00", quote(here, safe="/")).replace("\x00title\x00", Markup.escape(title))
    framed = framed.replace("\x00head\x00", head)
    return Markup(framed.replace("\x00main\x00", main, 1))  # noqa: S704


def _toast() -> Markup:
    """What was just done, in words."""
    words = TOASTS.get(request.args.get("ok", ""))
    return Markup('<p class="toast" role="status">{}</p>').format(words) if words else Markup()


def today_line() -> str:
    """今天 in words for the head: 11月22日 星期日 十月十四."""
    day = today()
    return f"{say_day(day)} {lunar(day)}".strip()


def done(template: str, *, to: str, status: int = 200, **context: Any) -> BaseResponse:
    """After a change: the changed fragment to htmx, everyone else goes to the page that contains it."""
    if not htmx():
        return redirect(to, 303)
    shared = {"me": me(), "size": size(), "lite": lite(), "site": current_app.extensions["site"]()}
    return Response(render(template, **shared, **context), status, mimetype="text/html")


def drop_drafts(response: BaseResponse, of: str | None = None) -> BaseResponse:
    """Have wdj.js drop this person's drafts whose names begin with `of`, for they have arrived; None: everybody's.

    It is said in a cookie, because anybody can write an address.
    """
    person = me()
    drafts = "d:" if of is None else f"d:{person.id if person else 0}/{of}"
    response.set_cookie("sent", drafts, max_age=86400, samesite="Lax")
    return response


class Id(IntegerConverter):
    """A number in a path that every column can hold; a longer one is no address of ours."""

    regex = r"[0-9]{1,9}"


class Addresses:
    """`url_for` that remembers. Building one takes Werkzeug 30 µs, a page has dozens, and they never change."""

    def __init__(self, app: Flask) -> None:
        self._build = app.url_for
        self._known = lru_cache(4096, typed=True)(app.url_for)

    def __call__(self, endpoint: str, **values: Any) -> str:
        # Outside a request, behind a prefix or with the host in it, an address depends on more than its name.
        if endpoint[0] == "." or "_external" in values or not has_request_context() or request.root_path:
            return self._build(endpoint, **values)
        try:
            return self._known(endpoint, **values)
        except TypeError:  # a list is no key
            return self._build(endpoint, **values)


def init_app(app: Flask) -> None:
    app.url_for = Addresses(app)  # type: ignore[method-assign]
    app.jinja_env.globals["url_for"] = app.url_for
    app.url_map.converters["int"] = Id
    app.jinja_env.filters["number"] = number
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
