"""Folders, links, names and ignore files that are hard to walk."""

# ruff: noqa: E501  (one line a case)
from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from hostile_case import LEGACY, Case, Make, write

CHECK = ("check", ".")
LONG = "test_" + "a" * 245 + ".py"
DEEP = 450


def git(folder: Path, *arguments: str) -> None:
    command = ["git", "-C", str(folder), "-c", "user.name=x", "-c", "user.email=x@x", *arguments]
    subprocess.run(command, check=True, capture_output=True)


def repository(files: dict[str, str | bytes], *, commit: str = "") -> Make:
    def make(folder: Path) -> None:
        git(folder, "init", "-q")
        write(folder, files)
        if commit:
            git(folder, "add", "-f", commit)
            git(folder, "commit", "-qm", "x")

    return make


def linked(files: dict[str, str | bytes], links: dict[str, str]) -> Make:
    def make(folder: Path) -> None:
        write(folder, files)
        for name, target in links.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).symlink_to(target)

    return make


def both(*makes: Make) -> Make:
    def make(folder: Path) -> None:
        for each in makes:
            each(folder)

    return make


def _fifo(name: str) -> Make:
    return lambda folder: os.mkfifo(folder / name)


def _socket(name: str) -> Make:
    def make(folder: Path) -> None:
        here = os.getcwd()
        os.chdir(folder)  # the address of a socket may not be long
        try:
            with socket.socket(socket.AF_UNIX) as made:
                made.bind(name)
        finally:
            os.chdir(here)

    return make


def _deep(folder: Path) -> None:
    path = folder / "/".join("d" * DEEP)
    path.mkdir(parents=True)
    write(path, {"test_deep.py": LEGACY})
    write(folder, {"test_a.py": LEGACY})


TESTS: dict[str, str | bytes] = {"test_a.py": LEGACY, LONG: LEGACY}

PATTERNS: dict[str, str | bytes] = {
    "question-stars": "?*" * 25 + "!\n",
    "negated-classes": "[^b]*" * 20 + "b\n",
    "stars": "*a" * 40 + "b\n",
    "star-run": "*" * 3000 + "b\n",
    "double-stars": "**/" * 300 + "b\n",
    "double-stars-between": "a/**/" * 60 + "b\n",
    "classes": "[a-z]*[!0-9]*" * 12 + "\n",
    "one-long-line": "x" * 200_000 + "\n",
    "many-lines": "".join(f"/x{number}/*\n" for number in range(3000)),
    "unclosed-class": "[\n[a-\n[!\n",
    "posix-class": "[[:alpha:]\n[[:nonsense:]]\n",
    "bare-marks": "!\n/\n//\n!!\n\\\n*\\\n!*\\\n",
    "not-utf-8": b"\xff\xfe*\n\x80\n",
    "nul": b"\0*\n",
    "bom": "\ufefftest_b.py\n",
    "carriage-returns": "x\r\ny\r\rz\r",
    "backward-range": "[z-a]x\n",
    "regex": "(a+)+$\n(?P<x>\n{1,}\n",
}


def _ignore_files() -> Iterator[Case]:
    for name, pattern in PATTERNS.items():
        files = {**TESTS, ".gitignore": pattern}
        yield Case(f"ignore-{name}", files, CHECK, 1, ("test_a.py:5", "PAM401"))
        yield Case(f"ignore-{name}-in-git", repository(files), CHECK, 1, ("test_a.py:5",))
    for name, pattern in {"stars": "*a" * 40 + "b", "classes": "[^b]*" * 20}.items():
        warning = (".gitignore: without git, patterns with more than 3 stars aren't followed",)
        yield Case(f"ignore-{name}-is-said", {**TESTS, ".gitignore": pattern}, CHECK, 1, warning)
    yield Case("ignore-collapsed-runs-hold", {**TESTS, ".gitignore": "?*" * 20 + "\n"}, CHECK, 1, (), (LONG,))
    large = {**TESTS, ".gitignore": "x\n" * 600_000}
    yield Case("ignore-too-large", large, CHECK, 1, (".gitignore: can't be read: larger than 1 MiB",))
    yield Case("ignore-is-a-folder", {**TESTS, ".gitignore/x": ""}, CHECK, 1, ("test_a.py",))
    yield Case("ignore-is-a-pipe", both(linked(TESTS, {}), _fifo(".gitignore")), CHECK, 1, ("not a regular file",))
    for name, target in {"itself": ".gitignore", "a-device": "/dev/zero", "nothing": "nowhere"}.items():
        yield Case(f"ignore-is-a-link-to-{name}", linked(TESTS, {".gitignore": target}), CHECK, 1, ("test_a.py",))
        made = both(repository(TESTS), linked({}, {".gitignore": target}))
        yield Case(f"ignore-is-a-link-to-{name}-in-git", made, CHECK, 1, ("test_a.py",))


