"""What the files of a migration become when some of its findings are taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods import Settings
from codemods.migration import Migration
from codemods.verify.tracing.variants import Variants

SUITE = """\
import asyncio


async def answer():
    return 42


def test_answer():
    assert asyncio.run(answer()) == 42
"""


@pytest.mark.usefixtures("no_environment")
def test_a_configuration_that_only_another_finding_changed_stays_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -q\n")
    (tmp_path / "test_it.py").write_text(SUITE)
    migration = Migration([tmp_path], tmp_path, Settings(jobs=1, unsafe=True))
    variants = Variants(migration, migration.run())
    assert set(variants.contents(())) == {"pytest.ini", "test_it.py"}
    assert variants.contents({key for key in variants.findings if key[0] == "test_it.py"}) == {}
