"""``codemods explain``: the pages of rules."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from codemods.cli.session import say
from codemods.errors import UsageError, did_you_mean
from codemods.report.colour import BOLD, GREEN, RED, Paint, paint
from codemods.report.page import page
from codemods.rules import Rule, registrations


def run(words: Sequence[str], color: str) -> int:
    """Print the pages of the rules with these codes or names."""
    painter = paint(color, sys.stdout)
    pages = [page(rule) for rule in map(_rule, words)]
    for each in pages:
        say(_coloured(each, painter), results=True)
    return 0


def _rule(word: str) -> Rule:
    names = {each: rule for rule in registrations() for each in (rule.code.lower(), rule.name)}
    if (found := names.get(word.lower())) is not None:
        return found.load()
    known = [each for rule in registrations() for each in (rule.code, rule.name)]
    close = did_you_mean(word.upper(), known) or did_you_mean(word.lower(), known)
    raise UsageError(f"unknown rule {word!r}{close}; `codemods rules` lists them all")


def _coloured(text: str, painter: Paint) -> list[str]:
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        if line.startswith("```"):
            fence = line
        colour = {"+": GREEN, "-": RED}.get(line[:1]) if fence == "```diff" else None
        if line.startswith("#") and not fence.strip("`"):
            colour = BOLD
        lines.append(painter(line, colour) if colour else line)
    return lines
