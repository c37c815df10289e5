"""The labels that an import met and no tag answers to: what was decided about them, what --unknown says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from tagctl.labels import replaying
from tagctl.messages import _
from tagctl.model import Taxonomy
from tagctl.normalise import identity, nameable
from tagctl.reports.importing import ImportReport
from tagctl.reports.labels import DeclaredTag
from tagctl.store import labels, verdicts
from tagctl.store.connection import Store
from tagctl.store.operations import Operation
from tagctl.workflows.labelling import File, apart_of, apply, declare, like, parts

_UNSORTED = ("未分类", "unsorted")


def settled(
    op: Operation,
    file: File,
    taxonomy: Taxonomy,
    report: ImportReport,
    unknown: str,
    before_writing: Callable[[], None],
) -> ImportReport:
    """An import's unknown labels: those that were decided to be the same as a tag become its aliases, with
    the others happens what `unknown` (of ImportOptions) says."""
    declared = _decided(op.store, taxonomy, report.unknown_labels)
    if declared:
        before_writing()
        written = declare(file, declared)
        report = _known(op, apply(op, file, written).gained, report)
        report = replace(report, labels_decided={one.label: one.tag for one in declared})
        file, taxonomy = replace(file, data=written.data), written.taxonomy
    if unknown == "create" and report.unknown_labels:
        before_writing()
        return _create(op, file, taxonomy, report)
    return _suggest(op.store, taxonomy, report) if unknown == "suggest" else report


def _decided(store: Store, taxonomy: Taxonomy, unknown_labels: Iterable[str]) -> list[DeclaredTag]:
    given = verdicts.read(store)
    if not any(one.verdict == "same" for one in given):
        return []
    known = replaying.Replay(given, taxonomy.names)
    return [
        DeclaredTag(label, tag, taxonomy.tags[tag].dimension, alias=True)
        for label in unknown_labels
        if nameable(label) and (tag := known.tag(label)) is not None
    ]


def _create(op: Operation, file: File, taxonomy: Taxonomy, report: ImportReport) -> ImportReport:
    """Make tags of an import's unknown labels: in the dimension that `维度:值` names, which is made where it
    is not there, else in the one for what is unsorted. What cannot be a tag stays unknown."""
    declared = _new_tags(report.unknown_labels, taxonomy)
    if not declared:
        return report
    written = declare(file, declared)
    report = _known(op, apply(op, file, written).gained, report)
    return replace(report, tags_created=tuple(dict.fromkeys(one.tag for one in declared)))


def _known(op: Operation, gained: int, report: ImportReport) -> ImportReport:
    """The report with what customers gained, and without the labels that have become known."""
    op.keep(report.files[0].file if len(report.files) == 1 else ", ".join(f.file for f in report.files))
    resolve = labels.resolver(op.store)
    return replace(
        report,
        tags_gained=report.tags_gained + gained,
        unknown_labels={n: count for n, count in report.unknown_labels.items() if resolve(n) is None},
    )


def _suggest(store: Store, taxonomy: Taxonomy, report: ImportReport) -> ImportReport:
    """The report with the tag most like each unknown label, where there is one. Changes nothing."""
    decided = apart_of(store, taxonomy)
    found = {
        label: tag for label in report.unknown_labels if (tag := like(label, taxonomy, decided)) is not None
    }
    return replace(report, suggestions=found)


def _new_tags(unknown_labels: Mapping[str, int], taxonomy: Taxonomy) -> list[DeclaredTag]:
    homes = {identity(name): name for name in taxonomy.dimensions}
    unsorted = next((homes[name] for name in map(identity, _UNSORTED) if name in homes), _("Unsorted"))
    taken = dict(taxonomy.names)
    found: list[DeclaredTag] = []
    for label in unknown_labels:
        prefix, value = parts(label)
        if not nameable(value) or identity(value) in taken:
            continue  # another spelling of one just made, or a tag of another dimension
        home = homes.setdefault(identity(prefix), prefix) if prefix else unsorted
        taken[identity(value)] = value
        found.append(DeclaredTag(label, value, home))
    return found
