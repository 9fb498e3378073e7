"""What the files say: read with ``ast``, never imported, never executed."""
