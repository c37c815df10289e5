"""JSON Schemas of taxonomy.yaml and rules.yaml, for editors: built from the registry of words, so that they
grow with it. They know shapes; names and meanings are for `taxonomy check` and `rules check`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

from tagctl.messages import _
from tagctl.model import KINDS, TYPES, Exclusive, OnConflict
from tagctl.rules import sections
from tagctl.rules.operators import (
    AGGREGATE_WORDS,
    AGGREGATES,
    COMBINATIONS,
    CONNECTIVES,
    MODIFIERS,
    OPERATORS,
    SUBJECTS,
    VALUE_SUBJECTS,
    WINDOWS,
    WITHOUT_FIELD,
)
from tagctl.rules.windows import PERIODS

Schema = dict[str, Any]
Kind = Literal["taxonomy", "rules"]
STATUSES = ("draft", "pilot", "active", "deprecated")
RANKS = ("top", "bottom")  # they need a metric


def build(kind: Kind) -> Schema:
    """The schema of a file, its help texts in the language in use."""
    top, own = (_taxonomy(), {"tag": _tag()}) if kind == "taxonomy" else (_rules(), {})
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": f"tagctl {kind}.yaml",
        **top,
        "definitions": _definitions() | own,
    }


# ── small parts ──────────────────────────────────────────────────────────────────────────────────


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _whole(least: int | None = None) -> Schema:
    """A whole number, which may be quoted as the parser takes it too; `least` is at most 9."""
    if least is None:
        return {"type": ["integer", "string"], "pattern": r"^[-+]?(0|[1-9][0-9]*)$"}
    pattern = rf"^\+?([{least}-9]|[1-9][0-9]+)$"
    return {"type": ["integer", "string"], "minimum": least, "pattern": pattern}


def _list(of: Schema, least: int = 0, most: int | None = None) -> Schema:
    bounds: Schema = {"minItems": least} if least else {}
    return {"type": "array", "items": of, **bounds, **({"maxItems": most} if most is not None else {})}


def _or_empty(schema: Schema) -> Schema:
    """A section or list may be written without anything in it."""
    return {"anyOf": [schema, {"type": "null"}]}


def _object(docs: Mapping[str, str], shapes: Mapping[str, Schema], **more: object) -> Schema:
    """A mapping with these keys and no others, each with its help."""
    properties = {key: _helped(shapes[key], doc) for key, doc in docs.items()}
    return {"type": "object", "additionalProperties": False, "properties": properties, **more}


def _named(of: Schema) -> Schema:
    """A mapping whose keys the user chooses."""
    return _or_empty({"type": "object", "additionalProperties": of})


def _helped(shape: Schema, doc: str, example: str = "") -> Schema:
    """The shape with its help. What stands beside `$ref` is not read: so the reference goes inside."""
    inside = {"allOf": [shape]} if "$ref" in shape else shape
    text = _(doc) if not example else f"{_(doc)}\n{example}"
    return {"description": text, **inside}


def _exactly_one(words: Iterable[str]) -> list[Schema]:
    return [{"required": [word]} for word in words]


def _if_has(word: str, then: Schema) -> Schema:
    return {"if": {"required": [word]}, "then": then}


def _only(words: Iterable[str]) -> Schema:
    return {"propertyNames": {"enum": list(dict.fromkeys(words))}}


# ── what both files share ────────────────────────────────────────────────────────────────────────

_UNITS = "(h|d|w|mo|y|小时|天|周|个月|年)"
_DURATION = rf"^\s*0*[1-9][0-9]*\s*{_UNITS}\s*$"
_SHARE = r"^\s*[0-9]+(\.[0-9]+)?\s*%\s*$"
_FLAG = {"enum": [True, False, "true", "false"]}
_VERSION = {"enum": [1, "1"]}
_MOMENT = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?$"


def _definitions() -> Schema:
    return {
        "name": {"type": ["string", "number", "boolean"], "pattern": r"\S"},
        "scalar": {"type": ["string", "number", "boolean"], "pattern": r"\S"},
        "text": {"type": ["string", "number", "boolean", "null"]},
        "names": _or_empty(_list(_ref("name"))),
        "duration": {"type": "string", "pattern": _DURATION},
        "moment": {"type": "string", "pattern": _MOMENT},
        "share": {"anyOf": [{"type": "string", "pattern": _SHARE}, _whole(1)]},
        "percentage": {"type": "string", "pattern": _SHARE},
        "types": {"anyOf": [_ref("name"), _list(_ref("name"), 1)]},
        "typeField": {"type": "string", "pattern": r".\.."},
        "typeFields": {"anyOf": [_ref("typeField"), _list(_ref("typeField"), 1)]},
        "range": _list(_ref("moment"), 2, 2),
        "otherField": {
            "type": "object",
            "additionalProperties": False,
            "required": ["field"],
            "properties": {"field": _helped(_ref("name"), sections.OTHER_FIELD)},
        },
        "condition": _condition("condition", SUBJECTS),
        "where": _condition("where", ("field",)),
        "value": _value(),
    }


def _operand(name: str) -> Schema:
    """What may follow an operator."""
    operator = OPERATORS[name]
    shapes: dict[str, Schema] = {
        "value": _ref("scalar"),
        "text": _ref("scalar"),
        "pattern": _ref("scalar"),
        "pair": _list(_ref("scalar"), 2, 2),
        "values": _list(_ref("scalar"), 1),
        "duration": _ref("duration"),
        "share": _ref("share"),
        "bool": _FLAG,
    }
    shape = shapes[operator.operand]
    if name == "anniversary_within":  # 0d: today only
        shape = {"type": "string", "pattern": r"^\s*[0-9]+\s*(d|w|天|周)\s*$"}
    return {"anyOf": [shape, _ref("otherField")]} if operator.field else shape


def _windows() -> dict[str, Schema]:
    shapes: dict[str, Schema] = {
        "within": _ref("duration"),
        "ago": _list(_ref("duration"), 2, 2),
        "between": _ref("range"),
        "during": _ref("name"),
        "period": {"enum": list(PERIODS)},
    }
    return {name: shapes[name] for name in WINDOWS}


def _modifiers() -> dict[str, Schema]:
    shapes = {"followed_by": _ref("types"), "not_followed_by": _ref("types")}
    return {name: shapes.get(name, _ref("duration")) for name in MODIFIERS}


def _subject(name: str) -> Schema:
    if name in AGGREGATES:
        return _ref("types" if name in WITHOUT_FIELD else "typeFields")
    return {"did": _ref("types"), "bucket": _ref("percentage")}.get(name, _ref("name"))


def _condition(own: str, subjects: Iterable[str]) -> Schema:
    """A list of conditions, all/any/not, or a leaf. `own` is this definition's name, for what is inside."""
    subjects = tuple(subjects)
    several = _list(_ref(own), 1)
    connectives: dict[str, Schema] = {"all": several, "any": several, "not": _ref(own)}
    properties = {w: _helped(connectives[w], doc) for w, doc in sections.CONNECTIVES.items()}
    properties |= {s: _helped(_subject(s), SUBJECTS[s].doc, SUBJECTS[s].example) for s in subjects}
    properties |= {o.name: _helped(_operand(o.name), o.doc, o.example) for o in OPERATORS.values()}
    rules = [_if_has(word, _only([word])) for word in CONNECTIVES]
    rules += [_if_has(subject, _leaf(subject)) for subject in subjects]
    if own == "condition":
        helped: dict[str, tuple[Schema, str, str]] = {}
        for name, shape in _modifiers().items():
            helped[name] = (shape, MODIFIERS[name].doc, MODIFIERS[name].example)
        for name, shape in _windows().items():
            helped[name] = (shape, WINDOWS[name].doc, WINDOWS[name].example)
        helped["between"] = (
            _list(_ref("scalar"), 2, 2),
            OPERATORS["between"].doc,
            WINDOWS["between"].example,
        )
        properties |= {name: _helped(*parts) for name, parts in helped.items()}
        properties["where"] = _helped(_ref("where"), sections.WHERE)
    leaf = {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "oneOf": _exactly_one((*CONNECTIVES, *subjects)),
        "allOf": rules,
    }
    return {"anyOf": [several, leaf]}


