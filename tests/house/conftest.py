"""A furnished county for the rules that walk every page."""

from collections.abc import Iterator

import pytest

from tests.databases import Database
from tests.stage import Stage, furnish


@pytest.fixture(scope="module")
def stage(county_template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    yield from furnish(county_template, tmp_path_factory.mktemp("house"))
