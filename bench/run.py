"""The rounds: hello and wdj by turns, so that both meet the same weather; each figure is its best round."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import HTTPErrorProcessor, Request, build_opener

from bench import client
from bench.client import Asked, Counter
from bench.servers import Server, serving, site_environ
from wdj.portal.sample import PASSWORD

LOGIN = "liufengguan"  # the clerk of 留凤关镇, who reviews its villages' posts
VILLAGE = "沙江寺村"
HOME = client.request("/")
QUIET_SECONDS, COMMITS_SECONDS = 0.5, 2.0


@dataclass
class Case:
    """One line of the table: what is asked for, beside how many commits a second, and what was promised."""

    name: str
    request: bytes
    promise: float | None
    commits: int = 0
    status: bytes = b"200"
    rounds: list[tuple[float, Asked]] = field(default_factory=list)

    @property
    def cpu(self) -> float:
        """Microseconds of the workers' processor time per answer, in the best round."""
        return min(cpu for cpu, _ in self.rounds)

    @property
    def rate(self) -> float:
        """Answers a second, in the best round."""
        return max(asked.answers / asked.seconds for _, asked in self.rounds)

    @property
    def faults(self) -> str:
        stale = sum(asked.stale for _, asked in self.rounds)
        wrong = {asked.wrong for _, asked in self.rounds} - {""}
        return "; ".join([*([f"{stale} stale answers"] if stale else []), *sorted(wrong)])


def measure(server: Server, case: Case, seconds: float, commits: Counter | None = None) -> None:
    """Ask once for warmth, then add one round."""
    head, _ = client.fetch(server.port, case.request)
    request = case.request
    if case.status == b"304":
        etag = re.search(rb"(?i)\r\netag: ([^\r]+)", head)
        request = request[:-2] + b"If-None-Match: " + (etag[1] if etag else b"") + b"\r\n\r\n"
    before = server.cpu()
    asked = client.ask(server.port, request, seconds, status=case.status, commits=commits)
    case.rounds.append(((server.cpu() - before) / asked.answers * 1e6, asked))


@dataclass(frozen=True)
class Site:
    """A running wdj, and where on it we look."""

    server: Server
    database: str
    village: int
    post: int

    @property
    def pages(self) -> list[tuple[str, str, dict[str, str]]]:
        return [
            ("home", "/", {}),
            ("village page", f"/orgs/{self.village}", {"Cookie": f"v={self.village}"}),
            ("post", f"/feed/{self.post}", {}),
        ]


@contextmanager
def site(instance: Path, database: str | None = None) -> Iterator[Site]:
    """Serve the prepared site; its newest post stands on the county's and on every village's page."""
    database = database or f"sqlite:///{instance}/wdj.db"
    connection, mark = client.connect(database)
    village = first(connection, f"SELECT id FROM orgs WHERE short_name = {mark}", VILLAGE)
    from_above = "FROM items i JOIN orgs o ON o.id = i.org_id WHERE i.is_public AND o.kind = 'department'"
    post = first(connection, f"SELECT max(i.id) {from_above}")
    newest = "(SELECT max(placed_at) FROM placements)"
    connection.cursor().execute(f"UPDATE placements SET placed_at = {newest} WHERE item_id = {mark}", (post,))
    connection.commit()
    connection.close()
    client.changer(database, post)(0)
    with serving("wsgi:app", site_environ(instance, database)) as server:
        yield Site(server, database, village, post)


def first(connection: Any, query: str, *values: object) -> int:
    """The number that the query finds first."""
    cursor = connection.cursor()
    cursor.execute(query, values)
    return int(cursor.fetchone()[0])


def anonymous(site: Site, promise: float, commits: tuple[int, ...]) -> list[Case]:
    """What a villager's phone asks for, in peace and beside a neighbour who commits."""
    return [
        Case(name + (f", {often} commit{'s' * (often > 1)} a second" if often else ""),
             client.request(path, **headers), promise, often)
        for often in (0, *commits) for name, path, headers in site.pages
    ]  # fmt: skip


def signed_in(site: Site) -> list[Case]:
    """What a clerk's browser asks for; the village's post shows its history to her, the county's does not."""
    cookie = log_in(site.server.port)
    own = _post_of_village(site)
    return [
        Case("home, signed in", client.request("/", Cookie=cookie), 5.0),
        Case("post, signed in", client.request(f"/feed/{site.post}", Cookie=cookie), 6.0),
        Case("own post, signed in", client.request(f"/feed/{own}", Cookie=cookie), 6.0),
        Case("desk, signed in", client.request("/desk", Cookie=cookie), None),
    ]


def _post_of_village(site: Site) -> int:
    connection, mark = client.connect(site.database)
    found = first(connection, f"SELECT max(id) FROM items WHERE is_public AND org_id = {mark}", site.village)
    connection.close()
    return found


class _Stay(HTTPErrorProcessor):
    def http_response(self, request: Request, response: Any) -> Any:
        return response


def log_in(port: int) -> str:
    """The cookie of a clerk who has just logged in."""
    origin = f"http://127.0.0.1:{port}"
    body = f"login={LOGIN}&password={PASSWORD}".encode()
    answer = build_opener(_Stay).open(Request(f"{origin}/login", data=body, headers={"Origin": origin}))
    found = re.search(r"wdj_s=[\w-]+", answer.headers.get("Set-Cookie", ""))
    if found is None:
        raise SystemExit(f"bench: the sample login does not work: {answer.status}")
    return found[0]


def rounds(hello: Server, site: Site, cases: list[Case], count: int) -> Case:
    """Run `count` rounds of hello and all cases by turns; return hello's case.

    Short rounds, because other work on the machine comes in bursts and the best round should meet none; those with
    commits are long enough for two of them.
    """
    base = Case("hello", HOME, None)
    for _ in range(count):
        for case in cases:
            measure(hello, base, QUIET_SECONDS)
            if case.commits:
                with client.committing(site.database, site.post, case.commits) as commits:
                    measure(site.server, case, COMMITS_SECONDS, commits)
            else:
                measure(site.server, case, QUIET_SECONDS)
    return base
