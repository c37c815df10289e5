"""How every changing command ends: its operation, and how to take it back."""

from __future__ import annotations

from tagctl.messages import _
from tagctl.render.terminal import Styled, say


def close(operation: int | None, *, dry_run: bool = False, nothing: str = "") -> None:
    """Says the operation's number, or that nothing was written and why (`nothing`, a sentence)."""
    if dry_run:
        say(Styled(_("Dry run: nothing was written."), "warn"))
    elif operation is None:
        say(nothing or _("Nothing to change, so nothing was written."))
    else:
        text = _("Operation {number}. Take it back with: tagctl undo {number}")
        say(Styled(text.format(number=operation), "good"))


def next_steps(*commands: tuple[str, str]) -> None:
    """Commands to try next, each with what it shows."""
    from tagctl.render.terminal import pairs

    say()
    say(_("Next:"))
    pairs(commands)
