"""What the kinds of operations are called."""

from __future__ import annotations

from tagctl.messages import N_, _

KINDS = {
    "tags": N_("labels"),
    "init": N_("init"),
    "import": N_("import"),
    "run": N_("run"),
    "taxonomy": N_("taxonomy"),
    "fix": N_("fix"),
    "undo": N_("undo"),
    "assign": N_("assign"),
    "unassign": N_("unassign"),
    "pin": N_("pin"),
    "ban": N_("ban"),
    "rules": N_("rules"),
    "merge": N_("merge"),
    "tags-rename": N_("tag renamed"),
    "tags-merge": N_("tags merged"),
    "tags-move": N_("tag moved"),
    "tags-plan": N_("labels decided"),
    "tags-review": N_("labels decided"),
    "tags-verdicts": N_("verdicts removed"),
    "tags-retire": N_("tag retired"),
    "tags-split": N_("tag split"),
}


def kind_name(kind: str) -> str:
    """What an operation of this kind is called."""
    return _(KINDS[kind]) if kind in KINDS else kind
