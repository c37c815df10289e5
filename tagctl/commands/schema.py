"""`tagctl schema`."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer

from tagctl.commands._tree import single
from tagctl.messages import _
from tagctl.workflows import describing


def schema(
    kind: Annotated[
        Literal["taxonomy", "rules"],
        typer.Argument(metavar="taxonomy|rules", help=_("Which file to describe."), show_default=False),
    ],
) -> None:
    """Works anywhere: it needs no project."""
    sys.stdout.write(describing.schema(kind))


app = single(
    schema,
    help=_(
        "Print the JSON Schema of taxonomy.yaml or rules.yaml. Editors with a YAML language server complete "
        "and check a file by it: `init` writes both into the folder schema and names them in the first line "
        "of the YAML files. After an update of tagctl, write them anew as below."
    ),
    examples=(
        "tagctl schema taxonomy > schema/taxonomy.json",
        "tagctl schema rules > schema/rules.json",
    ),
)
