"""What the sync code of a file runs, looked for once for all rules."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from codemods.analysis.awaits.calls import Calls
from codemods.analysis.awaits.closures import Closure, Closures
from codemods.analysis.awaits.drives import Drives
from codemods.analysis.awaits.hidden_drivers import HiddenDrivers
from codemods.analysis.loops.own_loops import shared_loops
from codemods.semantics.memo import once
from codemods.semantics.pytest.reach import Reach, reach_of
from codemods.semantics.pytest.suite import Suite


class FileDrives:
    """What the sync code of a file runs; what most files need not know is looked for when it is asked for."""

    def __init__(self, suite: Suite) -> None:
        """Look at the file of ``suite``."""
        self._suite = suite
        self.calls = Calls(suite.module)
        self.drives = Drives(suite.module, self.calls)

    @cached_property
    def closures(self) -> tuple[Closure, ...]:
        """The functions that become async together."""
        return tuple(Closures(self._suite, self.calls, self.drives).found())

    @cached_property
    def reach(self) -> Reach:
        """Who leads to whom."""
        return reach_of(self._suite)

    @cached_property
    def hidden(self) -> HiddenDrivers:
        """The drivers that something else calls."""
        return HiddenDrivers(self._suite.module)

    @cached_property
    def running(self) -> Mapping[ast.AST, list[ast.AST]]:
        """The functions that run a loop, by the outermost ones that they stand in; helpers left out."""
        running: defaultdict[ast.AST, list[ast.AST]] = defaultdict(list)
        for each in (*self.drives.running(), *self.hidden.handed):
            running[self._suite.module.outermost(each)].append(each)
        return dict(running)

    @cached_property
    def shared(self) -> set[str]:
        """The loops of the module that do nothing but run coroutines."""
        return shared_loops(self._suite.module)


@once
def file_drives(suite: Suite) -> FileDrives:
    """Return what the sync code of a file runs; looked for once for all rules."""
    return FileDrives(suite)
