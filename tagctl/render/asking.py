"""Questions on a terminal: options with numbers. They go to stderr, beside the report."""

from __future__ import annotations

from collections.abc import Sequence

from tagctl.messages import N_, _
from tagctl.render.terminal import Styled, complain

_SUBJECTS = {
    "count": N_("{name}: how many"),
    "last": N_("{name}: when the latest was"),
    "sum": N_("{name}: the total"),
    "field": N_("{name} (field of the customer, {type})"),
    "metric": N_("{name} (metric, {type})"),
}


def show_options(question: str, options: Sequence[str]) -> None:
    """A question and its options, numbered from 1."""
    complain()
    complain(Styled(question, "strong"))
    columns = len(str(len(options)))
    for number, option in enumerate(options, start=1):
        complain("  ", Styled(f"{number:>{columns}}", "name"), f"  {option}")


def show_remark(text: str) -> None:
    """What was wrong with an answer."""
    complain(Styled(text, "warn"))


def subject_label(word: str, name: str, type_: str) -> str:
    """What a condition can be about, in words."""
    return _(_SUBJECTS[word]).format(name=name, type=type_)
