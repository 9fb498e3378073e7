"""What is replaced while a function runs: functions, the clock; by itself, its fixtures, its class or its project."""
