"""What the files of a project say together, read without importing any."""
