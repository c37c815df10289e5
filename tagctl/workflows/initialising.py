"""`tagctl init`: a folder with a taxonomy and rules to start from, settings, and an empty database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from tagctl import rules
from tagctl.errors import ConfigError, Location, Problem, UsageProblem
from tagctl.messages import _
from tagctl.reports.drafting import InitReport
from tagctl.settings import DATABASE, RULES, TAXONOMY, TOML
from tagctl.store import tags
from tagctl.store.connection import open_store
from tagctl.store.operations import operate

PACKAGE = Path(__file__).parent.parent
TEMPLATES = PACKAGE / "templates"
# In a source tree the templates are the examples at its top; a wheel carries them as templates/retail.
_EXAMPLES = {"retail": {TAXONOMY: "taxonomy.example.yaml", RULES: "rules.example.yaml"}}

# Editors find these by the first line of the templates.
_SCHEMAS: dict[str, Literal["taxonomy", "rules"]] = {"taxonomy.json": "taxonomy", "rules.json": "rules"}

# Kept in sync with settings.py, which reads these.
_SETTINGS = """\
# {about}
timezone = "{timezone}"   # {zone}

# {language}
# language = "zh"
# {currency}
# currency = "CNY"
# rates = {{ USD = 7.1 }}
# {change}
# max_change = "30%"
# {entity}
# entity = "客户"
"""


def init(
    folder: Path,
    template: str = "retail",
    *,
    timezone: str,
    now: int,
    by: str,
    database: Path | None = None,
    drafted: Mapping[str, bytes] | None = None,
    dry_run: bool = False,
) -> InitReport:
    """Make the project: taxonomy.yaml, rules.yaml and tagctl.toml where they are missing, and tagctl.db with
    operation 1, which holds the taxonomy; and the schemas of both YAML files, for editors. What is `drafted`
    comes in place of the template's files.

    Files that are there already stay as they are (a folder with YAML only gets its database); where a
    database is there already, UsageProblem.
    """
    database = database or folder / DATABASE
    refuse_project(database)
    contents = template_files(template) | dict(drafted or {})
    contents[TOML] = _settings(timezone)
    new = {name: data for name, data in contents.items() if not (folder / name).exists()}
    texts = {name: new.get(name) or (folder / name).read_bytes() for name in (TAXONOMY, RULES)}
    taxonomy, problems, _warnings = rules.read_taxonomy(texts[TAXONOMY], TAXONOMY)
    if problems:
        raise ConfigError(problems)
    schemas: tuple[Path, ...] = tuple(
        path for path in (folder / "schema" / name for name in _SCHEMAS) if not path.exists()
    )
    files = (*new, database.name, *(path.relative_to(folder).as_posix() for path in schemas))
    if dry_run:
        return InitReport(str(folder), files, timezone)
    folder.mkdir(parents=True, exist_ok=True)
    with (
        open_store(database, create=True) as store,
        operate(store, "init", now=now, by=by, what=template, folder=folder) as operation,
    ):
        for name, data in new.items():
            operation.write_file(folder / name, data)
        operation.texts(texts[TAXONOMY], texts[RULES])
        tags.sync(operation, taxonomy)
        operation.keep()
    for path in schemas:  # made from the program alone, so no part of the operation
        path.parent.mkdir(exist_ok=True)
        path.write_text(rules.json_schema(_SCHEMAS[path.name]), encoding="ascii")
    return InitReport(str(folder), files, timezone, operation.result)


def refuse_project(database: Path) -> None:
    """UsageProblem where a project is there already."""
    if database.exists() and not _untouched(database):
        raise UsageProblem(
            Problem(
                "project-exists",
                _("There is a project already: {file}").format(file=database),
                _("Use it as it is, or make another one: tagctl init --project OTHER-FOLDER"),
                Location(str(database)),
            )
        )


def base(folder: Path, template: str) -> tuple[bytes, bytes]:
    """The taxonomy and rules that a draft for a new project starts from. UsageProblem where the folder has a
    taxonomy of its own."""
    if (folder / TAXONOMY).exists():
        what = _("There is a taxonomy.yaml in this folder already.")
        advice = _(
            "Make the project with: tagctl init\nThen add what is new: tagctl taxonomy draft FILE --write"
        )
        raise UsageProblem(Problem("taxonomy-exists", what, advice, Location(str(folder / TAXONOMY))))
    files = template_files(template)
    own = folder / RULES
    return files[TAXONOMY], own.read_bytes() if own.exists() else files[RULES]


def _untouched(database: Path) -> bool:
    """A database that a first command made and then did not write to is as good as none."""
    with open_store(database, create=True) as store:
        return not store.value("SELECT EXISTS (SELECT 1 FROM operations)")


def template_files(template: str) -> dict[str, bytes]:
    """The YAML files of a template by their names in a project; UsageProblem for an unknown template."""
    folder = TEMPLATES / template
    if template in templates():
        if folder.is_dir():
            return {name: (folder / name).read_bytes() for name in (TAXONOMY, RULES)}
        return {name: (PACKAGE.parent / file).read_bytes() for name, file in _EXAMPLES[template].items()}
    raise UsageProblem(
        Problem(
            "unknown-template",
            _("There is no template “{name}”.").format(name=template),
            _("The templates are: {names}").format(names=", ".join(templates())),
        )
    )


def templates() -> tuple[str, ...]:
    """The names of the templates."""
    packaged = {path.name for path in TEMPLATES.iterdir() if path.is_dir()} if TEMPLATES.is_dir() else set()
    return tuple(sorted(packaged | set(_EXAMPLES)))


def _settings(timezone: str) -> bytes:
    return _SETTINGS.format(
        about=_("Settings of this project."),
        timezone=timezone,
        zone=_("local times in files and rules are meant here; after an import, leave it"),
        language=_('What tagctl speaks: "en" or "zh" (otherwise as the system).'),
        currency=_("What money is in, and what one unit of another currency is worth in it."),
        change=_("Stop a run when one tag would gain and lose more than this."),
        entity=_("What a customer is called on screen."),
    ).encode()
