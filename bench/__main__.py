"""`make bench`: measures, prints one table, and says with its exit code whether every promise was reached."""

import argparse
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench import client, items, letters, run, search
from bench.servers import Server, prepare, serving, site_environ

WORKER_MB = 90
WIDTHS = "{:<34} {:>8} {:>8} {:>9} {:>8} {:>8}  {}"


class Table:
    """Prints as it goes; remembers whether anything was not reached."""

    def __init__(self) -> None:
        self.missed = 0
        print(WIDTHS.format("", "bytes", "req/s", "CPU", "ratio", "promise", ""), flush=True)

    def line(
        self, name: str, figures: tuple[str, str, str], ratio: float, promise: float | None, fault: str = ""
    ) -> None:
        """One line; a promise of None is only told, not held."""
        good = not fault and (promise is None or ratio <= promise)
        self.missed += not good
        said = "" if promise is None and good else "reached" if good else f"NOT REACHED {fault}"
        told = "" if promise is None else f"{promise:g}"
        print(WIDTHS.format(name, *figures, f"{ratio:.2f}", told, said).rstrip(), flush=True)

    def cases(self, base: run.Case, cases: list[run.Case], before: str = "") -> None:
        for case in cases:
            figures = (f"{case.rounds[-1][1].size:,}", f"{case.rate:,.0f}", f"{case.cpu:,.0f} µs")
            self.line(before + case.name, figures, case.cpu / base.cpu, case.promise, case.faults)


def measure_sqlite(table: Table, hello: Server, folder: Path, quick: bool) -> None:
    prepare(site_environ(folder))
    with run.site(folder) as site:
        cases = [
            *run.anonymous(site, 1.0, (1, 10)),
            run.Case("home, unchanged", run.HOME, 1.0, status=b"304"),
            run.Case("board of letters", client.request("/letters"), 1.0),
            *run.signed_in(site),
        ]
        base = run.rounds(hello, site, cases, 2 if quick else 6)
        table.cases(base, [base, *cases])
        rss, pss = site.server.memory()
        table.line("worker, MB", ("", "", f"PSS {pss:.0f}"), rss, WORKER_MB)


def measure_postgres(table: Table, hello: Server, folder: Path, url: str, quick: bool) -> None:
    with scratch_database(url) as database:
        prepare(site_environ(folder, database))
        with run.site(folder, database) as site:
            cases = run.anonymous(site, 1.5, (1, 10))
            base = run.rounds(hello, site, cases, 1 if quick else 4)
            table.cases(base, cases, "PostgreSQL: ")


@contextmanager
def scratch_database(url: str) -> Iterator[str]:
    """A database of its own on the server of `url`, gone afterwards."""
    import psycopg
    from sqlalchemy import make_url

    name = f"wdj_bench_{uuid.uuid4().hex[:8]}"
    server = make_url(url.replace("postgresql+psycopg:", "postgresql:"))
    with psycopg.connect(server.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            own = server.set(drivername="postgresql+psycopg", database=name)
            yield own.render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def measure_items(table: Table, folder: Path, quick: bool) -> None:
    few, many = 1_000, 100_000 if quick else 1_000_000
    for name, small, large in items.compare(folder, few, many, 60 if quick else 200):
        table.line(f"{name}: {many:,} ÷ {few:,}", ("", "", f"{large:,.0f} µs"), large / small, 1.2)


def measure_letters(table: Table, few: letters.Site, many: letters.Site, quick: bool) -> None:
    """What lies behind the newest must cost nothing; what is found among it must be found at once.

    The promise of the times is SQLite's, as that of the search is.
    """
    count = 20_000 if quick else 100_000
    before = "PostgreSQL: " if many.database else ""
    for name, small, large in letters.compare(few, many, count, 60 if quick else 200):
        table.line(f"{before}{name}: {count:,} ÷ 1,000", ("", "", f"{large:,.0f} µs"), large / small, 1.2)
    for name, times in letters.found_within(many):
        figures = ("", "", f"most {max(times):.1f} ms")
        promise = None if many.database else 5.0 if "similar" in name else 2.0
        table.line(f"{before}{name}, {count:,}, ms", figures, median(times), promise)


def measure_search(table: Table, folder: Path, quick: bool, database: str | None = None) -> None:
    """The promise of the time and the weight is SQLite's; nothing missed and nothing wrong is both databases'."""
    written = search.texts(10_000 if quick else 100_000)
    name = f"{'PostgreSQL: ' if database else ''}search {len(written):,}"
    print(WIDTHS.format("", "recall", "precis.", "median", "slowest", "promise", ""), flush=True)
    with search.filled(folder, written, database) as (_, weight, seconds):
        for length in (1, 2, 3, 4, 8):
            found = search.ask(written, length)
            times = sorted(found.milliseconds)
            figures = (f"{found.recall:g}", f"{found.precision:g}", f"{times[len(times) // 2]:.2f} ms")
            fault = "" if found.recall == found.precision == 1 else f"{found.missed} missed, {found.wrong} wrong"
            table.line(
                f"{name}, words of {length}, ms", figures, times[-1], None if database or length > 4 else 2.0, fault
            )
        table.line(f"{name}, index ÷ text", ("", "", f"{seconds:.0f} s"), weight, None if database else 1.6)


def main() -> int:
    asked = argparse.ArgumentParser(prog="make bench", description=__doc__)
    asked.add_argument("--quick", action="store_true", help="a minute and a half; good enough to see a mistake")
    asked.add_argument("--postgres", metavar="URL", default=os.environ.get("WDJ_TEST_DATABASE_URL"))
    asked.add_argument("--only", choices=("sqlite", "postgres", "items", "letters", "search"))
    options = asked.parse_args()
    begun = time.monotonic()
    table = Table()
    with tempfile.TemporaryDirectory(prefix="wdj-bench-") as temporary:
        folder = Path(temporary)
        with serving("bench.hello:app", site_environ(folder / "hello")) as hello:
            if options.only in (None, "sqlite"):
                measure_sqlite(table, hello, folder / "site", options.quick)
            if options.postgres and options.only in (None, "postgres"):
                measure_postgres(table, hello, folder / "postgres", options.postgres, options.quick)
        if options.only in (None, "items"):
            measure_items(table, folder, options.quick)
        if options.only in (None, "letters"):
            few, many = folder / "few", folder / "many"
            measure_letters(table, letters.Site(few), letters.Site(many), options.quick)
            if options.postgres:
                with scratch_database(options.postgres) as one, scratch_database(options.postgres) as other:
                    own = letters.Site(folder / "few-pg", one), letters.Site(folder / "many-pg", other)
                    measure_letters(table, *own, options.quick)
        if options.only in (None, "search"):
            measure_search(table, folder / "search", options.quick)
            if options.postgres:
                with scratch_database(options.postgres) as database:
                    measure_search(table, folder / "search-postgres", options.quick, database)
    print(f"{time.monotonic() - begun:.0f} s; {table.missed or 'no'} promise{'s' * (table.missed != 1)} not reached")
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
