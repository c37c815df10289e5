"""Where the project is and how it is set: flag, then environment, then tagctl.toml, then default."""

import pytest

from tagctl import settings
from tagctl.errors import ConfigError, UsageProblem


@pytest.fixture
def project(tmp_path):
    (tmp_path / "tagctl.toml").write_text(
        'timezone = "Asia/Shanghai"\ncurrency = "USD"\nmax_change = "12.5%"\nby = "team"\n'
        'rates = {CNY = 0.14}\nlanguage = "zh"\nentity = "学员"\nlock_timeout = 2\n',
        encoding="utf-8-sig",
    )
    (tmp_path / "a" / "b").mkdir(parents=True)
    return tmp_path


def test_a_folder_by_flag_and_its_file(project):
    found = settings.find(str(project), environment={})
    assert (found.folder, found.database) == (project, project / "tagctl.db")
    assert (found.timezone.key, found.currency, found.rates) == ("Asia/Shanghai", "USD", {"CNY": 0.14})
    assert (found.max_change, found.by, found.entity, found.language) == (0.125, "team", "学员", "zh")
    assert found.lock_timeout == 2
    assert found.found


def test_the_folder_is_found_upward(project, monkeypatch):
    monkeypatch.chdir(project / "a" / "b")
    assert settings.find(environment={}).folder == project


def test_the_environment_comes_after_the_flag(project, monkeypatch):
    monkeypatch.chdir(project / "a")
    other = project / "a" / "b"
    environment = {"TAGCTL_PROJECT": str(other), "TAGCTL_BY": "cron"}
    assert settings.find(environment=environment).folder == other
    assert settings.find(str(project), environment=environment).folder == project
    assert settings.find(str(project), environment=environment).by == "cron"


def test_a_database_alone_is_a_project(project):
    found = settings.find(
        db=str(project / "a" / "sent.db"), environment={"TZ": "Europe/Paris", "USER": "ann"}
    )
    assert (found.folder, found.database) == (project / "a", project / "a" / "sent.db")
    assert found.taxonomy_file == project / "a" / "taxonomy.yaml"
    assert (found.timezone.key, found.by) == ("Europe/Paris", "ann")


def test_defaults_where_there_is_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = settings.find(environment={"TAGCTL_TZ": "Asia/Tokyo"})
    assert not found.found
    assert (found.timezone.key, found.currency, found.max_change, found.by) == (
        "Asia/Tokyo",
        "CNY",
        0.3,
        "unknown",
    )


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(UsageProblem):
        settings.find(str(tmp_path / "gone"), environment={})


@pytest.mark.parametrize(
    "line",
    [
        'timezone = "Shanghai"',
        "timezone = 8",
        'language = "fr"',
        'currency = "yuan"',
        "rates = {USD = 0}",
        'max_change = "thirty"',
        "max_change = 1.5",
        "lock_timeout = -1",
        'entity = ""',
        "unknown = 1",
        "broken",
    ],
)
def test_what_is_wrong_has_its_line(tmp_path, line):
    (tmp_path / "tagctl.toml").write_text(f"# settings\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as stop:
        settings.find(str(tmp_path), environment={})
    (problem,) = stop.value.problems
    assert problem.location.line == 2
    assert problem.excerpt == line


def test_a_file_that_is_not_utf8(tmp_path):
    (tmp_path / "tagctl.toml").write_bytes('entity = "客户"'.encode("gbk"))
    with pytest.raises(ConfigError) as stop:
        settings.find(str(tmp_path), environment={})
    assert stop.value.problems[0].code == "not-utf8"


@pytest.mark.parametrize(
    ("given", "share"), [("30%", 0.3), ("0.5%", 0.005), ("0.3", 0.3), (0.3, 0.3), (1, 1.0), ("100 %", 1.0)]
)
def test_shares(given, share):
    assert settings.share(given) == pytest.approx(share)


@pytest.mark.parametrize("given", ["", "x%", "-1%", "31", True, None, 2])
def test_what_is_no_share(given):
    with pytest.raises(ValueError, match=r"share"):
        settings.share(given)


def test_the_language_of_a_project(project, monkeypatch):
    monkeypatch.chdir(project / "a")
    assert settings.project_language(["run"], {}) == "zh"
    assert settings.project_language(["run", "--project", str(project / "a" / "b")], {}) is None
    assert settings.project_language(["run"], {"TAGCTL_PROJECT": str(project)}) == "zh"


@pytest.mark.parametrize("word", ["duck", "SQLITE "])
def test_a_bad_engine_in_the_environment_is_told_by_every_command(project, word):
    assert settings.find(str(project), environment={"TAGCTL_ENGINE": "duckdb"}).engine == "duckdb"
    with pytest.raises(UsageProblem) as caught:
        settings.find(str(project), environment={"TAGCTL_ENGINE": word})
    assert caught.value.problems[0].code == "bad-engine"
    assert "TAGCTL_ENGINE" in caught.value.problems[0].what
