"""The laws of what libraries compute, against samples drawn and estimated in NumPy alone.

Run: EXACT_MDP=target/release/exact-mdp pytest tests/python/libraries/test_laws.py
"""

import json
import os
import subprocess

import numpy as np
import pytest

BINARY = os.environ.get("EXACT_MDP", "exact-mdp")
GAMMA = 0.8
# state → action → [(probability, next, reward)]; state 2 is the end
MODEL = {
    0: [[(0.6, 1, 1.0), (0.4, 2, -1.0)], [(0.5, 0, 0.5), (0.5, 1, 2.0)]],
    1: [[(0.7, 2, 3.0), (0.3, 0, 0.0)], [(1.0, 0, -0.5)], [(0.2, 1, 1.0), (0.8, 2, 0.0)]],
}
THETA = {0: [0.3, -0.2], 1: [0.1, 0.4, -0.5]}
BEHAVIOR = {0: [0.5, 0.5], 1: [0.4, 0.3, 0.3]}
OFFSET = {0: 0, 1: 2}
D = 5


def softmax(x):
    e = np.exp(np.array(x) - np.max(x))
    return e / e.sum()


PI = {s: softmax(x) for s, x in THETA.items()}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("laws")
    names = {0: "x", 1: "y", 2: "end"}
    rows = []
    for s, actions in MODEL.items():
        for a, outcomes in enumerate(actions):
            for p, t, r in outcomes:
                rows.append(f"  - [{names[s]}, a{a}, {names[t]}, {p}, {r}]")
    model = f"discount: {GAMMA}\nstates: [x, y, end]\nactions: [a0, a1, a2]\nterminal: [end]\ninitial: {{x: 1}}\ntransitions:\n"
    (folder / "model.yaml").write_text(model + "\n".join(rows) + "\n")
    theta = [x for row in THETA.values() for x in row]
    (folder / "pi.yaml").write_text(f"parametrization: softmax\ntheta: {theta}\n")
    theta = [float(np.log(x)) for row in BEHAVIOR.values() for x in row]
    (folder / "b.yaml").write_text(f"parametrization: softmax\ntheta: {theta}\n")
    return folder


def values():
    v = np.zeros(3)
    for _ in range(2000):
        v = np.array([sum(PI[s][a] * p * (r + GAMMA * v[t]) for a, o in enumerate(MODEL[s]) for p, t, r in o) for s in (0, 1)] + [0.0])
    return v


V = values()
Q = {s: [sum(p * (r + GAMMA * V[t]) for p, t, r in o) for o in actions] for s, actions in MODEL.items()}


def walk(rng, policy, limit=10**9):
    s, path = 0, []
    while s != 2 and len(path) < limit:
        a = rng.choice(len(policy[s]), p=policy[s])
        outcomes = MODEL[s][a]
        p, t, r = outcomes[rng.choice(len(outcomes), p=[o[0] for o in outcomes])]
        path.append((s, a, r, t))
        s = t
    return path


def scores(path):
    out = np.zeros((len(path), D))
    for row, (s, a, _, _) in zip(out, path):
        row[OFFSET[s] : OFFSET[s] + len(PI[s])] = -PI[s]
        row[OFFSET[s] + a] += 1
    return out


def powers(path):
    return GAMMA ** np.arange(len(path))


def returns(path):
    out, later = [], 0.0
    for _, _, r, _ in path[::-1]:
        later = r + GAMMA * later
        out.append(later)
    return np.array(out[::-1])


def gae(path, lam):
    out, later = [], 0.0
    for s, _, r, t in path[::-1]:
        later = r + GAMMA * V[t] - V[s] + GAMMA * lam * later
        out.append(later)
    return np.array(out[::-1])


def ratios(path):
    return np.array([PI[s][a] / BEHAVIOR[s][a] for s, a, _, _ in path])


def v_trace(path, rho, c):
    w, out, excess = ratios(path), [], 0.0
    for (s, _, r, t), ratio in zip(path[::-1], w[::-1]):
        out.append(min(rho, ratio) * (r + GAMMA * (V[t] + excess) - V[s]))
        excess = min(rho, ratio) * (r + GAMMA * V[t] - V[s]) + GAMMA * min(c, ratio) * excess
    return np.array(out[::-1])


def retrace(path, lam):
    w, out, later = ratios(path), [], 0.0
    for (s, a, r, t), ratio in zip(path[::-1], w[::-1]):
        delta = r + GAMMA * V[t] - Q[s][a] + later
        out.append(Q[s][a] + delta)
        later = GAMMA * lam * min(1, ratio) * delta
    return np.array(out[::-1])


def summed(path, psi, dropped=False):
    weights = np.ones(len(path)) if dropped else powers(path)
    return (weights * psi) @ scores(path)


