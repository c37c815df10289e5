"""rules.yaml to a `Ruleset`, section by section."""

from __future__ import annotations

from dataclasses import replace
from typing import cast
from zoneinfo import ZoneInfo

from tagctl.errors import UsageProblem
from tagctl.messages import _
from tagctl.model import (
    CUSTOMER_ROLES,
    TYPES,
    All,
    Between,
    Catalog,
    Condition,
    Duration,
    EachRule,
    EventSource,
    EventType,
    Field,
    Rule,
    Ruleset,
    Taxonomy,
    Type,
    Value,
)
from tagctl.normalise import identity
from tagctl.rules import (
    Compiled,
    cases,
    conditions,
    families,
    literals,
    meaning,
    order,
    segments,
    shape,
    source,
    unused,
    values,
    windows,
)
from tagctl.rules.nodes import Node
from tagctl.rules.problems import Problems
from tagctl.rules.resolve import Named, Scope, declare, field_named

_ROOT = (
    "version", "fields", "events", "periods", "metrics", "conditions", "rules", "segments", "layers",
    "actions", "tests",
)  # fmt: skip
_RULE = ("tag", "when", "leave", "priority", "keep_imported")


def compile_rules(
    data: bytes | None,
    file: str,
    taxonomy: Taxonomy,
    catalog: Catalog,
    timezone: ZoneInfo,
    problems: Problems | None = None,
) -> Compiled:
    """See tagctl.rules.compile. What is wrong, and where tags are named, goes to `problems` where given."""
    problems = problems or Problems()
    root = source.read(data or b"", file, problems)
    top = shape.root(root, _ROOT, "rules", problems, _("the rules"))
    if top is None:
        return Compiled(Ruleset(), problems.errors, problems.warnings)
    shape.version(top, problems)
    ruleset = _Reader(top, taxonomy, catalog, timezone, problems).read()
    return Compiled(ruleset, problems.errors, problems.warnings)


def condition_from_text(
    text: str, taxonomy: Taxonomy, catalog: Catalog, timezone: ZoneInfo, ruleset: Ruleset
) -> Condition:
    """See tagctl.rules.condition."""
    problems = Problems()
    node = source.read(text.encode(), "--when", problems)
    if not problems.errors:
        scope = _scope_of(ruleset, taxonomy, catalog, timezone, problems)
        found = conditions.read(node, scope)
        if found is not None and not problems.errors:
            return found
    raise UsageProblem(problems.errors)


def declared_fields(data: bytes | None, file: str) -> tuple[Field, ...]:
    """See tagctl.rules.declared_fields."""
    ignored = Problems()
    root = source.read(data or b"", file, ignored)
    node = root.get("fields")
    return _fields(node, Catalog(), ignored) if node is not None else ()


def _scope_of(
    ruleset: Ruleset, taxonomy: Taxonomy, catalog: Catalog, timezone: ZoneInfo, problems: Problems
) -> Scope:
    """The names of a ruleset that is compiled already."""
    scope = Scope(taxonomy, catalog, timezone, problems)
    declare(scope, ruleset.declared_fields)
    for name in ruleset.declared_events:
        scope.types.setdefault(name, EventType(name, supplied=False))
    scope.metrics.done.update(ruleset.metrics)
    scope.periods.done.update(ruleset.periods)
    scope.conditions.done.update(ruleset.conditions)
    scope.subsets.done.update(ruleset.subsets)
    scope.segments.done.update({segment.name: segment.when for segment in ruleset.segments})
    return scope


