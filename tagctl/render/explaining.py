"""Why a customer has, or has not, a tag: the verdict, the proof tree, the history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from tagctl.messages import N_, _
from tagctl.render.evidence import ending, origin, source
from tagctl.render.forecasting import turning_lines
from tagctl.render.terminal import Piece, Styled, heading, mark, say
from tagctl.render.values import day, labelled, listed, moment, semicolons, shown, window
from tagctl.reports.why import Proof, WhyReport

_GROUPS = {
    "all": N_("all of these hold:"),
    "any": N_("at least one of these holds:"),
    "not": N_("this does not hold:"),
}


def show_why(report: WhyReport, zone: ZoneInfo) -> None:
    """`why CUSTOMER TAG`."""
    _show_verdict(report, zone)
    for evidence in report.evidence:
        since = _("since {day}").format(day=day(evidence.since, zone))
        say("  ", Styled(source(evidence), "strong"), f" {labelled(since, origin(evidence))}")
    show_reasons(report, zone)
    for title, proof in proofs(report, zone):
        heading(title)
        for line in proof_lines(proof, zone):
            say(*line)
    if report.next is not None:
        heading(_("By time alone"))
        for text in turning_lines(report.next, zone):
            say("  ", text)
    if report.past:
        heading(_("Earlier"))
        for evidence in report.past:
            since = _("since {day}").format(day=day(evidence.since, zone))
            came, went = labelled(since, origin(evidence)), ending(evidence, zone)
            say("  ", f"{source(evidence)} {semicolons((came, went))}")


def _show_verdict(report: WhyReport, zone: ZoneInfo) -> None:
    who = f"{report.customer} {report.name}" if report.name else report.customer
    tag = f"{report.tag} ({report.dimension})" if report.dimension else report.tag
    if report.holds:
        say(mark(True), " ", Styled(_("{customer} has {tag}.").format(customer=who, tag=tag), "strong"))
    else:
        say(
            mark(False),
            " ",
            Styled(_("{customer} does not have {tag}.").format(customer=who, tag=tag), "strong"),
        )
    if report.asked and report.asked != report.tag:
        say("  ", _("“{alias}” is an alias of {tag}.").format(alias=report.asked, tag=report.tag))


def proofs(report: WhyReport, zone: ZoneInfo) -> Iterator[tuple[str, Proof]]:
    """The proofs of a rule's conditions, each with what to call it."""
    if report.when is not None:
        yield _("The rule’s condition, as of {when}:").format(when=moment(report.as_of, zone)), report.when
    if report.leave is not None:
        yield _("Once held, it is kept until this holds:"), report.leave
    if report.pilot is not None:
        title = _("The tag is on trial: its rule is only for customers for whom this holds:")
        yield title, report.pilot


def show_reasons(report: WhyReport, zone: ZoneInfo, indent: str = "  ") -> None:
    """What bears on the tag beside the proof: children, bans, implications, what outranks it, waiting."""
    children = list(dict.fromkeys(e.tag for e in report.evidence if e.tag != report.tag))
    if children:
        say(indent, _("By its child tags: {tags}").format(tags=listed(children)))
    if report.banned is not None:
        until = report.banned.until
        text = _("Banned by {origin}").format(origin=origin(report.banned))
        say(indent, text + (" " + _("(until {day})").format(day=day(until, zone)) if until else ""))
    if report.implied_by:
        say(indent, _("Implied by: {tags}").format(tags=listed(report.implied_by)))
    if report.outranked_by:
        say(indent, _("Outranked by {tag}: a customer has one of the two.").format(tag=report.outranked_by))
    if report.rule is not None:
        place = f" ({report.rule_location})" if report.rule_location else ""
        say(indent, _("Rule: {rule}{place}").format(rule=report.rule, place=place))
    show_state(report.rule_state, report.needs, indent)
    if report.rule is None and not report.evidence and not report.implied_by:
        say(indent, _("No rule gives this tag; it comes from imports or by hand."))


def show_state(state: str, needs: Sequence[str], indent: str = "  ") -> None:
    """Why a rule gives nothing now, if it does not."""
    if state in ("waiting", "late"):
        text = (
            _("The rule waits for data ({needs}); until it comes, nothing is gained or lost.")
            if state == "waiting"
            else _("The rule’s data is late ({needs}); until it comes, nothing is gained or lost.")
        )
        say(indent, Styled(text.format(needs=listed(needs)), "warn"))
    if state == "draft":
        say(indent, Styled(_("The tag is a draft: its rule is only counted, and gives nothing."), "warn"))


def proof_lines(proof: Proof, zone: ZoneInfo, depth: int = 1) -> Iterator[tuple[Piece, ...]]:
    """The proof as indented lines, each with its mark; values stand beside their thresholds."""
    indent = "  " * depth
    if proof.items:
        text = _(_GROUPS[proof.kind]) if proof.kind in _GROUPS else proof.text
        yield (indent, mark(proof.holds), " ", text)
        for item in proof.items:
            yield from proof_lines(item, zone, depth + 1)
        return
    remarks = list(_remarks(proof, zone))
    place = f"  {proof.location}" if proof.location else ""
    yield (
        indent,
        mark(proof.holds),
        f" {proof.text}",
        Styled(f"  — {semicolons(remarks)}" if remarks else "", "strong"),
        Styled(place, "dim"),
    )


def _remarks(proof: Proof, zone: ZoneInfo) -> Iterator[str]:
    if proof.missing:
        yield _("there is no value")
    elif proof.actual is not None:
        yield _("is {value}").format(value=shown(proof.actual, proof.value_type, zone))
    if proof.wanted and proof.wanted.replace(" ", ": ", 1) not in proof.text:  # worked out, as of ranks
        yield _("wanted {threshold}").format(threshold=proof.wanted)
    if proof.window is not None and (ends := window(proof.window, zone)):
        yield ends
