"""What code does with an object of another file: as an argument, in an attribute, under a module's name."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

from codemods.analysis.index.modules import at_line
from codemods.analysis.mocking.handed_on import followed
from codemods.analysis.mocking.mock_config import judge
from codemods.analysis.mocking.mock_flow import Flow
from codemods.analysis.mocking.mock_subjects import stored_value
from codemods.analysis.mocking.mock_uses import CALLS, Kind, Trail, Use, is_at_times, is_passed_on
from codemods.analysis.mocking.mock_values import Nature
from codemods.analysis.mocking.xfail import STOP, caught_in_code, expected_errors
from codemods.semantics.access_path import AccessPath
from codemods.semantics.answers import ExternalUse, Function
from codemods.semantics.decorators import is_transparent, makes_manager
from codemods.semantics.file.arguments import fields, has_places, positional, single
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, last_name
from codemods.semantics.memo import once
from codemods.semantics.project.bodies import receiver_of
from codemods.semantics.project.lookup import Symbols
from codemods.semantics.project.origins import annotation
from codemods.semantics.project.symbols import ClassSymbol, FunctionSymbol, InstanceSymbol, ModuleSymbol, Symbol
from codemods.semantics.pytest.classes import local_heirs
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import receiver_class, returned_function

_OF_CLASSES = frozenset({"__class_getitem__", "__doc__", "__init_subclass__", "__module__", "__slots__"})
"""What a class has for itself."""
_MOST = 32
"""How many functions are named that lead to one."""
Leading = Callable[[int], tuple[str, ...] | None]
"""What says which members of an object lead to a line of its class; None if anything may."""
_SEEN = frozenset({Kind.AWAITED, Kind.WAITED, Kind.SYNC, Kind.OTHER, Kind.ESCAPE, Kind.STANDS, Kind.TARGET})


@dataclass(frozen=True, slots=True)
class Parameter:
    """Where an argument arrives: a parameter of a function, or a field of a dataclass."""

    file: Path
    node: ast.arg | None
    owner: ClassSymbol | None = None
    field: str = ""
    made: ClassSymbol | None = None
    """The class that is called, where the parameter is one of its constructor."""

    @property
    def path(self) -> AccessPath | None:
        """What its annotation says, as a path from its file."""
        written = self.node.annotation if self.node is not None else None
        annotated = annotation(written) if written is not None else None
        return annotated if isinstance(annotated, AccessPath) else None


class Uses:
    """The uses of objects in the files of a project, and of those that it imports."""

    def __init__(self, symbols: Symbols, flow: Callable[[Path], Flow | None]) -> None:
        """Take what follows the objects of a file."""
        self._symbols = symbols
        self._flow = flow

    def parameter(self, file: Path, path: AccessPath, place: int | str) -> Parameter | None:
        """Return the parameter of ``path`` that gets an argument, given by its place or keyword."""
        symbol = self._symbols.infer(file, path)
        skipped = int(isinstance(symbol, (ClassSymbol, InstanceSymbol)))
        if isinstance(symbol, InstanceSymbol):
            symbol = self._symbols.member(symbol.of, "__call__")
            return self._named(symbol, skipped, place) if isinstance(symbol, FunctionSymbol) else None
        if isinstance(symbol, ClassSymbol):
            described = self._symbols.of_class(symbol)
            if described.is_dataclass and "__init__" not in described.members:
                return self._field(symbol, place)
            constructor = self._symbols.member(symbol, "__init__")
            found = self._named(constructor, 1, place) if isinstance(constructor, FunctionSymbol) else None
            return replace(found, made=symbol) if found is not None else None
        if isinstance(symbol, FunctionSymbol):
            receiver = receiver_of(self._symbols.function(symbol).decorators)
            skipped = int(receiver == "cls" or (symbol.bound and receiver == "self"))
            return self._named(symbol, skipped, place)
        return self._of_inner(file, path.callee, place) if path.callee is not None else None

    def _of_inner(self, file: Path, maker: AccessPath, place: int | str) -> Parameter | None:
        """Return the parameter of the function inside of another that a call of it gives."""
        symbol = self._symbols.infer(file, maker)
        flow = self._flow(symbol.file) if isinstance(symbol, FunctionSymbol) else None
        if flow is None or not isinstance(symbol, FunctionSymbol):
            return None
        inner = returned_function(flow.module, at_line(flow.module.definitions, symbol.line))
        return _parameter(symbol.file, inner, 0, place) if inner is not None else None

    def _field(self, owner: ClassSymbol, place: int | str) -> Parameter | None:
        flow = self._flow(owner.file)
        node = at_line(flow.module.nodes(ast.ClassDef), owner.line) if flow is not None else None
        own = fields(node) if node is not None else []
        if node is not None and isinstance(place, int):
            # The fields of a base come first, and those behind KW_ONLY have no place.
            by_place = len(self._symbols.order(owner)) == 1 and has_places(node)
            place = own[place] if by_place and place < len(own) else ""
        return Parameter(owner.file, None, owner, str(place)) if place in own else None

    def _named(self, symbol: FunctionSymbol, skipped: int, place: int | str) -> Parameter | None:
        flow = self._flow(symbol.file)
        node = at_line(flow.module.definitions, symbol.line) if flow is not None else None
        # A decorator may put arguments before those of the call; what has a name keeps it.
        passing = all(map(_passes_on, self._symbols.decorators(symbol)))
        if node is None or not (passing or isinstance(place, str)):
            return None
        return _parameter(symbol.file, node, skipped, place)

    def of_parameter(self, found: Parameter) -> list[ExternalUse] | None:
        """Return the uses of what a parameter gets; None if they can't be told."""
        if found.owner is not None:
            return self.of_attribute(InstanceSymbol(found.owner), found.field)
        flow = self._flow(found.file)
        if flow is None or found.node is None:
            return None
        own = flow.uses_of(found.node, self._family(found, flow.module))
        uses = _as_external(found.file, flow.suite, own, self._members(found, flow.module))
        known = {(each.path, each.kind, each.evidence) for each in uses}
        inherited = self._of_heir(found, flow.module, found.node)
        return [*uses, *(each for each in inherited if (each.path, each.kind, each.evidence) not in known)]

    def _family(self, found: Parameter, module: Module) -> tuple[ast.ClassDef, ...]:
        """Return the classes of the parameter's file that the object is of which a constructor makes, or may be."""
        if found.made is None:
            return ()
        order = [each for each in self._symbols.order(found.made) if each is not None and each.file == found.file]
        nodes = [at_line(module.nodes(ast.ClassDef), each.line) for each in order]
        own = nodes[0] if found.made.file == found.file and nodes else None
        heirs = local_heirs(module, own) if own is not None else ()
        return (*(each for each in nodes if each is not None), *heirs)

    def _members(self, found: Parameter, module: Module) -> Leading:
        """Return what says which members of an object lead to a line, for the parameter of a constructor."""
        order = self._symbols.order(found.made) if found.made is not None else [None]
        here = [each for each in order if each is not None and each.file == found.file]
        nodes = [at_line(module.nodes(ast.ClassDef), each.line) for each in here]
        if None in order or found.made not in here or any(each is None or _is_wrapped(each) for each in nodes):
            return _by_anything
        from codemods.analysis.index.members import members  # few mocks go to a constructor

        others = (self._symbols.of_class(each) for each in order if each is not None and each not in here)
        names = frozenset(name for each in others for name in each.members if name not in _OF_CLASSES)
        return members(module, tuple(filter(None, nodes)), names).leading_to

    def _of_heir(self, found: Parameter, module: Module, node: ast.arg) -> list[ExternalUse]:
        """Return what a class does with what the constructor that it inherits stores."""
        owner = module.class_of(module.parents[module.parents[node]])
        heir = found.made
        if heir is None or owner is None or (heir.file, heir.line) == (found.file, owner.lineno):
            return []
        uses = (self.of_attribute(InstanceSymbol(heir), name) or [] for name in _stored(module, node))
        return [use for each in uses for use in each]

    def of_attribute(self, symbol: Symbol, name: str) -> list[ExternalUse] | None:
        """Return the uses of what is stored as an attribute of a module, a class or an instance; None if unknown."""
        if isinstance(symbol, ModuleSymbol):
            flow = self._flow(symbol.file)
            return _as_external(symbol.file, flow.suite, _of_global(flow, name)) if flow is not None else None
        owner = symbol.of if isinstance(symbol, InstanceSymbol) else symbol
        if not isinstance(owner, ClassSymbol):
            return None
        found: list[ExternalUse] = []
        for each in self._symbols.order(owner):
            flow = self._flow(each.file) if each is not None else None
            if each is None or flow is None:
                return None
            node = at_line(flow.module.nodes(ast.ClassDef), each.line)
            if node is None:
                return None
            found += _as_external(each.file, flow.suite, _of_attribute(flow, node, name))
        return list(dict.fromkeys(found))


