"""The specifier that lets nothing through below a version, as near to the old one as can be."""

from __future__ import annotations

import re

from codemods.semantics.pytest.projects.specifiers import Version, admits, lowest

_LOWER = re.compile(r"(?<![<>=!~])(?P<operator>>=|>|~=|\^)(?P<space>[ \t]*)v?(?P<version>\d[\w.]*)")


def raised(specifier: str, floor: Version, *, poetry: bool = False) -> str | None:
    """The specifier with ``floor`` for its lower bound; None if it has none to raise, or if that can't be told.

    Args:
        specifier: As it is written; one that admits no such version is replaced as a whole.
        floor: The lowest version to let through.
        poetry: Whether the specifier is in Poetry's dialect.
    """
    version = ".".join(map(str, floor))
    admitted, bound = admits(specifier, floor, poetry=poetry), lowest(specifier, poetry=poetry)
    if admitted is None or (admitted and (bound is None or bound >= floor)):
        return None
    if not admitted:
        return f"^{version}" if poetry and specifier.lstrip().startswith("^") else f">={version}"
    if len(_LOWER.findall(specifier)) != 1:
        return None
    new = _LOWER.sub(lambda found: f"{found['operator'].replace('>', '>=')[:2]}{found['space']}{version}", specifier)
    return new if lowest(new, poetry=poetry) == floor and admits(new, floor, poetry=poetry) else None
