"""The words of taxonomy.yaml and rules.yaml outside conditions' leaves, each with its doc: what the JSON
schemas show as help. The words of leaves are in `operators`."""

from __future__ import annotations

from collections.abc import Mapping

from tagctl.messages import N_

Docs = Mapping[str, str]

CONNECTIVES: Docs = {
    "all": N_("all of the conditions hold (as a list without a word means)"),
    "any": N_("at least one of the conditions holds"),
    "not": N_("the condition does not hold; over a missing value that is true"),
}
COMBINATIONS: Docs = {
    "ratio": N_("the first value divided by the second; missing where the second is 0"),
    "sum_of": N_("the sum of two or more values"),
    "difference": N_("the first value less the second"),
    "ntile": N_("customers in this many groups by the value under of:, the highest is best"),
    "days_since": N_("whole days from a date to the as-of"),
}
WHERE = N_("only events for which this condition on their own fields holds")
OF = N_("the value to rank by")
OTHER_FIELD = N_("another field to compare with, by its name or role")

TAXONOMY: Docs = {
    "version": N_("the version of the language: 1"),
    "limits": N_("advice on size; breaking it is a finding"),
    "naming": N_("advice on names; breaking it is a finding"),
    "dimensions": N_("the axes of the taxonomy, each with its tags"),
    "conflicts": N_("sets of tags that must not meet on one customer"),
}
LIMITS: Docs = {
    "dimensions": N_("the most dimensions there should be (kind attribute not counted)"),
    "tags": N_("the most tags there should be (kind attribute not counted)"),
}
NAMING: Docs = {"max_length": N_("the most characters a tag's name should have")}
DIMENSION: Docs = {
    "name": N_("the dimension's name"),
    "kind": N_("what the dimension is about"),
    "exclusive": N_("whether a customer may hold only one tag of it; ordered: a later one in the list wins"),
    "on_conflict": N_("what happens to tags that meet nevertheless: flag opens a finding"),
    "tags": N_("the dimension's tags, in their order"),
    "name_en": N_("the English name"),
}
TAG: Docs = {
    "name": N_("the tag's name"),
    "aliases": N_("other spellings, understood in files, rules and questions"),
    "implies": N_("tags that whoever holds this one holds too"),
    "children": N_("tags below this one: asking for it finds them"),
    "expires": N_("an imported or manual assignment ends after this time"),
    "review": N_("an assignment older than this is a finding"),
    "purpose": N_("why the tag exists"),
    "owner": N_("who looks after the tag"),
    "action": N_("what is done with its customers"),
    "status": N_(
        "draft: its rule is evaluated and reported, but writes nothing; deprecated: no import gives it"
    ),
    "replaced_by": N_("of a deprecated tag: the tag that its name means in files"),
    "name_en": N_("the English name"),
    "pilot": N_("limits the tag's rule to the customers for whom a condition holds"),
}
PILOT: Docs = {"when": N_("the condition of the customers whom the rule is for")}

RULES: Docs = {
    "version": N_("the version of the language: 1"),
    "fields": N_("types of customer fields, where they differ from what import inferred"),
    "events": N_("event types to expect, and named parts of them"),
    "periods": N_("named periods for during:, each a list of ranges of dates"),
    "metrics": N_("named values per customer, for rules, segments and exports"),
    "conditions": N_("named conditions, for use in others"),
    "rules": N_("which tag holds exactly when which condition holds"),
    "segments": N_("named groups of customers to export"),
    "layers": N_("groups like segments; each customer is in the first that holds"),
    "actions": N_("what a gained or lost tag obliges to"),
    "tests": N_("made-up customers, and the tags they must and must not get"),
}
EVENT: Docs = {
    "from": N_("the event type or part of which this is a part"),
    "where": WHERE,
    "late_after": N_("its rules stand still when the newest event is older than this"),
}
RULE: Docs = {
    "tag": N_("the tag that the rule gives; it owns it"),
    "when": N_("the tag holds exactly when this holds"),
    "leave": N_("once held, the tag is kept until this holds"),
    "priority": N_("a whole number; in an exclusive dimension the higher wins (default 0)"),
    "keep_imported": N_("true: imported assignments of the tag stay as they are"),
}
FAMILY: Docs = {
    "dimension": N_("the dimension whose tags these rules give"),
    "of": N_("the value that decides"),
    "bands": N_("ranges of the value, each with its tag"),
    "map": N_("tags, each with the values that give it"),
    "by": N_("how values under map: are compared (default is)"),
    "each": N_("true: each value is itself the tag"),
    "priority": RULE["priority"],
    "keep_imported": RULE["keep_imported"],
}
BAND_TAG = N_("the tag of the band")
SEGMENT: Docs = {
    "name": N_("its name"),
    "when": N_("the condition of its customers"),
    "columns": N_("fields, roles, metrics or tags to export"),
    "strategy": N_("what is to be done with them"),
}
ACTION: Docs = {
    "gained": N_("the tag that was gained"),
    "lost": N_("the tag that was lost"),
    "task": N_("what is to be done"),
    "webhook": N_("the name of a webhook in the settings"),
    "due": N_("how soon it is to be done"),
    "assign": N_("who does it: a name, or the field that holds it"),
}
TEST: Docs = {
    "name": N_("what the test is about, in a few words"),
    "given": N_("the customer under customer:, and lists of events by their type"),
    "as_of": N_("the date or time to judge at (default now)"),
    "expect": N_("tags that the customer must get"),
    "expect_not": N_("tags that the customer must not get"),
}