def _leaf(subject: str) -> Schema:
    """What may and must stand beside a subject."""
    if subject not in VALUE_SUBJECTS:
        own = [m.name for m in MODIFIERS.values() if subject in m.subjects]
        leaf = _only([subject, *own])
        if subject == "did":
            leaf |= {"required": ["within"], "oneOf": _exactly_one(("followed_by", "not_followed_by"))}
        else:
            leaf["maxProperties"] = 2
        return leaf
    if subject not in AGGREGATES:
        operators = [name for name in OPERATORS if subject == "metric" or name not in RANKS]
        return _only([subject, *operators]) | {"minProperties": 2, "maxProperties": 2}
    operators = [name for name in OPERATORS if name not in WINDOWS and name not in RANKS]
    return _only([subject, *AGGREGATE_WORDS, *operators]) | {
        "oneOf": _exactly_one(operators),
        **_one_window(),
    }


def _one_window() -> Schema:
    """At most one window; on an event aggregate `between` is one."""
    names = list(WINDOWS)
    pairs = [{"required": [a, b]} for i, a in enumerate(names) for b in names[i + 1 :]]
    return {"properties": {"between": _ref("range")}, "not": {"anyOf": pairs}}


def _value() -> Schema:
    """A metric's value."""
    value = _ref("value")
    combined: dict[str, Schema] = {
        "ratio": _list(value, 2, 2),
        "sum_of": _list(value, 2),
        "difference": _list(value, 2, 2),
        "ntile": _whole(2),
        "days_since": value,
    }
    properties = {
        s: _helped(_subject(s), SUBJECTS[s].doc, "" if s in ("field", "metric") else f"{{{s}: …}}")
        for s in VALUE_SUBJECTS
    }
    properties |= {w: _helped(combined[w], doc) for w, doc in sections.COMBINATIONS.items()}
    properties |= {n: _helped(s, WINDOWS[n].doc, WINDOWS[n].example) for n, s in _windows().items()}
    properties |= {"where": _helped(_ref("where"), sections.WHERE), "of": _helped(value, sections.OF)}
    rules: list[Schema] = []
    for head in (*VALUE_SUBJECTS, *COMBINATIONS):
        if head in AGGREGATES:
            rules.append(_if_has(head, _only([head, *AGGREGATE_WORDS]) | _one_window()))
        elif head == "ntile":
            rules.append(_if_has(head, _only([head, "of"]) | {"required": ["of"]}))
        else:
            rules.append(_if_has(head, _only([head])))
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "oneOf": _exactly_one((*VALUE_SUBJECTS, *COMBINATIONS)),
        "allOf": rules,
    }


