"""Repositories that name programs, hide changes or are broken: nothing of them runs, nothing uncommitted is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from hostile_case import LEGACY, Case, Make, write

IDENTITY = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
CHANGED = f"{LEGACY}\n\ndef later():\n    pass\n"
TEST = frozenset(("test_a.py",))
UNKNOWN = "git can't tell whether there are uncommitted changes: "


def git(folder: Path, *arguments: str) -> None:
    """Run git in a folder, with no configuration but the folder's."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment = {**own, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    command = ["git", *IDENTITY, "-C", str(folder), *arguments]
    subprocess.run(command, check=True, capture_output=True, env=environment)


def repository(folder: Path, files: dict[str, str | bytes] | None = None) -> None:
    """Make a repository in which all is committed."""
    write(folder, files or {"test_a.py": LEGACY})
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")


def _made(*steps: Callable[[Path], object], files: dict[str, str | bytes] | None = None) -> Make:
    def make(folder: Path) -> None:
        repository(folder, files)
        for step in steps:
            step(folder)

    return make


def _git(*arguments: str) -> Callable[[Path], None]:
    return lambda folder: git(folder, *arguments)


def _files(files: dict[str, str | bytes]) -> Callable[[Path], None]:
    return lambda folder: write(folder, files)


def _remove(name: str) -> Callable[[Path], None]:
    def remove(folder: Path) -> None:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    return remove


def _later(folder: Path) -> None:
    """Let git look into the files again: their times have changed, their content hasn't."""
    for path in folder.rglob("*.py"):
        os.utime(path, (1_600_000_000, 1_600_000_000))


# What a repository names as a program. Each would make a file in the project.


def _configured(*lines: str, attributes: str = "", file: str = ".git/config") -> Make:
    def make(folder: Path) -> None:
        repository(folder, {"test_a.py": LEGACY, ".gitattributes": attributes})
        with open(folder / file, "a") as config:
            config.writelines(line.replace("RUN", f"touch {folder}/ran") + "\n" for line in lines)
        _later(folder)

    return make


def _hooked(folder: Path) -> None:
    repository(folder)
    names = ("post-index-change", "pre-commit", "post-checkout", "reference-transaction", "fsmonitor-watchman")
    for name in (*names, "query-watchman", "pre-auto-gc", "post-commit"):
        hook = folder / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {folder}/ran\n")
        hook.chmod(0o755)
    _later(folder)


def _hooks_in_another_folder(folder: Path) -> None:
    _hooked(folder)
    (folder / ".git/hooks").rename(folder / ".git/more")
    git(folder, "config", "core.hooksPath", ".git/more")


def _included(folder: Path) -> None:
    _configured("[include]", "path = more")(folder)
    (folder / ".git/more").write_text(f"[core]\nfsmonitor = touch {folder}/ran\n")


def _of_the_worktree(folder: Path) -> None:
    _configured("[extensions]", "worktreeConfig = true")(folder)
    config = f'[core]\nfsmonitor = touch {folder}/ran\n[filter "x"]\nclean = touch {folder}/ran\n'
    (folder / ".git/config.worktree").write_text(config)


def _in_a_submodule(*lines: str) -> Make:
    def make(folder: Path) -> None:
        repository(folder / "sub", {"test_a.py": LEGACY, ".gitattributes": "*.py filter=x\n"})
        repository(folder)
        with open(folder / "sub/.git/config", "a") as config:
            config.writelines(line.replace("RUN", f"touch {folder}/ran") + "\n" for line in lines)
        _later(folder)

    return make


FILTER = '[filter "x"]'


def _promised(*lines: str) -> Make:
    """Make a partial clone that lacks the tree of its commit and would fetch it."""
    configured = _configured(
        "[extensions]", "partialClone = origin", '[remote "origin"]', "promisor = true", *lines,
        "[protocol]", "allow = always", '[protocol "ext"]', "allow = always",
    )  # fmt: skip

    def make(folder: Path) -> None:
        configured(folder)
        tree = subprocess.check_output(["git", "-C", str(folder), "rev-parse", "HEAD^{tree}"], text=True).strip()
        git(folder, "config", "core.repositoryFormatVersion", "1")
        (folder / ".git/objects" / tree[:2] / tree[2:]).unlink()
        write(folder, {"test_a.py": CHANGED})

    return make


