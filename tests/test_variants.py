"""What the files of a migration become when some of its findings are taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods import Settings
from codemods.migration import Migration
from codemods.verify.tracing.variants import Variants

SUITE = "import pytest\n\n\n@pytest.fixture\nasync def shop():\n    return 1\n\n\nasync def test_it(shop):\n    pass\n"


@pytest.mark.usefixtures("no_environment")
def test_a_configuration_whose_finding_is_taken_back_stays_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = strict\n")
    (tmp_path / "test_it.py").write_text(SUITE)
    migration = Migration([tmp_path], tmp_path, Settings(jobs=1))
    variants = Variants(migration, migration.run())
    of_configuration = {key for key in variants.findings if key[0] == "pytest.ini"}
    assert of_configuration
    assert set(variants.contents(())) == {"pytest.ini", "test_it.py"}
    assert set(variants.contents(of_configuration)) == {"test_it.py"}
