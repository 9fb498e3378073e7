"""Accepted findings and a source make the new source; every byte outside a touched unit stays the same byte."""

from codemods.rewrite.fixes import Rewritten, rewrite

__all__ = ["Rewritten", "rewrite"]
