"""Evidence from a run of the suite: what becomes of what mocks give."""
