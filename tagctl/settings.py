"""Where the project is and how it is set: flag, then environment, then tagctl.toml, then default."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tagctl.errors import ConfigError, Location, Problem, UsageProblem
from tagctl.messages import _
from tagctl.record import record

if TYPE_CHECKING:
    from tagctl.model import Identifying

DATABASE = "tagctl.db"
TAXONOMY = "taxonomy.yaml"
RULES = "rules.yaml"
TOML = "tagctl.toml"
_MARKS = (TOML, TAXONOMY, RULES, DATABASE)
ENGINES = ("auto", "sqlite", "duckdb")  # what computes a run


@record
class Settings:
    """One project: its files, and what tagctl.toml and the environment say.

    `found` is false where no project folder was found, and `folder` is the working directory.
    `max_change` is a share (0.3 for 30%); `entity` is what a customer is called on screen.
    """

    folder: Path
    database: Path
    taxonomy_file: Path
    rules_file: Path
    timezone: ZoneInfo
    found: bool = True
    currency: str = "CNY"
    rates: Mapping[str, float] = field(default_factory=dict)
    language: str | None = None
    entity: str | None = None
    max_change: float = 0.3
    by: str = ""
    lock_timeout: float = 5.0
    engine: str = "auto"
    identifiers: tuple[str, ...] | None = None
    region: str | None = None

    @property
    def identifying(self) -> Identifying:
        """By what customers are found besides the key."""
        from tagctl.model import DEFAULT_IDENTIFIERS, Identifying  # not on the path of --help

        order = DEFAULT_IDENTIFIERS if self.identifiers is None else self.identifiers
        return Identifying(order, self.region, self.timezone.key)


def find(
    project: str | Path | None = None,
    db: str | Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """The project of --project, TAGCTL_PROJECT, the folder of --db, or the working directory and upward.

    Raises UsageProblem for a folder that is not there or a bad TAGCTL_ENGINE, ConfigError for a tagctl.toml
    that is wrong.
    """
    project = project or environment.get("TAGCTL_PROJECT") or None
    db = db or environment.get("TAGCTL_DB") or None
    if project is not None:
        folder, found = Path(project), True
        if not folder.is_dir():
            raise UsageProblem(
                Problem(
                    "no-such-folder",
                    _("There is no folder “{folder}”.").format(folder=folder),
                    _("Check --project (or TAGCTL_PROJECT), or create it with: tagctl init --project DIR"),
                )
            )
    elif db is not None:
        folder, found = Path(db).parent, True
    else:
        upward = find_folder(Path.cwd())
        folder, found = upward or Path.cwd(), upward is not None
    return of_folder(folder, db, environment, found=found)


def of_folder(
    folder: Path,
    db: str | Path | None = None,
    environment: Mapping[str, str] = os.environ,
    *,
    found: bool = True,
) -> Settings:
    """The settings of exactly this folder, which need not be a project yet."""
    values = _read(folder / TOML)
    return Settings(
        folder=folder,
        database=Path(db) if db is not None else folder / DATABASE,
        taxonomy_file=folder / TAXONOMY,
        rules_file=folder / RULES,
        timezone=values.get("timezone") or ZoneInfo(system_zone(environment)),
        found=found,
        currency=values.get("currency", "CNY"),
        rates=values.get("rates", {}),
        language=values.get("language"),
        entity=values.get("entity"),
        max_change=values.get("max_change", 0.3),
        by=environment.get("TAGCTL_BY") or values.get("by") or _user(environment),
        lock_timeout=values.get("lock_timeout", 5.0),
        engine=_engine_of(environment) or values.get("engine", "auto"),
        identifiers=values.get("identifiers"),
        region=values.get("region"),
    )


def _engine_of(environment: Mapping[str, str]) -> str:
    word = environment.get("TAGCTL_ENGINE", "")
    if word and word not in ENGINES:
        what = _("TAGCTL_ENGINE: there is no engine “{word}”.").format(word=word)
        choices = _("One of: {choices}").format(choices=", ".join(ENGINES))
        raise UsageProblem(Problem("bad-engine", what, choices))
    return word


def find_folder(start: Path) -> Path | None:
    """The nearest folder, from `start` upward, that holds one of a project's files."""
    for folder in (start, *start.parents):
        if any((folder / mark).is_file() for mark in _MARKS):
            return folder
    return None


