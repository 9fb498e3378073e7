"""What a file asks about a run of the suite."""

from __future__ import annotations

from pathlib import Path

from codemods.semantics.answers import RecordedMock
from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.project.recording import Recording


class RecordedMocks:
    """Answers by what was recorded."""

    def __init__(self, root: Path, files: ModuleFiles, recording: Recording) -> None:
        """Take what was recorded of the files below a root."""
        self._root = root
        self._files = files
        self._recording = recording

    def of(self, file: Path, text: str) -> tuple[RecordedMock, ...]:
        """Return what became of the mocks that a file of some text makes."""
        return self._recording.of(self._files.shown(file, self._root), text)
