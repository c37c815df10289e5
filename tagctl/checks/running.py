"""The codes that `run` itself finds: about rules, not about assignments."""

from __future__ import annotations

from tagctl.checks.check import Check
from tagctl.messages import N_

WAITING = Check(
    "rule-waiting",
    "warning",
    N_("Rules that wait for data"),
    N_(
        "The rule reads an event type or field that no import has supplied, so it gains and loses nothing."
        " Import a file with what it needs."
    ),
)
LATE = Check(
    "rule-late",
    "warning",
    N_("Rules whose data is late"),
    N_(
        "The newest event that the rule reads is older than late_after: in rules.yaml allows, so it gains and"
        " loses nothing. Import the latest file."
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
)
KEPT = Check(
    "kept-imported",
    "info",
    N_("Imported tags that their rule would not give"),
    N_(
        "The rule says keep_imported: true, so these customers keep the tag that came with an import although"
        " the rule's condition does not hold."
    ),
)
