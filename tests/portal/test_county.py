"""Loading a county: the real one goes in whole, a faulty file says where and changes nothing."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from wdj.core.db import db
from wdj.core.orgs import Kind, Org, children
from wdj.portal.county import FIRST_COUNTY, BadCounty, County, first_county, load_county, read_county


def small() -> dict[str, Any]:
    """A county file with one fault to be made in it."""
    return {
        "county": {"code": "610330", "name": "凤县"},
        "towns": [
            {
                "code": "610330110",
                "name": "留凤关镇",
                "villages": [
                    {"code": "610330110219", "name": "沙江寺村委会", "short_name": "沙江寺村", "kind": "village"},
                    {"code": "610330110001", "name": "新街社区居委会", "kind": "community"},
                ],
            },
            {"code": "610330106", "name": "平木镇", "villages": []},
        ],
        "departments": [{"name": "县农业农村局", "about": "种植养殖"}],
        "stations": [{"name": "农业综合服务站"}],
    }


def read(file: Any) -> County:
    return read_county(json.dumps(file, ensure_ascii=False).encode())


def test_the_first_county_is_complete() -> None:
    county = first_county()
    assert (county.code, county.name, len(county.towns)) == ("610330", "凤县", 9)
    assert sum(len(town.villages) for town in county.towns) == 70
    assert "县农业农村局" in [office.name for office in county.departments]
    assert [office.name for office in county.stations] == ["农业综合服务站", "社会保障服务站"]


def test_statistical_fillers_are_left_out() -> None:
    raw = FIRST_COUNTY[0].read_text(encoding="utf-8")
    assert "马头滩林业局" in raw
    assert "马头滩林业局" not in [town.name for town in first_county().towns]


def test_the_county_is_loaded_with_its_branches_and_stations(app: Flask) -> None:
    with app.app_context():
        top = load_county(first_county())
        db.session.commit()
        counts = dict(db.session.execute(select(Org.kind, func.count()).group_by(Org.kind)).all())
        assert counts[Kind.county] == 1
        assert counts[Kind.town] == 9
        assert counts[Kind.village] + counts[Kind.community] == 70
        assert counts[Kind.branch] == 79
        assert counts[Kind.station] == 18
        assert counts[Kind.department] == len(first_county().departments)
        assert [org.short_name for org in db.session.scalars(children(top, Kind.town))][-1] == "留凤关镇"


def test_each_village_has_its_branch_and_each_town_one_for_its_office(app: Flask) -> None:
    with app.app_context():
        load_county(first_county())
        village = db.session.scalars(select(Org).where(Org.code == "610330110219")).one()
        assert (village.name, village.short_name) == ("沙江寺村委会", "沙江寺村")
        assert [org.name for org in db.session.scalars(children(village))] == ["沙江寺村党支部"]
        town = db.session.scalars(select(Org).where(Org.code == "610330110")).one()
        assert [org.name for org in db.session.scalars(children(town, Kind.branch))] == ["留凤关镇机关党支部"]
        stations = [org.name for org in db.session.scalars(children(town, Kind.station))]
        assert stations == ["留凤关镇农业综合服务站", "留凤关镇社会保障服务站"]


def test_a_second_county_is_refused(app: Flask) -> None:
    with app.app_context():
        load_county(read(small()))
        with pytest.raises(BadCounty, match="已经有一个县"):
            load_county(read(small()))


def test_any_county_of_the_same_form_is_read() -> None:
    county = read(small())
    assert [village.short_name for village in county.towns[0].villages] == ["沙江寺村", "新街社区"]
    assert county.departments[0].about == "种植养殖"
    assert read({key: small()[key] for key in ("county", "towns")}).stations == ()


def test_a_byte_order_mark_does_no_harm() -> None:
    assert read_county(b"\xef\xbb\xbf" + json.dumps(small()).encode()).name == "凤县"


def change(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Put `value` at towns.0.code and the like; None takes the key away."""

    def apply(file: dict[str, Any]) -> None:
        *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        for step in way:
            file = file[step]
        if value is None:
            del file[last]
        else:
            file[last] = value

    return apply


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            change("towns.0.villages.0.code", "610330106219"),
            "第 1 个镇“留凤关镇”的第 1 个村“沙江寺村委会”：代码 610330106219 的前 9 位不是本镇的代码 610330110",
        ),
        (change("towns.1.code", "610331106"), "第 2 个镇“平木镇”：代码 610331106 的前 6 位不是本县的代码 610330"),
        (change("towns.0.villages.1.code", "610330110219"), "代码 610330110219 出现了两次"),
        (change("towns.1.code", "610330110"), "代码 610330110 出现了两次"),
        (change("county.code", "61033"), "县：代码 61033 有 5 位，应当是 6 位"),
        (change("towns.0.code", "61033011"), "第 1 个镇“留凤关镇”：代码 61033011 有 8 位，应当是 9 位"),
        (change("towns.0.villages.0.code", "6103301102190"), "有 13 位，应当是 12 位"),
        (change("towns.0.villages.0.code", "61033011021O"), "代码“61033011021O”里有不是数字的字"),
        (change("towns.0.code", "６１０３３０１１０"), "里有不是数字的字"),
        (change("towns.0.code", 610330110), "缺代码“code”，应当是带引号的 9 位数字"),
        (change("towns.0.code", None), "第 1 个镇“留凤关镇”：缺代码“code”"),
        (change("towns.0.name", None), "第 1 个镇：缺名称“name”"),
        (change("towns.0.villages.1.name", " "), "第 1 个镇“留凤关镇”的第 2 个村：缺名称“name”"),
        (change("county.name", ""), "县：缺名称“name”"),
        (change("towns.0.name", "镇" * 61), "最多 60 个字"),
        (change("towns.0.name", "留凤关\x00镇"), "看不见的字符"),
        (change("towns.0.villages.0.short_name", ""), "缺名称“short_name”"),
        (change("towns.0.villages.0.kind", "hamlet"), "应当是 village（村）或 community（社区），现在是 'hamlet'"),
        (change("towns.0.villages.0.kind", None), "现在是 None"),
        (change("towns.0.villages.0.kind", ["village"]), "现在是 ['village']"),
        (change("county", None), "缺“county”"),
        (change("county", "610330"), "“county”：应当是一对花括号"),
        (change("towns", None), "缺“towns”，应当是一对方括号"),
        (change("towns", {}), "缺“towns”，应当是一对方括号"),
        (change("towns", []), "一个镇也没有"),
        (change("towns.1", "平木镇"), "第 2 个镇：应当是一对花括号"),
        (change("towns.1.villages", None), "第 2 个镇“平木镇”：缺“villages”"),
        (change("towns.0.villages.1", 7), "第 1 个镇“留凤关镇”的第 2 个村：应当是一对花括号"),
        (change("departments", "县农业农村局"), "缺“departments”，应当是一对方括号"),
        (change("departments.0.name", None), "“departments”的第 1 项：缺名称"),
        (change("departments.0.about", 7), "“about”应当是文字"),
        (change("stations.0", "农业综合服务站"), "“stations”的第 1 项：应当是一对花括号"),
    ],
)
def test_a_fault_is_named_with_its_place(fault: Callable[[dict[str, Any]], None], message: str) -> None:
    file = small()
    fault(file)
    with pytest.raises(BadCounty) as refused:
        read(file)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "第 1 行第 1 列"),
        (b'{"county": {},\n "towns": [,]}', "第 2 行第 12 列"),
        ('{"county": "凤县"}'.encode("gbk"), "第 13 个字节"),
        (b"[]", "最外层应当是一对花括号"),
        (b"[" * 100_000, "JSON"),
    ],
)
def test_a_file_that_is_no_json_says_where(raw: bytes, message: str) -> None:
    with pytest.raises(BadCounty, match="县域文件") as refused:
        read_county(raw)
    assert message in str(refused.value)


def test_a_faulty_second_file_is_named_as_such() -> None:
    with pytest.raises(BadCounty, match="部门文件不是正确的 JSON"):
        read_county(json.dumps(small()).encode(), b"{")