def _parameter(file: Path, node: Definition, skipped: int, place: int | str) -> Parameter | None:
    if isinstance(place, int):
        names = positional(node)[skipped:]
        return Parameter(file, names[place]) if place < len(names) else None
    named = (*node.args.args, *node.args.kwonlyargs)
    found = next((each for each in named if each.arg == place), None)
    return Parameter(file, found) if found is not None else None


def _is_wrapped(owner: ast.ClassDef) -> bool:
    """Return whether a decorator or a metaclass may know the objects that a class makes."""
    return bool(owner.decorator_list) or any(last_name(each.value) != "ABCMeta" for each in owner.keywords)


def _stored(module: Module, parameter: ast.arg) -> list[str]:
    """Return the attributes of the receiver in which a constructor stores a parameter as it is."""
    names = (node for node in module.loads.get(parameter.arg, ()) if module.only_binding(node) is parameter)
    statements = (module.parents[each] for each in names)
    targets = (target for each in statements if isinstance(each, ast.Assign) for target in each.targets)
    return [each.attr for each in targets if isinstance(each, ast.Attribute) and receiver_class(module, each.value)]


def _passes_on(decorator: str) -> bool:
    """Return whether a function gets the arguments of a call as they are given, though it is decorated."""
    name = decorator.removesuffix("()")
    return is_transparent(name) or makes_manager(name) or name == "pytest.fixture"


