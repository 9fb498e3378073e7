"""The one gate between what is found, what is listed and what is applied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from codemods.config import Settings
from codemods.errors import UsageError, did_you_mean
from codemods.model import Finding, Safety, Sight
from codemods.rules.registry import Registration, is_async

ALL = "ALL"
_SHORTEST = 3
_BY_DEFAULT = 0
_NOT_AT_ALL = -1
OPPOSITES = ("PAM611", "PAM613")
"""Rules of which each takes back what the other does."""
YIELDING = {"PAM601": "PAM611"}
"""Rules that say nothing where another one runs, which sets the same."""
FOUNDATIONS = ("PAM604", "PAM603")
"""Rules of the project that others build on: what loops there are, then who shares one, then what is the default."""


class Selection:
    """Which rules run and whose fixes are accepted.

    The longer word wins, and ``ignore`` wins over ``select`` at the same length. A prefix selects the rules
    of its family that are on by default; the others take their full code, or ``ALL``, and a few their full code alone.
    Fixes that need review are accepted by ``extend_safe``, from the rules that its words name, and by ``unsafe``, from
    every selected rule.
    """

    def __init__(self, settings: Settings, rules: Iterable[Registration]) -> None:
        """Check the words of ``settings`` against the known ``rules``.

        Raises:
            UsageError: A word is neither a code, nor the beginning of one, nor ``ALL``, or two rules undo each other.
        """
        known = tuple(rules)
        self._default = {rule.code: rule.default for rule in known}
        self._by_code_only = frozenset(rule.code for rule in known if rule.by_code_only)
        self._check("select", settings.select or ())
        self._check("ignore", settings.ignore)
        self._check("extend-select", settings.extend_select)
        self._check("extend-safe", settings.extend_safe)
        self._from_defaults = settings.select is None
        self._select = frozenset((*(settings.select or ()), *settings.extend_select))
        self._ignore = frozenset(settings.ignore)
        self._reviewed = (ALL,) if settings.unsafe else settings.extend_safe
        chosen = tuple(rule for rule in known if self.selects(rule.code))
        if {rule.code for rule in chosen}.issuperset(OPPOSITES):
            raise UsageError(f"{' and '.join(OPPOSITES)} undo each other: select one of them")
        self.rules = tuple(rule for rule in chosen if rule.sight is Sight.FILE)
        """Those that run on each file."""
        self._without_async = tuple(rule for rule in self.rules if not rule.in_async_files)
        together = (rule for rule in chosen if rule.sight is not Sight.FILE)
        self.project_rules = tuple(sorted(together, key=_project_order))
        """Those that run on all files together, in the order in which their fixes give way to each other."""

    def _check(self, option: str, words: Iterable[str]) -> None:
        for word in words:
            prefix = len(word) >= _SHORTEST and any(code.startswith(word) for code in self._default)
            if word != ALL and not prefix:
                known = sorted({code[:size] for code in self._default for size in range(3, len(code) + 1)})
                hint = did_you_mean(word, known[::-1])
                raise UsageError(f"{option}: unknown rule or prefix {word!r}{hint}")

    def applicable(self, data: bytes) -> Iterator[Registration]:
        """Yield the rules that may have a finding in a file, judged by its bytes."""
        rules = self.rules if is_async(data) else self._without_async
        return (rule for rule in rules if rule.may_apply(data))

    def selects(self, code: str) -> bool:
        """Whether the rule runs at all."""
        if code in YIELDING and self.selects(YIELDING[code]):
            return False
        return self._chosen(code) > _NOT_AT_ALL and not self._ignores(code)

    def lists(self, finding: Finding) -> bool:
        """Whether the finding is shown: its rule is selected, and none of its further codes is ignored."""
        return self.selects(finding.code) and not any(map(self._ignores, finding.also))

    @property
    def explicit(self) -> frozenset[str]:
        """The rules that were asked for by name: some look for more then. It says nothing about their fixes."""
        return self._select & self._default.keys()

    def accepts(self, finding: Finding) -> bool:
        """Whether the finding's fix is to be applied."""
        if finding.fix is None or not self.lists(finding):
            return False
        return finding.safety is Safety.SAFE or (finding.safety is Safety.REVIEW and self._is_reviewed(finding.code))

    def _is_reviewed(self, code: str) -> bool:
        return any(_strength(word, code) > _NOT_AT_ALL for word in self._reviewed)

    def _chosen(self, code: str) -> int:
        on = self._default.get(code, False)
        named = (code,) if code in self._by_code_only else (code, ALL)
        strengths = [_strength(word, code) for word in self._select if on or word in named]
        return max((_BY_DEFAULT if self._from_defaults and on else _NOT_AT_ALL), *strengths, _NOT_AT_ALL)

    def _ignores(self, code: str) -> bool:
        ignored = max((_strength(word, code) for word in self._ignore), default=_NOT_AT_ALL)
        return ignored > _NOT_AT_ALL and ignored >= self._chosen(code)


def _project_order(rule: Registration) -> tuple[int, str]:
    first = FOUNDATIONS.index(rule.code) if rule.code in FOUNDATIONS else len(FOUNDATIONS)
    return first, rule.code


def _strength(word: str, code: str) -> int:
    if word == ALL:
        return 1
    return len(word) if code.startswith(word) else _NOT_AT_ALL
