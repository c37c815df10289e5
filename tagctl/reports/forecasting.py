"""Runs to come."""

from __future__ import annotations

from tagctl.record import record


@record
class ForecastFlip:
    """One customer gains or loses one tag. `reason`: rule, instead (of `other`, in an exclusive dimension),
    implied (by `other`), expired, pin-ended, ban-ended."""

    customer: str
    name: str | None
    tag: str
    gained: bool
    reason: str
    other: str | None = None


@record
class ForecastDay:
    """What a run at this instant would change, after those of the days before."""

    at: int
    flips: tuple[ForecastFlip, ...]


@record
class ForecastReport:
    """run --forecast. `due` is what a run as of now would change, `days` what the local ends of the days
    after it do. `resting`: tags whose rules wait for data or are late, and so stay as they are."""

    as_of: int
    until: int
    customers: int
    due: ForecastDay
    days: tuple[ForecastDay, ...]
    resting: tuple[str, ...] = ()
