from __future__ import annotations

import signal

import pytest

# Whoever starts the tests in the background has them ignore it, and what they start would do so too.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the options of whoever runs these tests away from the suites that the tests migrate."""
    for name in ("PYTEST_ADDOPTS", "VIRTUAL_ENV"):
        monkeypatch.delenv(name, raising=False)
