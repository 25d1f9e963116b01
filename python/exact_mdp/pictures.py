"""Pictures for notebooks: SVG objects that need no other library.

A picture shows itself in a notebook, is a text of SVG for `str`, and is written by `save`. To draw with another
library, hand it the numbers: `matplotlib.pyplot.imshow(s.q.unstack())`, `pandas.DataFrame(trace.to_dict()).plot(x="iteration", y="j")`.

>>> from exact_mdp import pictures
>>> picture = pictures.values(exact_mdp.bundled("frozenlake-4x4").solve_policy())
>>> str(picture)[:4]
'<svg'
"""

from __future__ import annotations

from html import escape
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from . import _core

__all__ = ["Picture", "actions", "ascent", "comparison", "values"]

_FONT = 'font-family="system-ui, sans-serif" font-size="11"'
# perceptually even, light to dark; readable in print and by the colour-blind
_LOW, _HIGH = np.array([247.0, 251.0, 255.0]), np.array([8.0, 69.0, 148.0])


class Picture:
    """A drawn picture: its SVG."""

    def __init__(self, svg: str) -> None:
        self._svg = svg

    def __str__(self) -> str:
        return self._svg

    def __repr__(self) -> str:
        return f"<Picture of {len(self._svg)} characters of SVG>"

    def _repr_svg_(self) -> str:
        return self._svg

    def save(self, path: str | PathLike[str]) -> None:
        """Writes the SVG to a file that is not there yet."""
        with Path(path).open("x", encoding="utf-8") as file:
            file.write(self._svg)


