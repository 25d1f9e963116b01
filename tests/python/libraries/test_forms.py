"""The forms that libraries compute, in plain NumPy, on the fixtures of `exact-mdp reference`.

Run: EXACT_MDP=target/release/exact-mdp pytest tests/python/libraries/test_forms.py
"""

import json
import os
import subprocess

import numpy as np
import pytest

BINARY = os.environ.get("EXACT_MDP", "exact-mdp")
MODEL = os.path.join(os.path.dirname(__file__), "../../../mdps/retry-loop.yaml")
GAMMA = 0.75


@pytest.fixture(scope="module")
def fixtures():
    command = [BINARY, "reference", MODEL, "--policy", "random:1", "--behavior", "uniform", "-n", "40", "--seed", "3"]
    command += ["--estimators", "total-return,reward-to-go,reward-to-go:dropped", "--quiet"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["fixtures"]


def form(fixtures, name):
    found = next(form for form in fixtures["forms"] if form["name"] == name)
    return found.get("psi") or found["estimate"]


def returns(rewards):
    out, later = [], 0.0
    for r in rewards[::-1]:
        later = r + GAMMA * later
        out.append(later)
    return np.array(out[::-1])


def test_importance_sampling(fixtures):
    ratios = [np.array(row) for row in fixtures["ratios"]]
    whole = np.array([row.prod() for row in ratios])
    for i, rewards in enumerate(fixtures["rewards"]):
        g = returns(rewards)
        np.testing.assert_allclose(form(fixtures, "importance:ordinary")[i], whole[i] * g, atol=1e-12)
        weight = whole[i] / whole.mean()
        np.testing.assert_allclose(form(fixtures, "importance:self-normalised")[i], weight * g, atol=1e-12)
        product = np.cumprod(ratios[i])
        later = [
            sum(GAMMA ** (k - t) * product[k] * rewards[k] for k in range(t, len(rewards))) for t in range(len(rewards))
        ]
        np.testing.assert_allclose(form(fixtures, "importance:per-decision")[i], later, atol=1e-12)


def test_whitening(fixtures):
    g = [returns(rewards) for rewards in fixtures["rewards"]]
    whole = np.concatenate(g)
    for ddof in (0, 1):
        theirs = np.concatenate(form(fixtures, f"whitened:reward-to-go:ddof-{ddof}"))
        np.testing.assert_allclose(theirs, (whole - whole.mean()) / (whole.std(ddof=ddof) + 1e-8), atol=1e-10)


def test_mean_over_steps(fixtures):
    dropped = next(e for e in fixtures["estimates"] if e["name"] == "reward-to-go:dropped")
    steps = sum(fixtures["lengths"])
    ours = np.sum(dropped["contributions"], axis=0) / steps
    np.testing.assert_allclose(form(fixtures, "per-step-mean:reward-to-go:dropped"), ours, atol=1e-12)


def test_baselines_of_reinforce_and_gpomdp(fixtures):
    """As mushroom-rl 1.10.2 computes them: a baseline for each coordinate, for GPOMDP also for each time."""
    sums = np.array([np.sum(scores, axis=0) for scores in fixtures["scores"]])
    total = np.array([returns(rewards)[0] for rewards in fixtures["rewards"]])
    baseline = (sums**2 * total[:, None]).mean(axis=0) / (sums**2).mean(axis=0)
    ours = (sums * (total[:, None] - baseline)).mean(axis=0)
    np.testing.assert_allclose(form(fixtures, "in-sample-baseline:total-return"), ours, atol=1e-12)

    longest = max(fixtures["lengths"])
    num, den = np.zeros((longest, 4)), np.zeros((longest, 4))
    running = [np.cumsum(scores, axis=0) for scores in fixtures["scores"]]
    for sums, rewards in zip(running, fixtures["rewards"]):
        for t, reward in enumerate(rewards):
            num[t] += sums[t] ** 2 * GAMMA**t * reward
            den[t] += sums[t] ** 2
    gradient = np.zeros(4)
    for sums, rewards in zip(running, fixtures["rewards"]):
        for t, reward in enumerate(rewards):
            b = np.divide(num[t], den[t], out=np.zeros(4), where=den[t] > 0)
            gradient += (GAMMA**t * reward - b) * sums[t]
    np.testing.assert_allclose(form(fixtures, "in-sample-baseline:reward-to-go"), gradient / 40, atol=1e-12)
