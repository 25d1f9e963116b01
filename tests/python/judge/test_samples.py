"""`exact-mdp judge --samples` on the retry loop, sampled by NumPy, right and with mistakes.

Run: EXACT_MDP=target/release/exact-mdp pytest tests/python/judge
"""

import json
import os
import subprocess

import numpy as np
import pytest

BINARY = os.environ.get("EXACT_MDP", "exact-mdp")
MODEL = os.path.join(os.path.dirname(__file__), "../../../mdps/retry-loop.yaml")


def episodes(seed, count, theta=(0.3, -0.2, 0.1, 0.4), gamma=0.75):
    """Episodes of the retry loop as padded arrays: rewards, scores [N, T, 4], running [N, T]."""
    rng = np.random.default_rng(seed)
    theta = np.array(theta)
    pi = np.exp(theta.reshape(2, 2))
    pi /= pi.sum(axis=1, keepdims=True)
    state, rewards, scores, running = np.zeros(count, int), [], [], []
    while (state < 2).any():
        alive = state < 2
        at = np.minimum(state, 1)
        first = rng.random(count) < pi[at, 0]
        action = np.where(first, 0, 1)
        score = np.zeros((count, 4))
        for s in (0, 1):
            for a in (0, 1):
                score[:, 2 * s + a] = (at == s) * ((action == a) - pi[s, a])
        score[~alive] = 0
        jump = rng.random(count) < 1 / 3
        reward = np.where(at == 0, np.where(first, -1.0, 0.0), np.where(first, 2.0, 0.0)) * alive
        moved = np.where(at == 0, np.where(first, np.where(jump, 2, 0), 1), np.where(first, 2, 0))
        rewards.append(reward)
        scores.append(score)
        running.append(alive)
        state = np.where(alive, moved, 2)
    return np.array(rewards).T, np.array(scores).transpose(1, 0, 2), np.array(running).T


def returns(rewards, gamma=0.75):
    total, out = np.zeros(len(rewards)), np.zeros_like(rewards)
    for t in reversed(range(rewards.shape[1])):
        total = rewards[:, t] + gamma * total
        out[:, t] = total
    return out


def estimates(seed, count, mistake=None, gamma=0.75):
    rewards, scores, running = episodes(seed, count)
    weight = gamma ** np.arange(rewards.shape[1])
    if mistake == "gamma-dropped":
        weight = np.ones_like(weight)
    if mistake == "gamma-twice":
        weight = weight**2
    if mistake == "reward-shifted":
        last = running & ~np.c_[running[:, 1:], np.zeros(len(running), bool)]
        rewards = np.where(last, rewards, np.c_[rewards[:, 1:], np.zeros(len(rewards))]) * running
    psi = returns(rewards, 1.0 if mistake == "values-undiscounted" else gamma)
    if mistake == "return-from-next":
        psi = np.c_[psi[:, 1:], np.zeros(len(psi))]
    x = np.einsum("t,nt,ntk->nk", weight, psi, scores)
    return {"sign": -x, "occupancy-normalised": (1 - gamma) * x}.get(mistake, x)


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    path = tmp_path_factory.mktemp("policy") / "policy.yaml"
    path.write_text("parametrization: softmax\ntheta: [0.3, -0.2, 0.1, 0.4]\n")
    return str(path)


def judge(tmp_path, policy, rows, *arguments):
    path = tmp_path / "x.npy"
    np.save(path, rows)
    command = [BINARY, "judge", MODEL, "--policy", policy, "--samples", str(path)]
    done = subprocess.run([*command, "--format", "json", *arguments], capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    report = json.loads(done.stdout)
    assert done.returncode == (0 if report["verdict"] == "consistent" else 1)
    return report


@pytest.mark.parametrize("named", [(), ("--as", "reward-to-go")])
def test_right_samples_are_consistent(tmp_path, policy, named):
    for seed in range(5):
        report = judge(tmp_path, policy, estimates(seed, 20_000), *named)
        assert report["verdict"] == "consistent" and not report["diagnoses"]
        assert report["samples"] == 20_000 and 0 < report["detectable"] < 0.2


@pytest.mark.parametrize("mistake", [
    "sign", "gamma-dropped", "gamma-twice", "occupancy-normalised", "reward-shifted", "return-from-next",
    "values-undiscounted",
])
@pytest.mark.parametrize("named", [(), ("--as", "reward-to-go")])
def test_mistakes_are_named(tmp_path, policy, mistake, named):
    report = judge(tmp_path, policy, estimates(11, 100_000, mistake), *named)
    assert report["verdict"] == "inconsistent"
    assert mistake in [d["name"] for d in report["diagnoses"]], report["diagnoses"]


def test_batch_means_are_consistent(tmp_path, policy):
    rows = estimates(3, 100_000).reshape(1000, 100, 4).mean(axis=1)
    report = judge(tmp_path, policy, rows, "--batch", "100", "--as", "reward-to-go")
    assert report["verdict"] == "consistent"
    wrong = judge(tmp_path, policy, 1.3 * rows, "--batch", "100", "--as", "reward-to-go")
    assert wrong["verdict"] == "inconsistent"


def test_what_a_library_averages_over_steps_is_not_the_gradient(tmp_path, policy):
    rows = estimates(5, 100_000, "gamma-dropped")
    report = judge(tmp_path, policy, rows)
    laws = {law["name"]: law["verdict"] for law in report["estimators"]}
    assert laws["reward-to-go:dropped"] == "consistent"
    assert laws["reward-to-go"] == "inconsistent"
