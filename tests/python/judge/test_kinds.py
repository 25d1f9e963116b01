"""Mistakes under every parametrization and the average reward, on models that plants.py has not.

Run: EXACT_MDP=target/release/exact-mdp pytest tests/python/judge/test_kinds.py
"""

import json
import os
import subprocess

import numpy as np
import pytest

BINARY = os.environ.get("EXACT_MDP", "exact-mdp")


def model(seed, S=6, A=3, ends=1, gamma=0.85):
    """P[s, a, s'], r[s, a], start; the last `ends` states are terminal."""
    rng = np.random.default_rng(seed)
    P = rng.integers(0, 9, size=(S, A, S)) ** 2.0
    P[:, :, 0] += 1
    P = np.floor(P / P.sum(axis=2, keepdims=True) * 1024) / 1024
    P[:, :, 1] += 1 - P.sum(axis=2)
    r = np.round(rng.normal(size=(S, A)), 2)
    rho0 = np.zeros(S)
    rho0[:2] = 0.625, 0.375
    alive = np.arange(S) < S - ends
    P[~alive], r[~alive] = 0, 0
    return P, r, rho0, alive, gamma


def yaml(m, policy, average=False):
    P, r, rho0, alive, gamma = m
    S, A, _ = P.shape
    lines = ["name: own", "criterion: average" if average else f"discount: {gamma}"]
    lines += [f"states: [{', '.join(f's{s}' for s in range(S))}]", f"actions: [{', '.join(f'a{a}' for a in range(A))}]"]
    lines += ["initial: {" + ", ".join(f"s{s}: {p!r}" for s, p in enumerate(rho0.tolist()) if p) + "}"]
    lines += ["terminal: [" + ", ".join(f"s{s}" for s in range(S) if not alive[s]) + "]", "transitions:"]
    for s, a, t in zip(*np.nonzero(P)):
        lines.append(f"- [s{s}, a{a}, s{t}, {float(P[s, a, t])!r}, {float(r[s, a])!r}]")
    return "\n".join([*lines, "policy:", *("  " + line for line in policy)]) + "\n"


def kinds(m, seed):
    """name -> (lines of the policy, pi [S, A], d pi / d theta [S, A, d])"""
    P, _, _, alive, _ = m
    S, A, _ = P.shape
    n = alive.sum()
    rng = np.random.default_rng(seed)
    table = np.zeros((S, A))
    table[alive] = np.round(rng.normal(size=(n, A)), 2)

    def softmax(z):
        e = np.exp(z) * alive[:, None]
        return e / np.maximum(e.sum(axis=1, keepdims=True), 1e-300)

    def of(pi, dz, tau=1.0):  # through logits z with d z / d theta [S, A, d]
        return pi[:, :, None] * (dz - (pi[:, :, None] * dz).sum(axis=1, keepdims=True)) / tau

    def one_per_pair():
        out = np.zeros((S, A, n * A))
        for s in range(n):
            for a in range(A):
                out[s, a, s * A + a] = 1
        return out

    pi = softmax(table)
    yield "softmax", [f"theta: {table[alive].ravel().tolist()}"], pi, of(pi, one_per_pair())

    # dyadic probabilities
    p = np.zeros((S, A))
    p[alive] = np.floor(softmax(table)[alive] * 64) / 64
    p[alive, -1] = 1 - p[alive, :-1].sum(axis=1)
    shown = ["probabilities:"] + [
        f"  s{s}: {{" + ", ".join(f"a{a}: {float(p[s, a])!r}" for a in range(A)) + "}" for s in range(n)
    ]
    free = np.zeros((S, A, n * (A - 1)))
    for s in range(n):
        for a in range(A - 1):
            free[s, a, s * (A - 1) + a] = 1
            free[s, -1, s * (A - 1) + a] = -1
    yield "direct", ["parametrization: direct", *shown], p, free
    # the part of the derivative along the simplex
    along = one_per_pair() - one_per_pair().mean(axis=1, keepdims=True)
    yield "simplex", ["parametrization: simplex", *shown], p, along

    x = np.where(alive[:, None], np.abs(table) + 0.25, 0)
    power = 3
    pi = np.where(alive[:, None], x**power, 0)
    pi /= np.maximum(pi.sum(axis=1, keepdims=True), 1e-300)
    dz = one_per_pair() * np.where(alive[:, None], power / np.where(x, x, 1), 0)[:, :, None]
    yield "escort", ["parametrization: escort", f"power: {power}", f"theta: {x[alive].ravel().tolist()}"], pi, of(pi, dz)

    d = 5
    features = np.zeros((S, A, d))
    features[alive] = np.round(rng.normal(size=(n, A, d)), 2)
    theta = np.round(rng.normal(size=d), 2)
    lines = ["parametrization: log-linear", f"theta: {theta.tolist()}", "features:"]
    lines += [
        f"  s{s}: {{" + ", ".join(f"a{a}: {features[s, a].tolist()}" for a in range(A)) + "}" for s in range(n)
    ]
    pi = softmax(features @ theta)
    yield "log-linear", lines, pi, of(pi, features)


