"""`tagctl tags rename|merge|move|retire|split`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tagctl.commands._options import By, DryRun, Note, ReportFormat, Yes
from tagctl.commands._session import Session
from tagctl.commands._tree import add
from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _

Tag = Annotated[str, typer.Argument(metavar="TAG", help=_("The tag, by its name or an alias."))]


def rename(
    context: typer.Context,
    tag: Tag,
    new: Annotated[str, typer.Argument(metavar="NEW", help=_("What it is to be called."))],
    no_alias: Annotated[
        bool, typer.Option("--no-alias", help=_("Do not keep the old name as another spelling."))
    ] = False,
    dry_run: DryRun = False,
    note: Note = None,
    by: By = None,
    yes: Yes = False,
    format_: ReportFormat = "table",
) -> None:
    """In both files and the database, in one operation."""
    from tagctl.commands._curating import curate
    from tagctl.workflows import curating

    curate(
        Session(context, by=by),
        "tags-rename",
        lambda draft, _known: [curating.rename(draft, tag, new, alias=not no_alias)],
        note=note,
        dry_run=dry_run,
        yes=yes,
        format_=format_,
    )


def merge(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="TAG", help=_("Tags and labels that mean the same; one or more.")),
    ] = None,
    into: Annotated[
        str | None,
        typer.Option(
            "--into", metavar="TAG", help=_("What they become; if it is new, the first is renamed.")
        ),
    ] = None,
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan", metavar="FILE", help=_("Do what was decided in a file of `tags duplicates --plan`.")
        ),
    ] = None,
    rule: Annotated[
        str | None,
        typer.Option("--rule", metavar="TAG", help=_("Whose rule stays, where several have one.")),
    ] = None,
    dry_run: DryRun = False,
    note: Note = None,
    by: By = None,
    yes: Yes = False,
    format_: ReportFormat = "table",
) -> None:
    """In both files and the database, in one operation."""
    from tagctl.commands._curating import curate
    from tagctl.workflows import curating

    session = Session(context, by=by)
    if plan is not None:
        if names or into or rule:
            what = _("--plan says itself what is to be merged.")
            raise UsageProblem(Problem("usage", what, _("Leave out the names, --into and --rule.")))
        _merge_planned(session, plan, note=note, dry_run=dry_run, yes=yes, format_=format_)
        return
    if not names or into is None:
        what = _("It is not said what is to be merged.")
        raise UsageProblem(Problem("usage", what, _("Write: tagctl tags merge A B --into C, or --plan FILE")))
    curate(
        session,
        "tags-merge",
        lambda draft, known: [curating.merge(draft, names, into, known=known, rule=rule)],
        note=note,
        dry_run=dry_run,
        yes=yes,
        format_=format_,
    )


def _merge_planned(
    session: Session, plan: Path, *, note: str | None, dry_run: bool, yes: bool, format_: str
) -> None:
    from tagctl.commands._deciding import carry_out
    from tagctl.workflows.curating import plan_reading

    rows = plan_reading.read(plan)
    what = plan.name
    carry_out(session, "tags-plan", rows, what=what, note=note, dry_run=dry_run, yes=yes, format_=format_)


def move(
    context: typer.Context,
    tag: Tag,
    to: Annotated[
        str | None, typer.Option("--to", metavar="DIMENSION", help=_("The dimension that it belongs in."))
    ] = None,
    under: Annotated[
        str | None, typer.Option("--under", metavar="TAG", help=_("The tag whose child it is to be."))
    ] = None,
    dry_run: DryRun = False,
    note: Note = None,
    by: By = None,
    yes: Yes = False,
    format_: ReportFormat = "table",
) -> None:
    """In taxonomy.yaml and the database, in one operation."""
    from tagctl.commands._curating import curate
    from tagctl.workflows import curating

    curate(
        Session(context, by=by),
        "tags-move",
        lambda draft, _known: [curating.move(draft, tag, to, under)],
        note=note,
        dry_run=dry_run,
        yes=yes,
        format_=format_,
    )


def retire(
    context: typer.Context,
    tag: Tag,
    replace_with: Annotated[
        str | None,
        typer.Option("--replace-with", metavar="TAG", help=_("The tag that takes its place everywhere.")),
    ] = None,
    dry_run: DryRun = False,
    note: Note = None,
    by: By = None,
    yes: Yes = False,
    format_: ReportFormat = "table",
) -> None:
    """In both files and the database, in one operation; nothing is deleted."""
    from tagctl.commands._curating import curate
    from tagctl.workflows import curating

    curate(
        Session(context, by=by),
        "tags-retire",
        lambda draft, _known: [curating.retire(draft, tag, replace_with)],
        note=note,
        dry_run=dry_run,
        yes=yes,
        format_=format_,
    )


def split(
    context: typer.Context,
    tag: Tag,
    into: Annotated[
        str,
        typer.Option("--into", metavar="TAG", help=_("What those have who meet the condition; new or not.")),
    ],
    when: Annotated[
        str,
        typer.Option(
            "--when",
            metavar="CONDITION",
            help=_("Who: as in rules.yaml, '{count: order, at_least: 3}'."),
        ),
    ],
    otherwise: Annotated[
        str | None,
        typer.Option("--else", metavar="TAG", help=_("What the others have; without it they keep the tag.")),
    ] = None,
    dry_run: DryRun = False,
    note: Note = None,
    by: By = None,
    yes: Yes = False,
    format_: ReportFormat = "table",
) -> None:
    """In both files and the database, in one operation."""
    from tagctl.commands._curating import curate
    from tagctl.workflows import curating

    curate(
        Session(context, by=by),
        "tags-split",
        lambda draft, _known: [curating.split(draft, tag, into, when, otherwise)],
        note=note,
        dry_run=dry_run,
        yes=yes,
        format_=format_,
    )


def register(app: typer.Typer) -> None:
    """Gives `tagctl tags` these commands."""
    add(
        app,
        rename,
        name="rename",
        help=_(
            "Give a tag another name, everywhere: in taxonomy.yaml, in every rule, segment, action and test, "
            "and in the database, history kept. The old name stays as another spelling, so that files that "
            "still have it mean the tag."
        ),
        examples=("tagctl tags rename 潜客 意向客户", "tagctl tags rename VIP 贵宾 --dry-run"),
    )
    add(
        app,
        merge,
        name="merge",
        help=_(
            "Make several tags, and labels that are none yet, one tag. Customers keep what they hold, since "
            "when and from where; names become other spellings; implications, conflicts, children and rules "
            "are united, and every place that names them follows. It is shown and asked first, and can be "
            "undone. With --plan it does all that was decided in a file, and remembers every verdict."
        ),
        examples=(
            "tagctl tags merge 潜客 意向客户 --into 潜在客户 --dry-run",
            "tagctl tags merge 高价值 大客户 --into VIP --rule VIP --yes",
            "tagctl tags merge --plan merges.xlsx",
        ),
    )
    add(
        app,
        move,
        name="move",
        help=_(
            "Put a tag, with its children, into another dimension or below another tag, as the last there. "
            "Conflicts that this makes or settles are told first."
        ),
        examples=("tagctl tags move 铂金 --to 价值", "tagctl tags move 黑金VIP --under VIP --dry-run"),
    )
    add(
        app,
        retire,
        name="retire",
        help=_(
            "Take a tag out of use. Its entry stays in taxonomy.yaml, with status deprecated, and its "
            "history in the database; its rule goes, and nobody holds it any more. Files that still have it "
            "change nothing, and the import says so. With --replace-with its customers, its label and every "
            "place that names it go over to another tag."
        ),
        examples=("tagctl tags retire 粉丝 --dry-run", "tagctl tags retire 铂金 --replace-with VIP --yes"),
    )
    add(
        app,
        split,
        name="split",
        help=_(
            "Make two tags of one: those of its customers who meet the condition get the new tag, since when "
            "they had the old one and from where. A rule of the tag becomes two, with the condition and "
            "without it. With --else the others get a tag of their own, and the old one is retired."
        ),
        examples=(
            "tagctl tags split 老客户 --into 近期老客户 --when '{last: order, newer_than: 90d}' --dry-run",
            "tagctl tags split VIP --into 线上VIP --when '{field: 渠道, is: 线上}' --else 线下VIP --yes",
        ),
    )
