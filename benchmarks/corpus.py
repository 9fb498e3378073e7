"""Measure `codemods` on published suites: take markers, fixtures and sleeps away, see what it puts back.

    python benchmarks/corpus.py [CACHE] [--only NAME ...] [--mocks] [--environments FOLDER] [--keep FOLDER]

Sources come from the package index that pip is configured with, into CACHE (.corpus). Every suite is checked
as published (the findings are printed by rule); the strict ones are stripped and migrated, once with the safe
fixes and once with --unsafe. So are those with many AsyncMocks, once more and of these: what comes back of them
hangs on what is installed in the suite's environment, so no bar is set. Exit 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import restore
import strip
from editing import parses
from mock_report import as_json, print_reports
from restore_mocks import Trip
from trips import codemods, committed, copied

ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"
ALWAYS = ("test", "fixture", "nested coroutine")  # where the safe fixes must put every sleep back
ENOUGH, ENOUGH_SLEEPS = 0.99, 0.98


@dataclass(frozen=True, slots=True)
class Suite:
    """A published source archive that carries its tests."""

    name: str
    version: str
    markers: int | None = None  # the published count: this suite is in strict mode, and stripped
    tests: str = "tests"
    mocks: bool = False  # its AsyncMocks are taken away, too


SUITES = [
    Suite("google-cloud-pubsub", "2.44.0", 254, mocks=True),
    Suite("gql", "4.4.0", 384),
    Suite("sanic", "25.12.1", 153, mocks=True),
    Suite("redis", "8.1.0", mocks=True),
    Suite("openai", "3.54.0"),
    Suite("aiohttp", "3.14.5", mocks=True),
    Suite("anyio", "4.16.0"),
    Suite("mcp", "2.3.0"),
    Suite("scrapy", "2.19.0"),
    Suite("fakeredis", "2.40.0", tests="test"),
]


class Links(HTMLParser):
    """The addresses on an index page."""

    def __init__(self, page: str) -> None:
        """Read a whole page."""
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the address of a link."""
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]


def index_url() -> str:
    """Where pip would look."""
    command = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    configured = os.environ.get("PIP_INDEX_URL") or asked.stdout.strip()
    return (configured or "https://pypi.org/simple").rstrip("/")


def links(page_url: str) -> list[tuple[str, str]]:
    """The files of an index page, HTML (PEP 503) or JSON (PEP 691): address and SHA-256, if it tells."""
    request = urllib.request.Request(page_url, headers={"Accept": ACCEPT})
    with urllib.request.urlopen(request, timeout=60) as answer:
        page, is_json = answer.read().decode(), "json" in answer.headers.get("Content-Type", "")
    if is_json:
        files = json.loads(page)["files"]
        return [(urljoin(page_url, file["url"]), file["hashes"].get("sha256", "")) for file in files]
    pairs = [urldefrag(urljoin(page_url, link)) for link in Links(page).found]
    return [(url, fragment.removeprefix("sha256=")) for url, fragment in pairs]


def sdist(suite: Suite, cache: Path) -> Path:
    """The suite's source archive, downloaded unless the cache has it."""
    stem = re.compile(re.escape(suite.name).replace("\\-", "[-_.]") + f"-{re.escape(suite.version)}.tar.gz", re.I)
    for path in cache.glob("*.tar.gz"):
        if stem.fullmatch(path.name):
            return path
    for url, digest in links(f"{index_url()}/{suite.name}/"):
        if stem.fullmatch(url.rsplit("/", 1)[-1]):
            return download(url, digest, cache)
    raise LookupError(f"the index has no source archive of {suite.name} {suite.version}")


def download(url: str, digest: str, cache: Path) -> Path:
    """Fetch a file into the cache, if its digest is the promised one."""
    with urllib.request.urlopen(url, timeout=300) as answer:
        data = answer.read()
    if digest and hashlib.sha256(data).hexdigest() != digest:
        raise ValueError(f"{url} isn't what the index promised")
    path = cache / url.rsplit("/", 1)[-1]
    path.write_bytes(data)
    return path


def unpack(archive: Path, into: Path) -> Path:
    """Its one top folder. The `data` filter refuses what would land outside, devices and absolute links."""
    shutil.rmtree(into, ignore_errors=True)
    with tarfile.open(archive) as tar:
        tar.extractall(into, filter="data")
    return next(path for path in into.iterdir() if path.is_dir())


def snapshot(folder: Path) -> dict[str, bytes]:
    """All files of a folder, git's own left out."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts}


def unparsable(folder: Path) -> list[str]:
    """The Python files that don't parse."""
    return [str(path.relative_to(folder)) for path in sorted(folder.rglob("*.py")) if not parses(path)]


def check_published(suite: Suite, root: Path) -> Iterator[str]:
    """Print the findings on the suite as published, by rule; yield a complaint if the check itself fails."""
    result = codemods(root, "check", "--format", "json", suite.tests)
    if result.returncode not in (0, 1) or not result.stdout:
        yield f"check ended with {result.returncode}: {result.stderr[-500:]}"
        return
    findings = [finding for file in json.loads(result.stdout)["files"] for finding in file["findings"]]
    rules = Counter((finding["code"], finding["safety"]) for finding in findings)
    print(
        f"as published: {len(findings)} findings",
        *(f"{code} {safety} {n}" for (code, safety), n in rules.items()),
    )


