"""What pytest is told by its configuration files."""
