"""What the verbs of ``codemods.edits`` do: one small LibCST change each.

Only ``codemods.rewrite`` imports this package, and only once there is something to write: LibCST takes long to load.
"""

from codemods.transformers.unit import TransformError, transform

__all__ = ["TransformError", "transform"]
