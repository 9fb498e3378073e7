from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from codemods.config import Settings, load_settings, merge
from codemods.errors import UsageError
from codemods.model import Finding, Fix, Safety, Sight, Span
from codemods.selection import Selection


@dataclass(frozen=True)
class Rule:
    code: str
    default: bool = True
    sight: Sight = Sight.FILE
    by_code_only: bool = False
    in_async_files: bool = False


FIX = Fix(edits=())
RULES = [Rule("PAM101"), Rule("PAM102"), Rule("PAM103"), Rule("PAM104", default=False), Rule("PAM201")]


def selection(
    select: tuple[str, ...] | None = None,
    ignore: tuple[str, ...] = (),
    extend_select: tuple[str, ...] = (),
    unsafe: bool = False,
    extend_safe: tuple[str, ...] = (),
) -> Selection:
    return Selection(Settings(select, ignore, extend_select, unsafe, extend_safe=extend_safe), RULES)


def selected(*args: tuple[str, ...] | None, **kwargs: tuple[str, ...]) -> set[int]:
    gate = selection(*args, **kwargs)  # type: ignore[arg-type]
    return {int(rule.code[3:]) for rule in RULES if gate.selects(rule.code)}


def finding(code: str, safety: Safety = Safety.SAFE, also: tuple[str, ...] = (), fix: Fix | None = FIX) -> Finding:
    return Finding(code, "name", "message", safety, "a.py", Span(1, 1, 1, 2), fix, also=also)


def load(tmp_path: Path, text: str) -> Settings:
    (tmp_path / "pyproject.toml").write_text(text)
    return load_settings(tmp_path, tmp_path)


def test_the_defaults_leave_out_what_is_off() -> None:
    assert selected() == {101, 102, 103, 201}


@pytest.mark.parametrize(
    ("select", "ignore", "extend", "expected"),
    [
        (("PAM1",), (), (), {101, 102, 103}),
        (("PAM",), (), (), {101, 102, 103, 201}),
        (("PAM104",), (), (), {104}),
        (("ALL",), (), (), {101, 102, 103, 104, 201}),
        (None, (), ("PAM104",), {101, 102, 103, 104, 201}),
        (None, (), ("PAM1",), {101, 102, 103, 201}),
        (None, ("PAM1",), (), {201}),
        (None, ("ALL",), (), set()),
        (("ALL",), ("PAM10",), (), {201}),
        (("ALL",), ("ALL",), (), set()),
        (("PAM101",), ("PAM1",), (), {101}),
        (("PAM1",), ("PAM101",), (), {102, 103}),
        (("PAM101",), ("PAM101",), (), set()),
        (("PAM1",), ("PAM1",), (), set()),
        (None, ("PAM1",), ("PAM102",), {102, 201}),
        (("PAM2",), (), ("PAM104",), {104, 201}),
        ((), (), (), set()),
    ],
)
def test_the_longer_word_wins_and_ignoring_wins_ties(
    select: tuple[str, ...] | None, ignore: tuple[str, ...], extend: tuple[str, ...], expected: set[int]
) -> None:
    assert selected(select, ignore, extend) == expected


@pytest.mark.parametrize(
    ("option", "word", "hint"),
    [
        ("select", "PAM110", "; did you mean 'PAM1"),
        ("ignore", "PAM3", "; did you mean 'PAM"),
        ("extend_select", "PQM201", r"; did you mean 'PAM201'\?"),
        ("extend_safe", "PAM3", "; did you mean 'PAM"),
        ("extend_safe", "PAM1011", r"; did you mean 'PAM101'\?"),
        ("select", "P", ""),
        ("select", "nonsense", ""),
    ],
)
def test_an_unknown_word_is_an_error_with_a_suggestion(option: str, word: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"^{option.replace('_', '-')}: unknown rule or prefix '{word}'{hint}"):
        selection(**{option: (word,)})  # type: ignore[arg-type]


@pytest.mark.parametrize("word", ["PAM101", "PAM1", "ALL"])
def test_to_select_a_rule_says_nothing_about_its_fixes_for_review(word: str) -> None:
    review = finding("PAM101", Safety.REVIEW)
    for gate in (selection((word,)), selection(extend_select=(word,))):
        assert gate.lists(review)
        assert not gate.accepts(review)
        assert gate.accepts(finding("PAM101"))


@pytest.mark.parametrize("word", ["PAM101", "PAM10", "PAM1", "PAM", "ALL"])
def test_fixes_that_need_review_take_unsafe_or_to_be_named_safe(word: str) -> None:
    review = finding("PAM101", Safety.REVIEW)
    assert not selection().accepts(review)
    assert selection(unsafe=True).accepts(review)
    assert selection(extend_safe=(word,)).accepts(review)
    assert selection(("PAM101",), extend_safe=(word,)).accepts(review)
    assert not selection(extend_safe=(word,)).accepts(finding("PAM101", Safety.MANUAL))


def test_a_rule_that_is_named_safe_says_nothing_about_others() -> None:
    assert not selection(extend_safe=("PAM102", "PAM2")).accepts(finding("PAM101", Safety.REVIEW))
    assert not selection(ignore=("PAM101",), extend_safe=("PAM101",)).accepts(finding("PAM101", Safety.REVIEW))
    assert not selection(("PAM2",), extend_safe=("PAM101",)).accepts(finding("PAM101", Safety.REVIEW))


def test_to_be_named_safe_turns_no_rule_on_and_asks_for_none() -> None:
    gate = selection(extend_safe=("PAM104",))
    assert not gate.selects("PAM104")
    assert gate.explicit == frozenset()
    assert selection(("PAM104",)).explicit == {"PAM104"}


