"""Importing the model loads no rule, and finding loads no LibCST."""

from __future__ import annotations

import subprocess
import sys

import pytest

import codemods


@pytest.mark.parametrize(
    ("module", "others"),
    [
        ("codemods.semantics.pytest.fixture_graph", ("codemods.rules", "codemods.analysis", "codemods.engine")),
        ("codemods.semantics", ("codemods.semantics.pytest", "codemods.rules")),
        ("codemods.rules", ("codemods.engine", "codemods.cli", "libcst")),
        ("codemods.edits", ("codemods.analysis", "codemods.rules", "codemods.transformers", "libcst")),
        ("codemods.engine.file", ("codemods.cli", "codemods.report", "codemods.verify")),
    ],
)
def test_a_room_loads_nothing_from_above(module: str, others: tuple[str, ...]) -> None:
    script = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert module in loaded
    assert [each for each in loaded if each in others or each.startswith(tuple(f"{one}." for one in others))] == []


def test_the_public_names_are_there() -> None:
    assert sorted(name for names in codemods._MODULES.values() for name in names) == codemods.__all__
    assert all(getattr(codemods, name) is not None for name in codemods.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        codemods.nothing  # noqa: B018
