"""What pickles are made of: the exact text of a model, the exact numbers of a policy."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _core


def model(text: str, name: str, seen: Any = None) -> "_core.Model":
    """The model of an exact text, and what is seen of it, where that is not all."""
    if seen is None:
        return _core.parse(text, name=f"{name}.yaml", keep_observations=True)
    return _core._parse_seen_partly(text, f"{name}.yaml", *seen)


def policy(model: "_core.Model", kind: str, parts: Any) -> "_core.Policy":
    """The policy of a kind, or of these exact numbers."""
    if kind == "random":
        return model.random(parts)
    if kind == "specified":
        return _core.Policy._specified(model, *parts)
    if kind == "own":
        return model.own_policy()
    return model.optimal() if kind == "optimal" else model.uniform()


def solved(model: "_core.Model", policy: "_core.Policy", solver: str = "auto") -> "_core.Solved":
    """The policy, solved anew."""
    return model.solve_policy(policy, solver=solver)


def law(
    solved: "_core.Solved",
    estimator: str | None,
    truncation: int | None,
    geometric: bool,
    behavior: "_core.Policy | None" = None,
    critic: Any = None,
    baseline: Any = None,
) -> "_core.Law":
    """The law, computed anew."""
    return solved.law(estimator, truncation=truncation, geometric=geometric, behavior=behavior, critic=critic, baseline=baseline)


def optimum(model: "_core.Model", method: str, tolerance: float | None) -> "_core.Optimum":
    """The optimum, found anew."""
    return model.optimum(method=method, tolerance=tolerance)


def exact(model: "_core.Model") -> "_core.ExactModel":
    """The model over fractions."""
    return model.exact()


def exact_solved(model: "_core.Model", policy: "_core.Policy | None") -> "_core.ExactSolved":
    """The policy, solved anew over fractions."""
    return model.exact().solve_policy(policy)


def certified(model: "_core.Model", policy: "_core.Policy") -> "_core.CertifiedSolved":
    """The policy, solved anew with bounds."""
    return model.solve_policy(policy).certified()


def outcomes(model: "_core.Model") -> "_core.Outcomes":
    """The outcomes of the model."""
    return model.outcomes


def same(one: Any, other: Any) -> bool:
    """Whether two objects are of one class and made of the same parts."""
    return one is other or (type(one) is type(other) and same_parts(one.__reduce__()[1], other.__reduce__()[1]))


def same_parts(a: Any, b: Any) -> bool:
    """Equality in which NaN, what does not exist, is itself, and arrays are equal as a whole."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return type(a) is type(b) and np.array_equal(a, b, equal_nan=True)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same_parts(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(same_parts, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (a != a and b != b)
    return bool(a == b)
