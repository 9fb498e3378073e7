"""From a file's bytes to its result: pure, picklable work, run here or in other processes."""
