"""The vocabulary that fixes are written in: one typed function a verb, which gives the edit that does it to a node.

The function of the same name in ``codemods.transformers`` makes the change.
"""
