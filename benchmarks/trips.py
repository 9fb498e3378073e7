"""Runs `codemods` on copies of projects."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path


def git(folder: Path, *arguments: str) -> None:
    """Run git as nobody in particular."""
    identity = ["-c", "user.name=corpus", "-c", "user.email=corpus@localhost", "-c", "core.autocrlf=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def copied(project: Path, copy: Path) -> Path:
    """A fresh copy of a whole project."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(project, copy, symlinks=True)
    return copy


def committed(folder: Path) -> None:
    """Make a repository of a folder, with all that is in it."""
    git(folder, "init", "-q")
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-q", "-m", "stripped")


def codemods(folder: Path, *arguments: str, environment: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run `codemods` in a folder, as a user would; `environment` is the virtual one that is active."""
    command = [sys.executable, "-m", "codemods", *arguments]
    active = {**os.environ, "VIRTUAL_ENV": str(environment.resolve())} if environment else None
    return subprocess.run(command, cwd=folder, env=active, capture_output=True, text=True, check=False)
