from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings

from codemods.rules import Registration, _table, all_rules
from copied import Copied, copied

# Whoever starts the tests in the background has them ignore it, and what they start would do so too.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Many tests start the program: each time it would compile all of its modules again, which takes longer than the rest.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# How fast an example runs says something about the machine only.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# A rule that is being written may differ from the table until `make docs`: here holds what it says itself.
_table.TABLE = tuple(replace(Registration.of(each), given=None) for each in all_rules())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes too long for each push."""
    if os.environ.get("TEST_EVERYTHING") or os.environ.get("TEST_RULE"):
        return
    left_out = [each for each in items if each.get_closest_marker("process")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [each for each in items if not each.get_closest_marker("process")]


@pytest.fixture(autouse=True, scope="session")
def _folders_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what these tests would cache, here and in the commands that they start, out of the user's folders."""
    os.environ["CODEMODS_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))
    os.environ["CODEMODS_STATE_DIR"] = str(tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="session")
def program(_folders_of_its_own: None) -> Iterator[Copied]:
    """Return what runs commands of the program."""
    with copied() as program:
        yield program


@pytest.fixture
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the options of whoever runs these tests away from the suites that the tests migrate."""
    for name in ("PYTEST_ADDOPTS", "VIRTUAL_ENV"):
        monkeypatch.delenv(name, raising=False)
