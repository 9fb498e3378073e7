from __future__ import annotations

import pytest


@pytest.fixture
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the options of whoever runs these tests away from the suites that the tests migrate."""
    for name in ("PYTEST_ADDOPTS", "VIRTUAL_ENV"):
        monkeypatch.delenv(name, raising=False)
