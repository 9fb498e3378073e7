"""What a module binds, and what its expressions and annotations stand for."""

from __future__ import annotations

from textwrap import dedent

import pytest

from codemods.semantics.project.outline import (
    AnyOf,
    Class,
    Constant,
    Function,
    Import,
    Origin,
    Several,
    Value,
)
from codemods.semantics.project.reading import read_outline
from small_projects import path

CONSTANTS = {
    "": Constant.PLAIN,
    "?": Constant.UNKNOWN,
    "<async>": Constant.ASYNC,
    "<sync>": Constant.SYNC,
    "<awaitable>": Constant.AWAITABLE,
    "<argument>": Constant.ARGUMENT,
    "<makes <async>>": Constant.MAKES_ASYNC,
    "<makes <argument>>": Constant.MAKES_ARGUMENT,
}
HEAD = """
import asyncio
import typing as t
import collections.abc
from collections.abc import Awaitable, Callable
from typing import Coroutine, Optional, Union
"""


def _origin(text: str) -> Origin:
    """Return the origin that a text shows: a constant, or a path as it would be written, or several of them."""
    if text in CONSTANTS:
        return CONSTANTS[text]
    first, *others = (each._replace(level=None) for each in map(path, text.split("|")))
    return AnyOf((first, *others)) if others else first


def _value(line: int, origin: str) -> Value:
    return Value(line, _origin(origin))


def _function(
    line: int, is_async: bool, is_generator: bool, decorators: list[str], returns: str | None, gives: list[str]
) -> Function:
    returned = _origin(returns) if returns is not None else None
    return Function(line, is_async, is_generator, [*map(_origin, decorators)], returned, [*map(_origin, gives)])


def _names(source: str) -> dict[str, object]:
    return {**read_outline(dedent(source)).names}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import os.path", {"os": Import(1, "os")}),
        ("import os.path as p", {"p": Import(1, "os.path")}),
        ("from a.b import c as d, e", {"d": Import(1, "a.b.c"), "e": Import(1, "a.b.e")}),
        ("from . import a", {"a": Import(1, ".a")}),
        ("from ..a.b import c", {"c": Import(1, "..a.b.c")}),
        ("a = b.c", {"a": _value(1, "b.c")}),
        ("a = b = C()", {"a": _value(1, "C()"), "b": _value(1, "C()")}),
        ("a: C", {"a": _value(1, "C()")}),
        ("a: C = make()", {"a": _value(1, "C()")}),
        ("a = 1", {"a": _value(1, "")}),
        ("a = [C()]", {"a": _value(1, "")}),
        ("a = b[0]", {"a": _value(1, "?")}),
        ("a = lambda: 1", {"a": _value(1, "?")}),
        ("a = (await b()).c", {"a": _value(1, "b().await.c")}),
        ("a = cast(C, b)", {"a": _value(1, "C()")}),
        ("a = b or C()", {"a": _value(1, "b|C()")}),
        ("a = None\na = C()", {"a": Several([_value(1, ""), _value(2, "C()")])}),
        ("if x:\n    a = 1\nelif y:\n    import a", {"a": Several([_value(2, ""), Import(4, "a")])}),
        ("try:\n    import a\nexcept E:\n    a = None", {"a": Several([Import(2, "a"), _value(4, "")])}),
        (
            "try: pass\nexcept E: a = 1\nelse: b = 1\nfinally: c = 1",
            {"a": _value(2, ""), "b": _value(3, ""), "c": _value(4, "")},
        ),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import C", {
            "TYPE_CHECKING": Import(1, "typing.TYPE_CHECKING"), "C": Import(3, "a.C"),
        }),
        ("with a:\n    for x in y:\n        while z:\n            import b", {"b": Import(4, "b")}),
        ("match x:\n    case 1:\n        import a", {"a": Import(3, "a")}),
        ("def f():\n    import a\n    b = 1", {"f": _function(1, False, False, [], None, [])}),
        ("x.y = 1\nx[0] = 1\nf()", {}),
    ],
)  # fmt: skip
def test_what_a_module_binds(source: str, expected: dict[str, object]) -> None:
    assert _names(source) == expected


