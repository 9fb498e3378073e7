"""The lines about whole repositories: an edit in one, a hook in one, a folder of a large one, and what `diff` takes."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from statistics import median

from speed.checks import warm
from speed.corpora import COPIED, is_async, is_long, is_test, python_files, shuffled
from speed.rows import Bench, Row
from speed.running import CODEMODS, DJANGO_UPGRADE, FOUND, cold, pairs, ruff, run

TESTS = "tests"
NO_CODE = {TESTS, "test", "docs", "doc", "examples", "benchmarks", "scripts", "tools"}
SUITES = 3
"""How many suites `diff` runs on."""
SUITE = range(20, 121)
"""How many async test files such a suite has."""
MOST_FILES = 300
"""How many Python files it may have at most."""
FEWEST_CHANGES = 10
"""How many files a diff of it has to name: with fewer, `check` of all the others would be what is measured."""
PARSE = """\
import sys, time
from pathlib import Path
import libcst
files = [Path(each).read_bytes() for each in sys.argv[1:]]
before = time.process_time()
for each in files:
    libcst.parse_module(each)
print(time.process_time() - before)
"""


def changed_files(bench: Bench) -> Iterator[Row]:
    """`check` when a test file and a file of the code that it tests have changed, beside ruff on the same folder."""
    found = max((each for each in bench.repositories.sizes if package_of(each)), key=async_below)
    folder, kept = bench.repositories.copy(found), bench.scratch("kept_changed")
    code = most_imported(folder, Path(package_of(folder) or "."))
    test = next(path for path in shuffled(tests_of(folder), folder) if is_async(path))
    edit = edits(code, test)
    warm(folder, kept, TESTS)
    taken = pairs(lambda: after(edit, lambda: warm(folder, kept, TESTS)), lambda: ruff(folder, TESTS), bench.runs)
    line = f"`check` again, a test and a file of the code changed ÷ ruff ({found.name})"
    yield Row(line, taken.ratio, taken.n, 1, medians=taken.medians("codemods", "ruff"))


def package_of(found: Path) -> str | None:
    """The package beside the tests of a repository, from its root."""
    if not (found / TESTS).is_dir():
        return None
    beside = (each.parent for pattern in ("*/__init__.py", "src/*/__init__.py") for each in found.glob(pattern))
    packages = {each: sum(1 for _ in each.rglob("*.py")) for each in beside if each.name not in NO_CODE}
    largest = max(sorted(packages), key=lambda each: packages[each], default=None)
    return largest.relative_to(found).as_posix() if largest else None


def tests_of(found: Path) -> list[Path]:
    """The test files below the folder of tests."""
    return [path for path in python_files(found / TESTS) if is_test(path)]


def async_below(found: Path) -> tuple[int, str]:
    """How many of them are async."""
    return sum(map(is_async, tests_of(found))), found.name


def most_imported(folder: Path, package: Path) -> Path:
    """The module of the package that most test files import by its name."""
    importing = re.compile(rb"^\s*(?:from|import) (%s(?:\.\w+)+)" % package.name.encode(), re.MULTILINE)
    names = Counter(name for path in tests_of(folder) for name in set(importing.findall(path.read_bytes())))
    root = folder / package.parent
    modules = ((root / name.decode().replace(".", "/")).with_suffix(".py") for name, _ in names.most_common())
    return next(filter(Path.is_file, modules), folder / package / "__init__.py")


def edits(*paths: Path) -> Callable[[], None]:
    """Something that gives each file one more function."""
    numbers = count()

    def edit() -> None:
        number = next(numbers)
        for path in paths:
            with path.open("ab") as file:
                file.write(b"\n\ndef changed_%d():\n    return %d\n" % (number, number))

    return edit


def after(prepare: Callable[[], None], measure: Callable[[], float]) -> float:
    """Measure something after something else."""
    prepare()
    return measure()


def hook(bench: Bench) -> Iterator[Row]:
    """Three clean files of the largest repository, as a hook runs on them, beside django-upgrade."""
    found = next(iter(bench.repositories.sizes))
    folder, kept = bench.repositories.copy(found), bench.scratch("kept_hook")
    files = clean(folder, kept)
    edit = edits(folder / files[0])

    def ours() -> float:
        return run([*CODEMODS, "check", *files], folder, kept=kept).cpu

    def theirs() -> float:
        return run([*DJANGO_UPGRADE, *files], folder, fine=(0,)).cpu

    for line, check in (("as a hook", ours), ("as a hook, one of them just changed", lambda: after(edit, ours))):
        taken = pairs(check, theirs, bench.runs)
        medians = taken.medians("codemods", "django-upgrade")
        yield Row(
            f"three clean files, {line} ÷ django-upgrade ({found.name})", taken.ratio, taken.n, 1.2, medians=medians
        )


def clean(folder: Path, kept: Path) -> list[str]:
    """Test files in which neither finds anything, one of them async."""
    tests = [path for path in shuffled(filter(is_test, python_files(folder)), folder) if is_long(path)]
    some = [path for path in tests if is_async(path)]
    others = [path for path in tests if not is_async(path)]
    chosen = [*islice(_clean(some, folder, kept), 1)]
    chosen += islice(_clean(others, folder, kept), 3 - len(chosen))
    return chosen


def _clean(paths: Sequence[Path], folder: Path, kept: Path) -> Iterator[str]:
    for path in paths:
        name = path.relative_to(folder).as_posix()
        ours = run([*CODEMODS, "check", name], folder, kept=kept, fine=FOUND)
        if ours.code == 0 and run([*DJANGO_UPGRADE, "--check", name], folder).code == 0:
            yield name


def folder_of_large(bench: Bench) -> Iterator[Row]:
    """Four test files in a large repository, beside the same four in one that has no others."""
    files = 4 * bench.files
    large, alone = bench.repositories.large(files)
    taken = pairs(lambda: cold(large, "check", COPIED).cpu, lambda: cold(alone, "check", COPIED).cpu, bench.runs)
    line = f"four test files among {files:,} files ÷ alone"
    yield Row(line, taken.ratio, taken.n, 3, medians=taken.medians("among them", "alone"))


def diffs(bench: Bench) -> Iterator[Row]:
    """`diff --unsafe` beside what LibCST takes to parse the files that it changes."""
    repositories = bench.repositories
    suites = [each for each in shuffled(repositories.sizes, repositories.folder) if is_suite(bench, each)]
    fewest = 1 if bench.suites else FEWEST_CHANGES
    changing = ((found, files) for found in suites if len(files := changes(repositories.copy(found))) >= fewest)
    ratios = []
    for found, files in islice(changing, SUITES):
        row = one_diff(bench, found, files)
        ratios.append(row.measured)
        yield row
    if not ratios:
        print("diff: no suite in which enough files change")
    else:
        yield Row("`diff --unsafe` ÷ `libcst.parse_module`, median of the suites", median(ratios), len(ratios), 3)


def is_suite(bench: Bench, found: Path) -> bool:
    """Whether `diff` may run on a repository: on one that was named, else on one of middle size."""
    if bench.suites:
        return found.name.startswith(bench.suites)
    repositories = bench.repositories
    return repositories.sizes[found] <= MOST_FILES and len(repositories.async_tests(found)) in SUITE


def changes(folder: Path) -> list[str]:
    """The Python files that a diff names."""
    patch = cold(folder, "diff", "--unsafe", output=True).output
    named = re.findall(r'^\+\+\+ "?b/(.*\.py)\b', patch, re.MULTILINE)
    return [name for name in named if (folder / name).is_file()]


def one_diff(bench: Bench, found: Path, files: Sequence[str]) -> Row:
    """The line of one suite."""
    folder = bench.repositories.copy(found)
    taken = pairs(lambda: cold(folder, "diff", "--unsafe").cpu, lambda: parsed(folder, files), bench.runs, warm=False)
    line = f"`diff --unsafe` ÷ `libcst.parse_module` ({found.name}, {len(files)} files)"
    return Row(line, taken.ratio, taken.n, 3, medians=taken.medians("codemods", "LibCST"))


def parsed(folder: Path, files: Sequence[str]) -> float:
    """CPU seconds that LibCST takes to parse files: neither to start nor to read them."""
    return float(run([sys.executable, "-c", PARSE, *files], folder, fine=(0,), output=True).output)
