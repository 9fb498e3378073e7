"""How a project has its imports sorted: the settings of isort, or of ruff's rule I, as far as they place a line."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any

from codemods import disk, toml
from codemods.errors import UsageError
from codemods.semantics.file.names import is_standard
from codemods.semantics.pytest.configuration import ini
from codemods.semantics.pytest.projects.project import Project

FUTURE, STANDARD, THIRD, FIRST, LOCAL = "FUTURE", "STDLIB", "THIRDPARTY", "FIRSTPARTY", "LOCALFOLDER"
_SECTIONS = (FUTURE, STANDARD, THIRD, FIRST, LOCAL)
_KNOWN = {"standard_library": STANDARD, "third_party": THIRD, "first_party": FIRST, "local_folder": LOCAL}
_TRUE = frozenset({"1", "on", "t", "true", "y", "yes"})
_PROFILES: Mapping[str, Mapping[str, str]] = {
    "google": {"force_single_line": "true", "force_sort_within_sections": "true"},
    "open_stack": {"force_single_line": "true", "force_sort_within_sections": "true"},
    "plone": {"force_alphabetical_sort": "true", "force_single_line": "true", "lines_after_imports": "2"},
    "appnexus": {"force_sort_within_sections": "true"},
}
_FILES = (".isort.cfg", "pyproject.toml", "setup.cfg", "tox.ini", ".ruff.toml", "ruff.toml")


@dataclass(frozen=True, slots=True)
class ImportStyle:
    """Where an import line goes."""

    sections: tuple[str, ...] = _SECTIONS
    known: tuple[tuple[str, str], ...] = ()
    """Patterns of modules, with their sections."""
    default: str = THIRD
    by_name: bool = False
    """Whether both forms of imports are sorted together by the names of their modules."""
    from_first: bool = False
    single: bool = False
    """Whether each line imports one name."""
    by_length: bool = False
    lines_after: int | None = None
    """How many blank lines follow the imports; None where it depends on what follows."""
    between_forms: int = 0
    """How many blank lines stand between the two forms of imports of a section."""
    joined: frozenset[str] = frozenset()
    """The sections that no blank line sets apart from the one before."""
    to_top: frozenset[str] = frozenset()
    sources: tuple[str, ...] = ()
    """The folders, absolute, in which the modules of the project lie."""

    def section(self, module: str, *, relative: bool = False) -> int:
        """Return the place of a module's section among the others."""
        name = LOCAL if relative else self._section(module)
        name = name if name in self.sections else self.default
        return self.sections.index(name) if name in self.sections else 0

    def _section(self, module: str) -> str:
        if module == "__future__":
            return FUTURE
        parts = module.split(".")
        for prefix in (".".join(parts[:size]) for size in range(len(parts), 0, -1)):
            for pattern, section in self.known:
                if fnmatchcase(prefix, pattern):
                    return section
        if is_standard(module) or parts[0] == "test":  # which Python's own list leaves out
            return STANDARD
        return FIRST if any(_lies_in(folder, parts) for folder in self.sources) else self.default

    def gap(self, above: int, below: int) -> int:
        """Return how many blank lines stand between two sections: those between them count, also if they are empty."""
        return 0 if self.joined.issuperset(self.sections[above + 1 : below + 1]) else 1


def _lies_in(folder: str, parts: Sequence[str]) -> bool:
    """Say whether a module lies in a folder; in one without any, others may have the rest of the name."""
    path = os.path.join(folder, parts[0])
    if disk.is_file(f"{path}.py"):
        return True
    if not disk.is_folder(path):
        return False
    return not parts[1:] or any(each.endswith(".py") for each in disk.names(path)) or _lies_in(path, parts[1:])


def style_of(project: Project | None, path: str) -> ImportStyle:
    """Return how the imports of a file are sorted: by the settings nearest to it, isort's before ruff's."""
    if project is None:
        return ImportStyle()
    around = [each.as_posix() for each in PurePosixPath(path).parents]
    nearest = sorted(
        (each for each in project.import_settings if _folder(each[0]) in around),
        key=lambda each: (around.index(_folder(each[0])), _FILES.index(PurePosixPath(each[0]).name)),
    )
    for read in (_isort, _ruff):
        for file, text in nearest:
            if (style := read(file, text)) is not None:
                return _with_sources(style, project, _folder(file), path)
    return _with_sources(ImportStyle(), project, around[-1], path)


