"""Proof by running the suite: before, after, and again without what broke."""

from codemods.verify.api import verify_paths
from codemods.verify.verification import Verification

__all__ = ["Verification", "verify_paths"]
