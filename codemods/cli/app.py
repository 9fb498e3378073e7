"""The commands and their flags, as typer wants them; what they do is in the modules of their names."""

from __future__ import annotations

import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import Annotated, Literal

from typer import Argument, Exit, Option, Typer, echo

from codemods import __version__
from codemods.cli.options import STDIN_FILENAME, Options
from codemods.cli.session import command, say
from codemods.config import MAX_RUNS, TIMEOUT

# Without markup: it would eat the brackets of `[tool.codemods]`.
app = Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_asked: list[tuple[object, ...]] = []
"""The command that the arguments ask for, and its own arguments."""


def run() -> int:
    """Do what the arguments ask for, or print what typer has to say of them, and return the exit code."""
    _asked.clear()
    results, errors = StringIO(), StringIO()
    with redirect_stdout(results), redirect_stderr(errors):
        try:
            app()
        except SystemExit as ended:
            code = int(ended.code or 0)
    if _asked:
        name, *arguments = _asked[0]
        return command(str(name), *arguments)
    say(results.getvalue().splitlines(), results=True)
    say(_complaint(errors.getvalue()))
    return code


def _complaint(text: str) -> list[str]:
    """Return the lines of what typer says of wrong arguments; what it quotes of them may hold a newline."""
    usage, is_error, error = text.partition("\nError: ")
    return [*usage.splitlines(), *([f"Error: {error.rstrip()}"] if is_error else [])]


Format = Literal["text", "json"]
Color = Literal["auto", "always", "never"]

PathsArgument = Annotated[
    list[str] | None,
    Argument(metavar="PATHS", help="Files and folders; '-' is standard input. [default: .]", show_default=False),
]
SelectOption = Annotated[
    list[str] | None,
    Option("--select", metavar="CODES", help="Run only the rules with these codes or prefixes, or ALL."),
]
IgnoreOption = Annotated[list[str] | None, Option("--ignore", metavar="CODES", help="Don't run these rules.")]
ExtendOption = Annotated[list[str] | None, Option("--extend-select", metavar="CODES", help="Run these rules too.")]
UnsafeOption = Annotated[bool, Option("--unsafe", help="Also accept the fixes that need review.")]
PythonOption = Annotated[
    str | None,
    Option(
        "--python",
        metavar="PYTHON",
        help="The Python of the tests, or the folder of its environment. [default: the active one, else .venv]",
        show_default=False,
    ),
]
TargetOption = Annotated[
    str | None,
    Option(
        "--target-version",
        metavar="VERSION",
        help="The pytest-asyncio that the tests will run under. [default: what the project requires, at least 1.3]",
        show_default=False,
    ),
]
JobsOption = Annotated[
    int | None,
    Option("--jobs", "-j", min=1, help="How many processes work. [default: as many as pay]", show_default=False),
]
StatisticsOption = Annotated[bool, Option("--statistics", help="Count the findings by rule.")]
FormatOption = Annotated[Format, Option("--format", help="For people or for programs.")]
ColorOption = Annotated[Color, Option("--color", help="Whether to use colours.")]
StdinOption = Annotated[
    str,
    Option(
        "--stdin-filename",
        metavar="PATH",
        help="Where standard input would stand; decides its configuration.",
    ),
]
NonTestsOption = Annotated[
    bool, Option("--include-non-tests", help="Also work on files that don't belong to the tests.")
]
EvidenceOption = Annotated[
    str | None,
    Option(
        "--evidence",
        metavar="FILE",
        help="What `codemods trace` has written. [default: what it has kept for the project]",
        show_default=False,
    ),
]
CacheOption = Annotated[bool, Option("--no-cache", help="Look at everything anew, and keep nothing for the next run.")]
DirtyOption = Annotated[
    bool, Option("--allow-dirty", help="Also write files with uncommitted changes and untracked files.")
]
BackupOption = Annotated[
    bool, Option("--backup", help="Keep the old content of each changed file beside it, as FILE.orig.")
]


def _show_version(wanted: bool) -> None:
    if wanted:
        echo(f"codemods {__version__}")
        raise Exit