def _folder(file: str) -> str:
    return PurePosixPath(file).parent.as_posix()


def _with_sources(style: ImportStyle, project: Project, folder: str, path: str) -> ImportStyle:
    base = project.root / folder
    found = style.sources or (".", "src")
    return replace(style, sources=tuple(os.path.join(base, each) for each in found))


def _isort(file: str, text: str) -> ImportStyle | None:
    name = PurePosixPath(file).name
    if name in ("ruff.toml", ".ruff.toml"):
        return None
    settings = _table(text, "tool", "isort") if name == "pyproject.toml" else _ini(text, name)
    if not settings:
        return None
    profile = _PROFILES.get(str(settings.get("profile", "")), {})
    return _style({**profile, **settings}, settings.get("src_paths"))


def _ini(text: str, name: str) -> Mapping[str, Any]:
    try:
        sections = ini.parse(text, name)
    except UsageError:
        return {}
    titles = ("settings", "isort") if name == ".isort.cfg" else ("isort", "tool:isort")
    return next((sections[each] for each in titles if each in sections), {})


def _ruff(file: str, text: str) -> ImportStyle | None:
    within = ("tool", "ruff") if file.endswith("pyproject.toml") else ()
    if not file.endswith(".toml") or not (settings := _table(text, *within)):
        return None
    own = _get(settings, "lint", "isort") or _get(settings, "isort")
    found = {key.replace("-", "_"): value for key, value in own.items()}
    custom = found.get("sections")
    custom = custom if isinstance(custom, dict) else {}
    found["sections"] = [each.upper().replace("-", "").replace("_", "") for each in _words(found.get("section_order"))]
    style = _style(found, settings.get("src"))
    known = ((pattern, title.upper()) for title, patterns in custom.items() for pattern in _words(patterns))
    titles = {each.upper().replace("-", "").replace("_", ""): each.upper() for each in custom}
    sections = tuple(titles.get(each, _RUFF.get(each, each)) for each in style.sections)
    return replace(style, sections=sections, known=(*known, *style.known))


_RUFF = {"STANDARDLIBRARY": STANDARD}


def _table(text: str, *path: str) -> Mapping[str, Any]:
    try:
        return _get(toml.loads(text), *path)
    except ValueError:
        return {}


def _get(table: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    for each in path:
        inner = table.get(each)
        table = inner if isinstance(inner, dict) else {}
    return table


def _style(settings: Mapping[str, Any], sources: object) -> ImportStyle:
    def says(key: str) -> bool:
        return str(settings.get(key, "")).lower() in _TRUE

    alphabetical = says("force_alphabetical_sort")
    sections = () if says("no_sections") or alphabetical else tuple(_words(settings.get("sections"))) or _SECTIONS
    return ImportStyle(
        sections=sections,
        known=tuple(_known(settings)),
        default=_title(settings.get("default_section", THIRD)),
        by_name=says("force_sort_within_sections") or says("force_alphabetical_sort_within_sections") or alphabetical,
        from_first=says("from_first"),
        single=says("force_single_line"),
        by_length=says("length_sort"),
        lines_after=_number(settings.get("lines_after_imports"), None),
        between_forms=_number(settings.get("lines_between_types"), 0) or 0,
        joined=frozenset(map(_title, _words(settings.get("no_lines_before")))),
        to_top=frozenset(_words(settings.get("force_to_top"))),
        sources=tuple(_words(sources)),
    )


def _known(settings: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for key, value in settings.items():
        kind = key.removeprefix("known_").removeprefix("extra_")
        if kind != key:
            yield from ((pattern, _KNOWN.get(kind, kind.upper())) for pattern in _words(value))


def _title(value: object) -> str:
    text = str(value).upper().replace("-", "_")
    return {**{key.upper(): section for key, section in _KNOWN.items()}}.get(text, text)


def _number(value: object, default: int | None) -> int | None:
    text = str(value)
    return int(text) if text.isdecimal() else default


def _words(value: object) -> list[str]:
    if isinstance(value, str):
        return [each.strip() for each in value.replace("\n", ",").split(",") if each.strip()]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