def law(files, name, *flags):
    command = [BINARY, "reference", files / "model.yaml", "--policy", files / "pi.yaml", "--estimators", name, "--quiet", *flags]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return report["estimators"][0]


SINGLE = {
    "lambda-return:0.9": (lambda p: summed(p, gae(p, 0.9) + np.array([V[s] for s, *_ in p])), False),
    "one-step-of-lambda-return:0.9": (
        lambda p: summed(p, np.array([r + GAMMA * V[t] - V[s] for s, _, r, t in p]) + GAMMA * np.append(gae(p, 0.9)[1:], 0)),
        False,
    ),
    "v-trace:1:1": (lambda p: summed(p, v_trace(p, 1, 1)), True),
    "v-trace:inf:0.5:dropped": (lambda p: summed(p, v_trace(p, np.inf, 0.5), True), True),
    "retrace:1": (lambda p: summed(p, retrace(p, 1)), True),
    "importance:ordinary": (lambda p: ratios(p).prod() * summed(p, returns(p)), True),
}


@pytest.mark.parametrize("name", SINGLE)
def test_sums_of_one_trajectory(files, name):
    of, off = SINGLE[name]
    found = law(files, name, *(["--behavior", files / "b.yaml"] if off else []))
    rng = np.random.default_rng(1)
    x = np.array([of(walk(rng, BEHAVIOR if off else PI)) for _ in range(8_000)])
    z = (x.mean(axis=0) - found["expectation"]) / (x.std(axis=0) / np.sqrt(len(x)))
    assert np.abs(z).max() < 4.5, (name, z)
    # the error of a sample variance, from the sample's own fourth moments
    y = (x - x.mean(axis=0)) ** 2
    z = (y.mean(axis=0) - found["variance"]) / (y.std(axis=0) / np.sqrt(len(x)))
    assert np.abs(z).max() < 5.5, (name, z)


def test_a_cut_bootstraps_or_ends(files):
    for name, after in [("reward-to-go:bootstrapped", True), ("td-residual:cut-as-end", False)]:
        found = law(files, name, "--truncation", "3")
        rng = np.random.default_rng(2)

        def x(path):
            end = V[path[-1][3]] if after else 0.0
            if after:
                out, later = [], end
                for _, _, r, _ in path[::-1]:
                    later = r + GAMMA * later
                    out.append(later)
                return summed(path, np.array(out[::-1]))
            last = len(path) == 3
            delta = [r + GAMMA * (0 if last and i == 2 else V[t]) - V[s] for i, (s, _, r, t) in enumerate(path)]
            return summed(path, np.array(delta))

        rows = np.array([x(walk(rng, PI, 3)) for _ in range(8_000)])
        z = (rows.mean(axis=0) - found["expectation"]) / (rows.std(axis=0) / np.sqrt(len(rows)))
        assert np.abs(z).max() < 4.5, (name, z)


def batch(name, paths):
    x = np.array([summed(p, returns(p)) for p in paths])
    if name == "per-step-mean:reward-to-go":
        return x.sum(axis=0) / sum(map(len, paths))
    if name == "importance:self-normalised":
        w = np.array([ratios(p).prod() for p in paths])
        return w @ x / w.sum()
    if name == "in-sample-baseline:total-return":
        u = np.array([scores(p).sum(axis=0) for p in paths])
        g = np.array([returns(p)[0] for p in paths])[:, None]
        b = (u**2 * g).mean(axis=0) / (u**2).mean(axis=0)
        return ((g - b) * u).mean(axis=0)
    all_of = np.concatenate([gae(p, 0.9) for p in paths])
    mean, spread = all_of.mean(), all_of.std(ddof=1) + 1e-8
    return np.mean([summed(p, (gae(p, 0.9) - mean) / spread, True) for p in paths], axis=0)


@pytest.mark.parametrize(
    "name",
    ["per-step-mean:reward-to-go", "importance:self-normalised", "in-sample-baseline:total-return", "whitened:gae:0.9:dropped:ddof-1"],
)
def test_functions_of_many_trajectories(files, name):
    """120 batches of 300: the limit, off by one over 300, and 1/300 of the covariance."""
    off = name.startswith("importance")
    found = law(files, name, *(["--behavior", files / "b.yaml"] if off else []))
    rng = np.random.default_rng(3)
    size, rows = 300, 120
    x = np.array([batch(name, [walk(rng, BEHAVIOR if off else PI) for _ in range(size)]) for _ in range(rows)])
    error = np.sqrt(np.array(found["variance"]) / (size * rows))
    assert np.abs((x.mean(axis=0) - found["expectation"]) / error).max() < 5.5
    ratio = x.var(axis=0, ddof=1) * size / found["variance"]
    assert np.abs(ratio - 1).max() < 6 * np.sqrt(2 / rows), ratio
