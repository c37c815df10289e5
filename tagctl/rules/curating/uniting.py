"""The rules of two tags that become one: either of them, or the one that somebody says."""

from __future__ import annotations

from collections.abc import Iterator

from tagctl.errors import Problem, UsageProblem
from tagctl.messages import _
from tagctl.model import Rule
from tagctl.rules import written
from tagctl.rules.curating import cuts, entries
from tagctl.rules.curating.draft import Draft
from tagctl.rules.curating.entries import RuleSpot
from tagctl.rules.nodes import Node
from tagctl.rules.rewrite import Item, Text


def refuse_undecided(draft: Draft, tag: str, into: str) -> None:
    """UsageProblem where both tags have a rule and no condition says what both do."""
    both = (entries.rule_of(draft, tag), entries.rule_of(draft, into))
    reasons = list(_reasons(draft, tag, into, *both)) if both[0] and both[1] else []
    if reasons:
        what = _("{tag} and {into} both have a rule, and “either of them” would not say the same: {reasons}.")
        advice = _("Say whose rule stays: --rule {tag}\nor: --rule {into}")
        text = what.format(tag=tag, into=into, reasons=", ".join(reasons))
        raise UsageProblem(Problem("two-rules", text, advice.format(tag=tag, into=into)))


def _reasons(
    draft: Draft, tag: str, into: str, one: RuleSpot | None, other: RuleSpot | None
) -> Iterator[str]:
    assert one is not None and other is not None
    if one.family or other.family:
        if not (one.family == other.family == "map" and one.index == other.index):
            yield _("one is part of a family")
        return
    a, b = (next(rule for rule in draft.ruleset.rules if rule.tag == name) for name in (tag, into))
    if a.leave is not None or b.leave is not None:
        yield "leave"
    if a.priority != b.priority:
        yield "priority"
    if a.keep_imported != b.keep_imported:
        yield "keep_imported"
    if _limits(draft, a) != _limits(draft, b):
        yield "status, pilot"


def _limits(draft: Draft, rule: Rule) -> tuple[object, ...]:
    status = draft.taxonomy.tags[rule.tag].status
    return rule.pilot, "draft" if status == "draft" else ""


def united(draft: Draft, found: RuleSpot, into: RuleSpot) -> Draft:
    """The draft in which the second rule holds where either did, and the first one is gone."""
    text = draft.rules_text
    if into.family:
        mapped = found.node.get("map")
        assert mapped is not None
        values = mapped.entries[found.member][1]
        shown = [text.text[slice(*text.extent(item))] for item in values.items or (values,)]
        draft = draft.having(rules=_with_values(text, into, shown))
        return entries.without_rule(draft, _again(draft, found))
    when = found.node.get("when")
    assert when is not None
    along = _takes_lines(text, into.node, "when", "any")
    data = combined(text, into.node, "when", "any", _lines(text, when), _inline(text, when))
    draft = draft.having(rules=data)
    gone = _again(draft, found)
    moved = gone.node.get("when")
    return entries.without_rule(draft, gone, [moved] if moved and along else [])


def _again(draft: Draft, found: RuleSpot) -> RuleSpot:
    """The same rule in a text in which something else has changed."""
    section = draft.rules_text.root.get("rules")
    assert section is not None
    return RuleSpot(found.index, section.items[found.index], found.family, found.member)


def _with_values(text: Text, into: RuleSpot, shown: list[str]) -> bytes:
    """rules.yaml in which a member of a map has more values, which are given as they are written."""
    mapped = into.node.get("map")
    assert mapped is not None
    key, values = mapped.entries[into.member]
    if values.kind == "list" and values.items:
        return text.with_item(mapped, key.text, Item(tuple(f"- {one}" for one in shown), ", ".join(shown)))
    start, end = text.extent(values)  # a single value without brackets
    return text.replaced(start, end, f"[{text.text[start:end]}, {', '.join(shown)}]")


# ── two conditions as one ─────────────────────────────────────────────────────────────────────


def combined(text: Text, rule: Node, key: str, connective: str, lines: list[str], inline: str) -> bytes:
    """rules.yaml in which a condition of a rule is one of two parts of a connective (`all`, `any`)."""
    item = Item(tuple(written.dashed(lines)), inline)
    if (parts := _parts(text, rule, key, connective)) is not None:
        return text.with_item(*parts, item)
    name, value = next(entry for entry in rule.entries if entry[0].text == key)
    start, end = cuts.standing(text, rule, key)
    if rule.flow:
        old = written.inline(value) if cuts.aliased(text, rule, key) else text.text[start:end]
        return text.replaced(start, end, f"{{{connective}: [{old}, {inline}]}}")
    if cuts.aliased(text, rule, key):
        lines = written.block(value)
    else:
        lines, end = _lines(text, value), cuts.whole(text, value)[1]
    colon = text.text.index(":", text.extent(name)[1]) + 1
    begin = colon + len(text.text[colon:start].rstrip())
    block = [f"{connective}:", *written.indented([*written.dashed(lines), *item.lines], 2)]
    return text.replaced(begin, end, text.joined(block, name.column + 1))


def _takes_lines(text: Text, rule: Node, key: str, connective: str) -> bool:
    """Whether `combined` writes the second part in lines, with its comments."""
    parts = _parts(text, rule, key, connective)
    return entries.takes_lines(*parts) if parts is not None else not rule.flow


def _parts(text: Text, rule: Node, key: str, connective: str) -> tuple[Node, str] | None:
    """The list that one more part can join: of what, and under which key."""
    value = rule.get(key)
    if value is None or cuts.aliased(text, rule, key):
        return None
    if value.kind == "map" and [word.text for word, _part in value.entries] == [connective]:
        return value, connective
    return (rule, key) if value.kind == "list" and connective == "all" else None


def _lines(text: Text, condition: Node) -> list[str]:
    """A condition as lines that can follow a dash."""
    lines = cuts.lines_of(text, condition)
    if condition.kind == "list" and not condition.flow:
        return ["all:", *written.indented(lines, 2)]
    return lines


def _inline(text: Text, condition: Node) -> str:
    return cuts.copied(text, condition).inline
