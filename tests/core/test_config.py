"""Settings: a wrong one refuses to start and is named; each is documented once; the key is made once and kept."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from wdj.config import ROOT, SETTINGS, BadSetting, load, secret_key

ROW = re.compile(r"^\| `(?P<name>WDJ_\w+)` \| (?P<default>[^|]+) \| (?P<purpose>[^|]+) \|$", re.MULTILINE)


def test_nothing_set_gives_the_defaults():
    settings = load({})
    assert set(settings) == {setting.name for setting in SETTINGS}
    assert settings["WDJ_BIND"] == "127.0.0.1:8000"
    assert settings["WDJ_SITE_URL"] == "http://127.0.0.1:8000"
    assert settings["WDJ_INSTANCE"] == ROOT / "instance"
    assert settings["WDJ_DATABASE_URL"] == f"sqlite:///{ROOT}/instance/wdj.db"
    assert settings["WDJ_WORKERS"] == 2
    assert settings["WDJ_HTTPS"] is False


def test_an_empty_value_is_as_if_unset():
    assert load({setting.name: "" for setting in SETTINGS}) == load({})


def test_names_of_others_are_left_alone():
    assert load({"PATH": "/bin", "WDJX": "1"}) == load({})


def test_a_misspelt_name_is_refused_and_named():
    with pytest.raises(BadSetting, match=r"^WDJ_BINT: no such setting; the table is in docs/operations\.md$"):
        load({"WDJ_BINT": "127.0.0.1:8000"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WDJ_BIND", "8000"),
        ("WDJ_BIND", "127.0.0.1:"),
        ("WDJ_BIND", ":8000"),
        ("WDJ_BIND", "127.0.0.1:0"),
        ("WDJ_BIND", "127.0.0.1:65536"),
        ("WDJ_DATABASE_URL", "mysql://localhost/wdj"),
        ("WDJ_DATABASE_URL", "wdj.db"),
        ("WDJ_TIMEZONE", "Asia/Baoji"),
        ("WDJ_TIMEZONE", "../etc/passwd"),
        ("WDJ_HTTPS", "yes"),
        ("WDJ_WORKERS", "0"),
        ("WDJ_WORKERS", "-1"),
        ("WDJ_THREADS", "4.5"),
        ("WDJ_UPLOAD_MB", "24M"),
        ("WDJ_IDLE_MINUTES", "٣"),
        ("WDJ_BUSY_MS", " "),
        ("WDJ_SAMPLE_TODAY", "18.4.2026"),
        ("WDJ_SAMPLE_TODAY", "2026-02-30"),
        ("WDJ_LOG_LEVEL", "LOUD"),
        ("WDJ_SITE_URL", "dj.example.gov.cn"),
        ("WDJ_SITE_URL", "https://dj.example.gov.cn/portal"),
        ("WDJ_SITE_URL", "javascript:alert(1)"),
    ],
)
def test_a_wrong_value_is_refused_and_named(name, value):
    with pytest.raises(BadSetting, match=f"^{name}={re.escape(repr(value))}: "):
        load({name: value})


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("WDJ_BIND", "[::1]:8080", "[::1]:8080"),
        ("WDJ_DATABASE_URL", "postgresql://wdj@127.0.0.1/wdj", "postgresql+psycopg://wdj@127.0.0.1/wdj"),
        ("WDJ_HTTPS", "1", True),
        ("WDJ_SITE_URL", "https://dj.example.gov.cn/", "https://dj.example.gov.cn"),
        ("WDJ_BUSY_MS", "0", 0),
        ("WDJ_PHONE", " 0917-000-0000 ", "0917-000-0000"),
        ("WDJ_SAMPLE_TODAY", "2026-04-18", "2026-04-18"),
    ],
)
def test_a_right_value_is_read(name, value, read):
    assert load({name: value})[name] == read


def test_the_database_stands_in_the_instance_folder(tmp_path):
    assert load({"WDJ_INSTANCE": str(tmp_path)})["WDJ_DATABASE_URL"] == f"sqlite:///{tmp_path}/wdj.db"


def test_each_setting_has_one_row_with_its_default():
    rows = [match.groups() for match in ROW.finditer((ROOT / "docs" / "operations.md").read_text(encoding="utf-8"))]
    said = [(name, default.strip()) for name, default, _ in rows]
    assert said == [(setting.name, f"`{setting.default}`" if setting.default else "—") for setting in SETTINGS]


def test_the_shipped_settings_file_loads():
    lines = (ROOT / "deploy" / "wdj.env").read_text(encoding="utf-8").splitlines()
    pairs = dict(line.lstrip("#").split("=", 1) for line in lines if line.lstrip("#").startswith("WDJ_"))
    assert load(pairs)["WDJ_PROXIES"] == 1


def test_a_wrong_setting_is_one_line_for_the_person_who_starts_it(tmp_path):
    environ = os.environ | {"WDJ_INSTANCE": str(tmp_path), "WDJ_WORKERS": "many"}
    argv = [sys.executable, "-m", "flask", "--app", "wsgi", "wdj", "serve"]
    done = subprocess.run(argv, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == "wdj: WDJ_WORKERS='many': must be a whole number\n"


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    key = secret_key(tmp_path / "new" / "instance")
    assert re.fullmatch("[0-9a-f]{64}", key)
    assert (tmp_path / "new" / "instance" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert secret_key(tmp_path / "new" / "instance") == key
    assert secret_key(tmp_path / "other") != key


def test_processes_that_start_together_get_the_same_key(tmp_path):
    for number in range(50):
        with ThreadPoolExecutor(8) as pool:
            keys = set(pool.map(secret_key, [tmp_path / str(number)] * 8))
        assert len(keys) == 1


def test_a_start_cut_while_making_the_key_leaves_no_half_key(tmp_path, monkeypatch):
    def cut(_size: int) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "urandom", cut)
        with pytest.raises(KeyboardInterrupt):
            secret_key(tmp_path)
    assert len(secret_key(tmp_path)) == 64
