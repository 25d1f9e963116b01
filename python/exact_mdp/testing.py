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

from ._core import Policy, Solved, Verdict
from ._reference import Reference

__all__ = ["Reference", "assert_gradient", "assert_law", "assert_trajectories"]


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
    lines += _diagnoses(verdict)
    lines.append(f"  mine:  {np.asarray(mine).ravel()}")
    lines.append(f"  exact: {np.asarray(solved.gradient)}")
    raise AssertionError("\n".join(lines))


def assert_law(
    solved: Solved, samples: Any, estimator: str, *, batch: int = 1, false_alarm: float = 1e-4, truncation: int | None = None
) -> None:
    """Fails where estimates [N, d] or [N, S, A], a row for each trajectory, contradict the exact law of an estimator.

    The mean, by its exact covariance, the variances and covariances are tested; a right sampler fails in at most `false_alarm` of all runs,
    and where so few rows tell nothing of it (of n-step:N, under 2,000 trajectories). Rows are means of `batch` trajectories, which were
    cut after `truncation` steps.

    >>> s = exact_mdp.bundled("retry-loop").solve_policy()
    >>> from exact_mdp.testing import assert_law
    >>> assert_law(s, [s.law("reward-to-go:dropped").mean] * 1000, "reward-to-go")
    Traceback (most recent call last):
        ...
    AssertionError: 1000 samples contradict the exact law of reward-to-go...
    """
    __tracebackhide__ = True
    verdict = solved.judge(samples=samples, estimator=estimator, batch=batch, false_alarm=false_alarm, truncation=truncation)
    if verdict:
        return
    report = verdict.report
    if verdict.verdict == "cannot be told":
        raise AssertionError(f"the samples say nothing of {estimator}: {verdict.sentence}")
    lines = [f"{report['samples']} samples contradict the exact law of {estimator}: {verdict.sentence}"]
    if verdict.p_value is not None:
        lines.append(f"  p = {verdict.p_value:.2g}, of {verdict.decided_by}")
    lines += _diagnoses(verdict)
    raise AssertionError("\n".join(lines))


def assert_trajectories(
    solved: Solved,
    trajectories: Any,
    estimator: str | None = None,
    *,
    behavior: Policy | None = None,
    false_alarm: float = 1e-4,
) -> None:
    """Fails where trajectories cannot be of the model under the policy, or numbers made of them are wrong.

    `trajectories` is a `Sample`, a dict of columns (states, actions, rewards, next_states, terminated, truncated,
    log_probabilities) or a list of dicts, with psi, contributions and estimate, if there are any, those of `estimator`: to name
    one where nothing of it is given is an error. `behavior` is the policy that acted. A right sampler fails in at most `false_alarm` of all runs.

    >>> s = exact_mdp.bundled("retry-loop").solve_policy()
    >>> from exact_mdp.testing import assert_trajectories
    >>> assert_trajectories(s, s.sample(1000))
    >>> assert_trajectories(s, {"states": [["start", "done"]], "actions": [["walk"]], "rewards": [[1.0]]})
    Traceback (most recent call last):
        ...
    AssertionError: the trajectories are wrong...
    """
    __tracebackhide__ = True
    verdict = solved.judge(trajectories=trajectories, estimator=estimator, behavior=behavior, false_alarm=false_alarm)
    if verdict:
        return
    report = verdict.report
    told = verdict.verdict != "cannot be told"
    lines = [f"the trajectories are {verdict.sentence}" if told else f"what is made of the trajectories {verdict.sentence}"]
    for entry in report["impossible"]:
        lines.append(f"  trajectory {entry['trajectory']}, step {entry['step']}: {entry['says']}")
    for test in report["tests"]:
        if test["verdict"] == "inconsistent":
            lines.append(f"  {test['name']}: p = {test['p_value']:.2g}")
    for held in report["given"]:
        if held["verdict"] == "wrong" and held["largest_difference"] is not None:
            lines.append(f"  {held['of']} differs by {held['largest_difference']:.6g} at {held['where']}")
    lines += _diagnoses(verdict)
    raise AssertionError("\n".join(lines))


def _diagnoses(verdict: Verdict) -> list[str]:
    return [f"  {entry['name']} (times {entry['scale']:.6g}): {entry['says']}" for entry in verdict.diagnoses]

