"""Why a mock wasn't restored, or was added: what `codemods` says of it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass

NO_EVIDENCE = "no evidence"
AMBIGUOUS, REWRITES = "PAM915", ("PAM301", "PAM302", "PAM303", "PAM304", "PAM310", "PAM312")
LEFT = re.compile(r"`(?P<label>.+?)` left alone: (?P<reason>.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Finding:
    """What the tool says of the mock that is made at a place of the stripped file."""

    code: str
    safety: str
    message: str
    line: int
    column: int

    @property
    def label(self) -> str:
        """What the message calls the mock."""
        return self.message[1:].partition("`")[0]


def findings_on_mocks(output: str) -> dict[str, list[Finding]]:
    """By path, what `codemods apply --format json` says of mocks."""
    found = defaultdict(list)
    for file in json.loads(output)["files"]:
        for each in file["findings"]:
            if each["code"] in (AMBIGUOUS, *REWRITES):
                place = each["line"], each["column"]
                found[file["path"]].append(Finding(each["code"], each["safety"], each["message"], *place))
    return found


def reason_of(findings: list[Finding], *, has_spec: bool, unsafe: bool) -> str:
    """Why a mock that has these findings isn't back."""
    left = [match for each in findings if each.code == AMBIGUOUS and (match := LEFT.fullmatch(each.message))]
    if left:
        return grouped(left[0]["reason"])
    if findings and findings[0].safety == "review" and not unsafe:
        return f"for review{grouped(findings[0].message.rpartition('`')[2])}"
    if findings:
        return f"{findings[0].code} changes something else of it"
    return f"{NO_EVIDENCE}{', it has a spec' if has_spec else ''}"


def grouped(reason: str) -> str:
    """A reason without what is different each time: places, and names."""
    return re.sub(r"`[^`]+`", "`…`", re.sub(r" at \S+:\d+", " elsewhere", reason))
