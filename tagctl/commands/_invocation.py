"""The global options of one call. Apart from _options, whose texts must wait for the language."""

from __future__ import annotations

from typing import NamedTuple


class Invocation(NamedTuple):
    """Which project and database, and whether reports are wanted."""

    project: str | None = None
    db: str | None = None
    quiet: bool = False
