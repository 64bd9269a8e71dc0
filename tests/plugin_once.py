"""Marks what a second database would not tell more about, so that .ci/run does it once; `make test` does everything."""

import re

import pytest

# The rules of the house read files; what browsers see and how processes start is the same over both databases.
ONCE = re.compile(
    r"tests/(house/(?!test_schema)|screen/|test_backup|test_serve|core/test_(clock|config|plain|privacy|spreadsheets)\.py"
    r"|modules/test_sample_texts|portal/test_channels)"
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        path = item.path.relative_to(config.rootpath).as_posix()
        if ONCE.match(path):
            item.add_marker("once")
        if path.startswith("tests/screen/"):
            item.add_marker("screen")