FETCHING: dict[str, Make] = {
    "ext": _promised("url = ext::RUN"),
    "ssh": _promised("url = ssh://nobody/x", "[core]", "sshCommand = RUN"),
    "helper": _promised("url = RUN", "vcs = ext"),
    "upload-pack": _promised("url = .git", "uploadpack = RUN"),
}
PROGRAMS: dict[str, Make] = {
    "fsmonitor": _configured("[core]", "fsmonitor = RUN"),
    "fsmonitor-twice": _configured("[core]", "fsmonitor = RUN", "fsmonitor = RUN", "fsmonitorHookVersion = 1"),
    "fsmonitor-daemon": _configured("[core]", "fsmonitor = true"),
    "included": _included,
    "config-of-the-worktree": _of_the_worktree,
    "hooks": _hooked,
    "hooks-path": _hooks_in_another_folder,
    "alias-status": _configured("[alias]", "status = !RUN", "config = !RUN", "ls-files = !RUN", "rev-parse = !RUN"),
    "external-diff": _configured("[diff]", "external = RUN"),
    "textconv": _configured('[diff "x"]', "textconv = RUN", "command = RUN", attributes="*.py diff=x\n"),
    "pager": _configured("[core]", "pager = RUN", "[pager]", "status = RUN", "config = RUN"),
    "editor": _configured("[core]", "editor = RUN", "askPass = RUN", "gitProxy = RUN", "sshCommand = RUN"),
    "credentials": _configured("[credential]", "helper = !RUN"),
    "signatures": _configured("[gpg]", "program = RUN", "[log]", "showSignature = true"),
    "submodule-summary": _configured("[status]", "submoduleSummary = true"),
    "alternates-command": _configured("[core]", "alternateRefsCommand = RUN"),
    "submodule-fsmonitor": _in_a_submodule("[core]", "fsmonitor = RUN"),
    "submodule-filter": _in_a_submodule(FILTER, "clean = RUN; cat", "process = RUN"),
}
FILTERS: dict[str, Make] = {
    "clean": _configured(FILTER, "clean = RUN; cat", attributes="*.py filter=x\n"),
    "process": _configured(FILTER, "process = RUN", attributes="*.py filter=x\n"),
    "required": _configured(FILTER, "clean = RUN; cat", "required = true", attributes="*.py filter=x\n"),
    "smudge": _configured(FILTER, "smudge = RUN; cat", attributes="*.py filter=x\n"),
    "dotted-name": _configured('[filter "a.b"]', "clean = RUN; cat", attributes="*.py filter=a.b\n"),
    "capital-name": _configured('[FILTER "X"]', "CLEAN = RUN; cat", attributes="*.py filter=X\n"),
    "old-style-name": _configured("[filter.x]", "clean = RUN; cat", attributes="*.py filter=x\n"),
    "name-with-blanks": _configured('[filter "x y"]', "clean = RUN; cat", attributes="*.py filter=x\n"),
}


def _by_info(folder: Path) -> None:
    _configured(FILTER, "clean = RUN; cat")(folder)
    write(folder, {".git/info/attributes": "*.py filter=x\n"})


def _by_attributes_file(folder: Path) -> None:
    _configured(FILTER, "clean = RUN; cat", "[core]", "attributesFile = .git/more")(folder)
    write(folder, {".git/more": "*.py filter=x\n"})


def _programs() -> Iterator[Case]:
    also = {"info-attributes": _by_info, "attributes-file": _by_attributes_file}
    for name, make in {**PROGRAMS, **{f"filter-{key}": value for key, value in {**FILTERS, **also}.items()}}.items():
        path = "sub/test_a.py" if name.startswith("submodule-f") else "test_a.py"
        yield Case(f"git-{name}-apply", make, ("apply", path), 0, changes=frozenset((path,)))
        yield Case(f"git-{name}-check", make, ("check", "."), 1)
    for name, make in FETCHING.items():
        yield Case(f"git-fetch-by-{name}-apply", make, ("apply",), 2, ("nothing written: ",))
        yield Case(f"git-fetch-by-{name}-check", make, ("check",), 1)
    odd = _configured('[filter "x=y"]', "clean = RUN; cat", attributes="*.py filter=x=y\n")
    yield Case("git-filter-with-equals-apply", odd, ("apply",), 2, (UNKNOWN, "a filter is called 'x=y'"))