def test_unsafe_turns_no_rule_on() -> None:
    assert not selection(unsafe=True).selects("PAM104")
    assert not selection(("PAM2",), unsafe=True).accepts(finding("PAM101", Safety.REVIEW))


def test_what_has_no_fix_or_is_manual_is_listed_and_not_accepted() -> None:
    gate = selection(("PAM101",), unsafe=True)
    for each in (finding("PAM101", fix=None), finding("PAM101", Safety.MANUAL)):
        assert gate.lists(each)
        assert not gate.accepts(each)
    assert gate.accepts(finding("PAM101"))
    assert not gate.lists(finding("PAM102"))


def test_a_finding_goes_when_any_code_of_its_work_is_ignored() -> None:
    both = finding("PAM201", also=("PAM103",))
    assert selection().accepts(both)
    assert selection(("PAM201",)).accepts(both)
    assert not selection(ignore=("PAM103",)).lists(both)
    assert not selection(("PAM2",), ("PAM1",)).accepts(both)
    assert selection(("PAM201", "PAM103"), ("PAM1",)).accepts(both)


def test_settings_come_from_the_nearest_table(tmp_path: Path) -> None:
    text = '[tool.codemods]\nselect = ["PAM1", "pam201"]\nignore = ["PAM103"]\nextend-select = ["PAM104"]\n'
    (tmp_path / "pyproject.toml").write_text(text + 'unsafe = true\njobs = 3\nextend-safe = ["PAM3", "pam514"]\n')
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'a'\n")
    expected = Settings(("PAM1", "PAM201"), ("PAM103",), ("PAM104",), True, 3, extend_safe=("PAM3", "PAM514"))
    assert load_settings(inner, tmp_path) == expected
    assert load_settings(inner, tmp_path / "a") == Settings()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "extend_select = []",
            r"unknown key 'tool\.codemods\.extend_select'; did you mean 'extend-select'\?",
        ),
        ("zzz = 1", r"unknown key 'tool\.codemods\.zzz'$"),
        ("select = 'PAM1'", r"'tool\.codemods\.select' must be a list of strings, not 'PAM1'"),
        ("extend-safe = 'PAM514'", r"'tool\.codemods\.extend-safe' must be a list of strings, not 'PAM514'"),
        ("extend_safe = []", r"unknown key 'tool\.codemods\.extend_safe'; did you mean 'extend-safe'\?"),
        ("ignore = [1]", r"'tool\.codemods\.ignore' must be a list of strings"),
        ("unsafe = 1", r"'tool\.codemods\.unsafe' must be true or false, not 1"),
        ("jobs = true", r"'tool\.codemods\.jobs' must be a whole number above 0"),
        ("jobs = 0", r"'tool\.codemods\.jobs' must be a whole number above 0, not 0"),
        ("jobs = ", r"isn't valid TOML"),
    ],
)
def test_wrong_settings_name_the_file_and_the_key(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"pyproject.toml: .*{message.removeprefix('^')}"):
        load(tmp_path, f"[tool.codemods]\n{line}\n")


def test_settings_must_be_a_table(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'tool\.codemods' must be a table"):
        load(tmp_path, "[tool]\ncodemods = 1\n")


def test_flags_go_over_the_file() -> None:
    file = Settings(("PAM1",), ("PAM101", "PAM2"), ("PAM104",), False, 2)
    assert merge(file) == file
    assert merge(file, select=["pam201,PAM102", "PAM3"]).select == ("PAM201", "PAM102", "PAM3")
    assert merge(file, select=["PAM201"]).extend_select == ()
    assert merge(file, extend_select=["PAM105"]).extend_select == ("PAM104", "PAM105")
    assert merge(file, ignore=["PAM103"]).ignore == ("PAM101", "PAM2", "PAM103")
    assert merge(file, select=["PAM101"]).ignore == ("PAM2",)
    assert merge(file, unsafe=True, jobs=4) == Settings(("PAM1",), ("PAM101", "PAM2"), ("PAM104",), True, 4)
    assert merge(Settings(unsafe=True)).unsafe
    assert merge(Settings(extend_safe=("PAM1",)), select=["PAM2"], extend_select=["PAM3"]).extend_safe == ("PAM1",)


@pytest.mark.parametrize(
    ("text", "version"), [("1.3", (1, 3)), ("1.4", (1, 4)), (" 1.5.1 ", (1, 5, 1)), ("2.0", (2, 0)), ("1.10", (1, 10))]
)
def test_the_target_is_a_version(tmp_path: Path, text: str, version: tuple[int, ...]) -> None:
    settings = load(tmp_path, f"[tool.codemods]\ntarget-version = '{text}'\n")
    assert settings.target_version == version
    assert merge(settings).target_version == version
    assert merge(settings, target_version="1.9").target_version == (1, 9)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1", "like 1.4, not '1'"),
        (">=1.4", "like 1.4"),
        ("latest", "like 1.4"),
        ("0.21.1", "1.3 or newer"),
        ("", "like"),
    ],
)
def test_a_wrong_target_is_an_error_of_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"--target-version must be .*{message}"):
        merge(Settings(), target_version=text)
    with pytest.raises(UsageError, match=f"pyproject.toml: 'tool.codemods.target-version' must be .*{message}"):
        load(tmp_path, f"[tool.codemods]\ntarget-version = '{text}'\n")


def test_a_target_is_a_string(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="target-version' must be a version"):
        load(tmp_path, "[tool.codemods]\ntarget-version = 1.4\n")