def values(of: "_core.Solved | _core.Optimum") -> Picture:
    """v(s) as a heat map: on the map of a gridworld, else a row of cells; every cell says its state and all digits."""
    model = of.model
    names, v = model.states, np.asarray(of.v)
    cells = model.grid
    if cells is None:
        columns = min(len(names), 10)
        padded = np.full(-(-len(names) // columns) * columns, -1)
        padded[: len(names)] = np.arange(len(names))
        cells = padded.reshape(-1, columns)
    numbers = np.where(cells >= 0, v[cells], np.nan)
    return _heat_map(numbers, lambda r, c: names[cells[r, c]], "v")


def actions(of: Any, name: str = "q") -> Picture:
    """An array over pairs as a heat map [S, A]: `name` is "q", or with a `Solved` "advantage", "gradient", …; of a
    `Policy` its probabilities."""
    if isinstance(of, _core.Policy):
        name = "probabilities"
    array: Any = getattr(of, name, None)
    model = of.model
    if not hasattr(array, "unstack"):
        raise _core.ExactMdpError(f"{name} is not over pairs")
    states, names = model.states, model.actions
    return _heat_map(array.unstack(), lambda r, c: f"{states[r]}, {names[c]}", name, rows=states, columns=names)


def ascent(trace: "_core.Trace") -> Picture:
    """J of each iterate, and J* where it is known."""
    columns = trace.trace
    x, y = np.asarray(columns["iteration"], dtype=float), np.asarray(columns["j"])
    low, high = float(y.min()), float(y.max())
    best = trace.j_optimal
    if best is not None and np.isfinite(best):
        low, high = min(low, best), max(high, best)
    size, left, top = (360, 200), 60, 12
    span = max(high - low, 1e-300)
    px = left + (x - x[0]) / max(x[-1] - x[0], 1) * (size[0] - left - 12)
    py = top + (high - y) / span * (size[1] - top - 30)
    marks = [f'<polyline fill="none" stroke="{_color(0.8)}" stroke-width="1.5" points="{_points(px, py)}"/>']
    if best is not None and np.isfinite(best):
        at = top + (high - best) / span * (size[1] - top - 30)
        marks.append(f'<line x1="{left}" x2="{size[0] - 12}" y1="{at:.1f}" y2="{at:.1f}" stroke="#888" stroke-dasharray="4 3"/>')
        marks.append(_text(size[0] - 12, at - 3, "J*", "end"))
    for value, at in ((high, top + 4), (low, size[1] - 26)):
        marks.append(_text(left - 4, at, f"{value:.5g}", "end"))
    marks.append(_text(left, size[1] - 8, f"{int(x[0])}"))
    marks.append(_text(size[0] - 12, size[1] - 8, f"{int(x[-1])} iterations", "end"))
    return _svg(size, marks, f"J by iteration of {trace.method}, from {y[0]:.6g} to {y[-1]:.6g}")


def comparison(of: "_core.Comparison") -> Picture:
    """z of each coordinate of each estimator, (mean − expectation)/standard error, on a line from −5 to 5."""
    rows = of.estimators
    size, left = (360, 24 * len(rows) + 30), 150
    middle, unit = (left + size[0] - 12) / 2, (size[0] - 12 - left) / 10
    marks = []
    for i, row in enumerate(rows):
        at = 20 + 24 * i
        marks.append(_text(left - 6, at + 4, row["name"], "end"))
        marks.append(f'<line x1="{left}" x2="{size[0] - 12}" y1="{at}" y2="{at}" stroke="#ccc"/>')
        z = row["z"] if row["z"] is not None else []
        for k, x in enumerate(np.asarray(z, dtype=float)):
            if np.isfinite(x):
                px = middle + unit * float(np.clip(x, -5, 5))
                marks.append(f'<circle cx="{px:.1f}" cy="{at}" r="3" fill="{_color(0.7)}"><title>coordinate {k}: z = {x!r}</title></circle>')
    marks.append(f'<line x1="{middle}" x2="{middle}" y1="8" y2="{size[1] - 18}" stroke="#888"/>')
    for z in (-5, 0, 5):
        marks.append(_text(middle + unit * z, size[1] - 4, f"{z}", "middle"))
    verdict = "consistent" if of else "inconsistent"
    return _svg(size, marks, f"z of {of.trajectories} trajectories beside the exact laws: {verdict}")


def _heat_map(numbers: np.ndarray, label: Any, title: str, rows: Any = None, columns: Any = None) -> Picture:
    """Cells with their numbers; what is NaN is empty."""
    height, width = numbers.shape
    if height * width > 4000:
        raise _core.ExactMdpError(f"a picture of {height * width} cells says nothing; draw a part of the array")
    there = numbers[np.isfinite(numbers)]
    low, high = (float(there.min()), float(there.max())) if there.size else (0.0, 0.0)
    cell, left, top = 56, 0 if rows is None else 90, 0 if columns is None else 20
    marks = []
    for c, name in enumerate(columns or []):
        marks.append(_text(left + (c + 0.5) * cell, 14, _short(name, 8), "middle"))
    for r in range(height):
        y = top + r * cell / 2
        if rows is not None:
            marks.append(_text(left - 5, y + cell / 4 + 4, _short(rows[r], 14), "end"))
        for c in range(width):
            x, number = left + c * cell, numbers[r, c]
            if not np.isfinite(number):
                continue
            share = 0.5 if high == low else (number - low) / (high - low)
            ink = "#fff" if share > 0.55 else "#000"
            marks.append(
                f'<g><title>{escape(label(r, c))}: {title} = {float(number)!r}</title>'
                f'<rect x="{x}" y="{y:g}" width="{cell - 1}" height="{cell / 2 - 1:g}" fill="{_color(share)}"/>'
                f'<text x="{x + cell / 2:g}" y="{y + cell / 4 + 4:g}" text-anchor="middle" fill="{ink}" {_FONT}>{number:.3g}</text></g>'
            )
    return _svg((left + width * cell, int(top + height * cell / 2)), marks, f"{title} from {low:.6g} to {high:.6g}")


def _svg(size: tuple[int, int], marks: list[str], title: str) -> Picture:
    width, height = size
    return Picture(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img"><title>{escape(title)}</title><rect width="100%" height="100%" fill="#fff"/>{"".join(marks)}</svg>'
    )


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" {_FONT}>{escape(text)}</text>'


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def _points(x: np.ndarray, y: np.ndarray) -> str:
    step = max(1, len(x) // 500)
    at = np.unique(np.append(np.arange(0, len(x), step), len(x) - 1))
    return " ".join(f"{x[i]:.1f},{y[i]:.1f}" for i in at)


def _color(share: float) -> str:
    red, green, blue = (_LOW + share * (_HIGH - _LOW)).round().astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"
