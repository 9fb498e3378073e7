"""The fixtures of all files as pytest sees them: which one a name means where, and who reaches it."""
