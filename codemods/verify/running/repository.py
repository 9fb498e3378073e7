"""A repository like that of a project, made without what the project's own names: hooks, filters, remotes."""

from __future__ import annotations

import os
from pathlib import Path

from codemods.errors import FileError, GitError
from codemods.git import run
from codemods.source import read


def clone(origin: Path, folder: Path) -> Path | None:
    """Make a repository that has the branch and the tags of the one at ``origin``, and shares its objects.

    Nothing is fetched: git would ask a program of the other repository.

    Returns:
        The folder of the new repository, ``.git``; None if there is none at ``origin``, none that git can
        read, or no commit.
    """
    if not os.path.lexists(origin / ".git"):
        return None
    try:
        _clone(origin, folder)
    except (GitError, FileError, ValueError):  # a path with a line end is two answers
        return None
    return folder / ".git"


def _clone(origin: Path, folder: Path) -> None:
    head, branch, form = _answer(origin, "HEAD^{commit}", "--symbolic-full-name", "HEAD", "--show-object-format")
    objects, shallow = (origin / each for each in _answer(origin, "--git-path", "objects", "--git-path", "shallow"))
    tags = run(origin, "for-each-ref", "--format=create %(refname) %(objectname)", "refs/tags")
    options = [f"--object-format={form}"] if form == "sha256" else []
    run(folder.parent, "init", "--quiet", "--template=", *options, str(folder))
    alternates = folder / ".git" / "objects" / "info" / "alternates"
    alternates.parent.mkdir(exist_ok=True)
    alternates.write_bytes(os.fsencode(objects) + b"\n")
    if shallow.exists():
        (folder / ".git" / "shallow").write_bytes(read(shallow))
    run(folder, "update-ref", "--stdin", data=tags)
    if branch == "HEAD":
        run(folder, "update-ref", "--no-deref", "HEAD", head)
    else:
        run(folder, "symbolic-ref", "HEAD", branch)
        run(folder, "update-ref", branch, head)
    run(folder, "read-tree", "HEAD")


def _answer(folder: Path, *questions: str) -> list[str]:
    return os.fsdecode(run(folder, "rev-parse", *questions)).splitlines()
