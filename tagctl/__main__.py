"""`python -m tagctl`, and what the console script calls: Ctrl-C is an end without a traceback from the first
moment, also while the program is still being loaded."""

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Load the program and run it; 130 where it was interrupted before it could say so itself."""
    try:
        from tagctl.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