@app.callback()
def codemods(
    _version: Annotated[
        bool, Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Migrate legacy Python async test suites to pytest-asyncio 1.3+."""


@app.command()
def check(
    paths: PathsArgument = None,
    select: SelectOption = None,
    ignore: IgnoreOption = None,
    extend_select: ExtendOption = None,
    unsafe: UnsafeOption = False,
    include_non_tests: NonTestsOption = False,
    evidence: EvidenceOption = None,
    python: PythonOption = None,
    target_version: TargetOption = None,
    jobs: JobsOption = None,
    statistics: StatisticsOption = False,
    output_format: FormatOption = "text",
    color: ColorOption = "auto",
    stdin_filename: StdinOption = STDIN_FILENAME,
    no_cache: CacheOption = False,
) -> None:
    """List what there is to migrate. Exits with 1 if there is anything."""
    _run("check", locals())


@app.command()
def diff(
    paths: PathsArgument = None,
    select: SelectOption = None,
    ignore: IgnoreOption = None,
    extend_select: ExtendOption = None,
    unsafe: UnsafeOption = False,
    include_non_tests: NonTestsOption = False,
    evidence: EvidenceOption = None,
    python: PythonOption = None,
    target_version: TargetOption = None,
    jobs: JobsOption = None,
    statistics: StatisticsOption = False,
    output_format: FormatOption = "text",
    color: ColorOption = "auto",
    stdin_filename: StdinOption = STDIN_FILENAME,
    no_cache: CacheOption = False,
) -> None:
    """Show the changes as a patch for `git apply`. Exits with 1 if there are any."""
    _run("diff", locals())


@app.command()
def apply(
    paths: PathsArgument = None,
    select: SelectOption = None,
    ignore: IgnoreOption = None,
    extend_select: ExtendOption = None,
    unsafe: UnsafeOption = False,
    include_non_tests: NonTestsOption = False,
    evidence: EvidenceOption = None,
    python: PythonOption = None,
    target_version: TargetOption = None,
    jobs: JobsOption = None,
    statistics: StatisticsOption = False,
    output_format: FormatOption = "text",
    color: ColorOption = "auto",
    stdin_filename: StdinOption = STDIN_FILENAME,
    no_cache: CacheOption = False,
    allow_dirty: DirtyOption = False,
    backup: BackupOption = False,
) -> None:
    """Make the changes and say what was left alone."""
    _run("apply", locals())


@app.command()
def verify(
    paths: PathsArgument = None,
    python: PythonOption = None,
    target_version: TargetOption = None,
    timeout: Annotated[float, Option(min=1, metavar="SECONDS", help="How long a test may take.")] = TIMEOUT,
    max_runs: Annotated[
        int, Option(min=0, metavar="N", help="How many runs may search for what broke a test.")
    ] = MAX_RUNS,
    before: Annotated[
        str | None,
        Option("--before", metavar="OLD", help="Where the suite runs as it stands: a Python, or its environment."),
    ] = None,
    after: Annotated[
        str | None, Option("--after", metavar="NEW", help="Where it is to run, if that isn't --python's.")
    ] = None,
    against: Annotated[
        str | None, Option("--against", metavar="REF", help="Prove what was changed since a revision of git.")
    ] = None,
    strict: Annotated[
        bool, Option("--strict", help="Also take back what makes coroutines that nothing awaits.")
    ] = False,
    write: Annotated[bool, Option("--write", help="Write what is proven to the files.")] = False,
    select: SelectOption = None,
    ignore: IgnoreOption = None,
    extend_select: ExtendOption = None,
    unsafe: UnsafeOption = False,
    include_non_tests: NonTestsOption = False,
    evidence: EvidenceOption = None,
    jobs: JobsOption = None,
    output_format: FormatOption = "text",
    color: ColorOption = "auto",
    allow_dirty: DirtyOption = False,
    backup: BackupOption = False,
) -> None:
    """Prove the changes by running the suite, before and after.

    It runs in a copy of the project. Changes that break a test are found and taken back.
    What stands behind `--` goes to pytest: `codemods verify tests -- -n 4`.
    """
    before_dashes, behind = _divided(paths)
    flags = {key: value for key, value in locals().items() if key not in ("before_dashes", "behind")}
    _run("verify", {**flags, "paths": [*before_dashes], "pytest_args": [*behind]})


@app.command()
def trace(
    paths: PathsArgument = None,
    python: PythonOption = None,
    timeout: Annotated[float, Option(min=1, metavar="SECONDS", help="How long a test may take.")] = TIMEOUT,
    output: Annotated[
        str | None,
        Option(
            "--output", metavar="FILE", help="Where to write it. [default: kept for the project]", show_default=False
        ),
    ] = None,
    merge: Annotated[
        list[str] | None, Option("--merge", metavar="FILE", help="Run nothing: put what is in these files together.")
    ] = None,
) -> None:
    """Record a run of the suite, for what can't be decided by reading: which mocks are awaited.

    It runs in a copy of the project. What stands behind `--` goes to pytest: `codemods trace tests -- -n 4`.
    """
    before, behind = _divided(paths)
    timed = Options(paths=before, python=python, timeout=timeout, pytest_args=behind)
    _asked.append(("trace", timed, output, tuple(merge or ())))


def _divided(paths: list[str] | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the paths before ``--`` and the arguments behind it."""
    behind = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []
    return tuple((paths or [])[: len(paths or []) - len(behind)]), tuple(behind)


@app.command()
def recover(
    path: Annotated[str, Argument(metavar="[PATH]", help="The project.", show_default=False)] = ".",
    undo: Annotated[bool, Option("--undo", help="Take back what was written.")] = False,
) -> None:
    """Finish or undo what a killed run had begun to write."""
    _asked.append(("recover", path, undo))


def _run(name: str, flags: dict[str, object]) -> None:
    chosen = {key: tuple(value) if isinstance(value, list) else value for key, value in flags.items()}
    given = {key: value for key, value in chosen.items() if value is not None}
    _asked.append((name, Options(**given)))  # type: ignore[arg-type]


cache = Typer(no_args_is_help=True, rich_markup_mode=None, help="What is kept on the disk between runs.")
app.add_typer(cache, name="cache")


@cache.command()
def clean() -> None:
    """Remove what is kept on the disk between runs."""
    _asked.append(("cache",))


@app.command()
def rules(output_format: FormatOption = "text") -> None:
    """List all rules."""
    _asked.append(("rules", output_format == "json"))


@app.command()
def explain(
    codes: Annotated[list[str], Argument(metavar="CODE...", help="Codes or names of rules.")],
    color: ColorOption = "auto",
) -> None:
    """Show the pages of rules, with their examples as diffs."""
    _asked.append(("explain", codes, color))
