"""The words of the code are those of the glossary in CONTRIBUTING.md; homemade ones that went don't come back."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import codemods

ROOT = Path(codemods.__file__).parent
GLOSSARY = (ROOT.parent / "CONTRIBUTING.md").read_text("utf-8").partition("**Words.**")[2].partition("\n## ")[0]
WORDS = re.findall(r"^\| \*(.+?)\* \|", GLOSSARY, re.M)
GONE = frozenset({"elsewhere", "foreign", "look", "looked", "looking", "looks", "placed", "said", "told", "wiser"})
"""Words that a standard one, or what a thing is, stands for now; in prose they are words like any other."""


def words_of(identifier: str) -> set[str]:
    return set(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", identifier).lower().split("_"))


def identifiers(path: Path) -> Iterator[tuple[str, int]]:
    yield path.stem, 0
    with tokenize.open(path) as lines:
        for each in tokenize.generate_tokens(lines.readline):
            if each.type == tokenize.NAME:
                yield each.string, each.start[0]


@cache
def text() -> str:
    return "\n".join(each.read_text("utf-8") for each in ROOT.rglob("*.py"))


@pytest.mark.parametrize(
    ("identifier", "words"),
    [
        ("_is_told_otherwise", {"", "is", "told", "otherwise"}),
        ("ForeignUse", {"foreign", "use"}),
        ("_LOOKED_UP", {"", "looked", "up"}),
        ("LookupError", {"lookup", "error"}),
    ],
)
def test_words_of(identifier: str, words: set[str]) -> None:
    assert words_of(identifier) == words


def test_no_word_that_went_comes_back() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in sorted(ROOT.rglob("*.py"))
        for name, line in identifiers(path)
        if not GONE.isdisjoint(words_of(name))
    ]
    assert found == []


def test_the_glossary_is_short() -> None:
    assert 20 <= len(WORDS) <= 26
    assert GONE.isdisjoint(each.lower() for each in WORDS)


@pytest.mark.parametrize("word", WORDS)
def test_a_word_of_the_glossary_stands_in_the_code(word: str) -> None:
    assert re.search(word.replace(" ", "[ _]?"), text(), re.I)
