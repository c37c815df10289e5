"""Files whose rows say what currency their amounts are in: Currency, 币种."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from tagctl.io.cells import CellError, Converter, currency_of, rate
from tagctl.io.table import Row
from tagctl.messages import ngettext
from tagctl.workflows.importing.fitting import Column
from tagctl.workflows.importing.mapping import ColumnMapping


@dataclass(frozen=True, slots=True)
class Wanting:
    """A row whose amounts are in a currency without a rate."""

    text: str
    error: CellError


class Currencies:
    """The currency of every row, and converters for the amounts of those not in the project's own.

    `make` gives a converter for a money column whose bare amounts are in a currency. A further line of an
    event that leaves the currency empty is in that of the lines before it.
    """

    def __init__(
        self,
        mapping: ColumnMapping,
        currency: str | None,
        rates: Mapping[str, float],
        make: Callable[[Column, str], Converter],
    ) -> None:
        self._column = mapping.currency if currency is not None else None
        self._id = mapping.id
        self._money = [column.index for column in mapping.values if column.type == "money"]
        self._currency = currency
        self._rates = rates
        self._make = make
        self._by_id: dict[str, str] = {}
        self._factors: dict[str, Decimal | CellError] = {}
        self._converters: dict[tuple[int, str], Converter] = {}
        self._rows: dict[str, int] = {}

    def foreign(self, rows: list[Row]) -> dict[int, str | Wanting]:
        """Index of each row with amounts in another currency → that currency, or why it has no rate."""
        if self._column is None:
            return {}
        found: dict[int, str | Wanting] = {}
        for index, row in enumerate(rows):
            named = self._named(row)
            if named is None or not any(row.texts[column] for column in self._money):
                continue
            factor = self._factor(named)
            if isinstance(factor, CellError):
                found[index] = Wanting(row.texts[self._column.index] or named, factor)
            elif factor != 1:
                found[index] = named
                self._rows[named] = self._rows.get(named, 0) + 1
        return found

    def converter(self, column: Column, currency: str) -> Converter:
        """The converter for the amounts of this column that are in this currency."""
        known = self._converters.get((column.index, currency))
        if known is None:
            known = self._converters[column.index, currency] = self._make(column, currency)
        return known

    def converters(self) -> Iterator[Converter]:
        """All converters made so far."""
        yield from self._converters.values()

    def notes(self) -> Iterator[str]:
        """What was converted, and at which rate."""
        for name, count in self._rows.items():
            yield ngettext(
                "The amounts of {count} row are in {currency}; they are converted at {rate}.",
                "The amounts of {count} rows are in {currency}; they are converted at {rate}.",
                count,
            ).format(count=count, currency=name, rate=self._factors[name])

    def _named(self, row: Row) -> str | None:
        assert self._column is not None
        named = currency_of(row.texts[self._column.index])
        event = row.texts[self._id.index] if self._id is not None else ""
        if event and named is None:
            return self._by_id.get(event)
        if event and named is not None and named != self._currency:
            self._by_id[event] = named
        return named

    def _factor(self, named: str) -> Decimal | CellError:
        if named not in self._factors:
            try:
                self._factors[named] = rate(named, self._currency, self._rates)
            except CellError as error:
                self._factors[named] = error
        return self._factors[named]