def solve(m, pi, values, weight, rho0=None):
    P, r, start, alive, _ = m
    Ppi = np.einsum("sa,sat->st", pi, P)
    I = np.eye(len(Ppi))
    v = np.linalg.solve(I - values * Ppi, (pi * r).sum(axis=1))
    rho = np.linalg.solve((I - weight * Ppi).T, (start if rho0 is None else rho0) * alive)
    return v, r + values * (P @ v), rho


def mistakes(m, pi, D):
    P, r, rho0, alive, gamma = m
    Ppi = np.einsum("sa,sat->st", pi, P)

    def made(values=gamma, weight=gamma, start=None, psi=None, keep=None):
        v, q, rho = solve(m, pi, values, weight, start)
        f = q if psi is None else psi(v, q)
        return np.einsum("s,sa,sad->d", rho * (1 if keep is None else keep), f, D)

    right = made()
    states = [np.abs(made(keep=np.eye(len(pi))[s])).max() for s in range(len(pi))]
    out = {
        "sign": -right,
        "gamma-twice": made(weight=gamma**2),
        "occupancy-normalised": (1 - gamma) * right,
        "return-from-next": made(psi=lambda v, q: P @ v),
        "reward-only": made(psi=lambda v, q: r),
        "baseline-of-next": made(psi=lambda v, q: q - P @ v),
        "values-twice-discounted": made(values=gamma**2),
        "residual-undiscounted": made(psi=lambda v, q: r + P @ v),
        "initial-uniform": made(start=alive / alive.sum()),
        "state-missing": made(keep=(np.arange(len(pi)) != int(np.argmax(states))).astype(float)),
        "scale": 2.2 * right,
        "zero": 0 * right,
    }
    if not alive.all():
        out["gamma-dropped"] = made(weight=1.0)
        out["values-undiscounted"] = made(values=1.0)
        out["gamma-dropped+values-undiscounted"] = made(values=1.0, weight=1.0)
    rho = np.linalg.solve(np.eye(len(Ppi)) - gamma * Ppi, rho0 * alive)
    out["transposed"] = np.einsum("s,sa,sad->d", rho, solve(m, pi, gamma, gamma)[1], D)
    return right, out


def judge(path, vector):
    command = [BINARY, "judge", path, "--gradient", "-", "--format", "json"]
    text = json.dumps([float(x) for x in vector])
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def names(report):
    return ["+".join(sorted(d["name"].split("+"))) for d in report["diagnoses"]]


CASES = [(seed, ends) for seed in (1, 2, 3) for ends in (0, 1)]
KINDS = ["softmax", "direct", "simplex", "escort", "log-linear"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed, ends", CASES)
def test_mistakes_are_named_under_every_parametrization(kind, seed, ends, tmp_path):
    m = model(seed, ends=ends)
    lines, pi, D = next(rest for name, *rest in kinds(m, seed) if name == kind)
    path = str(tmp_path / "own.yaml")
    with open(path, "w") as file:
        file.write(yaml(m, lines))
    right, wrong = mistakes(m, pi, D)
    report = judge(path, right)
    assert report["verdict"] == "right" and report["digits"] >= 9 and not report["diagnoses"]
    first, total = 0, 0
    same = lambda x, y: np.abs(x - y).max() <= 1e-9 * max(np.abs(x).max(), np.abs(y).max())
    for name, vector in wrong.items():
        if same(vector, right):
            continue
        report = judge(path, vector)
        assert report["verdict"] == "wrong"
        assert name in names(report), (name, report["diagnoses"])
        if not any(same(x, vector) for other, x in wrong.items() if other != name):
            total += 1
            first += names(report)[0] == name
    assert first >= 0.95 * total, (first, total)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [4, 5])
def test_mistakes_are_named_under_the_average_reward(kind, seed, tmp_path):
    m = P, r, rho0, alive, _ = model(seed, ends=0)
    lines, pi, D = next(rest for name, *rest in kinds(m, seed) if name == kind)
    path = str(tmp_path / "own.yaml")
    with open(path, "w") as file:
        file.write(yaml(m, lines, average=True))
    Ppi, rpi = np.einsum("sa,sat->st", pi, P), (pi * r).sum(axis=1)
    n = len(rpi)
    mu = np.linalg.lstsq(np.vstack([Ppi.T - np.eye(n), np.ones(n)]), np.r_[np.zeros(n), 1], rcond=None)[0]
    h = np.linalg.solve(np.eye(n) - Ppi + np.outer(np.ones(n), mu), rpi - mu @ rpi)
    q = r - mu @ rpi + P @ h
    made = lambda f, m=mu: np.einsum("s,sa,sad->d", m, f, D)
    assert judge(path, made(q))["verdict"] == "right"
    rest = np.arange(n) != 0
    wrong = {
        "sign": -made(q), "reward-only": made(r), "return-from-next": made(P @ h), "state-missing": made(q, mu * rest),
        "states-alike": made(q, np.full(n, 1 / n)), "start-only": made(q, rho0),
    }
    for name, vector in wrong.items():
        report = judge(path, vector)
        # without a discount q - P h is r - g
        rival = {"baseline-of-next"} if name == "reward-only" else set()
        # the right eigenvector of P, which takes the stationary law's place where p is transposed, is constant
        rival |= {"transposed"} if name == "states-alike" else set()
        assert report["verdict"] == "wrong" and name in names(report), (name, report["diagnoses"])
        assert names(report)[0] in {name} | rival, (name, report["diagnoses"])