@pytest.mark.parametrize(
    ("source", "stars", "exported"),
    [
        ("from . import *\nfrom .a import *\nfrom b import *", [".", ".a", "b"], None),
        ("__all__ = ['a', 'b']", [], ["a", "b"]),
        ("__all__ = ('a',)", [], ["a"]),
        ("__all__ = a.__all__ + b.__all__", [], None),
        ("if x:\n    from a import *", ["a"], None),
    ],
)
def test_names_that_are_imported_by_star(source: str, stars: list[str], exported: list[str] | None) -> None:
    outline = read_outline(source)
    assert (outline.stars, outline.exported) == (stars, exported)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(): return 1", _function(1, False, False, [], None, [""])),
        ("async def f(): return 1", _function(1, True, False, [], None, [""])),
        ("def f(): yield 1", _function(1, False, True, [], None, [])),
        ("async def f(): yield 1", _function(1, True, True, [], None, [])),
        ("def f(): yield from x", _function(1, False, True, [], None, [])),
        ("async def f():\n    def g(): yield 1", _function(1, True, False, [], None, [])),
        ("async def f():\n    return (lambda: (yield))", _function(1, True, False, [], None, ["?"])),
        (
            "@a\n@b.c\n@d.e(1)\n@f[0]\ndef f(): pass",
            _function(5, False, False, ["a", "b.c", "d.e()", "?"], None, ["?"]),
        ),
        ("def f() -> C: return D()", _function(1, False, False, [], "C()", ["D()"])),
        ("def f(): ...", _function(1, False, False, [], None, ["?"])),
        ("def f():\n    'text'\n    raise E", _function(1, False, False, [], None, ["?"])),
        ("def f():\n    if x: return 1\n    return g()", _function(1, False, False, [], None, ["", "g()"])),
        (
            "def f():\n    try: return a()\n    except E: return b()",
            _function(1, False, False, [], None, ["a()", "b()"]),
        ),
        ("def f():\n    x = C()\n    return x.y", _function(1, False, False, [], None, ["C().y"])),
        ("def f():\n    x = None\n    x = C()\n    return x", _function(1, False, False, [], None, ["C()"])),
        ("def f():\n    x = C()\n    x = D()\n    return x", _function(1, False, False, [], None, ["C()|D()"])),
        ("def f(x): return x", _function(1, False, False, [], None, ["<argument>"])),
        ("def f(x: C): return x.y()", _function(1, False, False, [], None, ["C().y()"])),
        ("def f(x): return x or C()", _function(1, False, False, [], None, ["C()"])),
        ("def f(x): return C() if x is None else x", _function(1, False, False, [], None, ["C()"])),
        ("def f(x: D): return x or C()", _function(1, False, False, [], None, ["D()"])),
        ("def f(*x): return x.y", _function(1, False, False, [], None, ["?"])),
        ("def f():\n    with a() as x: return x", _function(1, False, False, [], None, ["?"])),
        ("def f():\n    for x in y: return x", _function(1, False, False, [], None, ["?"])),
        ("def f():\n    from a import x\n    return x()", _function(1, False, False, [], None, ["?"])),
        ("def f():\n    class x: pass\n    return x()", _function(1, False, False, [], None, ["?"])),
        ("def f():\n    x, y = g()\n    return x", _function(1, False, False, [], None, ["?"])),
        ("def f():\n    try: g()\n    except E as x: return x.y", _function(1, False, False, [], None, ["?"])),
        ("def f():\n    if x := g(): return x()", _function(1, False, False, [], None, ["?"])),
        ("def f(y):\n    match y:\n        case [x]: return x()", _function(1, False, False, [], None, ["?"])),
        ("def f(y):\n    match y:\n        case {**x}: return x()", _function(1, False, False, [], None, ["?"])),
        ("def f(x: C, y):\n    y[x] = 1\n    return x", _function(1, False, False, [], None, ["C()"])),
        ("def f():\n    async def g(): pass\n    return g", _function(1, False, False, [], None, ["<async>"])),
        ("def f():\n    async def g(): pass\n    return g()", _function(1, False, False, [], None, ["<awaitable>"])),
        ("def f():\n    async def g(): yield\n    return g", _function(1, False, False, [], None, ["?"])),
        ("def f():\n    def g(): return 1\n    return g", _function(1, False, False, [], None, ["<sync>"])),
        ("def f():\n    @a\n    async def g(): pass\n    return g", _function(1, False, False, [], None, ["?"])),
        (
            "def f():\n    @wraps(x)\n    async def g(): pass\n    return g",
            _function(1, False, False, [], None, ["<async>"]),
        ),
        (
            "def f():\n    def g(x):\n        async def h(): pass\n        return h\n    return g",
            _function(1, False, False, [], None, ["<makes <async>>"]),
        ),
        (
            "def f():\n    def g(x): return x\n    return g",
            _function(1, False, False, [], None, ["<makes <argument>>"]),
        ),
    ],
)
def test_functions(source: str, expected: Function) -> None:
    assert _names(source)["f"] == expected


@pytest.mark.parametrize("overload", ["overload", "t.overload"])
def test_of_overloads_the_implementation_counts(overload: str) -> None:
    source = f"@{overload}\ndef f(x: int): ...\n@{overload}\ndef f(x: str): ...\nasync def f(x): return 1"
    found = _names(source)["f"]
    assert isinstance(found, Function if overload == "overload" else Several)


