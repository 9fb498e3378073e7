"""What the modules of a project, and those that they import, say about each other: read once, asked by name."""
