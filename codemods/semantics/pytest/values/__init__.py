"""What the expressions of a file stand for: instances, mocks, patches, and paths that lead to other files."""
