"""One run of the suite: where it runs, with what, and what is seen of it."""
