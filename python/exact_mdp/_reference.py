"""What `exact-mdp reference` writes, and one's own numbers held against it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from . import _core
from ._arrays import plain, real

QUANTITIES = ("j", "v", "q", "advantage", "occupancy", "pair_occupancy", "gradient", "jacobian")

# of the largest entry of a quantity, by the type of the numbers that are judged
TOLERANCE = {"float32": 1e-6, "float16": 2e-3}


class Reference(Mapping[str, Any]):
    """A reference file: its JSON by key, its model and its policy solved anew.

    >>> from exact_mdp.testing import Reference
    >>> Reference("no-such.exact-mdp.json")
    Traceback (most recent call last):
        ...
    FileNotFoundError: [Errno 2] No such file or directory: 'no-such.exact-mdp.json'
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = Path(path)
        try:
            data = json.loads(self.path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise _core.ExactMdpError(f"{path} is no JSON: {error}") from None
        missing = [key for key in ("source", "policy", "criterion", "pairs") if not isinstance(data, dict) or key not in data]
        if missing:
            raise _core.ExactMdpError(
                f"{path} is no reference: it has no {', '.join(missing)}; write one with "
                f"`exact-mdp reference MODEL -o {self.path.name}`"
            )
        self._data: dict[str, Any] = data

    def __getitem__(self, key: str) -> Any:
        return self._data[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __repr__(self) -> str:
        return f"<Reference {self.path.name}: {', '.join(self.quantities)}>"

    @cached_property
    def model(self) -> "_core.Model":
        """The model, from the text that the reference carries."""
        told = self["criterion"]
        discount = told.get("discount") if told["kind"] in ("discounted", "finite-horizon") else None
        horizon = told.get("horizon") if told["kind"] == "finite-horizon" else None
        return _core.parse(
            self["source"], name=f"{self.get('model', 'model')}.yaml",
            criterion=told["kind"], discount=discount, horizon=horizon,
        )

    @cached_property
    def solved(self) -> "_core.Solved":
        """Its policy, solved on its model."""
        return self.model.solve_policy(self.model.load_policy(self.path))

    @property
    def quantities(self) -> list[str]:
        """What can be compared: v, q, …, and `mean:NAME` and `variance:NAME` of each estimator."""
        known = [name for name in QUANTITIES if self._data.get(name) is not None]
        return known + list(self._figures)

    @cached_property
    def _figures(self) -> dict[str, Any]:
        """The figures of the estimators that have some."""
        return {
            f"{figure}:{law['name']}": law[key]
            for law in self._data.get("estimators") or []
            for figure, key in (("mean", "expectation"), ("variance", "variance"))
            if law.get(key) is not None
        }

    def expected(self, quantity: str) -> np.ndarray:
        """The numbers of a quantity; NaN where there is none."""
        found = self._data.get(quantity) if quantity in QUANTITIES else self._figures.get(quantity)
        if found is None:
            raise _core.ExactMdpError(f"the reference has no {quantity!r}; it has {', '.join(self.quantities)}")
        return _numbers(found)

    def check(self, quantity: str, mine: Any) -> None:
        """Fails unless `mine` is this quantity, to rounding; a wrong gradient is judged and its mistake named.

        Values of pairs may be flat [SA] or [S, A].
        """
        __tracebackhide__ = True
        expected = self.expected(quantity)
        found = plain(mine, quantity)
        allowed = TOLERANCE.get(str(found.dtype), 1e-9)
        found = self._flat(quantity, real(found, quantity), expected.shape)
        if found.shape != expected.shape:
            raise AssertionError(f"{quantity} has the shape {list(found.shape)}; expected {list(expected.shape)}")
        there = np.isfinite(expected)
        scale = np.abs(expected[there]).max(initial=0.0) or 1.0
        off = np.where(there, np.abs(found - expected), 0.0)
        if (off <= allowed * scale + self._bound(quantity, expected.shape)).all():
            return
        if quantity == "gradient" and np.isfinite(found).all():
            from .testing import assert_gradient

            assert_gradient(self.solved, found)
        at = np.unravel_index(int(np.argmax(np.where(np.isnan(off), np.inf, off))), off.shape)
        place = f"{quantity}{list(map(int, at))}" if at else quantity
        raise AssertionError(f"{place} is {found[at]:.12g}, not {expected[at]:.12g}{_factor(found, expected, there)}")

    def _flat(self, quantity: str, found: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """Rectangles [S, A] as pairs."""
        states, actions = self["states"], self["actions"]
        if found.shape != (len(states), len(actions)) or shape != (len(self["pairs"]),):
            return found
        state, action = ({name: i for i, name in enumerate(names)} for names in (states, actions))
        rows = [state[s] for s, _ in self["pairs"]], [action[a] for _, a in self["pairs"]]
        return found[rows]

    def _bound(self, quantity: str, shape: tuple[int, ...]) -> np.ndarray:
        """Proven bounds, where the reference has them."""
        bounds = (self._data.get("bounds") or {}).get(quantity)
        numbers = np.zeros(shape) if bounds is None else np.nan_to_num(_numbers(bounds))
        return numbers if numbers.shape == shape else np.zeros(shape)


def _numbers(values: Any) -> np.ndarray:
    """Nested lists as floats: fractions are texts, and what does not exist is null."""

    def number(x: Any) -> Any:
        if isinstance(x, list):
            return [number(entry) for entry in x]
        if x is None:
            return np.nan
        if isinstance(x, str):
            top, _, bottom = x.partition("/")
            return int(top) / int(bottom or 1) if top.lstrip("-").isdigit() else float(x)
        return float(x)

    return np.asarray(number(values), dtype=float)


def _factor(found: np.ndarray, expected: np.ndarray, there: np.ndarray) -> str:
    """A sentence, if one is a multiple of the other."""
    x, y = found[there], expected[there]
    square = (y * y).sum()
    if not square or not np.isfinite(x).all():
        return ""
    times = (x * y).sum() / square
    size = np.abs(x).max()
    if size and np.abs(x - times * y).max() <= 1e-6 * size:
        return f" (all of it is {times:.10g} times what it should be)"
    return ""
