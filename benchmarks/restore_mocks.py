"""Take the AsyncMocks of a project's tests away, let `codemods apply` put them back, and compare.

    python benchmarks/restore_mocks.py PROJECT [--tests tests] [--environment VENV] [--json FILE] [--keep FOLDER]

The whole project is copied, because its sources say what is awaited; only its tests are stripped. A mock is back
where an AsyncMock is again, whatever way it is spelt. One whose attributes are AsyncMocks now, but not itself, is back
"by attribute". What is added although it never was an AsyncMock is "legacy" if the tool adds it to the suite as
published, too. A miss has the tool's own reason (PAM915), if it gives one. The tables are Markdown.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from editing import rewrite_folder
from miss_reasons import findings_on_mocks
from mock_comparison import compare
from mock_report import Report, as_json, print_reports, set_apart
from strip_mocks import without_async_mocks
from trips import codemods, committed, copied

MODES: Mapping[str, tuple[str, ...]] = {"safe": (), "unsafe": ("--unsafe",)}


@dataclass(frozen=True, slots=True)
class Trip:
    """A project that is migrated in copies: where its tests and the packages that it imports are."""

    project: Path
    tests: str
    work: Path
    environment: Path | None

    def reports(self) -> Iterator[tuple[str, Report]]:
        """Strip, migrate and compare: the modes and their reports."""
        stripped = copied(self.project, self.work / "stripped")
        rewrite_folder(stripped / self.tests, without_async_mocks)
        for mode in MODES:
            report = self._report(mode, stripped, self.work / mode)
            if report.added:
                as_published = self._report(mode, self.project, self.work / f"{mode}-published")
                set_apart(report, as_published)
            yield mode, report

    def _report(self, mode: str, before: Path, after: Path) -> Report:
        committed(copied(before, after))
        flags = (*MODES[mode], "--format", "json", self.tests)
        done = codemods(after, "apply", *flags, environment=self.environment)
        if done.returncode or not done.stdout:
            raise RuntimeError(f"apply ended with {done.returncode}: {done.stderr[-1000:]}")
        findings = findings_on_mocks(done.stdout)
        return compare([self.project, before, after], self.tests, findings, unsafe=mode == "unsafe")


def main() -> None:
    """Measure one project."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("project", type=Path)
    parser.add_argument("--tests", default="tests", help="their folder in the project")
    parser.add_argument("--environment", type=Path, help="a virtual environment with what the project imports")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the details there")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="work there, and leave it to be looked at")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = (options.keep or Path(scratch)).resolve()
        reports = dict(Trip(options.project.resolve(), options.tests, work, options.environment).reports())
    print_reports(reports)
    if options.json:
        options.json.write_text(as_json(reports) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
