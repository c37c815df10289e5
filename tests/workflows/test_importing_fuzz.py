"""A short seeded part of `python -m tests.fuzz_import`: all cells are accounted for, or an error says why.

TAGCTL_EXAMPLES=20000 makes it look further.
"""

from __future__ import annotations

import os
from random import Random

from damage import attempt
from hypothesis import HealthCheck, Phase, given, settings
from importing_project import Project, adds_up
from made_tables import TAXONOMY, file_of, tables, wrong

from tagctl.errors import TagctlError

ROUNDS = int(os.environ.get("TAGCTL_EXAMPLES", "0")) or 200


def test_damaged_files_go_in_whole_or_end_in_an_error_of_ours(tmp_path):
    draw = Random(20261031)
    project = Project(tmp_path)
    project.taxonomy(TAXONOMY)
    taken = 0
    for number in range(ROUNDS):
        one = attempt(draw, number)
        file = tmp_path / one.name
        file.write_bytes(one.data)
        try:
            if one.events is not None:
                report = project.events(one.events, file, dry_run=True, **one.flags)
            else:
                report = project.customers(file, dry_run=True, **one.flags)
        except TagctlError as error:
            assert all(problem.code and problem.what for problem in error.problems)
            continue
        except Exception as error:
            error.add_note(f"round {number}: {one.name}")
            raise
        assert adds_up(report)
        taken += 1
    assert taken > ROUNDS // 3


def test_made_tables_are_stored_as_they_were_written(tmp_path):
    project = Project(tmp_path)
    project.taxonomy(TAXONOMY)

    @settings(
        max_examples=ROUNDS // 4,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(tables())
    def one(made):
        name, data = file_of(made)
        file = tmp_path / name
        file.write_bytes(data)
        assert wrong(project, made, file) == []

    one()
