"""`rules add`: a rule for a tag that has none, into rules.yaml; a tag that is new, into taxonomy.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from tagctl import rules
from tagctl.errors import ConfigError, Location, Problem, UsageProblem
from tagctl.messages import N_, _
from tagctl.model import Catalog, Ruleset, Taxonomy, Type
from tagctl.normalise import identity
from tagctl.record import record
from tagctl.reports.running import RunReport
from tagctl.reports.simulating import AdditionReport, Effect
from tagctl.rules import Files, rewrite, source, written
from tagctl.rules.operators import AGGREGATE_TYPES, OPERATORS
from tagctl.rules.problems import meant
from tagctl.settings import Settings
from tagctl.store.operations import Operation


@record
class Home:
    """A tag and its dimension; `text` is taxonomy.yaml with the tag, where it is new."""

    tag: str
    dimension: str
    taxonomy: Taxonomy
    text: bytes | None = None


@record
class Addition:
    """A new rule: rules.yaml as it is to be, what it means then, and where the rule stands in it."""

    home: Home
    block: str
    location: Location
    rules_text: bytes
    ruleset: Ruleset
    warnings: tuple[Problem, ...]


def home(files: Files, taxonomy: Taxonomy, label: str, dimension: str | None) -> Home:
    """The tag that a rule is for. UsageProblem where it is new and no dimension is given, or where it is at
    home in another one than is given."""
    tag = taxonomy.names.get(identity(label))
    wanted = _dimension(taxonomy, dimension) if dimension is not None else None
    if tag is not None:
        own = taxonomy.tags[tag].dimension
        if wanted not in (None, own):
            what = _("{tag} is a tag of {own}, not of {dimension}.").format(
                tag=tag, own=own, dimension=wanted
            )
            raise UsageProblem(Problem("wrong-dimension", what, _("Leave out --dimension.")))
        return Home(tag, own, taxonomy)
    if wanted is None:
        what = _("{tag} is not in the taxonomy yet.").format(tag=label)
        near = meant(label, taxonomy.tags)
        advice = _("To make it a new tag, name its dimension: --dimension {names}").format(
            names=" | ".join(taxonomy.dimensions)
        )
        raise UsageProblem(Problem("needs-dimension", what, f"{near}\n{advice}"))
    tag = label.strip()
    text = rewrite.add_tags(files.taxonomy, files.taxonomy_name, wanted, [tag])
    edited, problems, _warnings = rules.read_taxonomy(text, files.taxonomy_name)
    if problems:
        raise ConfigError(problems)
    return Home(tag, wanted, edited, text)


def _dimension(taxonomy: Taxonomy, label: str) -> str:
    found = next((name for name in taxonomy.dimensions if identity(name) == identity(label)), None)
    if found is None:
        what = _("There is no dimension {name}.").format(name=label)
        raise UsageProblem(Problem("unknown-dimension", what, meant(label, taxonomy.dimensions)))
    return found


def declared(taxonomy: Taxonomy, label: str) -> bool:
    """Whether a name or alias is one of the taxonomy's."""
    return identity(label) in taxonomy.names


def check(when: str, home: Home, ruleset: Ruleset, catalog: Catalog, timezone: ZoneInfo) -> None:
    """UsageProblem for a condition that is wrong."""
    rules.condition(when, home.taxonomy, catalog, timezone, ruleset)


def refuse_second(ruleset: Ruleset, home: Home) -> None:
    """UsageProblem, with its place, where a rule gives the tag already."""
    places = [rule.location for rule in ruleset.rules if rule.tag == home.tag]
    places += [each.location for each in ruleset.each if each.dimension == home.dimension]
    if places:
        what = _("There is a rule for {tag} already.").format(tag=home.tag)
        advice = _("Change it there, or try other numbers with: tagctl rules simulate {tag}")
        raise UsageProblem(Problem("rule-exists", what, advice.format(tag=home.tag), places[0]))


def write(
    files: Files, home: Home, when: str, comment: str, ruleset: Ruleset, catalog: Catalog, timezone: ZoneInfo
) -> Addition:
    """The files with the new rule. UsageProblem for a wrong condition, ConfigError where the rules would not
    compile with it."""
    check(when, home, ruleset, catalog, timezone)
    remarks = tuple(" ".join(line.split()) for line in comment.splitlines() if line.strip())
    item = rewrite.new_rule(home.tag, source.load(when.encode(), "--when"), remarks)
    text = rewrite.add_rule(files.rules, files.rules_name, item)
    compiled = rules.compile(text, files.rules_name, home.taxonomy, catalog, timezone)
    if compiled.problems:
        raise ConfigError(compiled.problems)
    before = rules.compile(files.rules, files.rules_name, home.taxonomy, catalog, timezone)
    known = {(warning.code, warning.what) for warning in before.warnings}
    place = next(rule.location for rule in compiled.ruleset.rules if rule.tag == home.tag)
    return Addition(
        home,
        "\n".join(item.lines),
        place or Location(files.rules_name),
        text,
        compiled.ruleset,
        tuple(w for w in compiled.warnings if (w.code, w.what) not in known),
    )


