"""What is read of a mock that is no mock itself."""

from __future__ import annotations

CALL_READS = frozenset({"call_args", "call_args_list", "call_count", "called", "method_calls", "mock_calls"})
"""What it says of its calls."""
AWAIT_READS = frozenset({"await_args", "await_args_list", "await_count"})
"""What an AsyncMock says of its awaits."""
READS = CALL_READS | AWAIT_READS | {"side_effect"}
