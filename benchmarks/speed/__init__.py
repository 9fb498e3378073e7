"""What `benchmarks/bench.py` measures: one module for each kind of line, and what they share."""