# What git would pass over, though it couldn't bring it back.


def _unmerged(folder: Path) -> None:
    repository(folder)
    for branch, word in (("other", "theirs"), ("main", "ours")):
        git(folder, "checkout", "-q", *(("-b", branch) if branch == "other" else (branch,)))
        write(folder, {"test_a.py": f"{LEGACY}# {word}\n"})
        git(folder, "commit", "-qam", word)
    subprocess.run(["git", *IDENTITY, "-C", str(folder), "merge", "-q", "other"], check=False, capture_output=True)
    write(folder, {"test_a.py": CHANGED})


def _submodule_changed(folder: Path) -> None:
    repository(folder / "sub")
    repository(folder)
    write(folder, {"sub/test_a.py": CHANGED})


def _submodule_without_repository(folder: Path) -> None:
    _submodule_changed(folder)
    shutil.rmtree(folder / "sub/.git")


def _nested_untracked(folder: Path) -> None:
    repository(folder)
    write(folder, {"sub/test_a.py": LEGACY})
    git(folder / "sub", "init", "-q")


EDITED = _files({"test_a.py": CHANGED})
HIDDEN = "is marked as assume-unchanged or skip-worktree, so git can't tell"
UNCOMMITTED = "test_a.py (has uncommitted changes)"
DIRTY: dict[str, tuple[Make, str]] = {
    "edited": (_made(EDITED), UNCOMMITTED),
    "staged": (_made(EDITED, _git("add", "-A")), UNCOMMITTED),
    "untracked": (_made(_files({"test_b.py": LEGACY}), EDITED), "test_b.py (is untracked)"),
    "intent-to-add": (_made(_files({"test_b.py": LEGACY}), _git("add", "-N", ".")), "test_b.py (has uncommitted"),
    "assume-unchanged": (_made(_git("update-index", "--assume-unchanged", "test_a.py"), EDITED), HIDDEN),
    "assume-unchanged-and-clean": (_made(_git("update-index", "--assume-unchanged", "test_a.py")), HIDDEN),
    "skip-worktree": (_made(_git("update-index", "--skip-worktree", "test_a.py"), EDITED), HIDDEN),
    "both-marks": (_made(_git("update-index", "--skip-worktree", "test_a.py"), EDITED,
                         _git("update-index", "--assume-unchanged", "test_a.py")), HIDDEN),
    "ignore-stat": (_made(_git("config", "core.ignoreStat", "true"), _git("rm", "-q", "--cached", "test_a.py"),
                          _git("add", "test_a.py"), EDITED), "test_a.py"),
    "unmerged": (_unmerged, UNCOMMITTED),
    "removed-from-index": (_made(_git("rm", "-q", "--cached", "test_a.py")), UNCOMMITTED),
    "no-untracked-shown": (_made(_git("config", "status.showUntrackedFiles", "no"),
                                 _files({"test_b.py": LEGACY})), "test_b.py (is untracked)"),
    "relative-paths": (_made(_git("config", "status.relativePaths", "true"), EDITED), UNCOMMITTED),
    "no-commit": (lambda folder: (write(folder, {"test_a.py": LEGACY}), git(folder, "init", "-q"), None)[2],
                  "test_a.py (is untracked)"),
    "submodule": (_submodule_changed, "sub/test_a.py (has uncommitted changes)"),
    "submodule-without-its-repository": (_submodule_without_repository, "sub/test_a.py (is untracked)"),
    "nested-repository": (_nested_untracked, "sub/test_a.py (is untracked)"),
    "untracked-cache": (_made(_git("update-index", "--untracked-cache"), EDITED), UNCOMMITTED),
    "split-index": (_made(_git("update-index", "--split-index"), EDITED), UNCOMMITTED),
    "fsmonitor-valid": (_made(_git("config", "core.fsmonitor", "true"), _git("update-index", "--fsmonitor-valid",
                              "test_a.py"), EDITED), UNCOMMITTED),
}  # fmt: skip


