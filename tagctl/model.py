"""What passes between rooms: the taxonomy, conditions and rules as checked, and what the database knows.

Everything is frozen. Instants are Unix seconds (UTC); local dates and times mean the project's time zone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Literal

from tagctl.errors import Location
from tagctl.record import record

Type = Literal["text", "number", "money", "date", "datetime", "bool", "list"]
TYPES: tuple[Type, ...] = ("text", "number", "money", "date", "datetime", "bool", "list")
MONEY_SCALE = 10_000

CUSTOMER = "customer"  # the subject of customer fields; any other subject is an event type
ASSIGNMENT = "assignment"  # the subject of files of one customer and tag to a row
CUSTOMER_ROLES = ("key", "name", "phone", "email", "birthday", "gender", "city", "source", "consent")
EVENT_ROLES = ("key", "id", "at", "amount", "status", "product", "category", "channel")
ASSIGNMENT_ROLES = ("key", "tags", "dimension", "source", "at")
TAG_ROLES = ("tags", "tag", "dimension")  # of columns that hold tags, and so no field
KINDS = ("attribute", "behaviour", "interest", "lifecycle", "value", "source")
SOURCES = ("import", "manual", "rule")
Unit = Literal["h", "d", "w", "mo", "y"]

# By what a customer may be found besides the key, unless the settings say otherwise: roles or fields.
DEFAULT_IDENTIFIERS = ("phone", "email", "unionid", "openid", "旺旺", "会员号")


@record
class Identifying:
    """By what customers are found besides the key: roles or names of fields, the first that fits counts.
    Phones without a calling code are of `region` (CN, US …); without one, of the region of the zone."""

    order: tuple[str, ...] = DEFAULT_IDENTIFIERS
    region: str | None = None
    timezone: str = "Asia/Shanghai"


@record
class Duration:
    """`30d`: h is elapsed time; d, w, mo and y are calendar units."""

    amount: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"


# ── what the database knows ──────────────────────────────────────────────────────────────────────


@record
class Field:
    """A field of customers or of one event type. `column` is the physical column that stores it.

    `supplied` is false for a field that is only declared in rules.yaml (no import brought it).
    """

    name: str
    type: Type
    role: str | None = None
    column: str = ""
    supplied: bool = True


@record
class EventType:
    """One event type as stored. `newest` is the latest instant at or before the as-of, if any."""

    name: str
    fields: tuple[Field, ...] = ()
    supplied: bool = True
    newest: int | None = None


@record
class Catalog:
    """What imports have supplied so far."""

    fields: tuple[Field, ...] = ()
    events: tuple[EventType, ...] = ()

    def event(self, name: str) -> EventType | None:
        """The event type of exactly this name."""
        return next((e for e in self.events if e.name == name), None)


# ── taxonomy.yaml ────────────────────────────────────────────────────────────────────────────────

Exclusive = Literal["none", "one", "ordered"]
OnConflict = Literal["flag", "later", "newest"]
Status = Literal["draft", "pilot", "active", "deprecated"]


@record
class Tag:
    """A tag as declared. `choice` is its top-level ancestor (itself at top level): a parent and its
    children are one choice in an exclusive dimension; `position` is that choice's place in the list."""

    name: str
    dimension: str
    parent: str | None = None
    choice: str = ""
    position: int = 0
    aliases: tuple[str, ...] = ()
    implies: tuple[str, ...] = ()
    name_en: str | None = None
    purpose: str | None = None
    owner: str | None = None
    action: str | None = None
    status: Status = "active"
    replaced_by: str | None = None  # of a deprecated tag: the one that its name means in files from now on
    expires: Duration | None = None
    review: Duration | None = None
    location: Location | None = field(default=None, compare=False)
    # The condition of `pilot: {when: …}` as the file has it (a rules.nodes.Node): it can only be understood
    # together with rules.yaml, and is then found in the tag's Rule.
    pilot: object | None = field(default=None, compare=False)


@record
class Dimension:
    """An axis of the taxonomy; `tags` holds all its tags, children right after their parent."""

    name: str
    kind: str = "attribute"
    exclusive: Exclusive = "none"
    on_conflict: OnConflict = "flag"
    tags: tuple[str, ...] = ()
    name_en: str | None = None
    location: Location | None = field(default=None, compare=False)


@record
class Limits:
    dimensions: int | None = None
    tags: int | None = None
    max_length: int | None = None


@record
class Taxonomy:
    """taxonomy.yaml as checked. `tags` and `dimensions` are keyed by declared name, in file order;
    `names` maps the identity of every name and alias to the tag's declared name."""

    dimensions: Mapping[str, Dimension] = field(default_factory=dict)
    tags: Mapping[str, Tag] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    conflicts: tuple[tuple[str, ...], ...] = ()
    limits: Limits = Limits()

    def children(self, tag: str) -> tuple[str, ...]:
        """The tag and all its descendants, in file order: whoever holds one of them holds the tag."""
        found = {tag}
        for candidate in self.tags.values():  # file order: parents stand before their children
            if candidate.parent in found:
                found.add(candidate.name)
        return tuple(t for t in self.tags if t in found)