def _of_attribute(flow: Flow, owner: ast.ClassDef, name: str) -> list[Use]:
    return flow.all(owner, lambda: flow.roots.in_bases(owner, name, Trail((), None, shared=True)))


def _of_global(flow: Flow, name: str) -> list[Use]:
    module = flow.module
    # What is read while the module is imported is what was there before any mock.
    reads = (each for each in module.loads.get(name, ()) if module.function_of(each) is not None)
    loads = [each for each in reads if module.is_global(each)]
    trail = Trail((), None, shared=True)
    return flow.all(loads[0], lambda: (use for each in loads for use in flow.follow(each, trail))) if loads else []


def of_fixture(file: Path, flow: Flow, name: str, users: Iterable[Definition]) -> list[ExternalUse]:
    """Return what the tests and fixtures of a file do with what the fixture ``name`` of another file gives them."""
    found: list[Use] = []
    if flow.roots.is_fetched(name):
        found.append(Use((), Kind.ESCAPE, flow.module.tree.body[0], None))
    for user in users:
        for each in single(user):
            if each.arg == name and not flow.roots.is_parametrized(user, name):
                found += map(partial(_checked_write, flow.suite), flow.uses_of(each))
    return _as_external(file, flow.suite, found)


def _checked_write(suite: Suite, use: Use) -> Use:
    """Return the use that tells a mock to give something that may be an awaitable as one that it may not stand."""
    if use.kind is not Kind.WRITE or use.path[-1:] not in (("return_value",), ("side_effect",)):
        return use
    value = stored_value(suite.module, use)
    plain = value is not None and judge(suite, use.path[-1], value).nature is Nature.PLAIN
    return use if plain else replace(use, path=use.path[:-1], kind=Kind.OTHER)