def _dirty() -> Iterator[Case]:
    for name, (make, says) in DIRTY.items():
        message = ("nothing written: commit or stash these first, or use --allow-dirty", says)
        yield Case(f"git-dirty-{name}", make, ("apply",), 2, message)
    allowed = ("apply", "--allow-dirty")
    for name in ("assume-unchanged", "unmerged"):
        yield Case(f"git-allowed-{name}", DIRTY[name][0], allowed, 0, changes=TEST)


# A `.git` that git doesn't answer for.


def _worktree_of_a_moved_repository(folder: Path) -> None:
    repository(folder.parent / "main")
    shutil.rmtree(folder)
    git(folder.parent / "main", "worktree", "add", "-q", str(folder))
    (folder.parent / "main").rename(folder.parent / "moved")


def _empty_inside(folder: Path) -> None:
    repository(folder, {"sub/test_a.py": LEGACY})
    write(folder, {"sub/test_a.py": CHANGED})
    (folder / "sub/.git").mkdir()


def _link(target: str) -> Make:
    def make(folder: Path) -> None:
        write(folder, {"test_a.py": LEGACY})
        (folder / ".git").symlink_to(target)

    return make


def _pipe(folder: Path) -> None:
    write(folder, {"test_a.py": LEGACY})
    os.mkfifo(folder / ".git")


def _only(files: dict[str, str | bytes], *folders: str) -> Make:
    def make(folder: Path) -> None:
        write(folder, {"test_a.py": LEGACY, **files})
        for each in folders:
            (folder / each).mkdir(parents=True)

    return make


BROKEN: dict[str, Make] = {
    "worktree-moved": _worktree_of_a_moved_repository,
    "no-head": _made(_remove(".git/HEAD")),
    "no-objects": _made(_remove(".git/objects")),
    "garbled-head": _made(_files({".git/HEAD": "garbage\n"})),
    "garbled-index": _made(_files({".git/index": "garbage\n"})),
    "garbled-config": _made(_files({".git/config": "[broken\n"})),
    "future-format": _made(_git("config", "core.repositoryFormatVersion", "99")),
    "unknown-extension": _made(_files({".git/config": "[core]\nrepositoryFormatVersion = 1\n[extensions]\nx = 1\n"})),
    "bare": _made(_git("config", "core.bare", "true")),
    "worktree-elsewhere": _made(_git("config", "core.worktree", "../..")),
    "worktree-nowhere": _made(_git("config", "core.worktree", "../../gone")),
    "empty-folder": _only({}, ".git"),
    "empty-file": _only({".git": ""}),
    "garbage-file": _only({".git": b"\0\xff"}),
    "file-to-nowhere": _only({".git": "gitdir: /nowhere/at/all\n"}),
    "file-to-itself": _only({".git": "gitdir: .git\n"}),
    "broken-link": _link("nowhere"),
    "looping-link": _link(".git"),
    "pipe": _pipe,
    "empty-folder-inside": _empty_inside,
}  # fmt: skip


def _broken() -> Iterator[Case]:
    for name, make in BROKEN.items():
        path = "sub" if name == "empty-folder-inside" else "."
        files = frozenset(("sub/test_a.py" if path == "sub" else "test_a.py",))
        yield Case(f"git-broken-{name}-apply", make, ("apply", path), 2, ("nothing written: ", UNKNOWN))
        yield Case(f"git-broken-{name}-check", make, ("check", path), 1)
        yield Case(f"git-broken-{name}-allowed", make, ("apply", "--allow-dirty", path), 0, changes=files)


# What the environment says of another repository.

ENVIRONMENTS = {
    "GIT_DIR": "/nowhere", "GIT_WORK_TREE": "/nowhere", "GIT_COMMON_DIR": "/nowhere", "GIT_NAMESPACE": "x",
    "GIT_INDEX_FILE": "/nowhere/index", "GIT_OBJECT_DIRECTORY": "/nowhere", "GIT_PREFIX": "x/", "GIT_CONFIG": "/no",
    "GIT_CEILING_DIRECTORIES": "/", "GIT_ICASE_PATHSPECS": "1", "GIT_GLOB_PATHSPECS": "1", "GIT_TEST_FSMONITOR": "x",
    "GIT_EXTERNAL_DIFF": "false", "GIT_INTERNAL_SUPER_PREFIX": "x/", "GIT_DEFAULT_HASH": "sha256", "GIT_TRACE2": "1",
    "GIT_ATTR_SOURCE": "HEAD", "GIT_CONFIG_PARAMETERS": "'core.worktree=/nowhere'", "GIT_CONFIG_COUNT": "x",
    "GIT_GRAFT_FILE": "/nowhere", "GIT_ALTERNATE_OBJECT_DIRECTORIES": "/nowhere", "GIT_SHALLOW_FILE": "/nowhere",
    "GIT_TRACE": "1", "GIT_OPTIONAL_LOCKS": "1", "GIT_ASKPASS": "false", "GIT_SSH_COMMAND": "false",
    "LC_ALL": "tlh_AQ", "LANGUAGE": "de",
}  # fmt: skip


