"""Which versions a project asks for, of what decides how its tests run: pytest-asyncio, pytest and Python."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

from codemods.config import FLOOR, PLUGIN
from codemods.model import Evidence
from codemods.semantics.pytest.projects.evidence import is_lock
from codemods.semantics.pytest.projects.requirements import is_pip, requirements_of
from codemods.semantics.pytest.projects.specifiers import Version, admits, lowest, raised
from codemods.semantics.pytest.projects.wording import FOR_SOME, GENERATED, HASHED, Stated

PACKAGES = frozenset((PLUGIN, "aiohttp", "pytest", "pytest-aiohttp", "python"))
_OTHER_MARKER = re.compile(r"\b(?:sys_platform|platform_\w+|os_name|implementation_\w+)\b")
_TOML_LOCK = rb'^name = "(?P<name>%b)"\r?\nversion = "(?P<version>[^"\r\n]+)"'
_JSON_LOCK = rb'^[ \t]*"(?P<name>%b)": \{[^}]{0,2000}?"version": "==(?P<version>[^"\r\n]+)"'
_PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a file asks of a package."""

    package: str
    specifier: str
    """As it is written; empty where any version will do."""
    evidence: Evidence
    poetry: bool = False
    """Whether the specifier is in Poetry's dialect."""
    locked: bool = False
    """Whether a program wrote it: a hint at what is installed, and nothing to edit."""
    marker: str = ""
    obstacle: str | None = None
    """Why the specifier can't be another one here."""
    pinned: bool = False
    """Whether it stands in a requirements file that says of all packages which version it is."""

    def raised(self, floor: Version) -> str | None:
        """The specifier with ``floor`` for its lower bound, or for its version; None if it has none to raise."""
        new = raised(self.specifier, floor, poetry=self.poetry)
        return f"=={'.'.join(map(str, (*floor, 0, 0)[:3]))}" if new and self.pinned else new

    @property
    def lowest(self) -> Version | None:
        """The lowest version that it names as its bound."""
        return lowest(self.specifier, poetry=self.poetry)

    def admits(self, floor: Version) -> bool | None:
        """Whether it lets a version through that is ``floor`` or newer; None if that isn't known."""
        return admits(self.specifier, floor, poetry=self.poetry)

    @property
    def is_written_anew(self) -> bool:
        """Whether a program writes it, from another file that asks for the package."""
        return self.locked or self.obstacle in (GENERATED, HASHED)

    @property
    def is_for_ours(self) -> bool:
        """Whether it is for all platforms and for a Python that pytest-asyncio 1.3 runs on."""
        return self.obstacle != FOR_SOME and is_marked_for_ours(self.marker)


def requirements_in(path: str, data: bytes) -> Iterator[Requirement]:
    """What a file asks of pytest-asyncio, pytest, aiohttp and Python.

    Args:
        path: The file, posix, from the root.
        data: Its content.
    """
    if is_lock(PurePath(path)):
        yield from _locked(path, data)
    elif b"pytest" in data or b"ython" in data or b"aiohttp" in data:
        text = data.decode("utf-8-sig", "replace")
        found = list(requirements_of(path, text))
        pinned = is_pip(path) and all(each.specifier.startswith("==") for each in found)
        for stated in found:
            if stated.package in PACKAGES:
                yield _requirement(path, text, stated, pinned)


def _requirement(path: str, text: str, stated: Stated, pinned: bool) -> Requirement:
    start = text.rfind("\n", 0, stated.start) + 1
    end = text.find("\n", start)
    line = text[start : end if end >= 0 else None].strip()
    evidence = Evidence(path, text.count("\n", 0, stated.start) + 1, line)
    return Requirement(
        stated.package, stated.specifier, evidence, stated.poetry, marker=stated.marker, obstacle=stated.obstacle,
        pinned=pinned,
    )  # fmt: skip


def _locked(path: str, data: bytes) -> Iterator[Requirement]:
    """Yield the versions in the content of a lock, found without reading the rest."""
    names = "|".join(sorted(PACKAGES - {"aiohttp"})).encode()
    for pattern in (_TOML_LOCK, _JSON_LOCK):
        for found in re.finditer(pattern % names, data, re.MULTILINE):
            package, version = found["name"].decode(), found["version"].decode("utf-8", "replace")
            evidence = Evidence(path, data.count(b"\n", 0, found.start()) + 1, f"{package} {version}")
            yield Requirement(package, f"=={version}", evidence, locked=True)


def is_marked_for_ours(marker: str) -> bool:
    """Whether a marker holds on all platforms and on a Python that pytest-asyncio 1.3 runs on."""
    return _OTHER_MARKER.search(marker) is None and _holds_somewhere(marker)


def _holds_somewhere(marker: str) -> bool:
    from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName

    try:
        parsed = Marker(marker) if marker else None
        versions = ({"python_version": each, "python_full_version": f"{each}.0", "extra": ""} for each in _PYTHONS)
        return parsed is None or any(parsed.evaluate(dict(each)) for each in versions)
    except (InvalidMarker, UndefinedEnvironmentName, ValueError, RecursionError):
        return True


def target_of(requirements: Iterable[Requirement]) -> Version:
    """The version of pytest-asyncio that a migrated suite can count on.

    It is the lowest one that the project asks for, and at least ``FLOOR``, which its requirements are raised to. Where
    they leave it open, what is locked says it.
    """
    ours = [each for each in requirements if each.package == PLUGIN and each.lowest and each.is_for_ours]
    stated = [each for each in ours if not each.locked] or ours
    return max(FLOOR, min((each.lowest[:2] for each in stated if each.lowest), default=FLOOR))
