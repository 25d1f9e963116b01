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

__all__ = [
    "Picture", "actions", "ascent", "comparison", "curves", "landscape", "of_solved", "pairs", "policy", "polytope", "states",
    "values",
]

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
        """Writes the picture to a file that is not there yet: SVG, or pixels for a name that ends in .png.

        >>> import tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "v.svg"
        >>> exact_mdp.bundled("two-state").solve_policy().plot().save(path)
        >>> path.read_text()[:4]
        '<svg'
        >>> exact_mdp.bundled("two-state").solve_policy().plot().save(path.with_suffix(".png"))
        """
        kind = Path(path).suffix.lower()
        if kind not in (".svg", ".png"):
            raise _core.ExactMdpError(
                f"a picture is written as SVG or PNG, and {str(path)!r} is named otherwise; expected a path that ends in .svg or .png"
            )
        written = self._svg.encode() if kind == ".svg" else _core._png(self._svg)
        with Path(path).open("xb") as file:
            file.write(written)


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
    """How far each estimate is from ∇J against N, biases and standard errors, z of every parameter.

    >>> from exact_mdp import pictures
    >>> pictures.comparison(exact_mdp.bundled("retry-loop").solve_policy().compare("reward-to-go", n=100))
    <Picture: ...>
    """
    return of.plot()


def landscape(s: "_core.Solved", x: Any, y: Any = None) -> Picture:
    """J along one parameter of the policy, all others held, or over the plane of two, with ∇J as arrows. A parameter is a
    name, or a name with from where to where: `("cold,heat", -3, 3)`.

    >>> from exact_mdp import pictures
    >>> s = exact_mdp.bundled("two-state").solve_policy()
    >>> pictures.landscape(s, "cold,heat", ("hot,heat", -2, 2))
    <Picture: J over theta[cold,heat] and theta[hot,heat]>
    """
    return _picture(_core._landscape(s, [_axis(one) for one in ([x] if y is None else [x, y])]))


def _axis(parameter: Any) -> tuple[str, tuple[float, float] | None]:
    if isinstance(parameter, str):
        return parameter, None
    try:
        name, low, high = parameter
        return str(name), (float(low), float(high))
    except (TypeError, ValueError):
        raise _core.ExactMdpError(f"{parameter!r} is no parameter; expected its name, or (name, from, to)") from None


def polytope(m: "_core.Model", states: Any = None, paths: Any = None) -> Picture:
    """The values of all policies in two `states`, the first two that act unless said, by the lines between deterministic
    ones; `paths` among them are traces with `iterates=True`, or arrays v [T, S] by name.

    >>> from exact_mdp import pictures
    >>> m = exact_mdp.bundled("two-state")
    >>> pictures.polytope(m, ["cold", "hot"], [m.ascend(iterations=5, iterates=True)])
    <Picture: ...>
    """
    found = [(str(name), rows) for name, rows in paths.items()] if isinstance(paths, Mapping) else [_path(t) for t in paths or ()]
    rows = [(name, np.asarray(path, dtype=float).reshape(-1, len(m)).tolist()) for name, path in found]
    two = None if states is None else [str(state) for state in states]
    if two is not None and len(two) != 2:
        raise _core.ExactMdpError(f"{len(two)} states are named; expected 2")
    return _picture(_core._polytope(m, two, rows))


def _path(trace: Any) -> tuple[str, Any]:
    if not isinstance(trace, _core.Trace):
        raise _core.ExactMdpError(f"{type(trace).__name__} is no path; expected a trace, or arrays by name")
    if trace.iterates is None:
        raise _core.ExactMdpError("the trace does not hold its iterates; ascend with iterates=True")
    return trace.method, trace.iterates["v"]
