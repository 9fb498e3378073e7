"""What an expression stands for, said as the way that leads there."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import NamedTuple


class Step(Enum):
    """What is done with a value but to read an attribute of it."""

    CALL = "()"
    AWAIT = "await"


class AccessPath(NamedTuple):
    """A name, and the attributes, calls and awaits that follow: ``app.Client().session``.

    What is imported isn't told apart from its attributes: only the files of a project can say where a module ends.
    """

    steps: tuple[str | Step, ...]
    level: int | None = None
    """The dots before the name, as an import statement counts them; None for a name that the file itself binds."""
    file: Path | None = None
    """The file from which it counts; None for the one that asks about it."""

    @classmethod
    def imported(cls, dotted: str) -> AccessPath:
        """Return the path of a dotted name as an import statement would have it."""
        names = dotted.lstrip(".")
        return cls(tuple(filter(None, names.split("."))), len(dotted) - len(names))

    @classmethod
    def local(cls, dotted: str) -> AccessPath:
        """Return the path of a name that the file itself binds, and of its attributes."""
        return cls(tuple(dotted.split(".")))

    @property
    def names(self) -> tuple[str, ...]:
        """The names with which it begins."""
        found: list[str] = []
        for each in self.steps:
            if isinstance(each, Step):
                break
            found.append(each)
        return tuple(found)

    @property
    def root(self) -> str:
        """The name with which it begins."""
        return self.names[0]

    def attribute(self, name: str) -> AccessPath:
        """Return the path of an attribute."""
        return self._then(name)

    @property
    def called(self) -> AccessPath:
        """The path of what a call gives."""
        return self._then(Step.CALL)

    @property
    def awaited(self) -> AccessPath:
        """The path of what it gives once it is awaited."""
        return self._then(Step.AWAIT)

    def of_file(self, file: Path) -> AccessPath:
        """Return the path as it counts from a file, whoever asks about it."""
        return self if self.file is not None else self._replace(file=file)

    @property
    def callee(self) -> AccessPath | None:
        """The path of what is called, if it ends with a call."""
        return self._replace(steps=self.steps[:-1]) if self.steps[-1:] == (Step.CALL,) else None

    @property
    def is_qualified(self) -> bool:
        """Whether it is more than a name without any dot."""
        return bool(self.level) or self.file is not None or len(self.steps) > 1

    def __str__(self) -> str:
        """Return the path as it would be written."""
        text = ".".join(each.value if isinstance(each, Step) else each for each in self.steps)
        return "." * (self.level or 0) + text.replace(".()", "()")

    def _then(self, step: str | Step) -> AccessPath:
        return AccessPath((*self.steps, step), self.level, self.file)