# ── taxonomy.yaml ────────────────────────────────────────────────────────────────────────────────


def _taxonomy() -> Schema:
    whole = _whole(1)
    dimension = {
        "name": _ref("name"),
        "kind": {"enum": list(KINDS)},
        "exclusive": {"enum": list(get_args(Exclusive))},
        "on_conflict": {"enum": list(get_args(OnConflict))},
        "tags": _or_empty(_list(_ref("tag"))),
        "name_en": _ref("text"),
    }
    shapes = {
        "version": _VERSION,
        "limits": _or_empty(_object(sections.LIMITS, dict.fromkeys(sections.LIMITS, whole))),
        "naming": _or_empty(_object(sections.NAMING, dict.fromkeys(sections.NAMING, whole))),
        "dimensions": _or_empty(_list(_object(sections.DIMENSION, dimension, required=["name"]))),
        "conflicts": _or_empty(_list(_list(_ref("name"), 2))),
    }
    return _object(sections.TAXONOMY, shapes) | {"type": ["object", "null"]}


def _tag() -> Schema:
    shapes = {
        **dict.fromkeys(("purpose", "owner", "action", "name_en"), _ref("text")),
        **dict.fromkeys(("aliases", "implies"), _ref("names")),
        **dict.fromkeys(("expires", "review"), _ref("duration")),
        "name": _ref("name"),
        "status": {"enum": list(STATUSES)},
        "replaced_by": _ref("name"),
        "pilot": _object(sections.PILOT, {"when": _ref("condition")}, required=["when"]),
        "children": _or_empty(_list(_ref("tag"))),
    }
    return {"anyOf": [_ref("name"), _object(sections.TAG, shapes, required=["name"])]}


