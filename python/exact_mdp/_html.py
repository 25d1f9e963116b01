"""What notebooks show: a sentence, and a picture or a table that is not too large."""

from __future__ import annotations

from html import escape
from typing import Any

from . import _core, pictures


def _sentence(thing: Any) -> str:
    return f"<p><code>{escape(repr(thing).strip('<>'))}</code></p>"


def _picture(draw: Any, *arguments: Any) -> str:
    """A picture, if it is not too large to say anything."""
    try:
        return f"<div>{draw(*arguments)._image()}</div>"
    except _core.ExactMdpError:
        return ""


def _table(rows: list[list[Any]], head: list[str]) -> str:
    def line(cells: list[Any], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"

    return "<table>" + line(head, "th") + "".join(line(row, "td") for row in rows[:100]) + "</table>"


def model(m: "_core.Model") -> str:
    """The model and what should be known about it."""
    notes = "".join(f"<li>{escape(note)}</li>" for note in m.warnings)
    about = f"<p>{escape(m.description)}</p>" if m.description else ""
    graph = _picture(m.plot) if len(m) < 50 else ""
    return _sentence(m) + about + (f"<ul>{notes}</ul>" if notes else "") + graph


def policy(pi: "_core.Policy") -> str:
    """π(a|s)."""
    return _sentence(pi) + _picture(pictures.actions, pi)


def solved(s: "_core.Solved") -> str:
    """v, on the map of a gridworld; else q."""
    draw = pictures.values if s.model.grid is not None else pictures.actions
    return _sentence(s) + _picture(draw, s)


def optimum(o: "_core.Optimum") -> str:
    """v*, on the map of a gridworld; else q*."""
    draw = pictures.values if o.model.grid is not None else pictures.actions
    return _sentence(o) + _picture(draw, o)


def trace(t: "_core.Trace") -> str:
    """J by iteration."""
    return _sentence(t) + _picture(pictures.ascent, t)


def law(found: "_core.Law") -> str:
    """Mean and deviation of every coordinate, and the covariance."""
    columns = found.to_dict()
    rows = [[cell if isinstance(cell, str) else f"{cell:.6g}" for cell in row] for row in zip(*columns.values())]
    drawn = _picture(found.plot) if len(found) <= 50 else ""
    return _sentence(found) + drawn + _table(rows, list(columns))


def comparison(c: "_core.Comparison") -> str:
    """z of every coordinate, and the verdicts."""
    rows = [[e["name"], e["verdict"], _p(e["p_value"]), e["bias_verdict"]] for e in c.estimators]
    return _sentence(c) + _picture(pictures.comparison, c) + _table(rows, ["estimator", "verdict", "p", "bias"])


def verdict(v: "_core.Verdict") -> str:
    """The diagnoses."""
    rows = [[d["name"], f"{d['scale']:.6g}", d["says"]] for d in v.diagnoses]
    return _sentence(v) + (_table(rows, ["mistake", "times", "says"]) if rows else "")


def verification(v: "_core.Verification") -> str:
    """What fails; else how much holds."""
    rows = [[c["name"], c["discrepancy"], c["tolerance"], c["statement"]] for c in v.checks if c["passed"] is False]
    return _sentence(v) + (_table(rows, ["identity", "discrepancy", "tolerance", "says"]) if rows else "")


def _p(p: Any) -> str:
    return "" if p is None else f"{p:.3g}"