def project_language(
    arguments: list[str] | tuple[str, ...], environment: Mapping[str, str] = os.environ
) -> str | None:
    """The `language` of the project's tagctl.toml, read before anything else is loaded; None without one."""
    folder: Path | None = None
    for index, argument in enumerate(arguments):
        if argument == "--project" and index + 1 < len(arguments):
            folder = Path(arguments[index + 1])
        elif argument.startswith("--project="):
            folder = Path(argument.removeprefix("--project="))
    folder = folder or Path(environment.get("TAGCTL_PROJECT") or "") or None
    if folder is None or folder == Path():
        folder = find_folder(Path.cwd())
    try:
        text = (folder / TOML).read_text(encoding="utf-8") if folder else ""
    except (OSError, UnicodeDecodeError):
        return None
    match = re.search(r"""^language\s*=\s*["'](\w+)""", text, re.MULTILINE)
    return match.group(1) if match else None


# ── tagctl.toml ──────────────────────────────────────────────────────────────────────────────────


def _read(path: Path) -> dict[str, Any]:
    """The checked values of tagctl.toml; empty where there is none."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}
    import tomllib

    text = _decode(path, data)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_syntax(path, text, str(error))) from None
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for key, value in table.items():
        check = _CHECKS.get(key)
        if check is None:
            problems.append(_unknown(path, text, key))
            continue
        try:
            values[key] = check(value)
        except ValueError as error:
            problems.append(_problem(path, text, key, "bad-setting", str(error)))
    if problems:
        raise ConfigError(problems)
    return values


def _decode(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(
            Problem(
                "not-utf8",
                _("This file is not UTF-8 text."),
                _("Save it as UTF-8 (in Notepad: Save As, Encoding UTF-8)."),
                Location(str(path)),
            )
        ) from None


def _syntax(path: Path, text: str, message: str) -> Problem:
    match = re.search(r"\(at line (\d+), column (\d+)\)", message)
    line, column = (int(match.group(1)), int(match.group(2))) if match else (None, None)
    lines = text.splitlines()
    return Problem(
        "toml-syntax",
        _("This is not valid TOML: {message}").format(message=message.partition(" (at ")[0]),
        _('A setting looks like this: timezone = "Asia/Shanghai"'),
        Location(str(path), line, column),
        excerpt=lines[line - 1] if line and line <= len(lines) else None,
    )


def _unknown(path: Path, text: str, key: str) -> Problem:
    from difflib import get_close_matches

    near = get_close_matches(key, _CHECKS, n=1)
    advice = (
        _("Did you mean “{name}”?").format(name=near[0])
        if near
        else _("Known settings: {names}").format(names=", ".join(_CHECKS))
    )
    what = _("There is no setting “{name}”.").format(name=key)
    return _problem(path, text, key, "unknown-setting", what, advice)


def _problem(path: Path, text: str, key: str, code: str, what: str, advice: str = "") -> Problem:
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*(\[\s*)?[\"']?{re.escape(key)}[\"']?\s*[=.\]]", line):
            column = line.index(key) + 1
            return Problem(code, what, advice, Location(str(path), number, column), line, len(key))
    return Problem(code, what, advice, Location(str(path)))


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(_("This must be text in quotes."))
    return value.strip()


def _timezone(value: object) -> ZoneInfo:
    name = _text(value)
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise ValueError(
            _("“{name}” is not a time zone; write one like Asia/Shanghai or Europe/Paris.").format(name=name)
        ) from None


def _language(value: object) -> str:
    if value not in ("en", "zh"):
        raise ValueError(_('The language is "en" or "zh".'))
    return str(value)


def _currency(value: object) -> str:
    if not re.fullmatch("[A-Z]{3}", _text(value)):
        raise ValueError(_("A currency is three capital letters, such as CNY or USD."))
    return str(value)


def _rates(value: object) -> dict[str, float]:
    if not isinstance(value, dict) or not all(
        isinstance(rate, int | float) and not isinstance(rate, bool) and rate > 0 for rate in value.values()
    ):
        raise ValueError(_("Rates are positive numbers by currency, such as USD = 7.1."))
    return {_currency(name): float(rate) for name, rate in value.items()}


def share(value: object) -> float:
    """0.3 or "30%" as a share; ValueError for anything else."""
    if isinstance(value, str) and re.fullmatch(r"\s*\d+(\.\d+)?\s*%\s*", value):
        return float(value.strip().rstrip("%")) / 100
    if isinstance(value, str) and re.fullmatch(r"\s*\d+(\.\d+)?\s*", value):
        value = float(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    raise ValueError(_('This must be a share such as "30%" or 0.3.'))


def _engine(value: object) -> str:
    if value not in ENGINES:
        raise ValueError(_("The engine is one of: {choices}").format(choices=", ".join(ENGINES)))
    return str(value)


def _identifiers(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
        raise ValueError(_('This must be a list of roles or fields, such as ["phone", "email", "openid"].'))
    return tuple(dict.fromkeys(one.strip() for one in value))


def _region(value: object) -> str:
    if not re.fullmatch("[A-Z]{2}", _text(value)):
        raise ValueError(_("A region is two capital letters, such as CN, HK or US."))
    return str(value)


def _seconds(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(value)
    raise ValueError(_("This must be a number of seconds."))


_CHECKS: dict[str, Callable[[object], object]] = {
    "timezone": _timezone,
    "language": _language,
    "currency": _currency,
    "rates": _rates,
    "entity": _text,
    "max_change": share,
    "by": _text,
    "lock_timeout": _seconds,
    "engine": _engine,
    "identifiers": _identifiers,
    "region": _region,
}

# ── the system ───────────────────────────────────────────────────────────────────────────────────

# Windows names its zones otherwise; these are where our users are. Others set `timezone`.
_WINDOWS = {
    "China Standard Time": "Asia/Shanghai",
    "Taipei Standard Time": "Asia/Taipei",
    "Singapore Standard Time": "Asia/Singapore",
    "Tokyo Standard Time": "Asia/Tokyo",
    "Korea Standard Time": "Asia/Seoul",
    "SE Asia Standard Time": "Asia/Bangkok",
    "India Standard Time": "Asia/Kolkata",
    "AUS Eastern Standard Time": "Australia/Sydney",
    "GMT Standard Time": "Europe/London",
    "W. Europe Standard Time": "Europe/Berlin",
    "Romance Standard Time": "Europe/Paris",
    "Central European Standard Time": "Europe/Warsaw",
    "Eastern Standard Time": "America/New_York",
    "Central Standard Time": "America/Chicago",
    "Mountain Standard Time": "America/Denver",
    "Pacific Standard Time": "America/Los_Angeles",
    "UTC": "UTC",
}


def system_zone(environment: Mapping[str, str] = os.environ) -> str:
    """The name of the system's time zone, or UTC where it cannot be told."""
    for name in (environment.get("TAGCTL_TZ"), environment.get("TZ"), *_zone_files(), _windows_zone()):
        if name:
            try:
                return ZoneInfo(name.lstrip(":")).key
            except (OSError, ValueError, LookupError):
                continue
    return "UTC"


def _zone_files() -> list[str]:
    names = []
    with suppress(OSError):
        target = str(Path("/etc/localtime").readlink())
        if "zoneinfo/" in target:
            names.append(target.rpartition("zoneinfo/")[2])
    with suppress(OSError):
        names.append(Path("/etc/timezone").read_text(encoding="utf-8").strip())
    return names


def _windows_zone() -> str:
    if os.name != "nt":
        return ""
    # winreg is known to type checkers on Windows only
    import winreg  # type: ignore[import-not-found,unused-ignore]

    place = r"SYSTEM\CurrentControlSet\Control\TimeZoneInformation"
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place) as key:  # type: ignore[attr-defined,unused-ignore]
        name = str(winreg.QueryValueEx(key, "TimeZoneKeyName")[0])  # type: ignore[attr-defined,unused-ignore]
    return _WINDOWS.get(name.partition("\0")[0], "")


def _user(environment: Mapping[str, str]) -> str:
    for variable in ("USER", "USERNAME", "LOGNAME"):
        if environment.get(variable):
            return environment[variable]
    return "unknown"