def _environments() -> Iterator[Case]:
    for name, value in ENVIRONMENTS.items():
        variables = {name: value}
        yield Case(f"git-environment-{name}-dirty", _made(EDITED), ("apply",), 2, (UNCOMMITTED,), environment=variables)
    for name in ("GIT_DIR", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_ICASE_PATHSPECS"):
        variables = {name: ENVIRONMENTS[name]}
        yield Case(f"git-environment-{name}-clean", _made(), ("apply",), 0, changes=TEST, environment=variables)
    nowhere = {"PATH": "/nowhere"}
    yield Case("git-is-missing-apply", _made(), ("apply",), 2, (UNKNOWN, "git can't be run: "), environment=nowhere)
    yield Case("git-is-missing-check", _made(), ("check",), 1, environment=nowhere)
    yield Case(
        "git-is-missing-and-no-repository", {"test_a.py": LEGACY}, ("apply",), 0,
        ("note: test_a.py lies in no git repository: nothing brings the old content back (--backup keeps it)",),
        changes=TEST, environment=nowhere,
    )  # fmt: skip


# Odd but sound: what is committed there may be written.


def _worktree(folder: Path) -> None:
    repository(folder.parent / "main")
    git(folder.parent / "main", "worktree", "add", "-q", str(folder))


def _worktree_of_a_bare_one(folder: Path) -> None:
    repository(folder.parent / "main")
    git(folder.parent, "clone", "-q", "--bare", "main", "bare")
    git(folder.parent / "bare", "worktree", "add", "-q", str(folder))


def _separate(folder: Path) -> None:
    repository(folder)
    git(folder, "init", "-q", "--separate-git-dir", str(folder.parent / "separate"))


def _absorbed(folder: Path) -> None:
    repository(folder.parent / "other")
    repository(folder, {"x.txt": ""})
    git(folder, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(folder.parent / "other"), "sub")
    git(folder, "commit", "-qm", "second")


def _sparse(folder: Path) -> None:
    repository(folder, {"test_a.py": LEGACY, "sub/test_b.py": LEGACY})
    git(folder, "sparse-checkout", "set", "--no-cone", "/*", "!/sub")


def _behind_a_link(folder: Path) -> None:
    repository(folder, {"test_a.py": LEGACY, "data/x.txt": LEGACY})
    (folder / "link").symlink_to(".")


SOUND: dict[str, tuple[Make, str]] = {
    "worktree": (_worktree, "test_a.py"),
    "worktree-of-a-bare-one": (_worktree_of_a_bare_one, "test_a.py"),
    "separate-folder": (_separate, "test_a.py"),
    "submodule": (_absorbed, "sub/test_a.py"),
    "sparse": (_sparse, "test_a.py"),
    "link-to-itself": (_behind_a_link, "test_a.py"),
    "touched": (_made(_later), "test_a.py"),
    "auto-crlf": (_made(_git("config", "core.autocrlf", "input"), _later), "test_a.py"),
    "ignored-but-tracked": (_made(_files({".git/info/exclude": "*.txt\n"})), "test_a.py"),
    "odd-name": (_made(files={"[a] *é/test_ .py": LEGACY}), "[a] *é/test_ .py"),
}


def _sound() -> Iterator[Case]:
    for name, (make, path) in SOUND.items():
        yield Case(f"git-sound-{name}", make, ("apply", path), 0, ("1 of 1 file, 1 finding fixed",), ("note: ",),
                   changes=frozenset((path,)))  # fmt: skip


CASES = [*_programs(), *_sound(), *_dirty(), *_broken(), *_environments()]
