"""Labels that may be the same, with what speaks for it and against it."""

from __future__ import annotations

from tagctl.messages import N_, _, ngettext
from tagctl.render.closing import next_steps
from tagctl.render.terminal import Styled, pairs, say
from tagctl.render.values import commas, listed
from tagctl.render.width import width
from tagctl.reports.duplicates import DuplicateCluster, DuplicateMember, DuplicatesReport

_SHOWN = 50  # clusters on screen
_LABELS = 12  # labels of one cluster on screen
_WORDS = 3  # witnesses and guards of one
_WIDTH = 66  # columns for its labels in one line, of 80
VERDICTS = {"same": N_("the same"), "related": N_("related"), "parent": N_("kinds of it")}
_JOINTS = {"same": " = ", "related": " ~ ", "parent": " > "}
KINDS = {"tag": N_("tag"), "unknown": N_("no tag yet"), "label": N_("label")}
WITNESSES = {
    "identity": N_("case, width or spaces"),
    "script": N_("traditional and simplified"),
    "alias": N_("an alias"),
    "separators": N_("separators"),
    "accents": N_("accents"),
    "plural": N_("plural"),
    "numerals": N_("numerals"),
    "word-order": N_("order of words"),
    "small-words": N_("small words"),
    "generic": N_("a word for customers"),
    "fingerprint": N_("the same words"),
    "ngram-fingerprint": N_("the same pairs of letters"),
    "typo": N_("one letter differs"),
    "ending": N_("a short addition"),
    "pinyin": N_("the same sound"),
    "initials": N_("initials"),
    "synonym": N_("your synonyms"),
    "lexicon": N_("synonyms of the lexicon"),
    "near": N_("neighbours in the lexicon"),
    "same-rule": N_("the same rule"),
    "same-customers": N_("mostly the same customers"),
    "contained": N_("all customers of one have the other"),
    "extra-word": N_("one has more words"),
    "family": N_("alike but for one thing"),
    "decided": N_("decided before"),
}
GUARDS = {
    "digits": N_("other numbers"),
    "symbols": N_("other symbols"),
    "letters": N_("other letters"),
    "negation": N_("one negates"),
    "age": N_("new or old"),
    "grade": N_("another grade"),
    "size": N_("another size"),
    "rank": N_("another rank"),
    "tier": N_("another tier"),
    "plan": N_("another plan"),
    "opposites": N_("opposites"),
    "prefix": N_("a negating prefix"),
    "ending": N_("another ending"),
}


def show_duplicates(report: DuplicatesReport) -> None:
    """`tags duplicates`: the clusters, the surest first."""
    total = f"{report.labels:,}"
    if not report.clusters:
        text = ngettext(
            "{count} label; none is like another.", "{count} labels; none is like another.", report.labels
        )
        say(Styled(text.format(count=total), "good"))
        return
    for number, cluster in enumerate(report.clusters[:_SHOWN], 1):
        _show(number, cluster)
    say()
    counts = [
        (_(text), sum(c.verdict == verdict for c in report.clusters)) for verdict, text in VERDICTS.items()
    ]
    clusters = commas([f"{text} {count:,}" for text, count in counts if count])
    text = ngettext(
        "{count} label looked at. Clusters: {clusters}",
        "{count} labels looked at. Clusters: {clusters}",
        report.labels,
    )
    say(text.format(count=total, clusters=clusters))
    if len(report.clusters) > _SHOWN:
        say(_("The first {count} are shown; all with --format csv.").format(count=_SHOWN))
    if any(member.kind != "label" for cluster in report.clusters for member in cluster.members):
        next_steps(
            (_("tagctl tags merge A B --into C"), _("make one tag of several")),
            (_("tagctl tags add LABEL --as TAG"), _("another spelling of a tag")),
        )


def _show(number: int, cluster: DuplicateCluster) -> None:
    say(Styled(f"{number:>3}  ", "dim"), Styled(_names(cluster), "strong"))
    speaks = listed([words(code, WITNESSES) for code in cluster.witnesses], _WORDS)
    style = "good" if cluster.verdict == "same" else ""
    say("     ", Styled(f"{_(VERDICTS[cluster.verdict])} {cluster.score:.2f}", style), f" · {speaks}")
    if cluster.guards:
        against = listed([words(code, GUARDS) for code in cluster.guards], _WORDS)
        say("     ", _("against it: {guards}").format(guards=against))
    if any(member.customers is not None for member in cluster.members):
        shown = cluster.members[:_LABELS]
        pairs(((member.label, _of(member, cluster.canonical)) for member in shown), indent=5)


def _names(cluster: DuplicateCluster) -> str:
    """The labels, as many as a line has room for."""
    joint = _JOINTS[cluster.verdict]
    shown = cluster.canonical
    for place, label in enumerate(cluster.labels[1:], 1):
        if width(shown + joint + label) > _WIDTH:
            more = len(cluster.labels) - place
            return _("{names} and {count} more").format(names=shown, count=more)
        shown += joint + label
    return shown


def _of(member: DuplicateMember, canonical: str) -> str:
    """What a label is, and who has it."""
    count = member.customers or 0
    text = ngettext("{count} customer", "{count} customers", count).format(count=f"{count:,}")
    found = [_(KINDS[member.kind]), text]
    if member.label != canonical and member.shared:
        found.append(_("{count} of them also {label}").format(count=f"{member.shared:,}", label=canonical))
    return commas(found)


def words(code: str, known: dict[str, str]) -> str:
    """A code in words; those of plug-ins stay as they are."""
    return _(known[code]) if code in known else code
