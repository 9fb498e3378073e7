"""Files that are hard to read or to parse."""

from __future__ import annotations

from hostile_case import LEGACY, Case

CASES = [
    Case("nul-bytes", {"test_a.py": b"async def test_a(): time.sleep(\0)\n"}, ("check", "."), 3, ("holds NUL bytes",)),
    Case("not-utf-8", {"test_a.py": LEGACY.encode() + b"# \xff\n"}, ("check", "."), 3, ("0xff in line 6",)),
]
