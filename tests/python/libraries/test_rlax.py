"""The fixtures of `exact-mdp reference` against rlax 0.1.9, step by step (docs/libraries.md).

Run: EXACT_MDP=target/release/exact-mdp pytest tests/python/libraries; needs rlax and jax. distrax, whose
distributions none of these functions uses, may be missing.
"""

import json
import os
import subprocess
import sys
from unittest.mock import MagicMock

import numpy as np
import pytest

try:
    import distrax  # noqa: F401
except Exception:  # it asks for a TensorFlow Probability that fits the installed jax
    sys.modules["distrax"] = MagicMock()
rlax = pytest.importorskip("rlax")

BINARY = os.environ.get("EXACT_MDP", "exact-mdp")
MODELS = os.path.join(os.path.dirname(__file__), "../../../mdps")
CASES = [("two-state", 0.9, ["--truncation", "12"]), ("retry-loop", 0.75, [])]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case[0])
def case(request):
    model, gamma, flags = request.param
    command = [BINARY, "reference", f"{MODELS}/{model}.yaml", "--policy", "random:1", "--behavior", "uniform"]
    command += ["--estimators", "reward-to-go,gae:0.95,td-residual", "-n", "6", "--seed", "3", "--quiet", *flags]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert report["criterion"]["discount"] == gamma
    return report["fixtures"], gamma


def form(fixtures, name):
    return next(form for form in fixtures["forms"] if form["name"] == name)["psi"]


def trajectories(case):
    fixtures, gamma = case
    for i in range(len(fixtures["lengths"])):
        row = {key: np.array(fixtures[key][i]) for key in ("rewards", "v", "v_next", "q", "ratios", "terminated")}
        # rlax: the discount is 0 where a trajectory has ended, and values stand at times 0 … T
        yield i, row, gamma * ~row["terminated"], np.append(row["v"], row["v_next"][-1])


def test_generalized_advantage_estimation(case):
    for i, row, discount, values in trajectories(case):
        ours = np.array(form(case[0], "lambda-return:0.95")[i]) - row["v"]
        theirs = rlax.truncated_generalized_advantage_estimation(row["rewards"], discount, 0.95, values)
        np.testing.assert_allclose(theirs, ours, rtol=2e-5, atol=2e-6)


def test_lambda_and_bootstrapped_returns(case):
    for i, row, discount, values in trajectories(case):
        theirs = rlax.lambda_returns(row["rewards"], discount, values[1:], 0.95)
        np.testing.assert_allclose(theirs, form(case[0], "lambda-return:0.95")[i], rtol=2e-5, atol=2e-6)
        theirs = rlax.discounted_returns(row["rewards"], discount, values[1:])
        np.testing.assert_allclose(theirs, form(case[0], "reward-to-go:bootstrapped")[i], rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("clip, name", [(1.0, "v-trace:1:1"), (1e9, "v-trace:inf:1")])
def test_v_trace(case, clip, name):
    for i, row, discount, values in trajectories(case):
        found = rlax.vtrace_td_error_and_advantage(
            values[:-1], values[1:], row["rewards"], discount, row["ratios"], 1.0,
            clip_rho_threshold=clip, clip_pg_rho_threshold=clip,
        )
        np.testing.assert_allclose(found.pg_advantage, form(case[0], name)[i], rtol=2e-5, atol=2e-6)


def test_retrace(case):
    for i, row, discount, values in trajectories(case):
        traces = np.minimum(1, row["ratios"])[1:]
        theirs = rlax.general_off_policy_returns_from_q_and_v(
            row["q"][1:], values[1:], row["rewards"], discount, traces
        )
        np.testing.assert_allclose(theirs, form(case[0], "retrace:1")[i], rtol=2e-5, atol=2e-6)
