"""Trajectories of other programs as columns by name."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from . import _core
from ._arrays import check_digits


def columns(trajectories: Any) -> dict[str, Any] | str:
    """Trajectories as columns of numbers by name, or as JSON where some hold names or rows of several lengths."""
    if isinstance(trajectories, _core.Sample):
        sample = trajectories
        return {
            "states": sample.states, "actions": sample.actions, "rewards": sample.rewards,
            "next_states": sample.next_states, "terminated": sample.terminated, "truncated": sample.truncated,
            "lengths": sample.lengths,
        }
    if isinstance(trajectories, Mapping) and all(isinstance(name, str) for name in trajectories):
        trajectories = {name: _flat(name, values) for name, values in trajectories.items()}
        try:
            for name in trajectories.keys() & {"psi", "advantages", *_OF_PARAMETERS}:
                check_digits(trajectories[name], f"`{name}`")
            arrays = {name: _column(values) for name, values in trajectories.items()}
        except ValueError:  # rows of several lengths
            return json.dumps(_plain(trajectories))
        if all(array.dtype.kind in "biuf" and array.ndim in (1, 2) for array in arrays.values()):
            return arrays
        return json.dumps(_plain(trajectories))
    if isinstance(trajectories, (list, tuple)) and all(isinstance(one, Mapping) for one in trajectories):
        return json.dumps(_plain(list(trajectories)))
    if (table := _of_table(trajectories)) is not None:
        return columns(table)
    raise _core.ExactMdpError(
        f"trajectories are a {type(trajectories).__name__}; expected a Sample, a dict of columns (states, actions, "
        "rewards, …), a table of pandas, polars or pyarrow, or a list of such dicts, one for each trajectory"
    )


_OF_PARAMETERS = {"contributions": 3, "estimate": 2, "gradient": 2}
"""How many axes there are of what is a number for each parameter, where these are [S, A]."""


def _flat(name: str, values: Any) -> Any:
    """The same with [d] for [S, A], as automatic differentiation by a table of parameters leaves it; also of each estimator."""
    if name == "estimates" and isinstance(values, Mapping):
        return {of: _flat(of, made) for of, made in values.items()}
    if isinstance(values, Mapping):
        return {key: _flat(str(key), value) for key, value in values.items()}
    if name not in _OF_PARAMETERS:
        return values
    try:
        array = _column(values)
    except ValueError:
        return values
    if array.dtype.kind in "biuf" and array.ndim == _OF_PARAMETERS[name]:
        return array.reshape(*array.shape[:-2], -1)
    return values


def _column(values: Any) -> np.ndarray:
    """A column of trajectories; what is masked is padding, as NaN is."""
    if isinstance(values, np.ma.MaskedArray):
        return np.asarray(np.ma.filled(values.astype(float), np.nan))
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)


def _of_table(table: Any) -> dict[str, list[Any]] | None:
    """The columns of a table of pandas, polars or pyarrow, which are not imported for it; None of anything else."""
    if hasattr(table, "to_pydict"):  # pyarrow.Table
        return dict(table.to_pydict())
    if hasattr(table, "columns") and hasattr(table, "to_dict"):
        return {str(name): table[name].to_list() for name in table.columns}
    return None


def _plain(x: Any) -> Any:
    """Lists and dicts of plain values; what is no finite number is null."""
    if isinstance(x, Mapping):
        return {str(key): _plain(value) for key, value in x.items()}
    if hasattr(x, "tolist"):
        return _plain(x.tolist())
    if isinstance(x, (list, tuple)):
        return [_plain(entry) for entry in x]
    if isinstance(x, float) and not np.isfinite(x):
        return None
    if x is None or isinstance(x, (bool, int, float, str)):
        return x
    if type(x).__name__ in ("NAType", "NaTType"):  # pandas' own None
        return None
    if isinstance(x, (Fraction, Decimal)):
        return float(x)
    # a column that is read refuses texts in its own name, and one that is not read is none of ours
    return textwrap.shorten(repr(x), 60, placeholder="…")
