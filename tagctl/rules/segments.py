"""segments:, layers: and actions: of rules.yaml."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tagctl.messages import _
from tagctl.model import CUSTOMER_ROLES, Action, Condition, FieldValue, Segment
from tagctl.normalise import identity
from tagctl.rules import literals, shape, values
from tagctl.rules.nodes import Node
from tagctl.rules.problems import meant
from tagctl.rules.resolve import Scope

_SEGMENT = ("name", "when", "columns", "strategy")
_ACTION = ("gained", "lost", "task", "webhook", "due", "assign")


def entries(node: Node | None, scope: Scope) -> dict[str, shape.Entries]:
    """The entries of segments: or layers: that have a name and a condition, by name."""
    found: dict[str, shape.Entries] = {}
    if node is None:
        return found
    for item in shape.items(node, scope.problems, _("segments with name and when")):
        segment = shape.entries(item, _SEGMENT, scope.problems, _("a segment with name and when"))
        if segment is None:
            continue
        name_node = segment.get("name")
        if not segment.broken and name_node is None:
            shape.missing(item, "name", scope.problems, _("the name of the segment"))
        if not segment.broken and "when" not in segment:
            shape.missing(item, "when", scope.problems, _("the condition of the segment"))
        if name_node is None or "when" not in segment:
            continue
        name = literals.name(name_node, scope.problems, _("the name of the segment"))
        if name is not None and any(identity(name) == identity(other) for other in found):
            shape.twice(name, name_node, scope.problems)
        elif name is not None:
            found[name] = segment
    return found


def read(
    found: Mapping[str, shape.Entries],
    condition: Callable[[str, shape.Entries], Condition | None],
    scope: Scope,
) -> tuple[Segment, ...]:
    """The segments of these entries, their conditions read by `condition`."""
    done = []
    for name, segment in found.items():
        when = condition(name, segment)
        columns = _columns(segment.get("columns"), scope)
        strategy = shape.text(segment.get("strategy"), scope.problems, _("the strategy"))
        if when is not None:
            done.append(Segment(name, when, columns, strategy, segment.node.location))
    return tuple(done)


def _columns(node: Node | None, scope: Scope) -> tuple[str, ...]:
    """Fields, roles, metrics or `tags` to export."""
    if node is None:
        return ()
    fields = [name for f in scope.fields for name in (f.name, f.role) if name]
    known = list(dict.fromkeys([*fields, *CUSTOMER_ROLES, *scope.metrics.nodes, "tags"]))
    folded = {identity(name) for name in known}
    found = []
    for text, item in shape.names(node, scope.problems, _("columns to export")):
        if identity(text) in folded:
            found.append(text)
            scope.columns.add(identity(text))
            metric = scope.metrics.name(text)
            scope.metrics.used.update([metric] if metric else [])
        else:
            what = _("There is no field or metric {name}.").format(name=text)
            scope.problems.error(item, "unknown-column", what, meant(text, known))
    return tuple(found)


def actions(node: Node | None, scope: Scope) -> tuple[Action, ...]:
    """What gained and lost tags oblige to."""
    if node is None:
        return ()
    found = [_action(item, scope) for item in shape.items(node, scope.problems, _("actions"))]
    return tuple(action for action in found if action is not None)


def _action(node: Node, scope: Scope) -> Action | None:
    problems = scope.problems
    found = shape.entries(node, _ACTION, problems, _("an action with gained or lost, and task or webhook"))
    if found is None or found.broken or not _one_of_each(found, scope):
        return None
    gained = "gained" in found
    tag_node, due_node = found.values["gained" if gained else "lost"], found.get("due")
    text = literals.name(tag_node, problems, _("the name of a tag"))
    tag = scope.tag(text, tag_node) if text is not None else None
    due = literals.duration(due_node, problems) if due_node is not None else None
    task = shape.text(found.get("task"), problems, _("what is to be done"))
    webhook = shape.text(found.get("webhook"), problems, _("the name of a webhook"))
    assign = _assignee(found.get("assign"), scope)
    if tag is None:
        return None
    return Action("gained" if gained else "lost", tag, task, webhook, due, assign, node.location)


def _one_of_each(found: shape.Entries, scope: Scope) -> bool:
    """Whether there is one of gained and lost, and one of task and webhook."""
    for words in (("gained", "lost"), ("task", "webhook")):
        present = [key for key in words if key in found]
        if len(present) != 1:
            what = _("An action has exactly one of: {names}.").format(names=", ".join(words))
            at = found.keys[present[1]] if present else found.node
            advice = _("Write for example {example}.").format(example="{gained: VIP, task: 回访}")
            scope.problems.error(at, "bad-action", what, advice)
            return False
    return True


def _assignee(node: Node | None, scope: Scope) -> FieldValue | str | None:
    """A person's name, or {field: the field that holds it}."""
    if node is None or node.kind != "map":
        return shape.text(node, scope.problems, _("a name, or {example}").format(example="{field: …}"))
    found = shape.entries(node, ("field",), scope.problems, "{field: …}")
    if found is None or "field" not in found:
        return None
    return values.field_value(found.values["field"], scope, None)
