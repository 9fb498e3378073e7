"""The pytest configuration: which file pytest reads, and what it says."""