IGNORED = {"test_a.py": LEGACY, "test_b.py": LEGACY, ".gitignore": "test_b.py\n"}
INNER = {"in/test_c.py": LEGACY, "in/test_d.py": LEGACY, "in/.gitignore": "test_d.py\n", ".gitignore": "test_c.py\n"}


def _inner(folder: Path) -> None:
    (folder / "in").mkdir()
    repository({"test_c.py": LEGACY, "test_d.py": LEGACY, ".gitignore": "test_d.py\n"}, commit="test_c.py")(
        folder / "in"
    )


def _submodule(folder: Path) -> None:
    git(folder, "init", "-q")
    _inner(folder)
    git(folder, "add", "in")


def _worktree(folder: Path) -> None:
    repository({"main/test_m.py": LEGACY})(folder)
    (folder / "main").rename(folder / "kept")
    git(folder, "add", "kept")
    git(folder, "commit", "-qm", "x")
    git(folder, "worktree", "add", "-q", "tree")


def _config(text: str) -> Make:
    def make(folder: Path) -> None:
        with open(folder / ".git/config", "a") as file:
            file.write(text)

    return make


def _repositories() -> Iterator[Case]:
    plain = repository(IGNORED)
    yield Case("git-ignored-isnt-found", plain, CHECK, 1, ("test_a.py",), ("test_b.py",))
    yield Case("git-tracked-is-found", repository(IGNORED, commit="test_b.py"), CHECK, 1, ("test_b.py", "test_a.py"))
    yield Case("git-ignored-is-found-by-name", plain, ("check", "test_b.py"), 1, ("test_b.py",))
    exclude: dict[str, str | bytes] = {"test_a.py": LEGACY, "test_b.py": LEGACY, ".git/info/exclude": "test_b.py\n"}
    yield Case("git-exclude-holds", repository(exclude), CHECK, 1, ("test_a.py",), ("test_b.py",))
    own: dict[str, str | bytes] = {"test_a.py": LEGACY, "test_b.py": LEGACY, "excludes": "test_b.py\n"}
    configured = both(repository(own), _config("[core]\nexcludesFile = excludes\n"))
    yield Case("git-excludes-file-holds", configured, CHECK, 1, ("test_a.py",), ("test_b.py",))
    gone = both(
        repository({"test_a.py": LEGACY, "test_b.py": LEGACY}, commit="."), lambda each: (each / "test_b.py").unlink()
    )
    yield Case("git-deleted-isnt-missed", gone, CHECK, 1, ("test_a.py",), ("test_b.py",))
    for name, make in {"nested": both(repository({}), _inner), "submodule": _submodule}.items():
        yield Case(f"git-{name}-is-entered", make, CHECK, 1, ("test_c.py",), ("test_d.py",))
    fresh = both(
        repository({"test_a.py": LEGACY}),
        lambda each: (each / "in").mkdir(),
        lambda each: repository({"test_c.py": LEGACY})(each / "in"),
    )
    yield Case("git-nested-without-commits", fresh, CHECK, 1, ("test_a.py", "test_c.py"))
    yield Case("git-worktree", _worktree, ("check", "tree"), 1, ("tree/kept/test_m.py",))
    for name, content in {
        "nowhere": "gitdir: nowhere\n",
        "itself": "gitdir: .git\n",
        "not-text": b"\xff\0",
        "empty": "",
    }.items():
        yield Case(f"git-file-{name}", {**IGNORED, ".git": content}, CHECK, 1, ("test_a.py",), ("test_b.py",))
    yield Case(
        "git-folder-empty",
        both(linked(IGNORED, {}), lambda each: (each / ".git").mkdir()),
        CHECK,
        1,
        ("test_a.py",),
        ("test_b.py",),
    )
    yield Case("git-is-a-pipe", both(linked(IGNORED, {}), _fifo(".git")), CHECK, 1, ("test_a.py",), ("test_b.py",))
    for name, target in {"itself": ".git", "nowhere": "gone", "a-device": "/dev/zero"}.items():
        yield Case(
            f"git-is-a-link-to-{name}", linked(IGNORED, {".git": target}), CHECK, 1, ("test_a.py",), ("test_b.py",)
        )
    broken = both(plain, lambda each: (each / ".git/HEAD").unlink())
    yield Case("git-without-head", broken, CHECK, 1, ("test_a.py",), ("test_b.py",))
    torn = both(plain, lambda each: (each / ".git/index").write_bytes(b"DIRC\0\0\0\2torn"))
    yield Case("git-torn-index", torn, CHECK, 1, ("test_a.py",), ("test_b.py",))
    yield Case("git-broken-config", both(plain, _config("[broken\n")), CHECK, 1, ("test_a.py",), ("test_b.py",))
    yield Case("git-not-on-path", plain, CHECK, 1, ("test_a.py",), ("test_b.py",), environment={"PATH": ""})
    for variable in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"):
        set_to = {variable: "/nowhere"}
        yield Case(f"git-{variable.lower()}", plain, CHECK, 1, ("test_a.py",), ("test_b.py",), environment=set_to)
    run = both(plain, _config("[core]\nfsmonitor = touch ran\n"))
    yield Case("git-fsmonitor-isnt-run", run, CHECK, 1, ("test_a.py",))
    environment: dict[str, str | bytes] = {"env/pyvenv.cfg": "", "env/lib/test_e.py": LEGACY, "test_a.py": LEGACY}
    yield Case("git-tracked-environment", repository(environment, commit="."), CHECK, 1, ("test_a.py",), ("test_e.py",))
    caches: dict[str, str | bytes] = {
        f"{each}/test_e.py": LEGACY for each in (".venv", "node_modules", "x.egg-info", ".tox")
    }
    yield Case(
        "git-tracked-caches",
        repository({**caches, "test_a.py": LEGACY}, commit="."),
        CHECK,
        1,
        ("test_a.py",),
        ("test_e.py",),
    )
    yield Case(
        "git-ignored-folder-by-name",
        repository({"out/test_a.py": LEGACY, ".gitignore": "out/\n"}),
        ("check", "out"),
        1,
        ("test_a.py",),
    )
    replaced = both(
        repository({"a/test_a.py": LEGACY, "elsewhere/.keep": ""}, commit="."),
        lambda each: (each / "a").rename(each / ".git/a"), linked({}, {"a": ".git/a"}),
    )  # fmt: skip
    yield Case("git-tracked-folder-became-a-link", replaced, ("apply", "--allow-dirty", "."), 0, (), ("test_a.py:",))


