"""What the code of a project means: read-only, and each question answered in one place."""
