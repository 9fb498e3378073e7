"""What the parts of the flow of mocks ask of the whole."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Protocol

from codemods.analysis.mocking.mock_roots import Roots
from codemods.analysis.mocking.mock_uses import Trail, Use
from codemods.semantics.file.module import Module
from codemods.semantics.pytest.suite import Suite


class Following(Protocol):
    """Follows the objects of one file."""

    suite: Suite
    module: Module
    roots: Roots

    def follow(self, node: ast.expr, trail: Trail) -> Iterator[Use]:
        """Yield what the place of an expression does with its value."""

    def bound(self, binding: ast.Name | ast.arg, trail: Trail) -> Iterator[Use]:
        """Yield what is done with the value of a name."""
