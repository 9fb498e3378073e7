"""What asyncio has: what the calls of its functions give, which of them make a task, get a loop or run a coroutine.

Each table stands here alone, and whoever needs one imports it: see ``tests/test_one_answer.py``.
"""

from __future__ import annotations

_MODULES = frozenset(
    {
        "base_events", "coroutines", "events", "exceptions", "futures", "locks", "queues", "runners", "streams",
        "subprocess", "taskgroups", "tasks", "threads", "timeouts",
    }
)  # fmt: skip

COROUTINE_FUNCTIONS = frozenset(
    {
        "create_subprocess_exec", "create_subprocess_shell", "open_connection", "open_unix_connection", "sleep",
        "start_server", "start_unix_server", "to_thread", "wait", "wait_for",
    }
)  # fmt: skip
"""The functions whose calls are coroutines, which do nothing until they are awaited."""
TASK_MAKERS = frozenset({"create_task", "ensure_future"})
"""What makes a task of a coroutine; a loop has ``create_task`` too, and so has a task group."""
_FUTURE_MAKERS = frozenset({"Future", "Task", "eager_task_factory", "gather", "shield", "wrap_future"})
RUNNING_LOOP, CURRENT_LOOP, NEW_LOOP = "get_running_loop", "get_event_loop", "new_event_loop"
LOOP_GETTERS = frozenset({RUNNING_LOOP, CURRENT_LOOP, NEW_LOOP})
LOOP_GETTERS_OF_COROUTINES = LOOP_GETTERS - {NEW_LOOP}
"""What gives the running loop in a coroutine."""
LOOP_GETTERS_OF_SYNC_CODE = LOOP_GETTERS - {RUNNING_LOOP}
RUN = "run"
"""What runs a coroutine on a loop of its own."""
LOOP_DRIVERS = frozenset({"run_until_complete", "run_forever"})
"""The methods that run a loop."""
CODE_RUNNERS = frozenset({"doctest", "pytester", "runpy", "testdir", "xdoctest"})
"""Modules and fixtures whose calls run code that may run a loop."""
TASK_READERS = frozenset({"_all_tasks", "all_tasks", "current_task"})
"""What says which tasks there are: the one that asks is among them, where it is one."""
OTHER_DRIVERS = frozenset({"anyio.run", "asgiref.sync.async_to_sync", "asyncio.Runner", "trio.run", "uvloop.run"})
"""What else runs a loop from sync code."""
_PLAIN = LOOP_GETTERS | {
    "all_tasks", "as_completed", "coroutine", "get_child_watcher", "get_event_loop_policy", "iscoroutine",
    "iscoroutinefunction", "isfuture", "run_coroutine_threadsafe", "set_child_watcher", "set_event_loop",
    "set_event_loop_policy", "timeout", "timeout_at",
}  # fmt: skip


def asyncio_name(dotted: str | None) -> str | None:
    """Return the name that asyncio has for something, however it is reached: ``asyncio.tasks.sleep`` is ``sleep``."""
    root, _, name = (dotted or "").partition(".")
    if root != "asyncio" or not name:
        return None
    module, _, inner = name.partition(".")
    return inner if inner and module in _MODULES else name


def gives_awaitable(name: str) -> bool | None:
    """Return whether a call of what asyncio has under a name can be awaited; None if it isn't known.

    A lock can't be since Python 3.9. What ``run`` gives is up to the coroutine.
    """
    if name in COROUTINE_FUNCTIONS | TASK_MAKERS | _FUTURE_MAKERS:
        return True
    is_class = name[:1].isupper() and "." not in name
    return False if is_class or name in _PLAIN else None