# ── conditions ───────────────────────────────────────────────────────────────────────────────────


@record
class Within:
    """(as_of − duration, as_of]"""

    duration: Duration


@record
class Ago:
    """(as_of − older, as_of − newer]"""

    older: Duration
    newer: Duration


@record
class Between:
    """Both ends included; each an instant, already resolved from local dates: a date stands for its
    whole local day, so `last` is the day's last second."""

    first: int
    last: int
    text: tuple[str, str] = ("", "")


@record
class During:
    """A period of `periods:`; its ranges in order, none touching another."""

    name: str
    ranges: tuple[Between, ...]


@record
class Period:
    """`period: last_month`: the calendar span that as_of lies in (`this`), or the one before it (`last`)."""

    which: Literal["this", "last"]
    span: Literal["day", "week", "month", "quarter", "year"]


Window = Within | Ago | Between | During | Period


@record
class FieldValue:
    """A stored field of the customer (subject CUSTOMER) or of the event being looked at in a `where`.

    With a `part`, `type` is number, as the part is, and `stored` the type of the column (date, datetime).
    """

    subject: str
    name: str
    column: str
    type: Type
    part: Literal["", "hour", "weekday", "month"] = ""
    supplied: bool = True
    stored: Type | None = None


@record
class EventSource:
    """One event type, possibly narrowed to a named subset (`name` is as the user wrote it)."""

    type: str
    name: str
    where: Condition | None = None
    supplied: bool = True


AggregateFunction = Literal["count", "sum", "avg", "min", "max", "distinct", "most", "first", "last"]


@record
class Aggregate:
    """A function over a customer's events seen up to as_of.

    `fields` runs parallel to `sources`: the field of each type that is aggregated (None for count,
    first, last, which read the instant). `where` runs parallel to `sources` too: the condition resolved
    against each type's fields. The value's type is `type`.
    """

    function: AggregateFunction
    sources: tuple[EventSource, ...]
    fields: tuple[FieldValue | None, ...]
    where: tuple[Condition | None, ...]
    window: Window | None
    type: Type


@record
class MetricValue:
    """A named metric; its definition is in Ruleset.metrics."""

    name: str
    type: Type


@record
class Ratio:
    """Double division; missing when the divisor is 0 or missing or the dividend is missing."""

    dividend: Value
    divisor: Value
    type: Type


@record
class Combined:
    """sum_of (missing when any part is missing) or difference of values of one type."""

    function: Literal["sum_of", "difference"]
    parts: tuple[Value, ...]
    type: Type


@record
class Ntile:
    """1 + ⌊tiles · (strictly smaller) / n⌋ among customers with a value; highest is best."""

    tiles: int
    of: Value
    type: Type = "number"


@record
class DaysSince:
    """Local dates from the value's date to as_of's date."""

    of: Value
    type: Type = "number"


@record
class Followed:
    """`did: X, followed_by: Y, within: 48h`: the instant of the X for which the leaf holds (the latest such
    one); missing where it does not hold. `negative` is `not_followed_by`."""

    first: tuple[EventSource, ...]
    then: tuple[EventSource, ...]
    within: Duration
    negative: bool = False
    type: Type = "datetime"


@record
class TagRecord:
    """What the record of a tag (and its descendants, all in `tags`) says: since when it is held without a
    break, when it was last gained, when it was last lost; missing where it is not held, never was, never
    was lost. Only operations with an earlier as-of count."""

    tag: str
    tags: tuple[str, ...]
    part: Literal["held", "gained", "lost"]
    type: Type = "datetime"


@record
class Bucket:
    """The customer's place among 10,000, by a stable hash of the key."""

    type: Type = "number"


BUCKETS = 10_000

Value = (
    FieldValue
    | Aggregate
    | MetricValue
    | Ratio
    | Combined
    | Ntile
    | DaysSince
    | Followed
    | TagRecord
    | Bucket
)

# A literal in stored form: text as written, number float, money int of 1/10000, date ISO text,
# datetime Unix seconds, bool int. Compared with a datetime, ISO date text stands for that local day.
Literal_ = str | int | float


@record
class Share:
    """The operand of top and bottom: a share of customers (0.2 for 20%) or a count of them."""

    share: float | None = None
    count: int | None = None


Operand = Literal_ | tuple[Literal_, ...] | Duration | Share | FieldValue


@record
class Compare:
    """A leaf: value, operator, operand. The operators and what each does are in rules/operators.py.

    Negative operators (is_not, not_in, not_contains, none_of) are the negation of their positives,
    so they hold for missing values. `exists` has operand 1 or 0.
    """

    value: Value
    operator: str
    operand: Operand
    location: Location | None = field(default=None, compare=False)


