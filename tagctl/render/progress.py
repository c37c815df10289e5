"""A sign of life on stderr while something takes its time; on a terminal only."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tagctl.render import terminal
from tagctl.render.safe import safe


@contextmanager
def working(label: str) -> Iterator[None]:
    """Shows the label with a moving sign until the block ends; then nothing of it is left."""
    if terminal.is_quiet() or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    from rich.console import Console
    from rich.text import Text

    with Console(file=sys.stderr).status(Text(safe(label))):
        yield