def test_a_class() -> None:
    source = """
        class C(Base[int], a.D, make()):
            x: int = 3
            y: "Client"
            @property
            def p(self) -> Client: return self._p
            @p.setter
            def p(self, value): self._p = value
            @staticmethod
            def s(self): self.nothing = 1
            @classmethod
            def m(cls) -> t.Self:
                cls.nothing = 1
                return cls()
            def __init__(this, a: A, b=None, c=None, d: A | None = None):
                this.a, other.b = a, 1
                this.b = b or B()
                this.c = c
                this.d = d
                this.e: "A" = make()
                this.f = 1
                this.g = A()
                this.g = B()
                this.h = A()
                this.h = None
                other.nothing = 1
                this.a.nothing = 1
    """
    found = _names(source)["C"]
    assert isinstance(found, Class)
    assert (found.line, found.bases, found.is_dataclass) == (2, [*map(_origin, ("Base", "a.D", "?"))], False)
    assert {name: each for name, each in found.members.items() if name != "__init__"} == {
        "x": _value(3, ""),
        "y": _value(4, "Client()"),
        "p": _function(6, False, False, ["property"], "Client()", ["self._p"]),
        "s": _function(10, False, False, ["staticmethod"], None, []),
        "m": _function(12, False, False, ["classmethod"], "self", ["cls()"]),
    }
    assert found.attributes == {
        name: _origin(each)
        for name, each in {
            "a": "?",
            "b": "B()",
            "c": "<argument>",
            "d": "A()",
            "e": "A()",
            "f": "",
            "g": "A()|B()",
            "h": "A()",
        }.items()
    }


@pytest.mark.parametrize(
    ("decorator", "expected"),
    [("dataclass", True), ("dataclasses.dataclass(frozen=True)", True), ("attr.s", False)],
)
def test_dataclasses(decorator: str, expected: bool) -> None:
    found = _names(f"@{decorator}\nclass C: pass")["C"]
    assert isinstance(found, Class)
    assert found.is_dataclass is expected


def test_what_functions_bind_globally() -> None:
    found = _names("x = None\ndef f(a):\n    global x, y\n    x = C()\n    y = a\n    z = 1\n")
    assert found["x"] == Several([_value(1, ""), _value(4, "C()")])
    assert found["y"] == _value(5, "?")
    assert "z" not in found


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("C", "C()"),
        ("a.C", "a.C()"),
        ("'a.C'", "a.C()"),
        ("C[int]", "C()"),
        ("'not valid ('", "?"),
        ("None", ""),
        ("int", ""),
        ("list[C]", ""),
        ("t.Iterator[C]", ""),
        ("t.AsyncIterator[C]", ""),
        ("t.Any", "?"),
        ("object", "?"),
        ("t.Self", "self"),
        ("type[C]", "C"),
        ("t.Annotated[C, 1]", "C()"),
        ("Optional[C]", "C()"),
        ("Optional['C']", "C()"),
        ("Union[C, None]", "C()"),
        ("Union[C, D]", "C()|D()"),
        ("C | None", "C()"),
        ("'C | None'", "C()"),
        ("C | D", "C()|D()"),
        ("Awaitable[int]", "<awaitable>"),
        ("'Awaitable[int]'", "<awaitable>"),
        ("Awaitable", "<awaitable>"),
        ("Coroutine[None, None, int]", "<awaitable>"),
        ("t.Awaitable[int]", "<awaitable>"),
        ("collections.abc.Coroutine", "<awaitable>"),
        ("Optional[Awaitable[int]]", "?"),
        ("Union[Awaitable[int], int]", "?"),
        ("int | Awaitable[int]", "?"),
        ("elsewhere.Awaitable[int]", "elsewhere.Awaitable()"),
        ("asyncio.Task[int]", "asyncio.Task()"),
        ("asyncio.Future", "asyncio.Future()"),
        ("Callable[[int], Awaitable[int]]", "<async>"),
        ("Callable[..., int]", "<sync>"),
        ("Callable[..., t.Any]", "?"),
        ("Callable", "?"),
        ("Optional[Callable[..., Awaitable[int]]]", "<async>"),
    ],
)
def test_annotations(annotation: str, expected: str) -> None:
    found = _names(f"{HEAD}\ndef f() -> {annotation}: ...\nx: {annotation}\n")
    assert isinstance(function := found["f"], Function)
    assert isinstance(value := found["x"], Value)
    assert function.returns == value.origin == _origin(expected)


@pytest.mark.parametrize(
    "head",
    ["", "from a import Awaitable", "from .typing import Awaitable", "class Awaitable: pass"],
)
def test_awaitables_are_known_by_what_is_imported(head: str) -> None:
    found = _names(f"{head}\ndef f() -> Awaitable: ...")["f"]
    assert isinstance(found, Function)
    assert found.returns == _origin("Awaitable()")


@pytest.mark.parametrize("source", ["def f(:", "x = '\0'", "(" * 300])
def test_what_cannot_be_read_raises_what_parsing_does(source: str) -> None:
    with pytest.raises((SyntaxError, ValueError, RecursionError, MemoryError)):
        read_outline(source)
