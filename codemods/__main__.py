"""``python -m codemods``, the same as the command."""

from codemods.cli import main

if __name__ == "__main__":
    main()