def _names() -> Iterator[Case]:
    odd = {
        "not-utf-8": b"test_\xff.py", "escape": b"test_\x1b[31m.py", "newline": b"test_\n.py", "return": b"test_\rx.py",
        "quotes": b"test_'\".py", "spaces": b"  test_ .py", "dash": b"test_-x.py", "colon": b"test_:1:2.py",
        "backslash": b"test_\\x.py", "tab": b"test_\tx.py", "surrogate": b"test_\xed\xa0\x80.py", "long": LONG.encode(),
        "bidi": "test_\u202e.py".encode(), "brackets": b"test_[bold]x.py", "percent": b"test_%s%n.py", "glob": b"test_*.py",
    }  # fmt: skip
    for name, raw in odd.items():
        if name == "spaces":
            continue

        def make(folder: Path, raw: bytes = raw) -> None:
            with open(os.fsencode(folder) + b"/" + raw, "wb") as file:
                file.write(LEGACY.encode())

        yield Case(f"name-{name}", make, CHECK, 1, ("PAM401",))
        yield Case(f"name-{name}-in-git", both(repository({}), make), CHECK, 1, ("PAM401",))
        yield Case(f"name-{name}-json", make, ("check", "--format", "json", "."), 1, ("PAM401",))


NAMED = {"test_a.py": LEGACY}


