"""What a test of Python's version says."""

from __future__ import annotations

import ast

import pytest

from codemods.semantics.file.module import Module
from codemods.semantics.file.version_tests import Version, runs_only_below, version_test

TESTS = [
    ("sys.version_info >= (3, 8)", (3, 8), True),
    ("sys.version_info < (3, 8)", (3, 8), False),
    ("not sys.version_info >= (3, 8)", (3, 8), False),
    ("(3, 8) <= sys.version_info", (3, 8), True),
    ("sys.version_info > (3, 7)", (3, 7), True),
    ("sys.version_info[:2] > (3, 7)", (3, 8), True),
    ("sys.version_info[:2] <= (3, 7)", (3, 8), False),
    ("sys.version_info[0] < 3", (3,), False),
    ("version_info >= (3, 11)", (3, 11), True),
    ("OLD", (3, 8), False),
    ("sys.version_info == (3, 8)", None, None),
    ("sys.platform >= (3, 8)", None, None),
    ("sys.version_info >= wanted", None, None),
    ("sys.version_info >= (3, 8) and other", None, None),
]


@pytest.mark.parametrize(("test", "version", "since"), TESTS)
def test_a_version_is_asked_for(test: str, version: Version | None, since: bool | None) -> None:
    module = Module("test_it.py", f"import sys\nOLD = sys.version_info < (3, 8)\nwanted = (3, 9)\nassert {test}\n")
    found = version_test(module, module.nodes(ast.Assert)[0].test)
    assert (found and (found.version, found.since)) == (version and (version, since))


BELOW = [
    ("if sys.version_info < (3, 8):\n    HERE\n", (3, 8)),
    ("if sys.version_info >= (3, 8):\n    pass\nelse:\n    HERE\n", (3, 8)),
    ("if sys.version_info >= (3, 8):\n    HERE\n", None),
    ("if sys.version_info >= (3, 8):\n    pass\nelif other:\n    HERE\n", (3, 8)),
    ("if sys.version_info < (3, 10):\n    if sys.version_info < (3, 7):\n        HERE\n", (3, 7)),
    ("x = HERE if sys.version_info < (3, 8) else 1\n", (3, 8)),
    ("x = 1 if sys.version_info < (3, 8) else HERE\n", None),
    ("@pytest.mark.skipif(sys.version_info >= (3, 8), reason='old')\ndef f():\n    HERE\n", (3, 8)),
    ("@pytest.mark.skipif(sys.version_info < (3, 8), reason='new')\ndef f():\n    HERE\n", None),
    ("@unittest.skipUnless(sys.version_info < (3, 8), 'old')\nclass A:\n    def f(self):\n        HERE\n", (3, 8)),
    ("if other:\n    HERE\n", None),
]


@pytest.mark.parametrize(("text", "version"), BELOW)
def test_a_place_runs_only_below_a_version(text: str, version: Version | None) -> None:
    module = Module("test_it.py", f"import sys\n{text}")
    place = next(each for each in module.nodes(ast.Name) if each.id == "HERE")
    assert runs_only_below(module, place) == version