def round_trip(suite: Suite, published: Path, copy: Path, *flags: str) -> Iterator[str]:
    """Strip a copy, migrate it and compare; yield a complaint for every bar that is missed."""
    tests = copied(published, copy) / suite.tests
    yield from stripped_as_published(suite, strip.strip_folder(tests))
    committed(copy)
    yield from applied(suite, copy, *flags)
    report = restore.compare(published / suite.tests, tests)
    print("\n".join(restore.table(report)))
    yield from bars(report, unsafe="--unsafe" in flags)
    yield from (f"doesn't parse: {name}" for name in set(unparsable(copy)) - set(unparsable(published)))


def stripped_as_published(suite: Suite, result: dict[str, object]) -> Iterator[str]:
    """Complain if another number of markers was found than was published."""
    totals = result["totals"]
    assert isinstance(totals, dict)
    print("taken away:", *(f"{kind} {n}" for kind, n in totals.items()))
    if totals["marker"] != suite.markers:
        yield f"{totals['marker']} markers taken away, {suite.markers} published"


def applied(suite: Suite, copy: Path, *flags: str) -> Iterator[str]:
    """Apply twice; complain if it fails, or if the second time changes anything."""
    first = codemods(copy, "apply", *flags, suite.tests)
    print(first.stdout[-3000:], first.stderr[-2000:], sep="\n")
    if first.returncode:
        yield f"apply ended with {first.returncode}"
    before = snapshot(copy)
    codemods(copy, "apply", "--allow-dirty", *flags, suite.tests)
    after = snapshot(copy)
    yield from (f"a second apply changed {name}" for name in before if before[name] != after.get(name))


def bars(report: restore.Report, *, unsafe: bool) -> Iterator[str]:
    """Complain of every share that isn't reached."""
    share = {kind: 1 - missed / taken for kind, taken, missed, _ in restore.rows(report) if taken}
    for kind in ("marker", "fixture"):
        if share.get(kind, 1) < ENOUGH:
            yield f"{kind}s: {share[kind]:.1%} restored"
    for place in ALWAYS:
        if share.get(f"sleep in {place}", 1) < 1:
            yield f"sleeps in a {place}: {share[f'sleep in {place}']:.1%} restored"
    if unsafe and share.get("all sleeps", 1) < ENOUGH_SLEEPS:
        yield f"all sleeps: {share['all sleeps']:.1%} restored"
    if report.added:
        yield f"{len(report.added)} things added that the original lacks"


def restored_mocks(suite: Suite, published: Path, work: Path, environments: Path | None) -> Iterator[str]:
    """Print what comes back of the AsyncMocks; yield a complaint for every file that is broken."""
    print(f"--- {suite.name}: AsyncMocks", flush=True)
    environment = environments / suite.name if environments else None
    folder = work / f"{suite.name}-mocks"
    reports = dict(Trip(published, suite.tests, folder, environment).reports())
    print_reports(reports)
    (folder / "mocks.json").write_text(as_json(reports), encoding="utf-8")
    for mode, report in reports.items():
        yield from (f"{mode}: doesn't parse: {name}" for name in report.broken)


def run_suite(suite: Suite, cache: Path, work: Path, options: argparse.Namespace) -> list[str]:
    """All that is measured on one suite: its complaints."""
    print(f"\n=== {suite.name} {suite.version}", flush=True)
    published = unpack(sdist(suite, cache), work / f"{suite.name}-published")
    complaints = [] if options.mocks else other_complaints(suite, published, work)
    if suite.mocks:
        complaints += restored_mocks(suite, published, work, options.environments)
    return [f"{suite.name}: {complaint}" for complaint in complaints]


def other_complaints(suite: Suite, published: Path, work: Path) -> list[str]:
    """All that is measured on one suite besides mocks."""
    complaints = list(check_published(suite, published))
    for flags in ([], ["--unsafe"]) if suite.markers is not None else ():
        print(f"--- {suite.name}: apply {' '.join(flags)}", flush=True)
        copy = work / f"{suite.name}{'-'.join(['', *flags])}"
        complaints += [f"apply {' '.join(flags)}: {text}" for text in round_trip(suite, published, copy, *flags)]
    return complaints


def main() -> int:
    """Run the chosen suites."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("cache", type=Path, nargs="?", default=Path(".corpus"), help="folder for the downloads")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these suites only")
    parser.add_argument("--mocks", action="store_true", help="only what comes back of AsyncMocks")
    parser.add_argument("--environments", type=Path, metavar="FOLDER", help="holds NAME, a virtual environment")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="work there, and leave it to be looked at")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        work = (options.keep or Path(scratch)).resolve()
        chosen = [suite for suite in SUITES if not options.only or suite.name in options.only]
        chosen = [suite for suite in chosen if suite.mocks or not options.mocks]
        complaints = [text for suite in chosen for text in run_suite(suite, options.cache, work, options)]
    print("", *(complaints or ["every bar is met"]), sep="\n")
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main())
