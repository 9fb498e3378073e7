"""What in a file names a runner of async tests: plain data, searched for in bytes.

A sign is looked for only in files that hold its needle, which costs next to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache


class Kind(Enum):
    """What a sign says about the project."""

    RUNNER = "runner"
    AUTO = "auto"
    PLUGIN = "pytest-asyncio"
    MODE = "mode"
    LIBRARY = "library"
    PYTHON = "python"
    CLASSIFIER = "classifier"
    OLD_MOCK = "mock"
    HOOK = "hook"
    OFF = "off"
    READER = "reader"
    MARKING = "marking"


@cache
def _compiled(source: bytes) -> re.Pattern[bytes]:
    return re.compile(source, re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that a line can say; ``test_side`` means that only the project's tests can say it."""

    kind: Kind
    name: str
    needle: bytes
    source: bytes
    test_side: bool = False

    @property
    def pattern(self) -> re.Pattern[bytes]:
        """What its lines look like; most needles are in no file, so that it is made when one is found."""
        return _compiled(self.source)


def _sign(kind: Kind, name: str, needle: str, *patterns: str, test_side: bool = False) -> Sign:
    return Sign(kind, name, needle.encode(), "|".join(patterns).encode(), test_side)


def _imports(module: str) -> str:
    return rf"^[ \t]*(?:from[ \t]+{module}\b|import[ \t]+(?:[\w., \t]*,[ \t]*)?{module}\b)"


def _plugin(module: str) -> str:
    return rf"{_imports(module)}|[\"']{module}\b"


def _requires(name: str) -> str:
    # Not part of an address, a path or a longer name.
    return rf"(?<![\w./@-]){name.replace('-', '[-_.]')}(?![-_./]?\w|/)"


# Tests of pytest-asyncio may use anyio as a library: only its plugin's names tell.
_RUNNERS = {
    "anyio": (r"\bmark\.anyio\b", r"\banyio_backend\b"),
    "trio": (_imports("trio"), r"\bmark\.trio\b", _plugin("pytest_trio")),
    "twisted": (_imports("twisted"), _plugin("pytest_twisted")),
    "tornado": (_imports("tornado"), _plugin("pytest_tornado")),
    "curio": (_imports("curio"), r"\bmark\.curio\b", _plugin("pytest_curio")),
    "asynctest": (_imports("asynctest"),),
}

_LIBRARIES = (*_RUNNERS, "aiohttp")

# Their plugins run every async test, on loops of their own.
_RUNNING_ALL = ("alt-pytest-asyncio", "pytest-aio", "pytest-jupyter", "pytest-sanic")

_MARKING_HOOKS = ("pytest_collection_modifyitems", "pytest_itemcollected")
EARLY_HOOK = "pytest_pycollect_makeitem"
"""The hook that sees functions before there are tests of them: what it marks, pytest-asyncio runs."""
_HOOKS = ("pytest_pyfunc_call", EARLY_HOOK, "pytest_collection_modifyitems")

# Tests of an aiohttp application import aiohttp whoever runs them: only its plugin's names tell.
_AIOHTTP = (_plugin("pytest_aiohttp"), r"\baiohttp\.pytest_plugin\b", r"(?<!def )\baiohttp_client\b")
_COOPERATIVE = (_plugin("pytest_asyncio_cooperative"), r"\bmark\.asyncio_cooperative\b")

# Who looks such a method up by its name calls it, and may await it.
_XUNIT_HOOKS = ("setup_method", "teardown_method", "setup_class", "teardown_class", "setup_module", "teardown_module",
              "setup_function", "teardown_function", "setUp", "tearDown")  # fmt: skip

_MODES = r"(?P<value>auto|strict|legacy)\b"
_MODE_ASSIGNED = rf"(?:\.asyncio_mode|[\"']asyncio_mode[\"']\])[ \t]*=[ \t]*[\"']{_MODES}"
_MODE_GIVEN = rf"(?:--asyncio-mode[=\s\"',]+|-o[\s\"',]*asyncio_mode=){_MODES}"

