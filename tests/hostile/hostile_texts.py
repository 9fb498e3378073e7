"""Files that are hard to read or to parse: each is done or fails in one line, and the others are done."""

from __future__ import annotations

import codecs

from hostile_case import LEGACY, Case

_DONE = "test_other.py:5:5: PAM401"
"""What is said of a file beside the hostile one."""
_MANY = 3000


def _case(name: str, text: str | bytes, code: int | tuple[int, ...], *says: str, command: str = "check") -> Case:
    """A file in a folder with another one, which is always done."""
    done = _DONE if command == "check" else "await asyncio.sleep(0)"
    return Case(name, {"test_a.py": text, "test_other.py": LEGACY}, (command, "."), code, (done, *says))


def _fails(name: str, text: str | bytes, *says: str) -> Case:
    return _case(name, text, 3, "error: test_a.py: ", *says)


def _found(name: str, text: str | bytes, *says: str) -> Case:
    return _case(name, text, 1, "test_a.py:", *says)


def _either(name: str, text: str | bytes) -> Case:
    """Done or failed in one line: that is for the running Python to say."""
    return _case(name, text, (1, 3), "test_a.py:")


def _coded(name: str, text: str = LEGACY) -> str:
    return f"# -*- coding: {name} -*-\n{text}"


_NESTED = [
    # What the parser of the running Python takes is its own affair: it is done or fails in one line.
    ("parentheses", "x = " + "(" * _MANY + "1" + ")" * _MANY),
    ("lists", "x = " + "[" * _MANY + "]" * _MANY),
    ("dicts", "x = " + "{1: " * _MANY + "2" + "}" * _MANY),
    ("lambdas", "x = " + "lambda: " * _MANY + "1"),
    ("nots", "x = " + "not " * _MANY + "1"),
    ("minuses", "x = " + "-" * _MANY + "1"),
    ("calls-in-calls", "x = " + "f(" * _MANY + ")" * _MANY),
    ("chained-calls", "x = f" + "()" * 2000),
    ("chained-methods", "x = f" + ".g()" * 2000),
    ("subscripts", "x = f" + "[0]" * 2000),
    ("sums", "x = " + "1 + " * 2000 + "1"),
    ("powers", "x = " + "1 ** " * 2000 + "1"),
    ("ternaries", "x = " + "1 if y else " * 2000 + "1"),
    ("comparisons", "x = " + "1 < " * 2000 + "1"),
    ("ands", "x = " + "y and " * 2000 + "y"),
    ("attributes", "x = y" + ".z" * 2000),
    ("awaits", "async def f():\n    " + "await " * 1000 + "x"),
    ("ifs", "".join(f"{' ' * depth}if x:\n" for depth in range(99)) + " " * 99 + "pass"),
    ("too-many-ifs", "".join(f"{' ' * depth}if x:\n" for depth in range(_MANY)) + " " * _MANY + "pass"),
    ("elifs", "if x:\n    pass\n" + "elif x:\n    pass\n" * 2000),
    ("functions", "".join(f"{' ' * depth}def f():\n" for depth in range(90)) + " " * 90 + "pass"),
    ("classes", "".join(f"{' ' * depth}class A:\n" for depth in range(90)) + " " * 90 + "pass"),
    ("withs", "".join(f"{' ' * depth}with x:\n" for depth in range(19)) + " " * 19 + "pass"),
    ("comprehensions", "x = " + "[y for y in " * 150 + "z" + "]" * 150),
    ("f-strings", "x = " + "f'{" * 50 + "1" + "}'" * 50),
    ("string-pieces", "x = (" + "'a' " * 5000 + ")"),
    ("unpacking", "x = " + "*" * 2000 + "y"),
    ("walruses", "x = " + "(y := " * 150 + "1" + ")" * 150),
    ("decorators", "@x\n" * 10_000 + "def f(): pass"),
]


