"""The tables of tagctl.db, as numbered migrations that only ever grow at the end.

`PRAGMA user_version` is the number of the last migration applied. Names of ours in user tables begin
with `tagctl_`; tables of events begin with `event_`, so no event type can meet a table of ours.
Columns named `op` tell which operation brought a row; undo finds new rows by it, changed and deleted
ones in the journal (store/undo.py). The journal names rows by their id, so ids are never used again
(AUTOINCREMENT). A CHECK with IN and three words or more makes a table of them for every row; OR does not.
"""

from __future__ import annotations

APPLICATION_ID = 0x54414743  # "TAGC"

MIGRATION_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE texts (hash TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE operations (
  number    INTEGER PRIMARY KEY AUTOINCREMENT,
  kind      TEXT NOT NULL,                 -- init, import, run, taxonomy, undo, assign …
  at        INTEGER NOT NULL,              -- when it happened (Unix seconds)
  as_of     INTEGER NOT NULL,              -- the instant it speaks for
  "by"      TEXT NOT NULL,
  note      TEXT,
  what      TEXT NOT NULL DEFAULT '',      -- the file, tag or customer it was about
  counts    TEXT NOT NULL DEFAULT '{}',    -- JSON
  taxonomy  TEXT REFERENCES texts(hash),   -- taxonomy.yaml and rules.yaml as they were
  rules     TEXT REFERENCES texts(hash),
  undoes    INTEGER REFERENCES operations(number),
  undone_by INTEGER REFERENCES operations(number)
) STRICT;

CREATE TABLE journal (
  id      INTEGER PRIMARY KEY,
  op      INTEGER NOT NULL REFERENCES operations(number),
  "table" TEXT NOT NULL,
  pk      INTEGER NOT NULL,
  action  TEXT NOT NULL CHECK (action = 'insert' OR action = 'update' OR action = 'delete'),
  before  TEXT                             -- JSON: the changed columns, or the whole deleted row
) STRICT;
CREATE INDEX journal_op ON journal(op);
CREATE INDEX journal_row ON journal("table", pk);

CREATE TABLE customers (
  tagctl_id  INTEGER PRIMARY KEY AUTOINCREMENT,
  tagctl_key TEXT NOT NULL UNIQUE,
  tagctl_op  INTEGER NOT NULL REFERENCES operations(number)
) STRICT;
CREATE INDEX customers_op ON customers(tagctl_op);

CREATE TABLE event_types (
  id   INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  op   INTEGER NOT NULL REFERENCES operations(number)
) STRICT;

-- A field of customers (subject 'customer') or of an event type. "column" is where it is stored:
-- the header itself, or tagctl_key / tagctl_at / tagctl_customer for the roles key and at.
CREATE TABLE fields (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  subject  TEXT NOT NULL,
  name     TEXT NOT NULL,
  folded   TEXT NOT NULL,                  -- normalise.identity(name)
  "column" TEXT NOT NULL,
  type     TEXT NOT NULL,
  role     TEXT,
  op       INTEGER NOT NULL REFERENCES operations(number),
  UNIQUE (subject, folded)
) STRICT;

CREATE TABLE dimensions (
  id   INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  exclusive TEXT NOT NULL,
  declared INTEGER NOT NULL DEFAULT 1,
  op   INTEGER NOT NULL REFERENCES operations(number)
) STRICT;

-- A tag keeps its id through renames. state: declared, undeclared (gone from the file, members kept),
-- value (a tag of an `each: true` family), merged (into another, named by merged_into).
CREATE TABLE tags (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  name        TEXT NOT NULL,
  folded      TEXT NOT NULL UNIQUE,
  dimension   INTEGER NOT NULL REFERENCES dimensions(id),
  parent      INTEGER REFERENCES tags(id),
  state       TEXT NOT NULL DEFAULT 'declared',
  merged_into INTEGER REFERENCES tags(id),
  bit         INTEGER UNIQUE,              -- its place in rule_state, once a rule or implication gives it
  op          INTEGER NOT NULL REFERENCES operations(number)
) STRICT;

CREATE TABLE aliases (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  folded TEXT NOT NULL UNIQUE,
  text   TEXT NOT NULL,
  tag    INTEGER NOT NULL REFERENCES tags(id),
  op     INTEGER NOT NULL REFERENCES operations(number)
) STRICT;

-- Intervals between operations: current while lost_op is null. Rows are inserted, only lost_op is set
-- later. `since` (Unix seconds) is the original gain, carried through merge, rename and undo.
-- There is no foreign key to customers: the table leads with the tag, so removing a customer would
-- scan it once per customer. Removing customers removes their intervals (store/operations.py).
CREATE TABLE assignments (
  tag       INTEGER NOT NULL REFERENCES tags(id),
  customer  INTEGER NOT NULL,
  source    TEXT NOT NULL CHECK (source = 'import' OR source = 'manual' OR source = 'rule'),
  gained_op INTEGER NOT NULL REFERENCES operations(number),
  lost_op   INTEGER REFERENCES operations(number),
  since     INTEGER NOT NULL,
  PRIMARY KEY (tag, customer, source, gained_op)
) STRICT, WITHOUT ROWID;

-- Current rule assignments, packed: bit b of word b // 60 says that the customer holds by rule the tag
-- whose tags.bit is b. A cache that every operation keeps true; words are added as tags need them.
CREATE TABLE rule_state (customer INTEGER PRIMARY KEY, w0 INTEGER NOT NULL DEFAULT 0) STRICT;

-- A rule tag whose condition holds but which another tag of its exclusive dimension keeps out,
-- for dimensions with on_conflict: newest; since = when the condition became true.
CREATE TABLE outranked (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  tag      INTEGER NOT NULL REFERENCES tags(id),
  customer INTEGER NOT NULL REFERENCES customers(tagctl_id),
  since    INTEGER NOT NULL,
  op       INTEGER NOT NULL REFERENCES operations(number),
  UNIQUE (customer, tag)
) STRICT;

-- A person's overrides. A pin goes with a manual assignment.
CREATE TABLE overrides (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  kind     TEXT NOT NULL CHECK (kind IN ('pin', 'ban')),
  customer INTEGER NOT NULL REFERENCES customers(tagctl_id),
  tag      INTEGER NOT NULL REFERENCES tags(id),
  reason   TEXT,
  until    INTEGER,
  op       INTEGER NOT NULL REFERENCES operations(number),
  UNIQUE (customer, tag, kind)
) STRICT;

-- Rules as the last run saw them: a first run or a changed text is exempt from the blast radius.
CREATE TABLE rules (
  id   INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL,
  op   INTEGER NOT NULL REFERENCES operations(number)
) STRICT;

-- A feed is a saved mapping; without one, the set of a file's headers.
CREATE TABLE feeds (
  id      INTEGER PRIMARY KEY,
  subject TEXT NOT NULL,
  headers TEXT NOT NULL,                   -- JSON array of normalised headers, sorted
  mapping TEXT NOT NULL DEFAULT '{}',      -- JSON
  op      INTEGER NOT NULL REFERENCES operations(number),
  UNIQUE (subject, headers)
) STRICT;

CREATE TABLE imports (
  id      INTEGER PRIMARY KEY,
  feed    INTEGER NOT NULL REFERENCES feeds(id),
  file    TEXT NOT NULL,                   -- the name as given, without its folder
  sha256  TEXT NOT NULL,
  options TEXT NOT NULL,                   -- JSON: everything that changes how the bytes are read
  counts  TEXT NOT NULL DEFAULT '{}',
  op      INTEGER NOT NULL REFERENCES operations(number)
) STRICT;
CREATE INDEX imports_op ON imports(op);

-- Every label ever read from a file, as text; tag is null while it is unknown (quarantined).
CREATE TABLE labels (
  id     INTEGER PRIMARY KEY,
  text   TEXT NOT NULL UNIQUE,
  folded TEXT NOT NULL,
  tag    INTEGER REFERENCES tags(id),
  state  TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'ignored')),
  op     INTEGER NOT NULL REFERENCES operations(number)
) STRICT;
CREATE INDEX labels_folded ON labels(folded);

