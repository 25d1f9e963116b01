"""Tables of pandas, polars and xarray: numbers whose rows and columns have names of their own, which may stand in another order."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from . import _core


def in_order(values: Any, what: str, *known: Sequence[Hashable] | None) -> Any:
    """The numbers of a table in the order of the model, where its labels are names of the model; anything else as it is.

    `known` are lists of names: of states, of actions, of parameters or of pairs; None where nothing has names. Labels that are those
    of one of them in another order say where each number belongs; labels of which some are names and others not are refused.
    """
    axes, lists = _labels(values), [names for names in known if names is not None]
    if not any(axes):
        return values
    array = values.to_numpy()
    for axis, labels in enumerate(axes):
        if labels is not None and (order := _order(labels, what, lists)) is not None:
            array = np.take(array, order, axis=axis)
    return array


def by_name(values: Mapping[Any, Any], what: str, names: Sequence[str]) -> list[Any]:
    """The numbers of a dict by name, in the order of the names.

    Raises ExactMdpError of a name that is missing, or that is none."""
    given = {str(name): x for name, x in values.items()}
    wrong = [name for name in names if name not in given] or [name for name in given if name not in set(names)]
    if wrong:
        raise _core.ExactMdpError(f"{what} is a dict in which {wrong[0]!r} is missing or too many; expected a number for each of {list(names)[:6]}")
    return [given[name] for name in names]


def _labels(values: Any) -> list[list[Hashable] | None]:
    """The labels along each axis of a table or a series; None where positions are all that there is."""
    if not hasattr(values, "to_numpy"):
        return []
    if hasattr(values, "dims") and hasattr(values, "coords"):  # xarray
        return [_named(values.coords[dim].values) if dim in values.coords else None for dim in values.dims]
    rows = getattr(values, "index", None)  # polars has none
    if getattr(values, "columns", None) is None:
        return [_named(rows)]
    return [_named(rows), _named(values.columns)]


def _named(index: Any) -> list[Hashable] | None:
    if index is None or not hasattr(index, "__iter__"):
        return None
    return [tuple(str(part) for part in label) if isinstance(label, tuple) else str(label) for label in index]


def _sorted(places: list[int]) -> list[int] | None:
    return None if places == sorted(places) else sorted(range(len(places)), key=places.__getitem__)


def _order(labels: list[Hashable], what: str, known: Sequence[Sequence[Hashable]]) -> list[int] | None:
    """Where the number of each name stands; None where the labels are none of the model, or in its order."""
    own = set(labels)
    for names in known:
        if own == set(names) and len(labels) == len(names):
            place = {label: i for i, label in enumerate(labels)}
            return None if labels == list(names) else [place[name] for name in names]
    # the positions that pandas gives to rows by itself, which sorting and drawing them moves along
    if all(isinstance(label, str) and label.isdigit() for label in labels):
        places = [int(str(label)) for label in labels]
        return None if sorted(places) != list(range(len(labels))) else _sorted(places)
    for names in known:
        common = own & set(names)
        if common:
            other = next((label for label in labels if label not in set(names)), None)
            found = f"of which {other!r} is none" if other is not None else f"{len(labels)} of them for {len(names)}"
            raise _core.ExactMdpError(
                f"{what} is labelled by names of the model such as {next(iter(common))!r}, {found}; expected each of them once, "
                "in any order, or an array without labels: .to_numpy()"
            )
    return None
