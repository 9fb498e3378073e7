from __future__ import annotations

import os
import signal

import pytest

# Whoever starts the tests in the background has them ignore it, and what they start would do so too.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def _cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what these tests would cache, here and in the commands that they start, out of the user's cache."""
    os.environ["CODEMODS_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the options of whoever runs these tests away from the suites that the tests migrate."""
    for name in ("PYTEST_ADDOPTS", "VIRTUAL_ENV"):
        monkeypatch.delenv(name, raising=False)