# ── rules.yaml ───────────────────────────────────────────────────────────────────────────────────


def _rules() -> Schema:
    segments = _or_empty(_list(_segment()))
    shapes: dict[str, Schema] = {
        "version": _VERSION,
        "fields": _named({"enum": list(TYPES)}),
        "events": _named(_event()),
        "periods": _named(_list(_ref("range"), 1)),
        "metrics": _named(_ref("value")),
        "conditions": _named(_ref("condition")),
        "rules": _or_empty(_list({"if": {"required": ["dimension"]}, "then": _family(), "else": _rule()})),
        "segments": segments,
        "layers": segments,
        "actions": _or_empty(_list(_action())),
        "tests": _or_empty(_list(_test())),
    }
    return _object(sections.RULES, shapes) | {"type": ["object", "null"]}


def _event() -> Schema:
    shapes = {"from": _ref("name"), "where": _ref("where"), "late_after": _ref("duration")}
    return _or_empty(_object(sections.EVENT, shapes, dependencies={"where": ["from"]}))


def _rule() -> Schema:
    shapes = {
        "tag": _ref("name"),
        "when": _ref("condition"),
        "leave": _ref("condition"),
        "priority": _whole(),
        "keep_imported": _FLAG,
    }
    return _object(sections.RULE, shapes, required=["tag", "when"])


def _family() -> Schema:
    operators = {
        o.name: _helped(_operand(o.name), o.doc, o.example) for o in OPERATORS.values() if o.name not in RANKS
    }
    band = {
        "type": "object",
        "additionalProperties": False,
        "required": ["tag"],
        "minProperties": 2,
        "properties": {"tag": _helped(_ref("name"), sections.BAND_TAG), **operators},
    }
    shapes = {
        "dimension": _ref("name"),
        "of": _ref("value"),
        "bands": _or_empty(_list(band)),
        "map": _named({"anyOf": [_ref("scalar"), _list(_ref("scalar"), 1)]}),
        "by": {"enum": ["is", "starts_with", "contains"]},
        "each": {"enum": [True, "true"]},
        "priority": _whole(),
        "keep_imported": _FLAG,
    }
    return _object(
        sections.FAMILY,
        shapes,
        required=["dimension", "of"],
        oneOf=_exactly_one(("bands", "map", "each")),
        dependencies={"by": ["map"], "each": {"not": {"required": ["keep_imported"]}}},
    )


def _segment() -> Schema:
    shapes = {
        "name": _ref("name"),
        "when": _ref("condition"),
        "columns": _ref("names"),
        "strategy": _ref("text"),
    }
    return _object(sections.SEGMENT, shapes, required=["name", "when"])


def _action() -> Schema:
    shapes = {
        **dict.fromkeys(("gained", "lost"), _ref("name")),
        **dict.fromkeys(("task", "webhook"), _ref("text")),
        "due": _ref("duration"),
        "assign": {"anyOf": [_ref("text"), _ref("otherField")]},
    }
    both = [{"oneOf": _exactly_one(("gained", "lost"))}, {"oneOf": _exactly_one(("task", "webhook"))}]
    return _object(sections.ACTION, shapes, allOf=both)


def _test() -> Schema:
    cells = _named({"anyOf": [_ref("text"), _list(_ref("scalar"))]})
    event = {
        "type": "object",
        "required": ["at"],
        "properties": {"at": _ref("moment")},
        "additionalProperties": {"anyOf": [_ref("text"), _list(_ref("scalar"))]},
    }
    given = {
        "type": "object",
        "properties": {"customer": cells},
        "additionalProperties": _or_empty(_list(event)),
    }
    shapes = {
        "name": _ref("text"),
        "given": _or_empty(given),
        "as_of": _ref("moment"),
        "expect": _ref("names"),
        "expect_not": _ref("names"),
    }
    return _object(sections.TEST, shapes, required=["given"], anyOf=_exactly_one(("expect", "expect_not")))
