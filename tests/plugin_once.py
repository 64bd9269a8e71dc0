"""Marks what a second database would not tell more about, so that .ci/run does it once; `make test` does everything."""

import re

import pytest

# The rules of the house read files; what browsers see, how processes start, what is reckoned and masked, what forms
# refuse, and whom a route answers with what, is the same over both databases. The tests of leaks and nonsense walk all
# routes on both, and whatever races on a live server runs on both, wherever it stands.
ONCE = re.compile(
    r"tests/(house/(?!test_schema)|screen/|test_backup|test_serve|test_nginx"
    r"|core/test_(clock|config|files|forms|front|logs|masking_sentences|media|plain|privacy)\.py"
    r"|core/test_(reads|session|spreadsheets|workflow|working_days)\.py"
    r"|modules/test_(campaigns|campaigns_beside|campaigns_down|campaigns_once|campaigns_sent|disclosure|feed|feed_aims)\.py"
    r"|modules/test_(feed_autosave|feed_pins|feed_talk|feed_way_up|must_read|must_read_phones|revisions)\.py"
    r"|modules/test_(sample_texts|sample_years)\.py"
    r"|modules/letters/test_(all_that_came|answering|asking_kept|board|checked_answers|consultations|danger)\.py"
    r"|modules/letters/test_(danger_shown|desk|desk_together|following|following_files|following_others|forums)\.py"
    r"|modules/letters/test_(handling|hot_words|kinds|late_words|merged_days|naming|on_behalf|receipt_words)\.py"
    r"|modules/letters/test_(sample_letters|shown|templates|units)\.py"
    r"|portal/test_(accounts|atom|budgets|calendar|channels|county|guesses|limits|moderation|outputs|people|places)\.py"
    r"|portal/test_(print|register_import|rights|share|sitemap|subjects|unit)\.py)"
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        path = item.path.relative_to(config.rootpath).as_posix()
        if ONCE.match(path) and "live" not in getattr(item, "fixturenames", ()):
            item.add_marker("once")
