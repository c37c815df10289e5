"""What the user states about the cells of a file: the currency, the time zone, how dates are written."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from tagctl.errors import Problem, UsageProblem
from tagctl.io.cells import CellError, currency_of, rate
from tagctl.messages import _
from tagctl.workflows.importing.loading import Money
from tagctl.workflows.importing.options import ImportOptions

_TRIED = datetime(2001, 2, 3)


def check_stated(options: ImportOptions, money: Money) -> None:
    """Raises UsageProblem where a statement cannot be."""
    problems = [_currency(options, money), _zone(options), _dates(options)]
    found = [problem for problem in problems if problem is not None]
    if found:
        raise UsageProblem(found)


def in_file(money: Money, options: ImportOptions) -> Money:
    """What cells mean in a file about which this is stated."""
    zone = ZoneInfo(options.timezone) if options.timezone else money.timezone
    stated = currency_of(options.currency) if options.currency else None
    return replace(money, timezone=zone, written_in=None if stated == money.currency else stated)


def _currency(options: ImportOptions, money: Money) -> Problem | None:
    if options.currency is None:
        return None
    named = currency_of(options.currency)
    if named is None:
        return Problem(
            "bad-currency",
            _("--currency: “{text}” is not a currency.").format(text=options.currency),
            _("Write it like CNY or USD."),
        )
    try:
        rate(named, money.currency, money.rates)
    except CellError as error:
        advice = _("Say in tagctl.toml, under rates, what one {currency} is worth.")
        return Problem(
            error.code, _("--currency: {reason}").format(reason=error.reason), advice.format(currency=named)
        )
    return None


def _zone(options: ImportOptions) -> Problem | None:
    if options.timezone is None:
        return None
    try:
        ZoneInfo(options.timezone)
    except (OSError, ValueError, LookupError):
        return Problem(
            "bad-timezone",
            _("--tz: “{text}” is not a time zone.").format(text=options.timezone),
            _("Write it like Asia/Shanghai or Europe/Paris."),
        )
    return None


def _dates(options: ImportOptions) -> Problem | None:
    """A format must give back the date that was written with it."""
    if options.date_format is None:
        return None
    try:
        read = datetime.strptime(_TRIED.strftime(options.date_format), options.date_format)
    except ValueError:
        read = None
    if read is not None and read.date() == _TRIED.date():
        return None
    return Problem(
        "bad-date-format",
        _("--date-format: “{text}” does not say day, month and year.").format(text=options.date_format),
        _("Write it like %d/%m/%Y, or %m/%d/%Y %H:%M where there is a time."),
    )
