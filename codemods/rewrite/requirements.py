"""Another specifier for a requirement, with its extras, its marker and its comment as they are."""

from __future__ import annotations

from codemods.errors import ConfigurationError
from codemods.semantics.pytest.projects.requirements import requirements_of
from codemods.semantics.pytest.projects.versions import is_marked_for_ours
from codemods.semantics.pytest.projects.wording import Stated, canonical


def raise_requirement(name: str, text: str, package: str, specifier: str, old: str | None = None) -> str:
    """The text with ``specifier`` for the requirements of a package that have one, or that have ``old``.

    Those for other Pythons or for some platforms only stay.

    Raises:
        ConfigurationError: There is no such requirement, or it can't be changed.
    """
    before = list(requirements_of(name, text))
    chosen = [each for each in before if _is_meant(each, canonical(package), old)]
    if not chosen:
        raise ConfigurationError(f"{package}{old or ''} isn't required here")
    for each in chosen:
        if each.obstacle:
            raise ConfigurationError(f"the requirement of {package} can't be changed: {each.obstacle}")
    for each in sorted(chosen, key=lambda one: one.start, reverse=True):
        text = text[: each.start] + specifier + text[each.end :]
    _check(before, chosen, list(requirements_of(name, text)), specifier)
    return text


def _is_meant(stated: Stated, package: str, old: str | None) -> bool:
    is_old = stated.specifier == old if old is not None else bool(stated.specifier)
    return stated.package == package and is_old and is_marked_for_ours(stated.marker)


def _check(before: list[Stated], chosen: list[Stated], after: list[Stated], specifier: str) -> None:
    wanted = [(each.package, specifier if each in chosen else each.specifier) for each in before]
    if wanted != [(each.package, each.specifier) for each in after]:
        raise ConfigurationError("the file would no longer ask for the same packages")
