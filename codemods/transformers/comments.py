"""Changes to the comment at the end of a statement."""

from __future__ import annotations

import re
from collections.abc import Sequence

import libcst as cst

SimpleLine = cst.SimpleStatementLine | cst.SimpleStatementSuite
_CODE = r"[A-Za-z]+[0-9]+"
_NOQA = re.compile(
    rf"(?P<head>.*?)(?P<noqa>#\s*noqa\s*:\s*)(?P<codes>{_CODE}(?:[,\s]+{_CODE})*)(?P<gap>\s*)(?P<rest>#.*)?",
    re.IGNORECASE,
)


def without_noqa(line: SimpleLine, codes: Sequence[str]) -> SimpleLine:
    """Take ``codes`` out of the statement's ``noqa``; one that explains itself in words stays as it is."""
    trailing = line.trailing_whitespace
    found = _NOQA.fullmatch(trailing.comment.value) if trailing.comment else None
    if trailing.comment is None or found is None:
        return line
    text = _rest(found, codes)
    space = trailing.whitespace if text else cst.SimpleWhitespace("")
    comment = trailing.comment.with_changes(value=text) if text else None
    return line.with_changes(trailing_whitespace=trailing.with_changes(whitespace=space, comment=comment))


def _rest(found: re.Match[str], codes: Sequence[str]) -> str:
    given = re.split(r"[,\s]+", found["codes"])
    kept = [code for code in given if code.upper() not in codes]
    if kept == given:
        return found[0]
    separator = re.search(r"[,\s]+", found["codes"])
    noqa = found["noqa"] + (separator[0] if separator else "").join(kept) if kept else ""
    before = found["head"] + noqa if noqa else found["head"].rstrip()
    return before + (found["gap"] if before else "") + found["rest"] if found["rest"] else before
