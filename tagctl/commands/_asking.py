"""Asking on a terminal: one of several things by its number, and a condition piece by piece."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import typer

from tagctl.errors import UsageProblem
from tagctl.messages import _
from tagctl.model import Catalog, Ruleset
from tagctl.render import asking
from tagctl.render.problems import show_problems
from tagctl.render.safe import safe
from tagctl.workflows import adding


def choice(question: str, options: Sequence[str]) -> int:
    """The index of the option whose number is typed; asked again until it is one."""
    asking.show_options(question, options)
    while True:
        answer = text(_("Number"))
        if answer.isdecimal() and 0 < int(answer) <= len(options):
            return int(answer) - 1
        asking.show_remark(_("A number from 1 to {last}.").format(last=len(options)))


def text(question: str, default: str | None = None) -> str:
    """A line of text."""
    answer = typer.prompt(safe(question), default=default, show_default=bool(default), err=True)
    return str(answer).strip()


def key() -> str | None:
    """One key, as it is pressed; without a terminal the next character that is piped in, None at its end."""
    if sys.stdin.isatty():
        return typer.getchar()
    while character := sys.stdin.read(1):
        if not character.isspace():
            return character
    return None


def condition(ruleset: Ruleset, catalog: Catalog, check: Callable[[str], object]) -> str:
    """A condition of one or several parts that must all hold, as YAML. `check` raises UsageProblem for a
    part that is wrong; that part is asked for again."""
    parts: list[str] = []
    while True:
        part = _part(ruleset, catalog)
        try:
            check(part)
        except UsageProblem as error:
            show_problems(error.problems)
            continue
        parts.append(part)
        if not typer.confirm(_("Another condition that must hold as well?"), default=False, err=True):
            return parts[0] if len(parts) == 1 else f"[{', '.join(parts)}]"


def _part(ruleset: Ruleset, catalog: Catalog) -> str:
    subjects = adding.subjects(ruleset, catalog)
    labels = [asking.subject_label(one.word, one.shown, one.type) for one in subjects]
    subject = subjects[choice(_("What is it about?"), labels)]
    within = ""
    if subject.windowed and choice(_("In which time?"), [_("all of it"), _("the last …")]):
        within = text(_("How long (30d, 12h, 3mo)"))
    operators = tuple(adding.operators(subject))
    chosen = choice(_("How is it compared?"), [f"{word}: {doc}" for word, doc, _hint in operators])
    word, _doc, hint = operators[chosen]
    return adding.leaf(subject, within, word, text(f"{word} ({hint})"))
