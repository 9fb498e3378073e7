"""Mocks: how each is made and used in a file, and whether the file proves that it is awaited."""