-- Which labels a feed last read in a customer's cell (gone_op is null), and where: intervals as above.
CREATE TABLE readings (
  customer INTEGER NOT NULL REFERENCES customers(tagctl_id),
  feed     INTEGER NOT NULL REFERENCES feeds(id),
  label    INTEGER NOT NULL REFERENCES labels(id),
  op       INTEGER NOT NULL REFERENCES operations(number),
  gone_op  INTEGER REFERENCES operations(number),
  import   INTEGER NOT NULL REFERENCES imports(id),
  sheet    TEXT,
  row      INTEGER,
  cell     TEXT,                           -- the original text of the cell
  PRIMARY KEY (customer, feed, label, op)
) STRICT, WITHOUT ROWID;

CREATE TABLE findings (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  code        TEXT NOT NULL,
  fingerprint TEXT NOT NULL UNIQUE,        -- names and keys, never row ids
  severity    TEXT NOT NULL,
  subject     TEXT NOT NULL,               -- JSON array of names
  count       INTEGER NOT NULL,
  details     TEXT NOT NULL DEFAULT '{}',  -- JSON
  state       TEXT NOT NULL DEFAULT 'open'
              CHECK (state = 'open' OR state = 'accepted' OR state = 'resolved'),
  op          INTEGER NOT NULL REFERENCES operations(number)
) STRICT;

