"""Marks what a second database would not tell more about, so that .ci/run does it once; `make test` does everything."""

import re

import pytest

# The rules of the house read files; what browsers see, how processes start, what is reckoned and masked, what forms
# refuse, and whom a route answers with what, is the same over both databases. The tests of leaks and nonsense walk all
# routes on both.
ONCE = re.compile(
    r"tests/(house/(?!test_schema)|screen/|test_backup|test_serve|modules/test_sample_texts"
    r"|core/test_(clock|config|files|forms|front|logs|masking_sentences|media|plain|privacy)\.py"
    r"|core/test_(reads|session|spreadsheets|workflow|working_days)\.py"
    r"|modules/letters/test_(danger|asking_kept|on_behalf|templates)\.py"
    r"|portal/test_(accounts|budgets|channels|county|people|places|print|register_import|rights|share|sitemap|unit)\.py)"
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        path = item.path.relative_to(config.rootpath).as_posix()
        if ONCE.match(path):
            item.add_marker("once")
