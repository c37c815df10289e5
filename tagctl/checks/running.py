"""The codes that `run` itself finds: about rules, not about assignments."""

from __future__ import annotations

from tagctl.checks.check import Check, whole
from tagctl.messages import N_

WAITING = Check(
    "rule-waiting",
    "warning",
    N_("Rules that wait for data"),
    N_(
        "These rules read an event type or field that no import has supplied, so they gain and lose nothing."
        " Import a file with it, or delete the rules."
    ),
)
LATE = Check(
    "rule-late",
    "warning",
    N_("Rules whose data is late"),
    N_(
        "The newest event of this type is older than late_after: in rules.yaml allows, so rules that read it"
        " gain and lose nothing. Import the latest file."
    ),
)
EQUAL = Check(
    "equal-priority",
    "info",
    N_("Rules of equal priority"),
    N_(
        "Two rules with the same priority want different tags of one exclusive dimension for these customers;"
        " the first in rules.yaml won. Give one of them a higher priority."
    ),
    tags=whole,
)
UNNAMEABLE = Check(
    "value-no-tag",
    "warning",
    N_("Values that cannot be tags"),
    N_(
        "A family with each: true makes a tag of every value, but these hold line breaks or control"
        " characters, so they made none. Correct them where they come from, and import again."
    ),
)
KEPT = Check(
    "kept-imported",
    "info",
    N_("Imported tags that their rule would not give"),
    N_(
        "The rule says keep_imported: true, so these customers keep the tag that came with an import although"
        " the rule's condition does not hold."
    ),
    tags=whole,
)
