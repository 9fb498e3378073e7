"""What is awaited, and what drives coroutines from sync code."""
