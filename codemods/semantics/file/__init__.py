"""One text: its tree, its units, scopes and names."""
