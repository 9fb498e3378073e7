"""What is listed of a file: each finding once, however often it is found again."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from codemods.model import Finding, Safety, Span

Family = tuple[str, str]
"""The code of a finding and the function in which it stands: by these it is known again."""


class Listing:
    """The findings of a file, those of earlier rounds included."""

    def __init__(
        self, findings: Iterable[Finding] = (), applied: Iterable[str] = (), *, codes: Collection[str] | None = None
    ) -> None:
        """Go on from what was listed before.

        Args:
            findings: What was listed.
            applied: What of it was applied, by ids.
            codes: The rules that run again; by default all.
        """
        self.findings = list(findings)
        self.applied = list(applied)
        self.refused: set[Family] = set()
        """Those whose fix could not be made."""
        done = set(self.applied)
        self._left: Mapping[Family, list[Finding]] = _by_family(
            each for each in self.findings if each.id not in done and (codes is None or each.code in codes)
        )

    def note(self, found: Sequence[Finding], applied: Collection[str], refused: Mapping[str, str]) -> None:
        """List what is new in a round.

        What an earlier round listed and left is found again and isn't new; else another fix has done away with it.

        Args:
            found: All that was found.
            applied: The ids of those that were applied.
            refused: Why others could not be, by their ids.
        """
        left: defaultdict[Family, list[Finding]] = defaultdict(list)
        earlier = {key: deque(lists) for key, lists in self._left.items()}
        renewed: dict[int, Finding] = {}
        for finding in found:
            key = family(finding)
            if finding.id in refused:
                finding = left_alone(finding, refused[finding.id])
                self.refused.add(key)
            listed = waiting.popleft() if (waiting := earlier.get(key)) else None
            if finding.id in applied:
                self.applied.append(finding.id)
            else:
                left[key].append(listed or finding)
            if listed is None:
                self.findings.append(finding)
            elif finding.id in applied:
                renewed[id(listed)] = finding
        gone = {each.id for lists in earlier.values() for each in lists}
        findings = (renewed.get(id(each), each) for each in self.findings)
        self.findings = [each for each in findings if each.id not in gone]
        self._left = left


def _by_family(findings: Iterable[Finding]) -> Mapping[Family, list[Finding]]:
    found: defaultdict[Family, list[Finding]] = defaultdict(list)
    for each in findings:
        found[family(each)].append(each)
    return found


def family(finding: Finding) -> Family:
    """Return what a finding is known by from one round to the next."""
    return finding.code, finding.qualname


def place(finding: Finding) -> tuple[int, int, str]:
    """Return what findings are sorted by."""
    return finding.span.line, finding.span.column, finding.code


def left_alone(finding: Finding, reason: str) -> Finding:
    """Return a finding without its fix, which could not be made."""
    return replace(finding, fix=None, safety=Safety.MANUAL, message=f"{finding.message} (left alone: {reason})")


def without_included(findings: Sequence[Finding], accepts: Callable[[Finding], bool]) -> Iterable[Finding]:
    """Drop findings whose work a finding at the same place includes, unless only they are accepted."""
    offered, done = _included(findings), _included(each for each in findings if accepts(each))
    for each in findings:
        place = each.code, each.qualname, each.span
        if place not in offered or (place not in done and accepts(each)):
            yield each


def _included(findings: Iterable[Finding]) -> set[tuple[str, str, Span]]:
    return {(code, each.qualname, each.span) for each in findings for code in each.also}


def with_ordinals(findings: Iterable[Finding]) -> Iterable[Finding]:
    """Tell findings of one rule in one unit apart by their order, so that ids don't depend on line numbers."""
    counts: Counter[str] = Counter()
    begun: dict[str, hashlib._Hash] = {}
    for finding in findings:
        ordinal = counts[finding.id]
        counts[finding.id] += 1
        if finding.id not in begun:  # it holds the text of its unit, which is long where there are many in one
            begun[finding.id] = hashlib.sha256(finding.id.encode(errors="surrogatepass"))
        digest = begun[finding.id].copy()
        digest.update(f":{ordinal}".encode())
        yield replace(finding, id=digest.hexdigest()[:16])
