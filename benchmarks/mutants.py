"""Breaks the code in small ways and counts what the tests notice.

``python benchmarks/mutants.py --number 60 --seed 1 codemods/rules/markers codemods/analysis`` makes that many seeded
mutants below the paths, each one change in a copy: a condition negated, an operand of ``and`` or ``or`` left out, a
comparison turned, a number moved by one, one way of a conditional expression. It runs the cases and laws of the rule,
for other modules all tests or those that ``--tests`` names, and stops at the first that fails. It prints what survived:
look at each. A mutant that changes nothing that can be seen is none that a test could kill.

With ``--since REF`` only lines are changed that differ from that commit.
"""

from __future__ import annotations

import argparse
import ast
import copy
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_LIMIT = 900
"""Seconds for the tests of one mutant: one that never ends is killed, too."""
_TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change: the file, the line, what stands there and what it becomes."""

    path: Path
    line: int
    before: str
    after: str
    text: str

    @property
    def shown(self) -> str:
        """What is changed, and where."""
        return f"{self.path}:{self.line}: {self.before}  ->  {self.after}"


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what a node may become."""
    if isinstance(node, ast.BoolOp):
        for index in range(len(node.values)):
            left = node.values[:index] + node.values[index + 1 :]
            yield left[0] if len(left) == 1 else ast.BoolOp(node.op, left)
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _TURNED:
        yield ast.Compare(node.left, [_TURNED[type(node.ops[0])]()], node.comparators)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, ast.IfExp):
        yield from (node.body, node.orelse)
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield ast.Constant(node.value + 1)
    elif isinstance(node, ast.Constant) and type(node.value) is bool:
        yield ast.Constant(not node.value)


def mutants(path: Path, lines: set[int] | None) -> Iterator[Mutant]:
    """Yield all mutants of a file, on all lines or on some."""
    source = (ROOT / path).read_text("utf-8")
    tree = ast.parse(source)
    annotations = {id(each) for node in ast.walk(tree) for each in _annotations(node)}
    for node in ast.walk(tree):
        line = getattr(node, "lineno", None)
        if not isinstance(node, ast.expr) or id(node) in annotations or (lines is not None and line not in lines):
            continue
        before = ast.get_source_segment(source, node)
        for changed in changes(node):
            new = copy.copy(changed)
            after = f"({ast.unparse(new)})"
            if before and source.isascii():
                yield Mutant(path, node.lineno, before, after, _replaced(source, node, after))


def _annotations(node: ast.AST) -> Iterator[ast.AST]:
    for name in ("annotation", "returns"):
        if isinstance(value := getattr(node, name, None), ast.AST):
            yield from ast.walk(value)


def _replaced(source: str, node: ast.expr, text: str) -> str:
    lines = source.splitlines(keepends=True)
    starts = [0]
    for each in lines:
        starts.append(starts[-1] + len(each))
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
    start, end = starts[node.lineno - 1] + node.col_offset, starts[end_line - 1] + end_column
    return source[:start] + text + source[end:]


def changed_lines(path: Path, since: str | None) -> set[int] | None:
    """Return the lines of a file that differ from a commit; None for all."""
    if since is None:
        return None
    diff = subprocess.run(
        ["git", "diff", "-U0", since, "--", str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    found: set[int] = set()
    for start, count in re.findall(r"^@@ .*\+(\d+)(?:,(\d+))? @@", diff, re.MULTILINE):
        found |= set(range(int(start), int(start) + int(count or 1)))
    return found


def is_killed(copied: Path, mutant: Mutant, tests: Sequence[str]) -> bool:
    """Run the tests over one mutant; return whether any fails."""
    target = copied / mutant.path
    original = target.read_text("utf-8")
    target.write_text(mutant.text, "utf-8")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-n", "2", *tests]
    try:
        return subprocess.run(command, cwd=copied, capture_output=True, timeout=_LIMIT, check=False).returncode != 0
    except subprocess.TimeoutExpired:
        return True
    finally:
        target.write_text(original, "utf-8")


def tests_of(path: Path, chosen: Sequence[str]) -> list[str]:
    """Return the tests to run for a file: those that were chosen, and for a rule those of its code first."""
    code = re.search(r'^    code = "(PAM\d+)"', (ROOT / path).read_text("utf-8"), re.MULTILINE)
    cases = ["tests/test_fixtures.py", "tests/test_laws.py"]
    if code is None or chosen:
        return [*(chosen or [*cases, "tests"])]
    own = [each for each in (f"tests/test_{path.stem}.py", "tests/test_docs.py") if (ROOT / each).exists()]
    return [*cases, *own, "-k", " or ".join([code[1], *(Path(each).stem for each in own)])]


def main() -> int:
    """Make the mutants and print what survived."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--number", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--since", help="change only lines that differ from this commit")
    parser.add_argument("--tests", nargs="*", default=[], help="the tests to run, by default those of the rule")
    arguments = parser.parse_args()
    files = [each for path in arguments.paths for each in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
    every = [each for file in files for each in mutants(file, changed_lines(file, arguments.since))]
    chosen = random.Random(arguments.seed).sample(every, min(arguments.number, len(every)))
    survivors: list[Mutant] = []
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder) / "copy"
        shutil.copytree(ROOT, copied, ignore=shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache"))
        for number, each in enumerate(chosen, 1):
            if not is_killed(copied, each, tests_of(each.path, arguments.tests)):
                survivors.append(each)
                print(f"survived: {each.shown}", flush=True)
            print(f"{number} of {len(chosen)}: {number - len(survivors)} killed", file=sys.stderr, flush=True)
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} killed ({len(every)} possible)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