class _Reader:
    """Reads the sections in an order in which each finds the names that it may use."""

    def __init__(
        self, top: shape.Entries, taxonomy: Taxonomy, catalog: Catalog, timezone: ZoneInfo, problems: Problems
    ) -> None:
        self.top = top
        self.catalog = catalog
        self.problems = problems
        self.scope = Scope(taxonomy, catalog, timezone, problems)
        self.late_after: dict[str, Duration] = {}
        self.declared_events: dict[str, Node] = {}
        self.rules: list[tuple[Rule, Node]] = []
        self.each: list[EachRule] = []
        self.ruled: dict[str, Node] = {}  # tag, or dimension of a family → where its rule stands

    def read(self) -> Ruleset:
        scope = self.scope
        fields = self.top.get("fields")
        declared = _fields(fields, self.catalog, self.problems) if fields is not None else ()
        declare(scope, declared)
        self.events()
        scope.metrics.read = lambda _name, node: values.read(node, scope)
        scope.periods.read = lambda _name, node: windows.ranges(node, scope)
        scope.conditions.read = scope.segments.read = lambda _name, node: conditions.read(node, scope)
        scope.subsets.read = self.subset
        self.define("periods", scope.periods, _("periods, each with its ranges"))
        self.define("metrics", scope.metrics, _("metrics, each with its value"))
        self.define("conditions", scope.conditions, _("conditions, each with its name"))
        named_segments = segments.entries(self.top.get("segments"), scope)
        scope.segments.nodes.update({name: found.values["when"] for name, found in named_segments.items()})
        layers = segments.entries(self.top.get("layers"), scope)
        self.metric_names()
        metrics = scope.metrics.all()
        periods = scope.periods.all()
        self.read_rules()
        self.read_pilots()
        ruleset = Ruleset(
            tuple(replace(rule, hash=meaning.of_rule(rule, metrics)) for rule, _place in self.rules),
            tuple(replace(rule, hash=meaning.of_rule(rule, metrics)) for rule in self.each),
            metrics,
            scope.conditions.all(),
            segments.read(named_segments, lambda name, _found: scope.segments.resolve(name), scope),
            segments.read(layers, lambda _name, found: conditions.read(found.values["when"], scope), scope),
            segments.actions(self.top.get("actions"), scope),
            self.late_after,
            scope.subsets.all(),
            declared,
            tuple(self.declared_events),
            periods,
            cases.read(self.top.get("tests"), bool(self.each), scope),
        )
        order.no_circles(self.rules, scope.taxonomy, self.top.node, self.problems)
        if not self.problems.errors:
            unused.warn(scope, self.declared_events, fields)
        return ruleset

    # ── events, metrics, conditions ──────────────────────────────────────────────────────────────

    def events(self) -> None:
        """Declared types become known at once; subsets are read when they are used."""
        section = self.top.get("events")
        if section is None:
            return
        for name, key, node in shape.named(section, self.problems, _("event types and subsets")):
            if name == "any" or "." in name:
                what = _("{name} cannot be the name of an event type.").format(name=name)
                self.problems.error(
                    key, "bad-name", what, _("`any` means all types, and a dot precedes a field.")
                )
                continue
            known = ("from", "where", "late_after")
            found = shape.Entries(node) if node.empty else shape.entries(node, known, self.problems, name)
            if found is None:
                continue
            imported = next((t for t in self.scope.types if identity(t) == identity(name)), None)
            late = found.get("late_after")
            duration = literals.duration(late, self.problems) if late is not None else None
            if duration is not None:
                self.late_after[imported or name] = duration
            if "from" in found:
                self.add_subset(name, key, imported, node)
            elif "where" in found:
                shape.missing(node, "from", self.problems, _("the event type that `where` narrows"))
            else:
                self.declared_events[imported or name] = key
                self.scope.types.setdefault(imported or name, EventType(name, supplied=False))

    def add_subset(self, name: str, key: Node, imported: str | None, node: Node) -> None:
        if imported is not None:
            what = _("{name} is an event type already: it cannot be a part of another.").format(name=imported)
            self.problems.error(key, "name-taken", what, _("Choose another name."))
        elif self.scope.subsets.name(name) is not None:
            shape.twice(name, key, self.problems)
        else:
            self.scope.subsets.nodes[name] = node
            self.scope.subsets.keys[name] = key

    def subset(self, name: str, node: Node) -> EventSource | None:
        from_node = node.get("from")
        text = literals.name(from_node, self.problems, _("an event type")) if from_node is not None else None
        if from_node is None or text is None:
            return None
        base = self.scope.source(text, from_node)
        if base is None:
            return None
        where_node = node.get("where")
        if where_node is None:
            return replace(base, name=name)
        where = conditions.read(where_node, self.scope, base.type)
        if where is None:
            return None
        both = where if base.where is None else All((base.where, where), where.location)
        return EventSource(base.type, name, both, base.supplied)

    def define(
        self, section: str, kind: Named[Value] | Named[Condition] | Named[tuple[Between, ...]], wanted: str
    ) -> None:
        """Make the names of a section known; each is read when it is used, or at the end."""
        node = self.top.get(section)
        if node is None:
            return
        for name, key, value in shape.named(node, self.problems, wanted):
            if kind.name(name) is not None:
                shape.twice(name, key, self.problems)
            else:
                kind.nodes[name] = value
                kind.keys[name] = key

    def metric_names(self) -> None:
        """A name must not mean both a metric and a field."""
        taken = {identity(name): name for name in (*CUSTOMER_ROLES, *(f.name for f in self.scope.fields))}
        for name, key in self.scope.metrics.keys.items():
            if identity(name) in taken:
                what = _("{name} is a field already.").format(name=taken[identity(name)])
                self.problems.error(key, "name-taken", what, _("Give the metric another name."))

    # ── rules ────────────────────────────────────────────────────────────────────────────────────

    def read_rules(self) -> None:
        section = self.top.get("rules")
        if section is None:
            return
        for node in shape.items(section, self.problems, _("rules")):
            family = node.kind == "map" and node.get("dimension") is not None
            known = families.FAMILY if family else _RULE
            found = shape.entries(node, known, self.problems, _("a rule with tag and when"), _of_the_tag)
            if found is None:
                continue
            if family:
                self.family(found)
            else:
                self.rule(found)

    def family(self, found: shape.Entries) -> None:
        rules, each = families.read(found, len(self.rules) + len(self.each), self.scope)
        id = rules[0][0].id if rules else each.id if each else None
        if id is None or not self.first(f"[{id}]", id, found.values["dimension"]):
            return
        if each is not None:
            self.each.append(each)
        self.rules += [(rule, at) for rule, at in rules if self.first(rule.tag, rule.tag, at)]

    def rule(self, found: shape.Entries) -> None:
        tag_node, when_node = found.get("tag"), found.get("when")
        if not found.broken:
            if tag_node is None:
                shape.missing(found.node, "tag", self.problems, _("the tag that the rule gives"))
            if when_node is None:
                shape.missing(found.node, "when", self.problems, _("the condition under which the tag holds"))
        text = (
            literals.name(tag_node, self.problems, _("the name of a tag")) if tag_node is not None else None
        )
        tag = self.scope.tag(text, tag_node) if text is not None and tag_node is not None else None
        when = conditions.read(when_node, self.scope) if when_node is not None else None
        leave_node = found.get("leave")
        leave = conditions.read(leave_node, self.scope) if leave_node is not None else None
        priority, keep = families.read_priority(found, self.scope), families.read_keep(found, self.scope)
        if tag is None or tag_node is None or not self.first(tag, tag, tag_node) or when is None:
            return
        number, at = len(self.rules) + len(self.each), found.node.location
        self.rules.append((Rule(tag, tag, when, number, leave, priority, keep, "", at), tag_node))

    def read_pilots(self) -> None:
        """Give each rule the `pilot` of its tag, which stands in the taxonomy."""
        piloted = {name: tag.pilot for name, tag in self.scope.taxonomy.tags.items() if tag.pilot is not None}
        for number, (rule, place) in enumerate(self.rules):
            node = piloted.pop(rule.tag, None)
            if isinstance(node, Node):
                self.rules[number] = (replace(rule, pilot=conditions.read(node, self.scope)), place)
        for tag, node in piloted.items():
            if isinstance(node, Node):
                conditions.read(node, self.scope)  # what it says must be right all the same
                what = _("`pilot` limits the rule of {tag}, but there is none.").format(tag=tag)
                self.problems.warning(node, "pilot-without-rule", what, _("Write the rule, or remove it."))

    def first(self, key: str, name: str, at: Node) -> bool:
        """Whether this is the first rule of the tag (or family of the dimension); another is told."""
        if key in self.ruled:
            what = _("There are two rules for {name}; the first is in line {line}.").format(
                name=name, line=self.ruled[key].line
            )
            self.problems.error(
                at, "duplicate-rule", what, _("Make them one, with `any:` for either of them.")
            )
            return False
        self.ruled[key] = at
        return True