# The mark itself, and marks that are read whatever their names.
_QUOTED = r"[\"']asyncio[\"']"
_READS_KEYWORD = (rf"{_QUOTED}[ \t]+(?:not[ \t]+)?in[ \t]+[\w.]*\bkeywords\b", rf"\bkeywords(?:\.get\(|\[)\s*{_QUOTED}")
_READS_MARK = rf"\b(?:get_closest_marker|get_marker|iter_markers)\(\s*(?:name[ \t]*=[ \t]*)?{_QUOTED}"
_READS_NAMED = r"\b(?:get_closest_marker|get_marker|iter_markers)\([ \t]*(?:name[ \t]*=[ \t]*)?[A-Za-z_][\w.]*[ \t]*\)"
_READS_ALL = (r"\biter_markers\(\s*\)", r"\bown_markers\b")
_READS_KEYWORDS = r"(?<![\"'])[ \t]in[ \t]+(?:[\w.]+\.)?(?:request|item|node|func|function)\.keywords\b"
# What selects tests: not the module that `python -m asyncio` runs.
_SELECTS = (
    r"(?<!python[ ])(?<!python3[ ])(?<![\w-])-[mk][ =]asyncio\b(?![-_.])",
    r"(?<![\w-])-[mk][ =]?'[^'\n]*\basyncio\b(?![-.])[^'\n]*'",
    r"(?<![\w-])-[mk][ =]?\\?\"[^\"\n]*\basyncio\b(?![-.])[^\"\n]*\"",
    r"[\"']-[mk][\"'][ \t]*,\s*[\"'][^\"'\n]*\basyncio\b(?![-.])[^\"'\n]*[\"']",
)

Signs = Mapping[bytes, Sequence[Sign]]
"""Signs by the needle that they are looked for with."""


def _by_needle(*signs: Sign) -> Signs:
    grouped: dict[bytes, list[Sign]] = {}
    for sign in signs:
        grouped.setdefault(sign.needle, []).append(sign)
    return grouped


PYTHON = _by_needle(
    *(_sign(Kind.LIBRARY, name, name, _imports(name)) for name in _LIBRARIES),
    *(_sign(Kind.RUNNER, name, name, *patterns, test_side=True) for name, patterns in _RUNNERS.items()),
    _sign(Kind.RUNNER, "aiohttp", "aiohttp", *_AIOHTTP, test_side=True),
    _sign(Kind.RUNNER, "cooperative", "cooperative", *_COOPERATIVE, test_side=True),
    _sign(Kind.RUNNER, "tornado", "mark.gen_test", r"\bmark\.gen_test\b", test_side=True),
    _sign(Kind.RUNNER, "tornado", "tornasync", _plugin("pytest_tornasync"), test_side=True),
    _sign(Kind.AUTO, "trio", "enable_trio_mode", r"\bpytest_trio\.enable_trio_mode\b"),
    _sign(Kind.AUTO, "aiohttp", "aiohttp.pytest_plugin", r"[\"']aiohttp\.pytest_plugin[\"']"),
    _sign(Kind.AUTO, "tornasync", "tornasync", _plugin("pytest_tornasync")),
    _sign(Kind.AUTO, "aiomisc", "aiomisc", _plugin("aiomisc_pytest")),
    _sign(Kind.OFF, "", "set_blocked", r"\bset_blocked\([\"']asyncio[\"']"),
    _sign(Kind.OFF, "", "no:asyncio", r"(?<!\w)no:asyncio\b(?![-_.])"),
    *(_sign(Kind.AUTO, hook, hook, rf"^[ \t]*(?:async[ \t]+)?def[ \t]+{hook}\b") for hook in _HOOKS),
    *(_sign(Kind.MARKING, hook, hook, rf"^[ \t]*def[ \t]+{hook}\b", test_side=True) for hook in _MARKING_HOOKS),
    _sign(Kind.MARKING, EARLY_HOOK, EARLY_HOOK, rf"^[ \t]*def[ \t]+{EARLY_HOOK}\b"),
    *(_sign(Kind.HOOK, name, name, rf"[\"']{name}[\"']", test_side=True) for name in _XUNIT_HOOKS),
    _sign(Kind.PLUGIN, "", "pytest_asyncio", _plugin(r"pytest_asyncio")),
    _sign(Kind.PLUGIN, "", "mark.asyncio", r"\bmark\.asyncio\b"),
    _sign(Kind.MODE, "", "asyncio_mode", _MODE_ASSIGNED, test_side=True),
    _sign(Kind.READER, "asyncio", "keywords", *_READS_KEYWORD),
    _sign(Kind.READER, "asyncio", "marker", _READS_MARK),
    _sign(Kind.READER, "asyncio", ".name", rf"\bmark(?:er)?\.name[ \t]*[!=]=[ \t]*{_QUOTED}"),
    _sign(Kind.READER, "any", "marker", _READS_NAMED, *_READS_ALL, test_side=True),
    _sign(Kind.READER, "any", ".keywords", _READS_KEYWORDS, test_side=True),
)
"""Signs in Python files."""

