"""The vocabulary that fixes are written in: one typed function a verb, which gives the edit that does it to a node.

The function of the same name in ``codemods.transformers`` makes the change.
"""

from codemods.edits import (  # noqa: F401  (they declare what their verbs throw away)
    calls,
    classes,
    configuration,
    decorators,
    functions,
    imports,
    statements,
    yields,
)
from codemods.edits.making import discarded

__all__ = ["discarded"]
