"""The demo: a small shop's files, and the story that the real commands tell with them.

The command runs each step as if it had been typed in the demo's folder, with `environment` set.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _

SOURCES = Path(__file__).parent.parent / "demo" / "sources"
SEGMENT_FILE = "导出/高价值流失预警.xlsx"

# The shop's own clock and zone, so that the demo says the same on every day and everywhere.
ENVIRONMENT: Mapping[str, str] = {
    "TAGCTL_NOW": "2026-10-31T20:00:00+08:00",
    "TAGCTL_TZ": "Asia/Shanghai",
    "TAGCTL_BY": "demo",
}


@dataclass(frozen=True, slots=True)
class Step:
    """A command of the story, as the words after `tagctl`, and what to say before it."""

    story: str
    arguments: tuple[str, ...]

    def __str__(self) -> str:
        return command_line(self.arguments)


def prepare(folder: Path) -> tuple[str, ...]:
    """Copy the shop's files into a new (or empty) folder; returns their names.

    Raises UsageProblem where the folder already holds something: nothing is overwritten.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageProblem(
            Problem(
                "demo-exists",
                _("“{folder}” is already there, and the demo overwrites nothing.").format(folder=folder),
                _("Look around in it, or make another one: tagctl demo {other}").format(
                    other=shlex.quote(f"{folder}-2")
                ),
            )
        )
    (folder / SEGMENT_FILE).parent.mkdir(parents=True)
    names = sorted(path.name for path in SOURCES.iterdir())
    for name in names:
        shutil.copyfile(SOURCES / name, folder / name)
    return tuple(names)


def story() -> tuple[Step, ...]:
    """The steps, in order, in the language in use."""
    return (
        Step(
            _("A shop has four files. First a project: one database, a taxonomy and rules to start from."),
            ("init",),
        ),
        Step(
            _(
                "The customer sheet, as colleagues left it: a title above the header, tags packed into one"
                " cell, five spellings of VIP. Labels that nobody declared are kept aside, not lost."
            ),
            ("import", "customers", "客户.xlsx"),
        ),
        Step(
            _("The orders, as the shop platform exports them: GB18030, Chinese headers, some never paid."),
            ("import", "events", "order", "orders.csv"),
        ),
        Step(_("And who logged in when."), ("import", "events", "login", "logins.csv")),
        Step(_("Is the taxonomy in order?"), ("taxonomy", "check")),
        Step(
            _(
                "Now let the rules decide. What the sheet says of their tags is confirmed or closed by the"
                " facts. Rules whose data is missing wait, and say which file they wait for."
            ),
            ("run",),
        ),
        Step(_("What needs a person:"), ("findings", "list")),
        Step(_("Why is this customer a VIP? The proof, with numbers."), ("why", "000001", "VIP")),
        Step(
            _(
                "The sheet calls this one 潜在客户 (prospect); the orders say 已成交客户 (customer). The rule"
                " for prospects waits for page views, so the sheet's word still stands."
            ),
            ("why", "000027", "潜在客户"),
        ),
        Step(_("So bring the page views …"), ("import", "events", "view", "views.csv")),
        Step(_("… and run again: only what changed is written."), ("run",)),
        Step(_("Facts have settled most of it; what is left is for a person."), ("findings", "list")),
        Step(_("The segments of rules.yaml, and how many are in each:"), ("segment", "list")),
        Step(
            _("VIPs who stay away, as a spreadsheet for whoever makes the calls:"),
            ("segment", "export", "高价值流失预警", "--out", SEGMENT_FILE),
        ),
        Step(_("Every step has a number, and can be undone."), ("history",)),
    )


def next_commands() -> tuple[tuple[tuple[str, ...], str], ...]:
    """What to try afterwards: the words after `tagctl`, and what they show."""
    return (
        (("show", "000001"), _("all about one customer")),
        (("segment", "show", "催付名单"), _("who has not paid yet")),
        (
            ("run", "--dry-run", "--as-of", "2026-11-02"),
            _("two days later without new files: late data decides nothing"),
        ),
        (("export", "assignments", "tags.csv"), _("every customer × tag")),
        (("undo", "7"), _("take the second run back")),
    )


def command_line(arguments: tuple[str, ...]) -> str:
    """The command as a person would type it."""
    return "tagctl " + " ".join(shlex.quote(word) if word.isascii() else word for word in arguments)
