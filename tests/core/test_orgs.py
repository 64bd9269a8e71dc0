"""The county as a tree: the cast is 留凤关镇 with 沙江寺村 and its branch, and 平木镇 as the stranger."""

from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, InvalidRequestError

from wdj.core.db import db
from wdj.core.orgs import Kind, Org, add_org, ancestors, below, children


@pytest.fixture
def county(app: Flask) -> SimpleNamespace:
    """The ids of a small county, kept in the database."""
    with app.app_context():
        top = add_org(None, Kind.county, "凤县", code="610330")
        town = add_org(top, Kind.town, "留凤关镇", code="610330110")
        village = add_org(town, Kind.village, "沙江寺村委会", "沙江寺村", code="610330110219", phone="0917-000-0000")
        branch = add_org(village, Kind.branch, "沙江寺村党支部")
        other = add_org(top, Kind.town, "平木镇", code="610330106")
        db.session.commit()
        return SimpleNamespace(top=top.id, town=town.id, village=village.id, branch=branch.id, other=other.id)


def find(org_id: int) -> Org:
    return db.session.get_one(Org, org_id)


def test_a_path_names_everything_above(app: Flask, county: SimpleNamespace) -> None:
    with app.app_context():
        branch = find(county.branch)
        assert find(county.top).path == f"/{county.top}/"
        assert branch.path == f"/{county.top}/{county.town}/{county.village}/{county.branch}/"
        assert ancestors(branch) == [county.top, county.town, county.village]
        assert ancestors(find(county.top)) == []


def test_a_unit_starts_with_comments_checked_and_open_to_all(app: Flask, county: SimpleNamespace) -> None:
    with app.app_context():
        village = find(county.village)
        assert (village.kind, village.label, village.short_name) == ("village", "村", "沙江寺村")
        assert (village.moderate_before, village.anonymous_comments) == (True, True)
        assert (village.phone, village.about, village.contact) == ("0917-000-0000", "", "")
        assert find(county.branch).short_name == "沙江寺村党支部"
        assert find(county.branch).code is None


def test_below_a_unit_are_all_levels_and_itself(app: Flask, county: SimpleNamespace) -> None:
    with app.app_context():
        town = find(county.town)
        ids = set(db.session.scalars(select(Org.id).where(below(town.path))))
        assert ids == {county.town, county.village, county.branch}


def test_an_id_that_begins_alike_is_no_relative(app: Flask) -> None:
    with app.app_context():
        top = add_org(None, Kind.county, "凤县")
        towns = [add_org(top, Kind.town, f"第{n}镇") for n in range(120)]
        for town in towns:
            assert list(db.session.scalars(select(Org.id).where(below(town.path)))) == [town.id]


def test_children_are_one_level_and_can_be_asked_by_kind(app: Flask, county: SimpleNamespace) -> None:
    with app.app_context():
        top, village = find(county.top), find(county.village)
        add_org(top, Kind.department, "县农业农村局")
        assert [org.name for org in db.session.scalars(children(top))] == ["留凤关镇", "平木镇", "县农业农村局"]
        assert [org.name for org in db.session.scalars(children(top, Kind.town))] == ["留凤关镇", "平木镇"]
        assert [org.id for org in db.session.scalars(children(village))] == [county.branch]


def test_the_range_of_paths_is_read_from_an_index(app: Flask, county: SimpleNamespace) -> None:
    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            return
        query = select(Org.id).where(below("/1/2/")).compile(db.engine, compile_kwargs={"literal_binds": True})
        plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all()
        assert "SEARCH orgs USING" in str(plan)


def test_a_national_code_belongs_to_one_unit_only(app: Flask, county: SimpleNamespace) -> None:
    with app.app_context(), pytest.raises(IntegrityError):
        add_org(find(county.top), Kind.town, "又一个镇", code="610330110")


def test_the_unit_above_is_never_loaded_by_accident(app: Flask, county: SimpleNamespace) -> None:
    with app.app_context(), pytest.raises(InvalidRequestError):
        _ = find(county.village).parent


def test_each_kind_has_its_chinese_name() -> None:
    assert [kind.label for kind in Kind] == ["县", "部门", "镇", "站所", "村", "社区", "支部"]
