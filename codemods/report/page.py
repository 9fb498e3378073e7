"""A rule's page in Markdown, for the terminal and for the docs: its docstring and its examples as diffs."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc

from codemods.report.diff import whole_diff
from codemods.rules import Example, Rule


def page(rule: Rule) -> str:
    """Return the page of a rule."""
    blocks = [
        f"# {rule.code} {rule.name}",
        rule.summary.rstrip(".") + ".",
        f"*{_safety(rule)}, {'on' if rule.default else 'off'} by default.*",
        _body(rule),
        "## Examples",
        *(block for example in rule.examples for block in _example(example)),
    ]
    return "\n\n".join(blocks) + "\n"


def fixable(rule: Rule) -> bool:
    """Whether a rule has fixes: whether any of its examples has one."""
    return any(example.after is not None for example in rule.examples)


def _safety(rule: Rule) -> str:
    return f"Usually {rule.safety.value}" if fixable(rule) else "A diagnostic without a fix"


def _body(rule: Rule) -> str:
    """Return the docstring from its first heading on: what stands before it is the summary again."""
    text = cleandoc(type(rule).__doc__ or "")
    start = text.find("## ")
    return text[start:].rstrip() if start >= 0 else text


def _example(example: Example) -> Iterator[str]:
    if example.title:
        yield f"### {example.title[0].upper()}{example.title[1:]}"
    if example.config:
        yield _fenced("ini", f"[pytest]\n{cleandoc(example.config)}")
    notes = "" if example.path == "test_example.py" else f"`{example.path}`"
    if example.after is None:
        notes = f"Left alone: {notes}" if notes else "Left alone:"
    if notes:
        yield notes
    if example.after is None:
        yield _fenced(example.path.rpartition(".")[2].replace("py", "python"), example.before)
    else:
        yield _fenced("diff", whole_diff(example.before, example.after))


def _fenced(language: str, text: str) -> str:
    return f"```{language}\n{text.strip(chr(10))}\n```"
