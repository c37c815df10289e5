"""A plan: clusters of labels as a file in which a person decides, written and read back.

What counts in a plan is the label, the canonical one beside it, and the verdict; the rest is for the eye. So
rows can be sorted, filtered and deleted, and columns moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from tagctl.errors import Location, Problem, UsageProblem
from tagctl.io import xlsx
from tagctl.io.writing import atomic
from tagctl.messages import _, language
from tagctl.record import record
from tagctl.reports.deciding import PlanReport, Verdict
from tagctl.reports.duplicates import DuplicateCluster, DuplicateMember, DuplicatesReport
from tagctl.rules import written

YAML = (".yaml", ".yml")
# Each in English and Chinese: a plan is read whatever the language is.
VERDICTS: Mapping[Verdict, tuple[str, str]] = {
    "same": ("same", "相同"),
    "related": ("related", "相关"),
    "parent": ("parent", "子标签"),
    "different": ("different", "不同"),
}
KEYS: Mapping[str, Verdict | None] = {"s": "same", "r": "related", "p": "parent", "d": "different", "k": None}
COLUMNS: Mapping[str, tuple[str, str]] = {
    "cluster": ("cluster", "组"),
    "label": ("label", "标签"),
    "verdict": ("verdict", "判断"),
    "canonical": ("canonical", "保留名称"),
    "customers": ("customers", "客户数"),
    "shared": ("shared", "两者都有的客户数"),
    "kind": ("kind", "类型"),
    "score": ("score", "把握"),
    "for": ("for", "依据"),
    "against": ("against", "疑点"),
    "note": ("note", "备注"),
}
_TYPES = {"cluster": "number", "customers": "number", "shared": "number", "score": "number"}


@record
class Words:
    """Kinds of labels, witnesses and guards in words, by their codes."""

    kinds: Mapping[str, str]
    witnesses: Mapping[str, str]
    guards: Mapping[str, str]


@record
class Row:
    """A label of a plan. Without a verdict it is not decided; `at` is its place in the file."""

    label: str
    canonical: str
    verdict: Verdict | None
    note: str | None = None
    at: Location | None = None


Proposal = tuple[DuplicateMember, "Verdict | None"]


def prefilled(clusters: Iterable[DuplicateCluster]) -> Iterator[tuple[DuplicateCluster, list[Proposal]]]:
    """The clusters with a verdict proposed for each label: that of its cluster, but only the first about any
    two labels, and one parent at most. A label that becomes part of another is in no later cluster."""
    root: dict[str, str] = {}
    said: set[frozenset[str]] = set()
    below: set[str] = set()
    for cluster in clusters:
        found: list[Proposal] = []
        for member in cluster.members:
            if member.label == cluster.canonical:
                found.append((member, "same" if cluster.verdict == "same" else None))
                continue
            if cluster.verdict != "same" and member.label in root:
                continue
            pair = frozenset((member.label, root.get(cluster.canonical, cluster.canonical)))
            free = pair not in said and not (cluster.verdict == "parent" and member.label in below)
            found.append((member, cluster.verdict if free else None))
            said.add(pair)
            if cluster.verdict == "same":
                root[member.label] = cluster.canonical
            elif cluster.verdict == "parent":
                below.add(member.label)
        if len(found) > 1:
            yield cluster, found


def rows(clusters: Iterable[DuplicateCluster]) -> list[Row]:
    """What a plan of these clusters says as it is written."""
    return [
        Row(member.label, cluster.canonical, verdict)
        for cluster, members in prefilled(clusters)
        for member, verdict in members
    ]


# ── writing ──────────────────────────────────────────────────────────────────────────────────────


def write(report: DuplicatesReport, path: Path, words: Words, timezone: ZoneInfo) -> PlanReport:
    """Write the plan, as YAML or xlsx by the suffix. UsageProblem for another one."""
    suffix = path.suffix.lower()
    if suffix in YAML:
        text = "\n".join(_yaml(report, words)) + "\n"
        with atomic(path) as file:
            file.write(text.encode())
    elif suffix == ".xlsx":
        with atomic(path) as file:
            types = [_TYPES.get(name, "text") for name in COLUMNS]
            headers = [said(both) for both in COLUMNS.values()]
            cells = _cells(report, words)
            xlsx.write_xlsx(file, headers, types, cells, timezone, path.name, choices={2: _choice()})
    else:
        raise UsageProblem(
            Problem(
                "unknown-format",
                _("{file}: a plan is .yaml or .xlsx.").format(file=path),
                _("Name it like: merges.xlsx"),
            )
        )
    shown = [len(members) for _cluster, members in prefilled(report.clusters)]
    return PlanReport(str(path), len(shown), sum(shown))


def said(both: tuple[str, str]) -> str:
    return both[language() == "zh"]


def in_words(verdict: Verdict | None) -> str:
    return said(VERDICTS[verdict]) if verdict is not None else ""


def _choice() -> xlsx.Choice:
    words = [in_words(verdict) for verdict in VERDICTS]
    return xlsx.Choice(words, " · ".join(f"{word}: {text}" for word, text in _explained()))


def _explained() -> Iterator[tuple[str, str]]:
    texts: Mapping[Verdict, str] = {
        "same": _("becomes one tag with the canonical one"),
        "related": _("both stay; not proposed again"),
        "parent": _("becomes a child of the canonical one"),
        "different": _("both stay; not proposed again"),
    }
    for verdict, text in texts.items():
        yield in_words(verdict), text


def _cells(report: DuplicatesReport, words: Words) -> Iterator[tuple[str | float | None, ...]]:
    for number, (cluster, members) in enumerate(prefilled(report.clusters), 1):
        speaks, against = _evidence(cluster, words)
        for member, verdict in members:
            yield (
                number,
                member.label,
                in_words(verdict) or None,
                cluster.canonical,
                member.customers,
                None if member.label == cluster.canonical else member.shared,
                words.kinds[member.kind],
                cluster.score,
                speaks,
                against,
                None,
            )


def _evidence(cluster: DuplicateCluster, words: Words) -> tuple[str | None, str | None]:
    between = _(", ")
    speaks = between.join(words.witnesses.get(code, code) for code in cluster.witnesses)
    against = between.join(words.guards.get(code, code) for code in cluster.guards)
    return speaks or None, against or None


def _yaml(report: DuplicatesReport, words: Words) -> Iterator[str]:
    yield "# " + _("Labels that may be the same. Decide here, then: tagctl tags merge --plan THIS_FILE")
    yield "# " + _("`verdict` of a label, as compared with `canonical`:")
    for word, text in _explained():
        yield f"#   {word}: {text}"
    yield "# " + _(
        "Without a verdict a label stays open; so does what you delete. `canonical` may be a new name."
    )
    yield "version: 1"
    yield "clusters:" if report.clusters else "clusters: []"
    for cluster, members in prefilled(report.clusters):
        speaks, against = _evidence(cluster, words)
        yield f"  - canonical: {written.text(cluster.canonical)}"
        yield f"    score: {cluster.score}"
        if speaks:
            yield f"    for: {written.text(speaks)}"
        if against:
            yield f"    against: {written.text(against)}"
        yield "    labels:"
        for member, verdict in members:
            shared = None if member.label == cluster.canonical else member.shared
            entry: dict[str, str | int | None] = {
                "label": written.text(member.label),
                "verdict": in_words(verdict) or None,
                "customers": member.customers,
                "shared": shared,
                "kind": written.text(words.kinds[member.kind]),
            }
            given = (f"{key}: {value}" for key, value in entry.items() if value is not None)
            yield f"      - {{{', '.join(given)}}}"