def _by_anything(_: int) -> None:
    """Return that any member may lead to a line."""


def _as_external(file: Path, suite: Suite, uses: Iterable[Use], members: Leading = _by_anything) -> list[ExternalUse]:
    """Return uses as other files see them; what hides further ones is handed on."""
    found: dict[ExternalUse, None] = {}
    for use in _with_callers(suite, uses):
        kind = Kind.ESCAPE if use.kind is Kind.REBOUND else use.kind
        name = use.name
        if use.evidence is None and use.kind in CALLS and STOP in expected_errors(suite.module, use.node):
            kind, name = Kind.OTHER, STOP
        elif use.evidence is None and use.kind in (Kind.AWAITED, Kind.WAITED):
            name = caught_in_code(suite, use.node)
        if kind in _SEEN:
            evidence = use.evidence or suite.module.evidence(use.node)
            stands_for = use.stands_for.of_file(file) if use.stands_for is not None else None
            here = _leading_to(suite.module, suite.module.outer_definition(use.node))
            functions = use.functions or here
            seen = ExternalUse(
                use.path, kind.value, use.used, name, evidence, stands_for, use.taker, use.plain, functions,
                use.at_times or is_at_times(suite.module, use.node), use.declared,
                members=members(_line(suite.module, use)),
                by=next((each for each in (*functions, *here) if each.path == suite.module.path), None),
            )  # fmt: skip
            found[seen] = None
    return list(found)


def _line(module: Module, use: Use) -> int:
    """Return the line of a file at which an object is used, or goes to where it is."""
    place = use.evidence or module.evidence(use.node)
    return place.line if place.path == module.path else module.evidence(use.node).line


@once
def _leading_to(module: Module, node: ast.AST | None) -> tuple[Function, ...]:
    """Return a function, and the functions of its file that lead to one of its name."""
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return ()
    found = (node, *islice(_callers(module, node), _MOST))
    return tuple(Function(each.name, module.path, each.lineno) for each in found)


def _callers(module: Module, callee: Definition) -> Iterator[Definition]:
    waiting, seen = [callee.name], {callee}
    names = set(waiting)
    for name in waiting:
        for node in (*module.attributes.get(name, ()), *module.loads.get(name, ())):
            caller = module.outer_definition(node) if module.is_called(node) else None
            if isinstance(caller, (ast.FunctionDef, ast.AsyncFunctionDef)) and caller not in seen:
                seen.add(caller)
                waiting += [caller.name] if caller.name not in names else []
                names.add(caller.name)
                yield caller


def _with_callers(suite: Suite, uses: Iterable[Use]) -> list[Use]:
    """Return uses, and those of what the functions of their file return, from caller to caller."""
    found: list[Use] = []
    waiting = dict.fromkeys(uses)
    seen: set[Use] = set()
    while waiting:
        seen |= waiting.keys()
        handed = dict.fromkeys(each for each in waiting if _is_handed_on(suite.module, each))
        found += [each for each in waiting if each not in handed]
        results = [use for each in handed for use in followed(suite, replace(each, kind=Kind.ESCAPE))]
        found += [each for each in results if each.kind is Kind.ESCAPE]
        waiting = {each: None for each in results if each.kind is not Kind.ESCAPE and each not in seen}
    return found


def _is_handed_on(module: Module, use: Use) -> bool:
    return use.kind is Kind.SYNC and use.evidence is None and is_passed_on(module, use.node)