-- New contents of the user's YAML, committed with the operation, then renamed into place (done).
-- Rows stay, for undo. old_hash is empty where the file was not there.
CREATE TABLE pending_files (
  id       INTEGER PRIMARY KEY,
  path     TEXT NOT NULL,                  -- relative to the project folder
  old_hash TEXT NOT NULL,
  new_hash TEXT NOT NULL REFERENCES texts(hash),
  done     INTEGER NOT NULL DEFAULT 0,
  op       INTEGER NOT NULL REFERENCES operations(number)
) STRICT;

CREATE TABLE exports (
  id     INTEGER PRIMARY KEY,
  at     INTEGER NOT NULL,
  "by"   TEXT NOT NULL,
  what   TEXT NOT NULL,
  file   TEXT NOT NULL,
  rows   INTEGER NOT NULL,
  fields TEXT NOT NULL                     -- JSON array
) STRICT;

-- Made anew whenever a field comes or goes (store/catalog.py).
CREATE VIEW customer_list AS /* tagctl: made from the fields */ SELECT t.tagctl_key AS key,
  (SELECT group_concat(g.name, ', ') FROM tags g WHERE EXISTS (SELECT 1 FROM assignments a
    WHERE a.tag = g.id AND a.customer = t.tagctl_id AND a.lost_op IS NULL)) AS tags
  FROM customers t;

CREATE VIEW current_tags AS
  SELECT c.tagctl_key AS customer, t.name AS tag, d.name AS dimension, a.source,
         datetime(a.since, 'unixepoch') AS since_utc, a.gained_op AS operation
  FROM assignments a
  JOIN tags t ON t.id = a.tag
  JOIN dimensions d ON d.id = t.dimension
  JOIN customers c ON c.tagctl_id = a.customer
  WHERE a.lost_op IS NULL;

CREATE VIEW tag_history AS
  SELECT c.tagctl_key AS customer, t.name AS tag, a.source,
         a.gained_op, datetime(g.as_of, 'unixepoch') AS gained_utc,
         a.lost_op, datetime(l.as_of, 'unixepoch') AS lost_utc, l.kind AS lost_by
  FROM assignments a
  JOIN tags t ON t.id = a.tag
  JOIN customers c ON c.tagctl_id = a.customer
  JOIN operations g ON g.number = a.gained_op
  LEFT JOIN operations l ON l.number = a.lost_op;

CREATE VIEW operation_log AS
  SELECT number, kind, datetime(at, 'unixepoch') AS at_utc, datetime(as_of, 'unixepoch') AS as_of_utc,
         "by", note, what, counts, undoes, undone_by
  FROM operations;
"""

# What people and files assigned, without the many rows that rules give.
MIGRATION_2 = """
CREATE INDEX assignments_given ON assignments(lost_op) WHERE source <> 'rule';
"""

# Mappings that the user named.
MIGRATION_3 = """
ALTER TABLE feeds ADD COLUMN name TEXT;
CREATE UNIQUE INDEX feeds_name ON feeds(name);
"""

# What a customer was known by before a merge: kind 'key' is an earlier key, others are names of identifiers.
MIGRATION_4 = """
CREATE TABLE known_as (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  customer INTEGER NOT NULL REFERENCES customers(tagctl_id),
  kind     TEXT NOT NULL,
  text     TEXT NOT NULL,
  op       INTEGER NOT NULL REFERENCES operations(number)
) STRICT;
CREATE INDEX known_as_text ON known_as(kind, text);
CREATE INDEX known_as_customer ON known_as(customer);
"""

# Labels that wait for a tag: no name or alias answers to them, and no spelling of them is ignored.
MIGRATION_5 = """
CREATE VIEW unknown_labels AS
  SELECT l.id, l.text, l.folded FROM labels l
  WHERE l.tag IS NULL AND NOT EXISTS (
    SELECT 1 FROM labels s WHERE s.folded = l.folded AND s.state = 'ignored');
"""

# Snapshots: who was seen in which feed, and which operation found a customer gone. Events: of those without
# an id of their own, the cells that could not be read. Sightings and unread cells are records: rows stay,
# those of operations out of force mean nothing.
MIGRATION_6 = """
ALTER TABLE customers ADD COLUMN tagctl_gone INTEGER REFERENCES operations(number);
CREATE INDEX customers_gone ON customers(tagctl_gone) WHERE tagctl_gone IS NOT NULL;

