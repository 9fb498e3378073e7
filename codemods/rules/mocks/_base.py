"""What the rules for mocks share: each says those decisions that bear its code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from codemods.model import Finding
from codemods.rules.base import Context, Rule
from codemods.rules.mocks._decision import Decision
from codemods.rules.mocks._decisions import decisions


class MockRule(Rule):
    """A rule whose findings come from the one decision that is made for each mock."""

    triggers: ClassVar[tuple[bytes, ...]] = (b"Mock", b"patch")
    in_async_files: ClassVar[bool] = True

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield the findings of this rule's code."""
        for decision in decisions(context):
            if decision.code == self.code:
                yield self._finding(context, decision)

    def _finding(self, context: Context, decision: Decision) -> Finding:
        draft = decision.draft
        evidence = tuple(dict.fromkeys(decision.evidence))
        if draft is None:
            return self.finding(context, decision.node, decision.message, evidence=evidence)
        return self.finding(
            context,
            decision.node,
            decision.message,
            edits=draft.edits,
            imports=tuple(dict.fromkeys(draft.imports)),
            released=tuple(dict.fromkeys(draft.released)),
            safety=decision.safety,
            evidence=evidence,
            also=tuple(sorted({*draft.also} - {self.code})),
        )


class AsyncMockRule(MockRule):
    """A rule for mocks that are AsyncMocks already, by their class or by what they are patched over."""

    triggers: ClassVar[tuple[bytes, ...]] = (b"AsyncMock", b"patch")
