"""Which rules keep a file: those that may have something to say about it, judged before it is parsed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from codemods.model import Sight
from codemods.rules import Registration, registrations
from speed.corpora import is_async, python_files
from speed.rows import Bench


def keepers(data: bytes, rules: Iterable[Registration]) -> list[str]:
    """The codes of the rules that keep a file; this is the one place here that asks them."""
    return [each.code for each in rules if each.may_apply(data)]


def kept(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Yield each file with the codes of those that keep it."""
    rules = [each for each in registrations() if each.default and each.sight is Sight.FILE]
    for path in sorted(python_files(folder)):
        yield path, keepers(path.read_bytes(), rules)


def report(bench: Bench) -> Iterator[str]:
    """Yield what each rule keeps of the corpus, and what it alone keeps."""
    found = list(kept(bench.corpus))
    all_of, alone, without = Counter[str](), Counter[str](), Counter[str]()
    for path, codes in found:
        all_of.update(codes)
        if len(codes) == 1:
            alone.update(codes)
            without.update([] if is_async(path) else codes)
    some = sum(bool(codes) for _, codes in found)
    yield f"{some} of {len(found)} files are kept by some rule"
    yield "  rule    keeps  alone  of these without `async def`"
    yield from (f"  {code}  {all_of[code]:5}  {alone[code]:5}  {without[code]:5}" for code in sorted(all_of))
