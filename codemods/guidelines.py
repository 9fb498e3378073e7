"""What guides to async testing ask for, and the rules that see to it; ``docs.py`` makes a part of the docs of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guideline:
    """One do, don't or line of a checklist, and the numbers of its rules."""

    text: str
    rules: str

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of its rules, in order."""
        return tuple(f"PAM{each}" for each in self.rules.split())


SECTIONS: dict[str, tuple[Guideline, ...]] = {
    "Tests and their markers": (
        Guideline("Mark every async test, or it never runs", "101 104 110 905 913 914 922 927"),
        Guideline("Mark no sync test, no fixture, and nothing twice", "102 103 108 111"),
        Guideline("Give the marker only arguments that it takes", "105 106"),
        Guideline("Configure the mode, and let one plugin run a test", "601 610 611 613 904 921"),
        Guideline("Make a test async only if it awaits something", "906"),
        Guideline("Yield in fixtures, not in tests", "706 903"),
        Guideline("Use `IsolatedAsyncioTestCase` where a `TestCase` has async tests", "110 111 214 701 704"),
    ),
    "Awaits": (
        Guideline("Await every coroutine", "501 502"),
        Guideline("`async with` and `async for` over what is async", "504"),
        Guideline("Await inside `pytest.raises`, or nothing is raised", "503"),
        Guideline("Await in an async test instead of running a loop in a sync one", "510 511 512 514 708"),
        Guideline("Run no loop inside a running one", "210 513"),
        Guideline("Block no event loop: `asyncio.sleep` instead of `time.sleep`", "401 402 404"),
        Guideline("Block no event loop: async clients, subprocesses and files, or a thread", "907 908"),
    ),
    "Mocks": (
        Guideline("`AsyncMock` for what is awaited", "301 302 303 309 310 703 915"),
        Guideline("`Mock` and `MagicMock` for what isn't", "311"),
        Guideline("`new_callable=AsyncMock` in patches of async functions", "303 304"),
        Guideline("Give values and errors, not futures around them", "305 306"),
        Guideline("Assert awaits, not only calls", "307 308 916"),
        Guideline("Assert with methods that exist", "926"),
        Guideline("Use a spec instead of many methods that are made by hand", "917"),
        Guideline("Mock async context managers and async iterators by `MagicMock`", "312"),
        Guideline("Take mocks from `unittest.mock`", "309 313 703"),
    ),
    "Fixtures": (
        Guideline("`pytest_asyncio.fixture` for async fixtures", "201 202 203 204 922"),
        Guideline("Choose the scope of a fixture, and one loop for all that use it", "602 603 902 912"),
        Guideline("Clean up after the `yield`, also after an error", "206 207 920"),
        Guideline("Have an async fixture await instead of running a loop", "207 209 213 214"),
        Guideline("No circles between fixtures", "901"),
        Guideline("`gather` for set-up that is independent", "208 919"),
        Guideline("No `gather` over one shared database session", "919"),
    ),
    "Event loops": (
        Guideline("Leave the loop to pytest-asyncio: no `event_loop` fixture of your own", "604 605 606 607"),
        Guideline("`asyncio.get_running_loop()` in coroutines", "605 612"),
        Guideline("Never stop or close the loop that runs the test", "923"),
    ),
    "Concurrency": (
        Guideline("Bound every wait by `wait_for` or `asyncio.timeout`", "523 911 918"),
        Guideline("Await cancelled tasks, and expect the `CancelledError`", "910"),
        Guideline("Keep background tasks, and finish them", "525 909"),
        Guideline("Task groups for tasks that belong together (Python 3.11)", "918"),
        Guideline("No deadlocks: locks once, and in one order", "911 925"),
        Guideline("Test errors, timeouts and cancellations besides success", "924"),
    ),
    "Clients of web applications": (
        Guideline("`httpx.AsyncClient` with `ASGITransport` for an ASGI application", "710 908"),
        Guideline("Test clients for HTTP and websockets that are sync only in sync tests", "908"),
        Guideline("The fixtures of pytest-aiohttp by their new names", "709 714"),
    ),
    "Versions": (
        Guideline("pytest-asyncio 1.3 or later", "106 602 604 605 607 609 610"),
        Guideline("Python 3.10 to 3.14: nothing that asyncio has dropped", "523 612 706 712 713 918"),
        Guideline("No library that pytest-asyncio or `unittest` replaces", "313 701 702 703 704 705 707 708 927"),
    ),
}
