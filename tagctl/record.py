"""Frozen value classes for what passes between rooms.

A frozen dataclass generates six methods by `exec`, about a millisecond for each class at every start. Here
all classes share one set of methods; `dataclasses.fields`, `replace`, `asdict` and `field(…)` work as usual.
"""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar, dataclass_transform

_Class = TypeVar("_Class")


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def record(cls: type[_Class]) -> type[_Class]:
    """Makes a class a frozen dataclass, equal by its compared fields."""
    cls.__doc__ = cls.__doc__ or cls.__name__  # else dataclass works out a signature for it
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
    found = dataclasses.fields(made)
    made._names = tuple(field.name for field in found)
    made._compared = tuple(field.name for field in found if field.compare)
    made._defaults = {field.name: field for field in found if field is not None and _has_default(field)}
    made.__init__ = _init
    made.__eq__ = _eq
    made.__hash__ = _hash
    made.__repr__ = _repr
    made.__setattr__ = _frozen
    made.__delattr__ = _frozen
    return made  # type: ignore[no-any-return]


def _has_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING


def _init(self: Any, *args: Any, **given: Any) -> None:  # noqa: ANN401
    values = self.__dict__
    values.update(zip(self._names, args, strict=False))
    values.update(given)
    if len(values) < len(self._names):
        for name, field in self._defaults.items():
            if name not in values:
                values[name] = (
                    field.default if field.default is not dataclasses.MISSING else field.default_factory()
                )
    if len(values) != len(self._names) or len(args) + len(given) > len(values):
        wrong = set(self._names) ^ set(values)
        raise TypeError(f"{type(self).__name__}: wrong arguments {sorted(wrong)}")


def _eq(self: Any, other: Any) -> bool:  # noqa: ANN401
    if type(other) is not type(self):
        return False
    return all(getattr(self, name) == getattr(other, name) for name in self._compared)


def _hash(self: Any) -> int:  # noqa: ANN401
    return hash(tuple(getattr(self, name) for name in self._compared))


def _repr(self: Any) -> str:  # noqa: ANN401
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._names)
    return f"{type(self).__name__}({shown})"


def _frozen(self: object, name: str, *value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot change {name}")
