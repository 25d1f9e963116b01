"""Mistakes on a horizon, under one rule and under a rule for each time, planted in NumPy.

Run: EXACT_MDP=target/release/exact-mdp pytest tests/python/judge/test_horizons.py
"""

import json
import subprocess

import numpy as np
import pytest

from test_kinds import BINARY, names
from test_trajectories import judge as judge_trajectories, write

S, A, T, GAMMA = 3, 2, 4, 0.8


def own(seed, by_time):
    """P[s, a, s'], r[s, a], theta[t, s, a]; every trajectory starts in s0."""
    rng = np.random.default_rng(seed)
    P = rng.integers(1, 9, size=(S, A, S)) / 16
    P[:, :, 0] += 1 - P.sum(axis=2)
    while (P < 0).any():
        P = np.abs(P) / 2
        P[:, :, 0] += 1 - P.sum(axis=2)
    r, theta = np.round(rng.normal(size=(S, A)), 2), np.round(rng.normal(size=(T, S, A)), 2)
    return P, r, theta if by_time else np.repeat(theta[:1], T, axis=0)


def files(m, by_time, folder):
    P, r, theta = m
    lines = [f"horizon: {T}", f"discount: {GAMMA}", "states: [s0, s1, s2]", "actions: [a0, a1]", "initial: {s0: 1}", "transitions:"]
    for s, a, t in zip(*np.nonzero(P)):
        lines.append(f"- [s{s}, a{a}, s{t}, {float(P[s, a, t])!r}, {float(r[s, a])!r}]")
    model, policy = folder / "m.yaml", folder / "p.yaml"
    rule = lambda x: "{theta: {" + ", ".join(f"s{s}: {{a0: {x[s, 0]}, a1: {x[s, 1]}}}" for s in range(S)) + "}}"
    text = "\n".join(lines) + "\n"
    if by_time:
        model.write_text(text)
        policy.write_text("{by_time: [" + ", ".join(map(rule, theta)) + "]}")
        return [str(model), "--policy", str(policy)]
    model.write_text(text + "policy: " + rule(theta[0]) + "\n")
    return [str(model)]


def gradient(m, by_time, start=(1, 0, 0), times=T, state=None, alike=False):
    """sum over t < times of gamma^t sum_s p_t(s) sum_a q_t(s, a) d pi_t(a|s) / d theta [T, S, A], or their sum over t."""
    P, r, theta = m
    e = np.exp(theta - theta.max(axis=2, keepdims=True))
    pi = e / e.sum(axis=2, keepdims=True)
    q, v = [None] * T, np.zeros(S)
    for t in reversed(range(T)):
        q[t] = r + GAMMA * P @ v
        v = (pi[t] * q[t]).sum(axis=1)
    p, out = np.array(start, float), np.zeros((T, S, A))
    for t in range(times):
        mass = np.full(S, 1 / S) if alike else p
        out[t] = GAMMA**t * mass[:, None] * pi[t] * (q[t] - (pi[t] * q[t]).sum(axis=1, keepdims=True))
        p = np.einsum("s,sa,sat->t", p, pi[t], P)
    if state is not None:
        out[:, state] = 0
    return (out if by_time else out.sum(axis=0)).ravel()


def judge(where, x):
    command = [BINARY, "judge", *where, "--gradient", "-", "--format", "json"]
    done = subprocess.run(command, input=json.dumps(x.tolist()), capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


CASES = {
    "cut-as-end": {"times": T - 1},
    "cut-as-end/two": {"times": 2},
    "initial-uniform": {"start": (1 / S,) * S},
    "state-missing": {"state": 0},
    "states-alike": {"alike": True},
}


@pytest.mark.parametrize("by_time", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_mistakes_on_a_horizon_are_named(seed, by_time, tmp_path):
    m = own(seed, by_time)
    where = files(m, by_time, tmp_path)
    assert judge(where, gradient(m, by_time))["verdict"] == "right"
    for name, how in CASES.items():
        report = judge(where, gradient(m, by_time, **how))
        assert report["verdict"] == "wrong" and name.split("/")[0] in names(report), (name, report["diagnoses"])


@pytest.mark.parametrize("named_states", [False, True])
@pytest.mark.parametrize("ends", ["terminated", "truncated", None])
def test_trajectories_under_rules_by_time_are_of_the_models_states(ends, named_states, tmp_path):
    m = P, r, theta = own(5, True)
    where = files(m, True, tmp_path)
    e = np.exp(theta)
    pi, rng, all_ = e / e.sum(axis=2, keepdims=True), np.random.default_rng(0), []
    for _ in range(400):
        s, states, actions, rewards = 0, [0], [], []
        for t in range(T):
            a = int(rng.random() >= pi[t, s, 0])
            actions.append(a)
            rewards.append(float(r[s, a]))
            s = int(rng.choice(S, p=P[s, a]))
            states.append(s)
        one = {"states": [f"s{x}" for x in states] if named_states else states, "actions": actions, "rewards": rewards}
        for flag in ("terminated", "truncated") if ends else ():
            one[flag] = [flag == ends and t + 1 == T for t in range(T)]
        all_.append(one)
    path = write(tmp_path / "t.json", all_)
    report = judge_trajectories(where[0], path, *where[1:])
    assert report["verdict"] == "consistent", report["impossible"]
    # what is credited has its time as well: the return is right, another rule's data are not
    for one in all_:
        one["psi"] = [sum(GAMMA**k * x for k, x in enumerate(one["rewards"][t:])) for t in range(T)]
    assert judge_trajectories(where[0], write(path, all_), *where[1:])["verdict"] == "right"
    for one in all_:
        one.pop("psi")
        one["actions"] = [1 - a for a in one["actions"]]
    assert judge_trajectories(where[0], write(path, all_), *where[1:])["verdict"] != "consistent"
