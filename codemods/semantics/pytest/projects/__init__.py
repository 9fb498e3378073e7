"""What a project requires and has installed: versions, plugins, Pythons."""
