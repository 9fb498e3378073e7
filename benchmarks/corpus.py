"""Measure `codemods` on published suites: take markers, fixtures and sleeps away, see what it puts back.

    python benchmarks/corpus.py [CACHE] [--only NAME ...] [--keep FOLDER]

Sources come from the package index that pip is configured with, into CACHE (.corpus). Every suite is checked
as published (the findings are printed by rule); the strict ones are stripped and migrated, once with the safe
fixes and once with --unsafe. Exit 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import ast
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


SUITES = [
    Suite("google-cloud-pubsub", "2.44.0", 254),
    Suite("gql", "4.4.0", 384),
    Suite("sanic", "25.12.1", 153),
    Suite("redis", "8.1.0"),
    Suite("openai", "3.54.0"),
    Suite("aiohttp", "3.14.5"),
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


def git(folder: Path, *arguments: str) -> None:
    """Run git as nobody in particular."""
    identity = ["-c", "user.name=corpus", "-c", "user.email=corpus@localhost", "-c", "core.autocrlf=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def codemods(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `codemods` in a folder, as a user would."""
    command = [sys.executable, "-m", "codemods", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def snapshot(folder: Path) -> dict[str, bytes]:
    """All files of a folder, git's own left out."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts}


def unparsable(folder: Path) -> list[str]:
    """The Python files that don't parse."""
    return [str(path.relative_to(folder)) for path in sorted(folder.rglob("*.py")) if not parses(path)]


def parses(path: Path) -> bool:
    """Whether it is a Python file."""
    try:
        ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return False
    return True


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
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(published, copy, symlinks=True)
    tests = copy / suite.tests
    yield from stripped_as_published(suite, strip.strip_folder(tests))
    git(copy, "init", "-q")
    git(copy, "add", "-A", "-f")
    git(copy, "commit", "-q", "-m", "stripped")
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


def run_suite(suite: Suite, cache: Path, work: Path) -> list[str]:
    """All that is measured on one suite: its complaints."""
    print(f"\n=== {suite.name} {suite.version}", flush=True)
    published = unpack(sdist(suite, cache), work / f"{suite.name}-published")
    complaints = list(check_published(suite, published))
    for flags in ([], ["--unsafe"]) if suite.markers is not None else ():
        print(f"--- {suite.name}: apply {' '.join(flags)}", flush=True)
        copy = work / f"{suite.name}{'-'.join(['', *flags])}"
        complaints += [f"apply {' '.join(flags)}: {text}" for text in round_trip(suite, published, copy, *flags)]
    return [f"{suite.name}: {complaint}" for complaint in complaints]


def main() -> int:
    """Run the chosen suites."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("cache", type=Path, nargs="?", default=Path(".corpus"), help="folder for the downloads")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these suites only")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="work there, and leave it to be looked at")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        work = (options.keep or Path(scratch)).resolve()
        chosen = [suite for suite in SUITES if not options.only or suite.name in options.only]
        complaints = [text for suite in chosen for text in run_suite(suite, options.cache, work)]
    print("", *(complaints or ["every bar is met"]), sep="\n")
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main())
