"""Every setting of wdj: its name, type, default and why. A wrong value refuses to start."""

import os
import re
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent


class BadSetting(ValueError):
    """A WDJ_* variable is unknown or has a value that cannot be used; the text names it."""


def text(value: str) -> str:
    return value.strip()


def whole(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise ValueError("must be a whole number")
    return int(value)


def positive(value: str) -> int:
    if (number := whole(value)) < 1:
        raise ValueError("must be 1 or more")
    return number


def yes_no(value: str) -> bool:
    if value not in ("0", "1"):
        raise ValueError("must be 0 or 1")
    return value == "1"


def bind(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("must be host:port, for example 127.0.0.1:8000")
    return value


def site_url(value: str) -> str:
    if not re.fullmatch(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?/?", value):
        raise ValueError("must be the public address alone, for example https://dj.example.gov.cn")
    return value.rstrip("/")


def folder(value: str) -> Path:
    return (ROOT / value).resolve()


def database(value: str) -> str:
    if value.startswith("postgresql://"):
        return "postgresql+psycopg://" + value.removeprefix("postgresql://")
    if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("must begin with sqlite:/// or postgresql://")
    return value


def day(value: str) -> str:
    import datetime as dt

    dt.date.fromisoformat(value)
    return value


def zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError) as wrong:
        raise ValueError("must be a time zone such as Asia/Shanghai") from wrong
    return value


def log_level(value: str) -> str:
    if value not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
    return value


@dataclass(frozen=True)
class Setting:
    name: str
    parse: Callable[[str], object]
    default: str | None
    why: str


# fmt: off
SETTINGS = (
    Setting("WDJ_BIND", bind, "127.0.0.1:8000", "where the server listens; keep it on loopback behind nginx"),
    Setting("WDJ_INSTANCE", folder, "instance", "folder of databases, secret key, pictures and sound"),
    Setting("WDJ_DATABASE_URL", database, None, "sqlite:///… or postgresql://…; unset: wdj.db in the instance folder"),
    Setting("WDJ_SITE_URL", site_url, None, "public address, for QR codes, feeds and shared links; unset: WDJ_BIND"),
    Setting("WDJ_SITE_NAME", text, None, "name in the page head; unset: the county's name with 微党建"),
    Setting("WDJ_HOST_ORG", text, None, "who runs the site (主办), in the footer; unset: 县委组织部"),
    Setting("WDJ_PHONE", text, None, "telephone line that helps people fill forms, in the footer"),
    Setting("WDJ_PHONE_HOURS", text, "工作日 8:30–17:30", "when that line answers"),
    Setting("WDJ_ICP", text, None, "ICP number (ICP备案号) in the footer"),
    Setting("WDJ_POLICE", text, None, "public security number (公安备案号) in the footer"),
    Setting("WDJ_TIMEZONE", zone, "Asia/Shanghai", "the county's time on pages; the database keeps UTC"),
    Setting("WDJ_HTTPS", yes_no, "0", "1 behind TLS: Secure and __Host- cookies, HSTS"),
    Setting("WDJ_PROXIES", whole, "0", "how many proxies in front add X-Forwarded-For (nginx: 1)"),
    Setting("WDJ_WORKERS", positive, "2", "gunicorn processes"),
    Setting("WDJ_THREADS", positive, "4", "threads in each process"),
    Setting("WDJ_CACHE_MB", positive, "16", "memory of each process for kept pages"),
    Setting("WDJ_UPLOAD_MB", positive, "24", "largest form with its pictures and sound"),
    Setting("WDJ_IDLE_MINUTES", positive, "30", "a login unused this long ends"),
    Setting("WDJ_LOGIN_HOURS", positive, "12", "a login ends after this long in any case"),
    Setting("WDJ_REVIEW_HOURS", positive, "24", "what was handed up should be looked at within so many hours"),
    Setting("WDJ_BUSY_MS", whole, "5000", "how long a write waits for the SQLite lock before 503"),
    Setting("WDJ_FFMPEG", text, "ffmpeg", "program that converts sound"),
    Setting("WDJ_SAMPLE_TODAY", day, None, "the sample's today, as 2026-04-18; unset: the day it is loaded"),
    Setting("WDJ_SAMPLE_ANYWHERE", yes_no, "0", "1 lets a database with sample logins serve on a public address"),
    Setting("WDJ_LOG_LEVEL", log_level, "INFO", "DEBUG, INFO, WARNING or ERROR"),
    Setting("WDJ_TEST_DATABASE_URL", database, None, "tests only: a PostgreSQL server to run the suite on"),
)
# fmt: on


def load(environ: Mapping[str, str]) -> dict[str, object]:
    """Return every setting by name, parsed; unset ones have their default or None.

    Raises BadSetting for an unknown WDJ_* name or a value that does not parse.
    """
    known = {setting.name for setting in SETTINGS}
    if unknown := sorted(name for name in environ if name.startswith("WDJ_") and name not in known):
        raise BadSetting(f"{unknown[0]}: no such setting; the table is in docs/operations.md")
    values: dict[str, object] = {}
    for setting in SETTINGS:
        raw = environ.get(setting.name) or setting.default
        try:
            values[setting.name] = None if raw is None else setting.parse(raw)
        except ValueError as wrong:
            raise BadSetting(f"{setting.name}={raw!r}: {wrong}") from wrong
    if values["WDJ_DATABASE_URL"] is None:
        values["WDJ_DATABASE_URL"] = f"sqlite:///{values['WDJ_INSTANCE']}/wdj.db"
    if values["WDJ_SITE_URL"] is None:
        values["WDJ_SITE_URL"] = f"http://{values['WDJ_BIND']}"
    return values


def secret_key(instance: Path) -> str:
    """Return the key of this installation, made on first use and readable by its owner only."""
    instance.mkdir(parents=True, exist_ok=True)
    path = instance / "secret_key"
    if not path.exists():
        # Whole or not there at all: neither a cut start nor two at once may leave or read half a key.
        handle, part = tempfile.mkstemp(dir=instance)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(os.urandom(32).hex())
        with suppress(FileExistsError):
            os.link(part, path)
        os.unlink(part)
    return path.read_text(encoding="ascii")