_CODINGS = [
    ("utf-7", 1), ("latin-1", 1), ("iso-8859-15", 1), ("cp1252", 1), ("ascii", 1), ("utf-8-sig", 1), ("koi8-r", 1),
    ("shift_jis", 1), ("gb18030", 1), ("mac-roman", 1), ("euc_jp", 1), ("utf8", 1), ("UTF_8", 1), ("latin-1-unix", 1),
    ("utf-16", 3), ("utf-16-le", 3), ("utf-32", 3), ("rot13", 3), ("zip", 3), ("base64", 3), ("hex", 3), ("bz2", 3),
    ("quopri", 3), ("uu", 3), ("punycode", (1, 3)), ("idna", (1, 3)), ("raw_unicode_escape", (1, 3)),
    ("unicode_escape", (1, 3)), ("undefined", 3), ("nonsense", 3), ("x" * 5000, 3), ("mbcs", (1, 3)), ("oem", (1, 3)),
    ("iso2022_jp", (1, 3)), ("hz", (1, 3)), ("cp037", (1, 3)),
]  # fmt: skip

_ODD = [
    _found("form-feeds", "\f\n" + LEGACY.replace("\n\n\n", "\n\f\n\f\n")),
    _fails("form-feed-in-indentation", LEGACY.replace("    time", "    \ftime")),
    _found("lone-carriage-returns", LEGACY.replace("\n", "\r")),
    _found("mixed-line-ends", LEGACY.replace("\n\n\n", "\r\n\r\n")),
    _found("no-end-of-the-last-line", LEGACY.rstrip()),
    _found("vertical-tabs-in-a-comment", LEGACY + "# \v \x1c \x85 \u2028 x\n"),
    _found("bom", codecs.BOM_UTF8 + LEGACY.encode()),
    _fails("two-boms", codecs.BOM_UTF8 * 2 + LEGACY.encode()),
    _fails("bom-and-another-coding", codecs.BOM_UTF8 + _coded("latin-1").encode()),
    _fails("utf-16-with-a-bom", LEGACY.encode("utf-16")),
    _fails("utf-32-with-a-bom", LEGACY.encode("utf-32")),
    _fails("encoded-surrogate", LEGACY.encode() + b"x = '\xed\xa0\x80'\n"),
    _found("surrogates-in-literals", LEGACY + "x = '\\ud800 \\udfff'\ny = b'\\xff'\n"),
    _fails("nul", "async def test_a(): time.sleep(\0)\n", "holds NUL bytes"),
    _fails("not-utf-8", LEGACY.encode() + b"# \xff\n", "0xff in line 6"),
    _fails("cut-off-utf-8", LEGACY.encode() + b"# \xe2\x82"),
    _fails("open-string", LEGACY + "x = 'a\n"),
    _fails("open-long-string", LEGACY + "x = '''a\n"),
    _fails("open-f-string", LEGACY + "x = f'{a'\n"),
    _fails("open-parenthesis", LEGACY + "x = (\n"),
    _fails("line-that-goes-on-into-nothing", LEGACY + "x = \\"),
    _fails("tabs-and-spaces", LEGACY + "if x:\n        a\n\tb\n"),
    _fails("dedent-to-nowhere", LEGACY + "if x:\n        a\n    b\n"),
    _found("tabs", LEGACY.replace("    ", "\t")),
    _found("noqa-flood", LEGACY + "pass  # noqa: F401\n" * 20_000),
    _found("noqa-with-a-long-list", LEGACY + f"x = 1  # noqa: {','.join(['F401'] * 20_000)}\n"),
    _found("long-line", LEGACY + f"x = '{'a' * 1_000_000}'\n"),
    _found("long-comment", LEGACY + f"# {'a' * 1_000_000}\n"),
    _found("long-line-of-statements", LEGACY + "pass; " * 20_000 + "\n"),
    _found("long-name", LEGACY + f"{'a' * 100_000} = 1\n"),
    _found("many-statements", LEGACY + "pass\n" * 100_000),
    _found("many-blank-lines", LEGACY + "\n" * 300_000),
    _found("many-strings", LEGACY + "''\n" * 20_000),
    _found("many-parameters", LEGACY + f"def f({', '.join(f'a{number}' for number in range(5000))}): pass\n"),
    _found("many-arguments", LEGACY + f"f({', '.join(['1'] * 20_000)})\n"),
    _found("many-imports", "".join(f"import m{number}\n" for number in range(3000)) + LEGACY),
    _found("many-functions", LEGACY + "def f(): pass\n" * 5000),
    _either("long-integer", LEGACY + f"x = {'9' * 5000}\n"),
    _found("long-hexadecimal", LEGACY + f"x = 0x{'f' * 50_000}\n"),
    _found("large-float", LEGACY + "x = 1e999999999\n"),
    _found("large-exponents", LEGACY + "x = 9 ** 9 ** 9 ** 9\n"),
    _found("large-repetition", LEGACY + "x = 'a' * 10 ** 12\ny = [0] * 10 ** 12\n"),
    _found("names-that-are-normalised", LEGACY + "\N{KELVIN SIGN}a = \ufb01 = \u2102 = \u210d = 1\n"),
    _found("module-in-other-letters", LEGACY.replace("import time", "import t\u1d62me")),
    _found("test-in-other-letters", LEGACY + "async def te\u017ft_a():\n    time.\u017fleep(0)\n"),
    _fails("name-of-signs", LEGACY + "\u20ac = 1\n"),
    _fails("bidi-in-code", LEGACY + "x = \u202e1\n"),
    _found("bidi-in-a-comment", LEGACY + "# \u202e \u2066\n"),
    _fails("zero-width-space", LEGACY + "x\u200b = 1\n"),
    _fails("non-breaking-space", LEGACY + "x\xa0= 1\n"),
    _fails("python-2", LEGACY + "print 'a'\n", "if newer Python accepts it"),
    _fails("merge-conflict", f"<<<<<<< HEAD\n{LEGACY}=======\n>>>>>>> other\n"),
    _fails("template", LEGACY + "import {{ cookiecutter.name }}\n"),
    _fails("return-in-an-expression", LEGACY + "x = return\n"),
    _either("walrus-at-the-top", LEGACY + "x = (y := 1)\n(z := 2)\n"),
    _either("match", LEGACY + "match x:\n    case [1, *_] | {'a': 1, **b}: pass\n    case _: pass\n"),
    _either("except-star", LEGACY + "try:\n    pass\nexcept* ValueError:\n    pass\n"),
    _either("type-statement", LEGACY + "type X[T: int = str] = list[T]\ndef f[**P](x): pass\n"),
    _either("f-string-of-python-3.12", LEGACY + "x = f'{'a' + f'{'b'}'}'\n"),
    _either("t-string", LEGACY + "x = t'{a!r:>{b}}'\n"),
    _either("except-without-parentheses", LEGACY + "try:\n    pass\nexcept A, B:\n    pass\n"),
    _either("finally-that-returns", LEGACY + "def f():\n    try:\n        pass\n    finally:\n        return 1\n"),
    _either("invalid-escapes", LEGACY + "x = '\\d\\w\\777'\nif 1is 2: pass\nassert (1, 'x')\n"),
    _found("star-import", "from x import *\nfrom time import *\n" + LEGACY),
    _found("await-outside", LEGACY + "await x\n"),
    _found("nonlocal-at-the-top", LEGACY + "def f():\n    nonlocal x\n"),
    _found("names-of-the-tool", LEGACY + "codemods = ast = pytest = asyncio = __import__ = None\n"),
    Case("only-a-bom", {"test_a.py": codecs.BOM_UTF8, "test_other.py": LEGACY}, ("check", "."), 1, (_DONE,)),
    Case("nothing", {"test_a.py": b"", "test_other.py": LEGACY}, ("check", "."), 1, (_DONE,)),
    Case(
        "only-a-backslash",
        {"test_a.py": b"async def\\", "test_other.py": LEGACY},
        ("check", "."),
        3,
        (_DONE, "test_a.py: "),
    ),
]


CASES = [
    *(_either(f"nested-{name}", f"{LEGACY}\n\n{text}\n") for name, text in _NESTED),
    *(_case(f"coding-{name[:20]}", _coded(name), code, "test_a.py:") for name, code in _CODINGS),
    *_ODD,
    *(
        Case(f"diff-{name}", {"test_a.py": f"{LEGACY}\n\n{text}\n"}, ("diff", "."), (1, 3))
        for name, text in _NESTED if name in {"chained-calls", "sums", "decorators", "ifs", "string-pieces", "elifs"}
    ),
]  # fmt: skip