# Before 1.0 pytest-aiohttp ran coroutines by itself; since then it builds on pytest-asyncio.
_BELOW_1 = r"(?:[\"' \t=~^]*0\.|[\"' \t=]*(?:>=?[ \t]*[\d.]+[ \t]*,[ \t]*)?<[ \t]*1(?:\.0)*(?![.\d]))"

# Up to 3.x the backport has no AsyncMock: its patch puts a MagicMock in the place of a coroutine function.
_AT_LEAST = r"[\"' \t=]*(?:[<>=!~]=?[ \t]*[\d.*]+[ \t]*,[ \t]*)*"
_BELOW_4 = rf"{_AT_LEAST}(?:(?:===?|~=?|<=|\^)[ \t]*[0-3](?!\d)|<[ \t]*(?:[0-3](?!\d)|4(?!\d|\.[1-9])))"
_PYTHONS = r"(?:requires-python|python_requires)[\"']?[ \t]*=[ \t]*[\"']?(?P<value>[^\"'\n#;]+)"

CONFIGURATION = _by_needle(
    _sign(Kind.RUNNER, "anyio", "anyio", r"\banyio_mode\b", r"-p[ =]?anyio\b"),
    *(
        _sign(Kind.RUNNER, name, name, _requires(f"pytest-{name}"))
        for name in ("trio", "twisted", "tornado", "curio", "aiohttp")
    ),
    _sign(Kind.RUNNER, "trio", "trio_mode", r"\btrio_mode\b"),
    _sign(Kind.RUNNER, "aiohttp", "aiohttp.pytest_plugin", r"-p[ =]?aiohttp\.pytest_plugin\b"),
    _sign(Kind.RUNNER, "tornado", "tornasync", _requires("pytest-tornasync")),
    _sign(Kind.RUNNER, "asynctest", "asynctest", _requires("asynctest")),
    _sign(Kind.RUNNER, "cooperative", "cooperative", _requires("pytest-asyncio-cooperative")),
    _sign(Kind.AUTO, "anyio", "anyio_mode", r"\banyio_mode\b[\"']?\s*[=:]\s*[\"']?auto\b"),
    _sign(Kind.AUTO, "trio", "trio_mode", r"\btrio_mode\b[\"']?\s*[=:]\s*[\"']?(?:true|yes|on|y|t|1)\b"),
    _sign(Kind.AUTO, "aiohttp", "aiohttp.pytest_plugin", r"-p[ =]?aiohttp\.pytest_plugin\b"),
    _sign(Kind.AUTO, "aiohttp", "aiohttp", _requires("pytest-aiohttp") + _BELOW_1),
    _sign(Kind.AUTO, "tornasync", "tornasync", _requires("pytest-tornasync")),
    *(_sign(Kind.AUTO, name, name, _requires(name)) for name in _RUNNING_ALL),
    _sign(Kind.AUTO, "aiomisc", "aiomisc", _requires("aiomisc-pytest")),
    _sign(Kind.OFF, "", "no:asyncio", r"(?<!\w)no:asyncio\b(?![-_.])"),
    _sign(Kind.PLUGIN, "", "asyncio", _requires("pytest-asyncio"), r"\basyncio_(?:mode|default_\w+)\b"),
    _sign(Kind.PLUGIN, "", "asyncio-mode", r"--asyncio-mode\b"),
    _sign(Kind.PLUGIN, "", "aiohttp", f"{_requires('pytest-aiohttp')}(?!{_BELOW_1})"),
    _sign(Kind.MODE, "", "asyncio", _MODE_GIVEN),
    _sign(Kind.READER, "selection", "asyncio", *_SELECTS),
    _sign(Kind.PYTHON, "", "requires", _PYTHONS),
    *(_sign(Kind.CLASSIFIER, f"3.{each}", "Python :: 3", rf"Python :: 3\.{each}(?!\d)") for each in range(4, 10)),
    _sign(Kind.OLD_MOCK, "", "mock", _requires("mock") + _BELOW_4),
)
"""Signs in requirements, configuration and command lines."""
