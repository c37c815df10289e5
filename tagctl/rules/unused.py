"""Advice about what rules.yaml defines and nothing in it uses. Tags that drive nothing are another matter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tagctl.messages import _
from tagctl.model import CUSTOMER
from tagctl.normalise import identity
from tagctl.rules.nodes import Node
from tagctl.rules.resolve import Scope, field_named


def warn(scope: Scope, event_types: Mapping[str, Node], fields: Node | None) -> None:
    """Warn of definitions that nothing used. `event_types`: where those under events: are declared; `fields`
    is that section. All of the file must be read by now."""
    for kind in (scope.periods, scope.metrics, scope.conditions, scope.subsets):
        for name, key in kind.keys.items():
            if name not in kind.used:
                _tell(scope, name, key, _("Keep it for exports and --when, or remove it."))
    for name, key in event_types.items():
        if name not in scope.read_types:
            _tell(scope, name, key, _("Keep it for --when, or remove it."))
    for key in _unused_fields(scope, fields):
        _tell(scope, key.text, key, _("Keep it where its type matters to the import, or remove it."))


def _unused_fields(scope: Scope, section: Node | None) -> Iterator[Node]:
    """Declared fields that are neither read nor a segment's column. One with a role serves exports and other
    commands."""
    for key, _type in section.entries if section is not None else ():
        field = field_named(scope.fields, key.text)
        if field is None or field.role is not None:
            continue
        name = identity(field.name)
        if (CUSTOMER, name) not in scope.read_fields and name not in scope.columns:
            yield key


def _tell(scope: Scope, name: str, at: Node, advice: str) -> None:
    scope.problems.warning(at, "unused", _("Nothing here uses {name}.").format(name=name), advice)
