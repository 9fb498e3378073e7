"""What is installed along with the tool, into the environment of the suite that it migrates."""

from __future__ import annotations

from importlib.metadata import metadata, requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def tree(name: str, extras: frozenset[str] = frozenset(), seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """Return the name of an installed distribution and of all that it needs here, itself or through others."""
    seen |= {name}
    for line in requires(name) or ():
        needed = Requirement(line)
        wanted = needed.marker is None or any(needed.marker.evaluate({"extra": each}) for each in extras or ("",))
        if wanted and (other := canonicalize_name(needed.name)) not in seen:
            seen = tree(other, frozenset(needed.extras), seen)
    return seen


TREE = tree("pytest-asyncio-codemods")


def test_the_tree_is_whole() -> None:
    assert {"libcst", "packaging", "pathspec", "rich", "typer", "markdown-it-py", "mdurl"} <= TREE


def test_it_is_installed_beside_any_pydantic() -> None:
    """Suites of pydantic 1 break in their own imports when it becomes 2."""
    assert not {each for each in TREE if each.startswith("pydantic")}


def test_nothing_is_under_the_gpl() -> None:
    for name in TREE:
        known = metadata(name)
        licences = [known.get("License-Expression", ""), *(known.get_all("Classifier") or ())]
        assert not [each for each in licences if "GPL" in each], name