def _of_the_tag(word: str) -> str:
    if word == "pilot":
        return _("Write it at the tag, in the taxonomy: pilot: {when: …}.")
    return ""


def _fields(node: Node, catalog: Catalog, problems: Problems) -> tuple[Field, ...]:
    """The declared fields: those that an import supplied with their column, the others not supplied.

    The type is the declared one; until the column is converted, conditions are checked against what it
    holds, and the difference is a warning.
    """
    found: dict[str, Field] = {}
    for name, key, value in shape.named(node, problems, _("fields, each with its type")):
        type_ = shape.choice(value, TYPES, "", problems)
        supplied = field_named(catalog.fields, name)
        declared = supplied or Field(name, "text", name if name in CUSTOMER_ROLES else None, supplied=False)
        if not type_:
            continue
        if identity(declared.name) in found:
            what = _("{name} is defined twice.").format(name=declared.name)
            problems.error(key, "duplicate-name", what, _("A role and the column that has it are one field."))
            continue
        if supplied and supplied.type != type_:
            what = _("{name} is declared {wanted}, but its column holds {type} so far.").format(
                name=supplied.name, wanted=type_, type=supplied.type
            )
            problems.warning(value, "field-type", what, _("The next import or run converts it."))
        found[identity(declared.name)] = replace(declared, type=cast(Type, type_))
    return tuple(found.values())
