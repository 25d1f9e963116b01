"""Assertions for tests of one's own reinforcement-learning code.

>>> from exact_mdp.testing import assert_gradient
>>> s = exact_mdp.bundled("retry-loop").solve_policy()
>>> assert_gradient(s, s.gradient)
>>> assert_gradient(s, -s.gradient)
Traceback (most recent call last):
    ...
AssertionError: the gradient is wrong... sign...
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._core import Solved
from ._reference import Reference

__all__ = ["Reference", "assert_gradient", "assert_law"]


def assert_gradient(solved: Solved, mine: Any) -> None:
    """Fails unless `mine` [d] or [S, A] is ∇J, to rounding; the message names the mistake.

    float32 arrays are held to the precision of float32.
    """
    __tracebackhide__ = True
    verdict = solved.judge(gradient=mine)
    if verdict:
        return
    lines = [
        f"the gradient is {verdict.verdict}: it agrees to {verdict.digits} digits, "
        f"and differs by at most {verdict.largest_difference:.6g}"
    ]
    for diagnosis in verdict.diagnoses:
        lines.append(f"  {diagnosis['name']} (times {diagnosis['scale']:.6g}): {diagnosis['says']}")
    lines.append(f"  mine:  {np.asarray(mine).ravel()}")
    lines.append(f"  exact: {solved.gradient}")
    raise AssertionError("\n".join(lines))


def assert_law(
    solved: Solved, samples: Any, estimator: str, *, false_alarm: float = 1e-4, truncation: int | None = None
) -> None:
    """Fails where single-trajectory estimates [N, d] contradict the exact mean of an estimator.

    Each coordinate is tested by its exact standard error; by Chebyshev's inequality a right sampler fails in at
    most `false_alarm` of all runs, whatever the law of its estimates.

    >>> s = exact_mdp.bundled("retry-loop").solve_policy()
    >>> from exact_mdp.testing import assert_law
    >>> assert_law(s, [s.law("reward-to-go").mean] * 100, "reward-to-go")
    """
    __tracebackhide__ = True
    estimates = np.asarray(samples, dtype=float)
    law = solved.law(estimator, truncation=truncation)
    d = len(law.mean)
    if estimates.ndim != 2 or estimates.shape[1] != d or len(estimates) == 0:
        raise ValueError(f"samples have the shape {list(estimates.shape)}; expected [N, {d}]: one estimate a row")
    if not np.isfinite(estimates).all():
        raise AssertionError("some estimates are not finite")
    error = np.sqrt(law.variance / len(estimates))
    off = np.abs(estimates.mean(axis=0) - law.mean)
    scale = np.abs(law.mean).max() + np.sqrt(law.variance.max())
    allowed = np.sqrt(d / false_alarm) * error + 1e-9 * scale
    if (off <= allowed).all():
        return
    worst = int(np.argmax(off / np.maximum(allowed, 1e-300)))
    name = solved.policy.parameters[worst]
    message = [
        f"{len(estimates)} samples contradict the exact law of {estimator}: at {name} their mean is "
        f"{estimates.mean(axis=0)[worst]:.6g}, the expectation {law.mean[worst]:.6g} ± {error[worst]:.2g}"
    ]
    verdict = solved.judge(gradient=estimates.mean(axis=0))
    message += [f"  {entry['name']}: {entry['says']}" for entry in verdict.diagnoses]
    raise AssertionError("\n".join(message))
