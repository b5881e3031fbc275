"""``python -m streams.cli``: the command line without its script."""

from streams.cli import main

if __name__ == "__main__":
    main()