ALTER TABLE imports ADD COLUMN taken TEXT; -- the local date for which the file speaks, where that is known

CREATE TABLE sightings (
  feed     INTEGER NOT NULL REFERENCES feeds(id),
  customer INTEGER NOT NULL,
  op       INTEGER NOT NULL REFERENCES operations(number),
  PRIMARY KEY (feed, customer, op)
) STRICT, WITHOUT ROWID;

CREATE TABLE unread (
  event_type INTEGER NOT NULL,
  event      INTEGER NOT NULL,
  "column"   TEXT NOT NULL,
  PRIMARY KEY (event_type, event, "column")
) STRICT, WITHOUT ROWID;

DROP VIEW customer_list;
CREATE VIEW customer_list AS /* tagctl: made from the fields */ SELECT t.tagctl_key AS key,
  (SELECT group_concat(g.name, ', ') FROM tags g WHERE EXISTS (SELECT 1 FROM assignments a
    WHERE a.tag = g.id AND a.customer = t.tagctl_id AND a.lost_op IS NULL)) AS tags
  FROM customers t WHERE t.tagctl_gone IS NULL;

DROP VIEW current_tags;
CREATE VIEW current_tags AS
  SELECT c.tagctl_key AS customer, t.name AS tag, d.name AS dimension, a.source,
         datetime(a.since, 'unixepoch') AS since_utc, a.gained_op AS operation
  FROM assignments a
  JOIN tags t ON t.id = a.tag
  JOIN dimensions d ON d.id = t.dimension
  JOIN customers c ON c.tagctl_id = a.customer
  WHERE a.lost_op IS NULL AND c.tagctl_gone IS NULL;
"""

# What an undo with --cascade took back besides the operation that it was about (operations.undoes).
MIGRATION_7 = """
CREATE TABLE undone_along (
  op        INTEGER NOT NULL REFERENCES operations(number),
  operation INTEGER NOT NULL REFERENCES operations(number),
  PRIMARY KEY (op, operation)
) STRICT, WITHOUT ROWID;
"""

# Tags with status deprecated, which no import gives, and the tag that their names mean in files instead.
MIGRATION_8 = """
ALTER TABLE tags ADD COLUMN retired INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tags ADD COLUMN replaced_by INTEGER REFERENCES tags(id);
"""

# What people decided about pairs of labels: `one` and `other` are identities in order, `first` and `second`
# the labels as they were then, the one that stays (or the parent) first.
MIGRATION_9 = """
CREATE TABLE verdicts (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  one     TEXT NOT NULL,
  other   TEXT NOT NULL,
  first   TEXT NOT NULL,
  second  TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (
    verdict = 'same' OR verdict = 'related' OR verdict = 'parent' OR verdict = 'different'
  ),
  note    TEXT,
  op      INTEGER NOT NULL REFERENCES operations(number),
  UNIQUE (one, other)
) STRICT;
"""

MIGRATIONS = (
    MIGRATION_1,
    MIGRATION_2,
    MIGRATION_3,
    MIGRATION_4,
    MIGRATION_5,
    MIGRATION_6,
    MIGRATION_7,
    MIGRATION_8,
    MIGRATION_9,
)

GONE = "(SELECT tagctl_id FROM customers WHERE tagctl_gone IS NOT NULL)"
"""Customers who are gone, for `customer NOT IN`; an index makes it cheap where there are few."""

EVENT_TABLE = """
CREATE TABLE {table} (
  tagctl_id       INTEGER PRIMARY KEY AUTOINCREMENT,
  tagctl_customer INTEGER NOT NULL REFERENCES customers(tagctl_id),
  tagctl_at       INTEGER NOT NULL,
  tagctl_identity TEXT NOT NULL UNIQUE,
  tagctl_lines    TEXT,
  tagctl_op       INTEGER NOT NULL REFERENCES operations(number)
) STRICT
"""
# tagctl_identity: the event's own id, else a digest of customer, time and mapped cells with its
# occurrence number. tagctl_lines: JSON array of the rows of one event, where it had several.
# Two indexes go with it: (tagctl_customer, tagctl_at) and (tagctl_op).

COLUMN_TYPES = {
    "text": "TEXT",
    "number": "REAL",
    "money": "INTEGER",
    "date": "TEXT",
    "datetime": "INTEGER",
    "bool": "INTEGER",
    "list": "TEXT",
}


def event_table(event_type: str) -> str:
    """The physical table of an event type (quote it with sql.name)."""
    return f"event_{event_type}"