def _named() -> Iterator[Case]:
    done = ("test_a.py:5",)
    for name, make, path, says in (
        ("pipe", _fifo("test_p.py"), "test_p.py", "not a regular file"),
        ("plain-pipe", _fifo("pipe"), "pipe", "not a regular file"),
        ("socket", _socket("test_s.py"), "test_s.py", "not a regular file"),
        ("device", linked({}, {}), "/dev/zero", "not a regular file"),
        ("null", linked({}, {}), "/dev/null", "not a regular file"),
        ("loop", linked({}, {"test_l.py": "test_l.py"}), "test_l.py", "symbolic links"),
        ("circle", linked({}, {"test_l.py": "test_m.py", "test_m.py": "test_l.py"}), "test_l.py", "symbolic links"),
        ("dead-link", linked({}, {"test_l.py": "nowhere"}), "test_l.py", "no such file"),
        ("link-to-pipe", both(_fifo("p"), linked({}, {"test_l.py": "p"})), "test_l.py", "not a regular file"),
        ("link-to-device", linked({}, {"test_l.py": "/dev/zero"}), "test_l.py", "not a regular file"),
    ):
        yield Case(f"named-{name}", both(linked(NAMED, {}), make), ("check", path, "test_a.py"), 3, (*done, says))
    yield Case("named-slash", NAMED, ("check", "test_a.py/"), 1, done)
    yield Case("named-folder-like-a-test", {"test_f.py/test_a.py": LEGACY}, ("check", "test_f.py/"), 1, done)
    yield Case("named-below-a-file", NAMED, ("check", "test_a.py/x"), 2, ("test_a.py is a file",))
    yield Case("named-empty", NAMED, ("check", ""), 2, ("an empty path",))
    yield Case("named-empty-among-others", NAMED, ("apply", "test_a.py", ""), 2, ("an empty path",))
    yield Case("named-missing", NAMED, ("check", "test_b.py"), 2, ("no such file",))
    yield Case("named-too-long", NAMED, ("check", "x" * 300 + ".py"), 2, ("no such file",))
    yield Case("named-far-too-long", NAMED, ("check", "x/" * 5000), 2, ("no such file",), process=True)
    yield Case("named-nul", NAMED, ("check", "test_\0.py"), 2, ("no such file",))
    yield Case("named-nul-in-a-folder", NAMED, ("check", "a\0b/test_a.py"), 2, ("no such file",))
    yield Case("named-surrogate", NAMED, ("check", "test_\udcff.py"), 2, ("no such file",))
    yield Case("named-dots", NAMED, ("check", "./././test_a.py"), 1, done)
    yield Case("named-twice", NAMED, ("check", "test_a.py", "./test_a.py", "."), 1, ("2 findings in 1 of 1 file",))
    yield Case("named-stdin-empty", NAMED, ("check", "-", "--stdin-filename", ""), 2, ("--stdin-filename",))
    yield Case("named-stdin-folder", NAMED, ("check", "-", "--stdin-filename", "."), 2, ("--stdin-filename",))


def _met() -> Iterator[Case]:
    for name, make, says in (
        ("loop", linked({}, {"test_l.py": "test_l.py"}), ("test_l.py: left alone: it is a link to",)),
        ("circle", linked({}, {"test_l.py": "test_m.py", "test_m.py": "test_l.py"}), ("test_l.py: left alone",)),
        ("dead-link", linked({}, {"test_l.py": "nowhere"}), ("which isn't there",)),
        ("device", linked({}, {"test_l.py": "/dev/zero"}), ("which isn't a regular file",)),
        ("pipe", _fifo("test_p.py"), ()),
        ("socket", _socket("test_s.py"), ()),
        ("folder-like-a-test", lambda each: (each / "test_f.py").mkdir(), ()),
        ("link-to-the-folder", linked({}, {"test_here": "."}), ()),
        ("link-to-the-root", linked({}, {"test_root.py": "/"}), ()),
        ("pipe-conftest", _fifo("conftest.py"), ()),
        ("loop-conftest", linked({}, {"conftest.py": "conftest.py"}), ("conftest.py: left alone",)),
        ("loop-production", linked({}, {"app.py": "app.py"}), ()),
    ):
        yield Case(f"met-{name}", both(linked(NAMED, {}), make), CHECK, 1, ("test_a.py:5", *says), ("app.py",))
        yield Case(f"met-{name}-in-git", both(repository(NAMED), make), CHECK, 1, ("test_a.py:5", *says))
    yield Case("met-deep", _deep, CHECK, 1, ("test_deep.py", "test_a.py"))
    yield Case("met-deep-in-git", both(repository({}), _deep), CHECK, 1, ("test_deep.py", "test_a.py"))


CASES = [*_ignore_files(), *_repositories(), *_names(), *_named(), *_met()]
