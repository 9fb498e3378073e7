"""What stands where a patch puts its mock: in this file, in the project, or in what is installed."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import PurePosixPath

from codemods.semantics.access_path import AccessPath
from codemods.semantics.answers import Answer
from codemods.semantics.file.module import Module
from codemods.semantics.pytest.classes import local_class, local_heirs
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import coroutine_function, instance_class, member, receiver_class
from codemods.semantics.pytest.values.patches import Patch
from codemods.semantics.pytest.values.paths import holder_of, infer_path, text_of_string


@dataclass(frozen=True, slots=True)
class Target:
    """What is replaced: a definition of this file, or the attribute ``name`` of what has the path ``holder``."""

    definition: ast.AST | None = None
    holder: AccessPath | None = None
    name: str = ""

    @property
    def path(self) -> AccessPath | None:
        """The path of what is replaced."""
        return self.holder.attribute(self.name) if self.holder and self.name else None


def target_of(suite: Suite, patch: Patch) -> Target:
    """Return what a patch replaces."""
    if patch.owner is not None and text_of_string(suite.module, patch.owner) is None:
        return owned(suite, patch.owner, patch.attribute or "")
    if patch.target is not None and (definition := _named(suite.module, patch.target)) is not None:
        return Target(definition)
    return Target(None, *holder_of(suite, patch))


def owned(suite: Suite, owner: ast.expr, name: str) -> Target:
    """Return what an attribute of a class, an instance or a module stands for."""
    if ast.unparse(owner) in ("sys.modules[__name__]", "__name__"):
        return Target(_in_module(suite.module, [name]))
    found = local_class(suite.module, owner) or instance_class(suite, owner)
    definition = member(suite.module, found, name) if found else None
    if definition is None or found is None:
        return Target(None, infer_path(suite, owner), name)
    heirs = local_heirs(suite.module, found) if receiver_class(suite.module, owner) is not None else ()
    same = all(member(suite.module, each, name) is definition for each in heirs)
    return Target(definition) if same else Target(None, None, name)


def patch_answer(suite: Suite, target: Target) -> Answer:
    """Return whether patch itself would put an AsyncMock there."""
    if target.definition is not None:
        return coroutine_function(suite.module, target.definition)
    return suite.module.answers.callee(target.path).patched if target.path else Answer.UNKNOWN


def _named(module: Module, target: ast.expr) -> ast.AST | None:
    """Return the definition of this file that a target string names."""
    if (text := text_of_string(module, target)) is not None:
        return _in_module(module, _below_module(module, text.split(".")))
    left, right = _halves(target)
    text = text_of_string(module, right)
    if isinstance(left, ast.Name) and left.id == "__name__" and text and text.startswith("."):
        return _in_module(module, text[1:].split("."))
    return None


def _halves(node: ast.expr) -> tuple[ast.expr | None, ast.expr | None]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return node.left, node.right
    if isinstance(node, ast.JoinedStr) and len(node.values) == 2 and isinstance(node.values[0], ast.FormattedValue):
        return node.values[0].value, node.values[1]
    return None, None


def _below_module(module: Module, parts: list[str]) -> list[str]:
    own = PurePosixPath(module.path).with_suffix("").parts
    if own[-1] not in parts:
        return []
    count = parts.index(own[-1]) + 1
    return parts[count:] if tuple(parts[:count]) == own[-count:] else []


def _in_module(module: Module, parts: list[str]) -> ast.AST | None:
    bindings = module.scopes.module_names().get(parts[0], []) if parts else []
    found = bindings[0] if len(bindings) == 1 else None
    if len(parts) == 2 and isinstance(found, ast.ClassDef):
        return member(module, found, parts[1])
    return found if len(parts) == 1 else None
