"""A new project: files from the template, an empty database with operation 1, nothing overwritten."""

from __future__ import annotations

import json
import tomllib

import pytest

from tagctl import rules
from tagctl.errors import ConfigError, UsageProblem
from tagctl.store import catalog, tags
from tagctl.store.connection import open_store
from tagctl.workflows import initialising


def init(folder, **options):
    return initialising.init(folder, timezone="Asia/Shanghai", now=100, by="ann", **options)


def test_a_folder_with_everything(tmp_path):
    report = init(tmp_path / "shop")
    assert sorted(report.files) == [
        "rules.yaml",
        "schema/rules.json",
        "schema/taxonomy.json",
        "tagctl.db",
        "tagctl.toml",
        "taxonomy.yaml",
    ]
    made = [path for path in (tmp_path / "shop").rglob("*") if path.is_file()]
    assert sorted(path.relative_to(tmp_path / "shop").as_posix() for path in made) == sorted(report.files)
    assert tomllib.loads((tmp_path / "shop/tagctl.toml").read_text("utf-8")) == {"timezone": "Asia/Shanghai"}
    with open_store(tmp_path / "shop/tagctl.db") as store:
        assert store.rows('SELECT number, kind, "by" FROM operations') == [(1, "init", "ann")]
        taxonomy, problems, _ = rules.read_taxonomy(
            (tmp_path / "shop/taxonomy.yaml").read_bytes(), "taxonomy.yaml"
        )
        assert problems == ()
        assert set(tags.ids(store)) == set(taxonomy.tags)
        assert tags.plan(store, taxonomy) == ()
        assert catalog.read(store) == catalog.Catalog()


def test_files_that_are_there_stay_as_they_are(tmp_path):
    mine = "dimensions: [{name: 价值, tags: [VIP]}]\n"
    (tmp_path / "taxonomy.yaml").write_text(mine, "utf-8")
    report = init(tmp_path)
    assert report.files[:3] == ("rules.yaml", "tagctl.toml", "tagctl.db")
    assert (tmp_path / "taxonomy.yaml").read_text("utf-8") == mine
    with open_store(tmp_path / "tagctl.db") as store:
        assert set(tags.ids(store)) == {"VIP"}


@pytest.mark.parametrize("kind", ["taxonomy", "rules"])
def test_editors_find_the_schema_by_the_first_line(tmp_path, kind):
    init(tmp_path)
    first = (tmp_path / f"{kind}.yaml").read_text("utf-8").splitlines()[0]
    place = first.removeprefix("# yaml-language-server: $schema=")
    assert json.loads((tmp_path / place).read_text("ascii"))["title"] == f"tagctl {kind}.yaml"


def test_an_existing_project_is_not_touched(tmp_path):
    init(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.*ml")}
    with pytest.raises(UsageProblem) as error:
        init(tmp_path)
    assert error.value.problems[0].code == "project-exists"
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.*ml")} == before


def test_a_database_without_an_operation_is_as_good_as_none(tmp_path):
    open_store(tmp_path / "tagctl.db", create=True).close()
    assert init(tmp_path).operation == 1


def test_a_taxonomy_with_errors_makes_nothing(tmp_path):
    (tmp_path / "taxonomy.yaml").write_text("dimensions: [{name: 价值, tagz: [VIP]}]\n", "utf-8")
    with pytest.raises(ConfigError):
        init(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["taxonomy.yaml"]


def test_a_dry_run_makes_nothing(tmp_path):
    report = init(tmp_path / "shop", dry_run=True)
    assert report.operation is None
    assert not (tmp_path / "shop").exists()


def test_an_unknown_template_names_those_there_are(tmp_path):
    with pytest.raises(UsageProblem) as error:
        init(tmp_path, template="clinic")
    assert "retail" in error.value.problems[0].next
    assert "retail" in initialising.templates()
