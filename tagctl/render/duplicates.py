"""Labels that may be the same, with what speaks for it and against it."""

from __future__ import annotations

from tagctl.messages import N_, _, ngettext
from tagctl.render.terminal import Styled, say, table
from tagctl.render.values import listed
from tagctl.reports.duplicates import DuplicateCluster, DuplicateMember, DuplicatesReport

_SHOWN = 50  # clusters on screen
_LABELS = 12  # labels of one cluster on screen
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
    if not report.clusters:
        text = ngettext(
            "{count} label; none looks like another.",
            "{count} labels; none looks like another.",
            report.labels,
        )
        say(Styled(text.format(count=f"{report.labels:,}"), "good"))
        return
    for number, cluster in enumerate(report.clusters[:_SHOWN], 1):
        _cluster(number, cluster)
    say()
    counts = ", ".join(
        f"{_(text)} {sum(c.verdict == v for c in report.clusters):,}" for v, text in VERDICTS.items()
    )
    text = ngettext(
        "{count} label looked at: {clusters}", "{count} labels looked at: {clusters}", report.labels
    )
    say(text.format(count=f"{report.labels:,}", clusters=counts))
    if len(report.clusters) > _SHOWN:
        say(_("The first {count} are shown; all with --format csv.").format(count=_SHOWN))


def _cluster(number: int, cluster: DuplicateCluster) -> None:
    members = cluster.members[:_LABELS]
    more = len(cluster.members) - len(members)
    names = _JOINTS[cluster.verdict].join(member.label for member in members)
    if more > 0:
        names = _("{names} and {count} more").format(names=names, count=more)
    say(Styled(f"{number:>3}  ", "dim"), Styled(names, "name" if cluster.verdict == "same" else ""))
    speaks = listed([words(code, WITNESSES) for code in cluster.witnesses], 6)
    say("     ", Styled(f"{_(VERDICTS[cluster.verdict])} {cluster.score:.2f}", "strong"), f" · {speaks}")
    if cluster.guards:
        against = listed([words(code, GUARDS) for code in cluster.guards], 6)
        say("     ", _("against it: {guards}").format(guards=against))
    if any(member.customers is not None for member in members):
        table_of(members)


def table_of(members: tuple[DuplicateMember, ...]) -> None:
    """The labels of a cluster with their customers."""
    table(
        ["    " + _("Label"), _("Kind"), _("Customers"), _("Also have the first")],
        [
            ["    " + m.label, _(KINDS[m.kind]), m.customers, None if place == 0 else m.shared]
            for place, m in enumerate(members)
        ],
    )


def words(code: str, known: dict[str, str]) -> str:
    """A code in words; those of plug-ins stay as they are."""
    return _(known[code]) if code in known else code
