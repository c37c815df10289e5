"""A taxonomy proposed from files: their labels, grouped and counted, as text to edit; and which rules such
files let run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from tagctl import rules
from tagctl.errors import ConfigError
from tagctl.io.sources import chosen
from tagctl.io.table import AS_FOUND, Opening
from tagctl.labels import proposing
from tagctl.model import Catalog, Ruleset, Taxonomy
from tagctl.record import record
from tagctl.reports.drafting import DraftReport, WaitingRules
from tagctl.rules import drafting
from tagctl.store.operations import Operation
from tagctl.workflows.drafting import describing, reading


@record
class Draft:
    """Proposals for a taxonomy. `text` is taxonomy.yaml with them; `added` only what is new in it."""

    text: bytes
    taxonomy: Taxonomy
    catalog: Catalog
    added: str
    report: DraftReport


def draft(
    names: Sequence[str | Path],
    data: bytes | None,
    file: str,
    language: str,
    *,
    tags: Sequence[str] = (),
    key: str | None = None,
    opening: Opening = AS_FOUND,
    project: str | None = None,
) -> Draft:
    """Proposals from these files for the taxonomy in `data` (None: there is none yet), named in `language`
    ("en" or "zh"). `tags` are headers of columns with labels beside those recognised, `key` is that of the
    column that names customers, `opening` how all files are read, `project` what commands to type need as
    --project.

    Raises ConfigError for a taxonomy with errors; UsageProblem and DataError for a file.
    """
    taxonomy = _read(data, file)
    paths = chosen(names)
    files = [reading.open_file(path, taxonomy, tags, key, opening) for path in paths]
    reading.refuse_unknown([*tags, *([key] if key else [])], files)
    labels = reading.read(files, taxonomy)
    proposal = proposing.propose(labels.labels, taxonomy, language)
    nothing = not proposal.dimensions and not proposal.aliases
    text = (
        data
        if nothing and data is not None
        else drafting.added(data, file, proposal.dimensions, proposal.aliases)
    )
    described = [
        describing.describe(one, path, count, describing.Said(tuple(tags), key, opening, project))
        for one, path, count in zip(files, paths, labels.counts, strict=True)
    ]
    report = DraftReport(
        operation=None,
        files=tuple(sorted(described, key=lambda one: one.event_type is not None)),  # customers come first
        dimensions=proposal.dimensions,
        aliases=proposal.aliases,
        held={tag: len(customers) for tag, customers in proposal.held.items()},
        left_out=labels.left_out,
        text=text.decode("utf-8-sig"),
    )
    added = "" if nothing else drafting.block(proposal.dimensions, proposal.aliases)
    return Draft(text, _read(text, file), reading.catalog(files), added, report)


def starting(draft: Draft, rules_text: bytes, file: str, rules_file: str, zone: ZoneInfo) -> Draft:
    """The draft for a new project whose taxonomy came with rules: tags found in the files say how many have
    them, and where one of the rules gives them too, it only counts until a person lets it decide. Says
    which rules will run."""
    compiled = rules.compile(rules_text, rules_file, draft.taxonomy, draft.catalog, zone)
    if compiled.problems:
        raise ConfigError(compiled.problems)
    ruled = {rule.tag for rule in compiled.ruleset.rules}
    held = draft.report.held
    remarks = {tag: drafting.counted(count) for tag, count in held.items()}
    counting = tuple(tag for tag in held if tag in ruled)
    text = drafting.remarked(draft.text, file, remarks, counting)
    text = drafting.limited(text, file, _read(text, file))
    taxonomy = _read(text, file)
    ran, waiting = _readiness(compiled.ruleset)
    return replace(
        draft,
        text=text,
        taxonomy=taxonomy,
        report=replace(
            draft.report, text=text.decode("utf-8-sig"), runs=ran, waiting=waiting, counting=counting
        ),
    )


def write(op: Operation, draft: Draft, path: Path) -> None:
    """Write taxonomy.yaml within the operation; undoing it puts the old one back."""
    op.write_file(path, draft.text)
    op.texts(draft.text, None)
    op.keep(tags=sum(len(dimension.tags) for dimension in draft.report.dimensions))


def _read(data: bytes | None, file: str) -> Taxonomy:
    taxonomy, problems, _warnings = rules.read_taxonomy(data, file)
    if problems:
        raise ConfigError(problems)
    return taxonomy


def _readiness(ruleset: Ruleset) -> tuple[tuple[str, ...], tuple[WaitingRules, ...]]:
    """The rules (by tag, or by dimension) that have their data, and those without by what they lack."""
    from tagctl.rules.plan import asked_by
    from tagctl.rules.readiness import inputs, not_supplied

    ran: dict[str, None] = {}
    waiting: dict[str, dict[str, None]] = {}
    fields: set[str] = set()  # of customers; a field's own name can have a dot
    for rule in ruleset.rules:
        found = inputs(ruleset, asked_by(rule))
        fields.update(field.name for field in found.customer_fields())
        missing = not_supplied(found)
        if not missing:
            ran[rule.id] = None
        for name in missing:
            waiting.setdefault(name, {})[rule.id] = None

    def kind(need: str) -> Literal["events", "field", "event field"]:
        return "field" if need in fields else "event field" if "." in need else "events"

    return tuple(ran), tuple(WaitingRules(need, kind(need), tuple(ids)) for need, ids in waiting.items())