@record
class HasTag:
    """Holds the tag or one of its descendants, from any source. `tags` lists them all.

    With `dimension`, `tag` is the name of a dimension and `tags` are all of its tags.
    """

    tag: str
    tags: tuple[str, ...]
    location: Location | None = field(default=None, compare=False)
    dimension: bool = False


@record
class All:
    items: tuple[Condition, ...]
    location: Location | None = field(default=None, compare=False)


@record
class AnyOf:
    items: tuple[Condition, ...]
    location: Location | None = field(default=None, compare=False)


@record
class Not:
    item: Condition
    location: Location | None = field(default=None, compare=False)


Condition = Compare | HasTag | All | AnyOf | Not


# ── rules.yaml ───────────────────────────────────────────────────────────────────────────────────


@record
class Rule:
    """`tag` holds exactly when `when` does. Members of a family share `id` (the dimension's name)
    and have their own tag; otherwise `id` is the tag. `order` is the place in the file.
    `hash` changes when the meaning of the rule's text does (its own entry and what that names)."""

    id: str
    tag: str
    when: Condition
    order: int
    leave: Condition | None = None
    priority: int = 0
    keep_imported: bool = False
    hash: str = ""
    location: Location | None = field(default=None, compare=False)
    pilot: Condition | None = None  # the tag's `pilot:`; outside it the rule gives and takes over nothing


@record
class EachRule:
    """A family whose tags are the values themselves (`each: true`): every distinct text value of `of`
    becomes a tag of `dimension`. Expanded into rules once the values are known (rules.resolve.expand)."""

    id: str
    dimension: str
    of: Value
    order: int
    priority: int = 0
    hash: str = ""
    location: Location | None = field(default=None, compare=False)


@record
class Segment:
    name: str
    when: Condition
    columns: tuple[str, ...] = ()
    strategy: str | None = None
    location: Location | None = field(default=None, compare=False)


@record
class Action:
    """What a gained or lost tag obliges: a task or a webhook."""

    event: Literal["gained", "lost"]
    tag: str
    task: str | None = None
    webhook: str | None = None
    due: Duration | None = None
    assign: FieldValue | str | None = None
    location: Location | None = field(default=None, compare=False)


@record
class GivenEvent:
    """One event of a test, of a type or of a subset (`source.where`); `cells` are its fields but `at`, with
    those that make it one of the subset."""

    source: EventSource
    at: int
    cells: Mapping[FieldValue, Literal_ | tuple[str, ...]]
    location: Location | None = field(default=None, compare=False)


@record
class RuleTest:
    """An entry of `tests:`: a customer with their events, and which tags are expected as of an instant (None:
    now). Cells are in stored form (a list's as a tuple of its elements)."""

    customer: Mapping[FieldValue, Literal_ | tuple[str, ...]]
    events: tuple[GivenEvent, ...]
    as_of: int | None
    expect: tuple[str, ...] = ()
    expect_not: tuple[str, ...] = ()
    name: str | None = None
    location: Location | None = field(default=None, compare=False)


@record
class Ruleset:
    """rules.yaml as checked against a taxonomy and a catalog."""

    rules: tuple[Rule, ...] = ()
    each: tuple[EachRule, ...] = ()
    metrics: Mapping[str, Value] = field(default_factory=dict)
    conditions: Mapping[str, Condition] = field(default_factory=dict)
    segments: tuple[Segment, ...] = ()
    layers: tuple[Segment, ...] = ()
    actions: tuple[Action, ...] = ()
    # By event type or subset name; None: never late, though the subset's type may be (readiness.lasting).
    late_after: Mapping[str, Duration | None] = field(default_factory=dict)
    subsets: Mapping[str, EventSource] = field(default_factory=dict)
    declared_fields: tuple[Field, ...] = ()
    declared_events: tuple[str, ...] = ()  # types named under `events:`, supplied or not
    periods: Mapping[str, tuple[Between, ...]] = field(default_factory=dict)
    tests: tuple[RuleTest, ...] = ()


def walk(condition: Condition) -> Iterator[Condition]:
    """The condition and everything below it, not entering `where`."""
    yield condition
    if isinstance(condition, All | AnyOf):
        for item in condition.items:
            yield from walk(item)
    elif isinstance(condition, Not):
        yield from walk(condition.item)


# ── findings ─────────────────────────────────────────────────────────────────────────────────────


@record
class Found:
    """What a check noticed: one per code and subject. `subject` holds names and keys, never row ids."""

    code: str
    severity: Literal["error", "warning", "info"]
    subject: tuple[str, ...]
    count: int
    details: Mapping[str, str | int | float | None] = field(default_factory=dict)