def apply(op: Operation, addition: Addition, settings: Settings) -> None:
    """Write the files within the operation; undoing it puts them back."""
    op.write_file(settings.rules_file, addition.rules_text)
    if addition.home.text is not None:
        op.write_file(settings.taxonomy_file, addition.home.text)
    op.texts(addition.home.text, addition.rules_text)
    op.keep(addition.home.tag)


def report(addition: Addition, effect: Effect, run: RunReport) -> AdditionReport:
    """The addition with its effect, of a run with the new rule."""
    home = addition.home
    change = next((change for change in run.changes if change.tag == home.tag), None)
    return AdditionReport(
        operation=None,
        tag=home.tag,
        block=addition.block,
        location=addition.location,
        customers=run.customers,
        effect=effect,
        dimension=home.dimension if home.text is not None else None,
        state=change.state if change else "ran",
        needs=change.needs if change else (),
        warnings=addition.warnings,
    )


# ── what can be asked about ──────────────────────────────────────────────────────────────────────


@record
class Subject:
    """What a condition can be about: its word in the language, what it names (by role, so that the rule fits
    files with other headers), the type of its value, and the name that people know."""

    word: str
    name: str
    type: Type
    shown: str

    @property
    def yaml(self) -> str:
        """The beginning of the condition."""
        return f"{self.word}: {written.text(self.name)}"

    @property
    def windowed(self) -> bool:
        """Whether it counts events of a time that can be narrowed."""
        return self.word in ("count", "sum")


def subjects(ruleset: Ruleset, catalog: Catalog) -> tuple[Subject, ...]:
    """Everything of this project that a condition can be about: events, fields of customers, metrics."""
    types = {event.name: event for event in catalog.events}
    names = {name: name for name in (*types, *ruleset.declared_events)}
    names |= {name: subset.type for name, subset in ruleset.subsets.items()}
    found: list[Subject] = []
    for name, base in names.items():
        found += [Subject("count", name, "number", name), Subject("last", name, "datetime", name)]
        supplied = types[base].fields if base in types else ()
        summed = [f for f in supplied if f.type in AGGREGATE_TYPES["sum"]]
        found += [Subject("sum", f"{name}.{f.role or f.name}", f.type, f"{name}.{f.name}") for f in summed]
    if names:
        known = _("any event")
        found += [Subject("count", "any", "number", known), Subject("last", "any", "datetime", known)]
    fields = {f.name: f for f in (*catalog.fields, *ruleset.declared_fields) if f.role != "tags"}
    found += [Subject("field", f.role or f.name, f.type, f.name) for f in fields.values()]
    return (*found, *(Subject("metric", name, value.type, name) for name, value in ruleset.metrics.items()))


HINTS = {
    "value": N_("a value"),
    "pair": N_("two values with a comma between them, both included"),
    "values": N_("values with commas between them"),
    "text": N_("a text"),
    "pattern": N_("a regular expression"),
    "duration": N_("a duration: 30d, 12h, 3mo"),
    "share": N_("a share such as 20%, or a number of customers"),
    "bool": N_("true or false"),
}


def operators(subject: Subject) -> Iterator[tuple[str, str, str]]:
    """The operators that fit a subject: word, what it means, and what its value is (both translated)."""
    for operator in OPERATORS.values():
        ranks = operator.operand == "share" and subject.word != "metric"
        spans = operator.operand == "pair" and subject.windowed  # there it would be the window
        if subject.type in operator.types and not ranks and not spans:
            yield operator.name, _(operator.doc), _(HINTS[operator.operand])


def leaf(subject: Subject, within: str, operator: str, answer: str) -> str:
    """A condition as YAML, of what was answered."""
    operand = OPERATORS[operator].operand
    texts = subject.type in ("text", "list") and operand in ("value", "values", "text", "pattern")
    if operand in ("pair", "values"):
        parts = [part.strip() for part in answer.replace("，", ",").replace("、", ",").split(",")]
        value = f"[{', '.join(_answer(part, texts) for part in parts if part)}]"
    else:
        value = _answer(answer.strip(), texts)
    window = f", within: {_answer(within, False)}" if within else ""
    return f"{{{subject.yaml}{window}, {operator}: {value}}}"


def _answer(text: str, is_text: bool) -> str:
    """What somebody typed as a scalar: numbers, dates, durations and shares stay plain."""
    plain = not is_text and not set(text) & set(",[]{}#:&*!|>'\"%@` ")
    return text if plain or (not is_text and text.removesuffix("%").isdigit()) else written.text(text)
