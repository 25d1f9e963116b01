"""The pictures of the program for notebooks: SVG objects that need no other library.

A picture shows itself in a notebook, is a text of SVG for `str`, and is written by `save`. Objects and reports draw
themselves, `s.plot("values")`, `s.chain().plot()`, `m.optimum().plot()`, `trace.plot()`; the functions here draw arrays.
To draw with another library, hand it the numbers: `matplotlib.pyplot.imshow(s.q.unstack())`,
`pandas.DataFrame(trace.to_dict()).plot(x="iteration", y="j")`.

>>> from exact_mdp import pictures
>>> picture = pictures.values(exact_mdp.bundled("frozenlake-4x4").solve_policy())
>>> picture
<Picture: v(s) of every state, with arrows as long as actions are probable>
>>> str(picture)[:4]
'<svg'
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from . import _core

__all__ = ["Picture", "actions", "ascent", "comparison", "curves", "of_solved", "pairs", "policy", "states", "values"]

_FONT = 'font-family="system-ui, sans-serif" font-size="11"'
# perceptually even, light to dark; readable in print and by the colour-blind
_LOW, _HIGH = np.array([247.0, 251.0, 255.0]), np.array([8.0, 69.0, 148.0])
# what arrays over pairs are called
_LETTERS = {
    "q": "q(s,a)", "advantage": "A(s,a)", "gradient": "∂J/∂θ", "natural_gradient": "F⁺∇J", "pair_occupancy": "ρ(s)π(a|s)",
    "probabilities": "π(a|s)", "rewards": "r(s,a)", "theta": "θ",
}


class Picture:
    """A drawn picture: its SVG, and what it shows in a sentence.

    >>> exact_mdp.bundled("two-state").solve_policy().plot()
    <Picture: v(s) of every state>
    """

    def __init__(self, svg: str, title: str = "a picture") -> None:
        self._svg = svg
        self._title = title

    @property
    def title(self) -> str:
        """What it shows.

        >>> exact_mdp.bundled("two-state").solve_policy().plot().title
        'v(s) of every state'
        """
        return self._title

    def __str__(self) -> str:
        return self._svg

    def __repr__(self) -> str:
        return f"<Picture: {self._title}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Picture) and self._svg == other._svg

    def __hash__(self) -> int:
        return hash(self._svg)

    def _repr_svg_(self) -> str:
        return self._svg

    def _image(self) -> str:
        """An HTML image, whose looks cannot reach the page around it."""
        data = b64encode(self._svg.encode()).decode()
        return f'<img alt="{escape(self._title)}" src="data:image/svg+xml;base64,{data}"/>'

    def save(self, path: str | PathLike[str]) -> None:
        """Writes the SVG to a file that is not there yet.

        >>> import tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "v.svg"
        >>> exact_mdp.bundled("two-state").solve_policy().plot().save(path)
        >>> path.read_text()[:4]
        '<svg'
        """
        with Path(path).open("x", encoding="utf-8") as file:
            file.write(self._svg)


def _picture(drawn: tuple[str, str]) -> Picture:
    title, svg = drawn
    return Picture(svg, title)


def states(model: "_core.Model", values: Any, letter: str = "f(s)", policy: "_core.Policy | None" = None) -> Picture:
    """A number of every state [S]: on the map of a gridworld, with a `policy` as arrows, else as bars.

    >>> from exact_mdp import pictures
    >>> pictures.states(exact_mdp.bundled("two-state"), [1, 2], "h(s)")
    <Picture: h(s) of every state>
    """
    return _picture(_core._states(model, letter, values, policy, False))


def pairs(model: "_core.Model", values: Any, letter: str = "f(s,a)") -> Picture:
    """A number of every pair, [SA] or [S, A]: on a map a quarter of the cell for each direction, else a matrix. Raises
    ExactMdpError where it would be illegible.

    >>> from exact_mdp import pictures
    >>> pictures.pairs(exact_mdp.bundled("two-state"), [1, 2, 3, 4])
    <Picture: f(s,a) of every action in every state>
    """
    return _picture(_core._pairs(model, letter, values, False))


def curves(x: Any, lines: Mapping[str, Any], x_name: str = "", y_name: str = "", levels: Mapping[str, float] | None = None) -> Picture:
    """Curves over one axis: `lines` are arrays [n] over x [n] by name, `levels` numbers across the picture.

    >>> from exact_mdp import pictures
    >>> m, discounts = exact_mdp.bundled("two-state"), [0.5, 0.7, 0.9]
    >>> pictures.curves(discounts, {"J*": [m.with_discount(g).optimum().j for g in discounts]}, "discount γ", "J*")
    <Picture: J* against discount γ>
    """
    at = np.asarray(x, dtype=float).ravel()
    drawn = []
    for name, line in lines.items():
        y = np.asarray(line, dtype=float).ravel()
        if y.shape != at.shape:
            raise _core.ExactMdpError(f"the line {name!r} has {y.size} points; expected {at.size}, one for each x")
        drawn.append((str(name), list(zip(at.tolist(), y.tolist()))))
    title = f"{y_name or ', '.join(map(str, lines))} against {x_name or 'x'}"
    across = [(str(name), float(level)) for name, level in (levels or {}).items()]
    return _picture(_core._curves(title, x_name, y_name, drawn, across))


def values(of: "_core.Solved | _core.Optimum") -> Picture:
    """v(s) on the map of a gridworld, with the policy as arrows, else as bars; every mark says its state and all digits.

    >>> from exact_mdp import pictures
    >>> pictures.values(exact_mdp.bundled("two-state").optimum())
    <Picture: v*(s) of every state>
    """
    letter = "v*(s)" if isinstance(of, _core.Optimum) else "v(s)"
    if of.model.criterion == "average":
        letter = letter.replace("v", "h")
    return _picture(_core._states(of.model, letter, of.v, of.policy, False))


def actions(of: Any, name: str = "q") -> Picture:
    """An array over pairs: `name` is "q", or with a `Solved` "advantage", "gradient", …; of a `Policy` its
    probabilities.

    >>> from exact_mdp import pictures
    >>> pictures.actions(exact_mdp.bundled("two-state").solve_policy(), "advantage")
    <Picture: A(s,a) of every action in every state>
    """
    if isinstance(of, _core.Policy):
        name = "probabilities"
    array: Any = getattr(of, name, None) if isinstance(name, str) else None
    if not hasattr(array, "unstack") or array.shape != of.model.pair_states.shape:
        raise _core.ExactMdpError(f"{name} is not over pairs")
    return _picture(_core._pairs(of.model, _LETTERS.get(name, name), array, name == "probabilities"))


def policy(of: "_core.Policy") -> Picture:
    """π(a|s).

    >>> from exact_mdp import pictures
    >>> pictures.policy(exact_mdp.bundled("two-state").uniform())
    <Picture: π(a|s) of every action in every state>
    """
    return actions(of)


def of_solved(s: "_core.Solved", what: str) -> Picture:
    """What `Solved.plot` draws.

    >>> from exact_mdp import pictures
    >>> pictures.of_solved(exact_mdp.bundled("two-state").solve_policy(), "occupancy")
    <Picture: ρ(s) of every state>
    """
    simple = {
        "values": lambda: values(s),
        "policy": lambda: policy(s.policy),
        "occupancy": lambda: _picture(_core._states(s.model, "ρ(s)", s.occupancy, None, True)),
        "q": lambda: actions(s, "q"),
        "advantage": lambda: actions(s, "advantage"),
        "gradient": lambda: s.derivatives(routes=["adjoint"]).plot(),
        "hessian": lambda: s.derivatives(routes=["adjoint"], hessian=True).plot(),
        "fisher": lambda: s.derivatives(routes=["adjoint"], fisher=True).plot(),
        "chain": lambda: s.chain().plot(),
    }
    if what not in simple:
        raise _core.ExactMdpError(f"no picture is called {what!r}; there are {', '.join(simple)}")
    return simple[what]()


def ascent(trace: "_core.Trace") -> Picture:
    """J of each iterate, and J* where it is known.

    >>> from exact_mdp import pictures
    >>> pictures.ascent(exact_mdp.bundled("two-state").ascend(iterations=5))
    <Picture: J against iteration>
    """
    columns = trace.trace
    best = trace.j_optimal
    levels = {} if best is None else {"J*": best}
    return curves(columns["iteration"], {f"J, {trace.method}": columns["j"]}, "iteration", "J", levels)


def comparison(of: "_core.Comparison") -> Picture:
    """z of each coordinate of each estimator, (mean − expectation)/standard error, on a line from −5 to 5.

    >>> from exact_mdp import pictures
    >>> pictures.comparison(exact_mdp.bundled("retry-loop").solve_policy().compare("reward-to-go", n=100))
    <Picture: z of 100 trajectories beside the exact laws: consistent>
    """
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


def _svg(size: tuple[int, int], marks: list[str], title: str) -> Picture:
    width, height = size
    return Picture(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img"><title>{escape(title)}</title><rect width="100%" height="100%" fill="#fff"/>{"".join(marks)}</svg>',
        title,
    )


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" {_FONT}>{escape(text)}</text>'


def _color(share: float) -> str:
    red, green, blue = (_LOW + share * (_HIGH - _LOW)).round().astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"
