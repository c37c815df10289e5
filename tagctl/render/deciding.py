"""Decisions about labels: what they come to, the verdicts that stand, and the questions of a review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from tagctl.messages import N_, _, ngettext
from tagctl.render.closing import close
from tagctl.render.curating import show_changes
from tagctl.render.duplicates import GUARDS, WITNESSES, words
from tagctl.render.terminal import Styled, complain, say, table
from tagctl.render.values import listed, moment
from tagctl.reports.deciding import DecisionsReport, PlanReport, RemovedReport, VerdictRow
from tagctl.reports.duplicates import DuplicateCluster, DuplicateMember

VERDICTS = {
    "same": N_("the same"),
    "related": N_("related"),
    "parent": N_("below it"),
    "different": N_("different"),
}
_KEYS = N_(
    "s the same · r related · p below it · d different · k skip · n another name · b back · q quit "
    "(capital: all of the group)"
)


def show_plan(report: PlanReport) -> None:
    """`tags duplicates --plan`: where it is, and what to do with it."""
    text = _(
        "{file}: {clusters} groups, {labels} labels. Decide in it, then: tagctl tags merge --plan {file}"
    )
    say(text.format(file=report.file, clusters=f"{report.clusters:,}", labels=f"{report.labels:,}"))


def show_decisions(report: DecisionsReport, titles: Mapping[str, str]) -> None:
    """What decisions come to, before anything is done; `titles` as in show_changes."""
    for union in report.unions:
        text = _("below {tag}: {labels}") if union.below else _("{tag} ← {labels}")
        say(Styled(text.format(tag=union.tag, labels=listed(union.labels)), "name"))
    for one in report.waiting:
        text = _("{label} follows when {canonical} is a tag: tagctl tags add {canonical} --dimension NAME")
        say(Styled(text.format(label=one.label, canonical=one.canonical), "warn"))
    if report.curation is not None:
        show_changes(report.curation, titles)
    elif not report.verdicts:
        say(_("Nothing is decided that is not so already."))


def show_end(report: DecisionsReport) -> None:
    """What was done, and how to take it back."""
    text = ngettext("{count} pair of labels decided.", "{count} pairs of labels decided.", report.verdicts)
    say(text.format(count=f"{report.verdicts:,}"))
    if report.done:
        text = ngettext("{count} label was so already.", "{count} labels were so already.", report.done)
        say(text.format(count=f"{report.done:,}"))
    if report.left:
        text = ngettext("{count} label is left open.", "{count} labels are left open.", report.left)
        say(text.format(count=f"{report.left:,}"))
    close(report.operation, dry_run=report.dry_run)


# ── verdicts ─────────────────────────────────────────────────────────────────────────────────────


def show_verdicts(rows: Sequence[VerdictRow], zone: ZoneInfo) -> None:
    """`tags verdicts`: the newest first."""
    if not rows:
        say(_("Nothing has been decided yet. Labels that may be the same: tagctl tags duplicates"))
        return
    table(
        [_("Label"), _("Verdict"), _("Compared with"), _("Who"), _("When"), _("Note")],
        [
            [one.label, _(VERDICTS[one.verdict]), one.canonical, one.by, moment(one.at, zone), one.note]
            for one in rows
        ],
    )


def show_removed(report: RemovedReport) -> None:
    """`tags verdicts --remove`."""
    text = ngettext("{count} verdict removed.", "{count} verdicts removed.", report.removed)
    say(text.format(count=f"{report.removed:,}"))
    close(report.operation, dry_run=report.dry_run)


# ── review ───────────────────────────────────────────────────────────────────────────────────────


def ask(
    cluster: DuplicateCluster, member: DuplicateMember, canonical: DuplicateMember, name: str, at: str
) -> None:
    """A question of `tags review`: a label, and the canonical one of its group, called `name` from now on."""
    complain()
    called = canonical.label if name == canonical.label else f"{canonical.label} → {name}"
    complain(Styled(f"{at}  ", "dim"), Styled(f"{member.label} = {called} ?", "strong"))
    speaks = listed([words(code, WITNESSES) for code in cluster.witnesses], 6)
    complain("    ", f"{_(VERDICTS[cluster.verdict])} {cluster.score:.2f} · {speaks}")
    if cluster.guards:
        against = listed([words(code, GUARDS) for code in cluster.guards], 6)
        complain("    ", _("against it: {guards}").format(guards=against))
    if member.customers is not None and canonical.customers is not None:
        text = _("customers: {one} and {other}, {both} with both")
        both = f"{member.shared or 0:,}"
        complain(
            "    ", text.format(one=f"{member.customers:,}", other=f"{canonical.customers:,}", both=both)
        )
    complain("    ", Styled(_(_KEYS), "dim"))


def show_no_questions() -> None:
    """There is nothing to review."""
    say(Styled(_("No labels are left that may be the same."), "good"))


def show_undecided() -> None:
    """The review ended without a decision."""
    complain(_("Nothing was decided, so nothing was changed."))
