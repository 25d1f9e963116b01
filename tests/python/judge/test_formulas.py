"""`exact-mdp judge --formula`: v, q, …, covariances right and wrong, from plain NumPy.

Run: EXACT_MDP=target/release/exact-mdp pytest tests/python/judge/test_formulas.py
"""

import json
import os
import subprocess
from dataclasses import replace

import numpy as np
import pytest

import plants
from plants import dpi, gradient, softmax, value, visits

BINARY = os.environ.get("EXACT_MDP", "exact-mdp")
MODELS = [m for m in plants.MODELS if m.horizon is None and len(m.mask) < 20]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    for model in MODELS:
        (folder / f"{model.name}.yaml").write_text(model.yaml())
    return lambda model: str(folder / f"{model.name}.yaml")


def judge(path, formula, array, *flags):
    command = [BINARY, "judge", path, "--formula", formula, "-", "--format", "json", *flags]
    text = json.dumps(np.asarray(array, float).tolist())
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    report = json.loads(done.stdout)
    assert report["of"] == formula and done.returncode == (report["verdict"] != "right")
    return report


def names(report):
    return [d["name"] for d in report["diagnoses"]]


def by_pair(m, x):
    return x[m.mask]


def objects(m, gamma=None, pi=None, P=None):
    """v, q and A at [S, A], rho, d v / d theta [S, d] of a model by linear systems."""
    gamma = m.gamma if gamma is None else gamma
    pi = softmax(m) if pi is None else pi
    v, q = value(m, pi, gamma)
    rho = visits(m, pi, gamma) * m.alive
    return v, q, q - v[:, None], rho


def immediate(m, f):
    """sum_a d pi(a|s) f(s, a): [S, pairs], the block of each state."""
    pi, out = softmax(m), []
    rows = dpi(pi, f, m.tau)
    S = len(rows)
    jac = np.zeros((S, *m.mask.shape))
    jac[np.arange(S), np.arange(S)] = rows
    return np.array([by_pair(m, x) for x in jac])


def jacobian(m):
    v, q, _, _ = objects(m)
    Ppi = np.einsum("sa,sat->st", softmax(m), m.P)
    return np.linalg.solve(np.eye(len(v)) - m.gamma * Ppi, immediate(m, q))


def hessian(m, h=1e-4):
    """By differences of the gradient, extrapolated."""
    index = np.argwhere(m.mask)

    def slope(h):
        rows = []
        for s, a in index:
            up, down = m.theta.copy(), m.theta.copy()
            up[s, a] += h
            down[s, a] -= h
            rows.append((by_pair(m, gradient(replace(m, theta=up))) - by_pair(m, gradient(replace(m, theta=down)))) / (2 * h))
        return np.array(rows)

    H = (4 * slope(h / 2) - slope(h)) / 3
    return (H + H.T) / 2


def scores(m):
    """psi(s, a) [pairs, d]."""
    pi, index = softmax(m), np.argwhere(m.mask)
    same = index[:, None, 0] == index[None, :, 0]
    return (np.eye(len(index)) - same * by_pair(m, pi)[None, :]) / m.tau


def fisher(m, weight=None):
    pi = softmax(m)
    w = by_pair(m, (visits(m, pi, m.gamma)[:, None] if weight is None else weight) * pi)
    psi = scores(m)
    return psi.T @ (w[:, None] * psi)


def planted(m):
    """(formula, right array, {mistake: wrong array})"""
    pi = softmax(m)
    v, q, A, rho = objects(m)
    r, Pv = (m.P * m.R).sum(axis=2), m.P @ v
    uniform = m.mask / np.maximum(m.mask.sum(axis=1, keepdims=True), 1)
    top = np.where(m.mask, q, -1e300).max(axis=1)
    top[~m.alive] = 0
    ends = (~m.alive).any()
    discounted = m.gamma < 1
    J, H, F, g = jacobian(m), hessian(m), fisher(m), by_pair(m, gradient(m))
    natural = np.linalg.pinv(F, rcond=1e-11) @ g

    wrong = {
        "reward-only": (pi * r).sum(axis=1),
        "return-from-next": (pi * Pv).sum(axis=1),
        "policy-uniform": value(m, uniform, m.gamma)[0],
        "greedy": top,
        "sign": -v,
        "scale": 3.3 * v,
        "stopped-early": by_sweeps(m, 7),
        "constant-shift": v + 0.7 * m.alive,
    }
    if discounted:
        wrong["values-normalised"] = (1 - m.gamma) * v
        wrong["gamma-forgotten"] = (pi * (r + Pv)).sum(axis=1)
        wrong["values-twice-discounted"] = value(m, pi, m.gamma**2)[0]
        if ends:
            wrong["values-undiscounted"] = value(m, pi, 1.0)[0]
    if ends:
        end = 1.3 * m.P[:, :, ~m.alive].sum(axis=2)
        wrong["end-bootstrapped"] = value(m, pi, m.gamma, end=end)[0]
    yield "v", v, wrong

    wrong = {
        "reward-only": r,
        "return-from-next": m.gamma * Pv,
        "value-for-action-value": np.repeat(v[:, None], m.mask.shape[1], axis=1),
        "advantage-for-q": A,
        "value-of-present-state": r + m.gamma * v[:, None],
    }
    if discounted:
        wrong["gamma-forgotten"] = r + Pv
    yield "q", by_pair(m, q), {k: by_pair(m, x) for k, x in wrong.items()}

    wrong = {
        "q-for-advantage": q,
        "baseline-of-next": q - Pv,
        "mean-over-actions": q - (uniform * q).sum(axis=1, keepdims=True),
        "greedy": q - top[:, None],
        "weighted-by-policy": pi * A,
        "value-of-start": q - m.rho0 @ v,
        "sign": -A,
    }
    if discounted:
        wrong["gamma-forgotten"] = r + Pv - v[:, None]
    yield "advantage", by_pair(m, A), {k: by_pair(m, x) for k, x in wrong.items()}

    wrong = {
        "occupancy-normalised": rho / rho.sum(),
        "first-step-missing": rho - m.rho0 * m.alive,
        "initial-uniform": visits(m, pi, m.gamma, rho0=m.alive / m.alive.sum()),
        "start-only": m.rho0,
        "policy-uniform": visits(m, uniform, m.gamma),
    }
    if discounted:
        wrong["gamma-twice"] = visits(m, pi, m.gamma**2)
        if ends:
            wrong["gamma-dropped"] = visits(m, pi, 1.0)
    wrong = {name: x * m.alive for name, x in wrong.items()}
    if ends:
        wrong["end-counted"] = visits(m, pi, m.gamma)
    yield "occupancy", rho, wrong

    pairs = rho[:, None] * pi
    wrong = {
        "policy-forgotten": np.repeat(rho[:, None], m.mask.shape[1], axis=1),
        "occupancy-normalised": pairs / rho.sum(),
        "policy-uniform": rho[:, None] * uniform,
    }
    yield "pair_occupancy", by_pair(m, pairs), {k: by_pair(m, x) for k, x in wrong.items()}

    S, d = J.shape
    wrong = {
        "axes-swapped": J.T.reshape(S, d),
        "flow-missing": immediate(m, q),
        "sign": -J,
    }
    yield "jacobian", J, wrong

    curved = np.zeros((d, d))
    psi, index = scores(m), np.argwhere(m.mask)
    for i, (s, a) in enumerate(index):
        same = index[:, 0] == s
        p = by_pair(m, pi) * same
        second = np.outer(psi[i], psi[i]) - (np.diag(p) - np.outer(p, p)) / m.tau**2
        curved += rho[s] * pi[s, a] * q[s, a] * second
    outer = psi.T @ (by_pair(m, pairs * q)[:, None] * psi)
    wrong = {
        "sign": -H,
        "cross-terms-missing": curved,
        "cross-terms-once": curved + (H - curved) / 2,
        "curvature-of-scores-missing": outer,
        "outer-product": np.outer(g, g),
        "fisher-for-hessian": F,
        "diagonal-only": np.diag(np.diag(H)),
    }
    yield "hessian", H, wrong

    wrong = {
        "occupancy-normalised": F / rho.sum(),
        "states-alike": fisher(m, m.alive[:, None].astype(float)),
        "diagonal-only": np.diag(np.diag(F)),
        "score-without-mean": np.diag(by_pair(m, pairs)),
        "sign": -F,
    }
    if discounted and ends:
        wrong["gamma-dropped"] = fisher(m, visits(m, pi, 1.0)[:, None])
    yield "fisher", F, wrong

    wrong = {
        "inverse-forgotten": g,
        "occupancy-normalised": rho.sum() * natural,
        "damped": np.linalg.solve(F + 1e-3 * np.eye(d), g),
        "constant-shift": natural + by_pair(m, np.repeat(np.arange(len(pi))[:, None] - 1.5, m.mask.shape[1], axis=1)),
        "sign": -natural,
    }
    if m.tau == 1:
        wrong["q-for-advantage"] = by_pair(m, q)
    yield "natural", natural, wrong


def by_sweeps(m, n):
    pi, v = softmax(m), np.zeros(len(m.mask))
    r = (m.P * m.R).sum(axis=2)
    for _ in range(n):
        v = (pi * (r + m.gamma * (m.P @ v))).sum(axis=1)
    return v


def close(x, y, tolerance):
    return np.abs(x - y).max() <= tolerance * max(np.abs(x).max(), np.abs(y).max())


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_formulas_are_right_and_mistakes_are_named(model, files):
    first, total = 0, 0
    for formula, right, wrong in planted(model):
        report = judge(files(model), formula, right)
        assert report["verdict"] == "right", (formula, report["largest_difference"])
        # differences give the Hessian to about eight digits
        exact = np.array(report["exact"]).reshape(right.shape)
        for name, array in wrong.items():
            if close(array, right, 1e-7):
                continue
            if formula == "hessian":  # as exact as the others
                array = array + {"sign": -1, "diagonal-only": np.eye(len(right)), "cross-terms-once": 0.5}.get(name, 0) * (exact - right)
            rivals = [other for other, x in wrong.items() if other != name and close(x, array, 1e-7)]
            report = judge(files(model), formula, array)
            assert report["verdict"] == "wrong"
            assert name in names(report), (formula, name, names(report))
            if not rivals:
                total += 1
                first += names(report)[0] == name
    assert first >= 0.95 * total, (first, total)


@pytest.mark.parametrize("model", MODELS[:2], ids=lambda m: m.name)
def test_rounding_is_no_mistake(model, files):
    rng = np.random.default_rng(0)
    for formula, right, _ in planted(model):
        right = np.array(judge(files(model), formula, right)["exact"]).reshape(right.shape)
        for size, kinds in [(1e-12, []), (1e-6, ["float32"])]:
            report = judge(files(model), formula, right * (1 + size * rng.normal(size=right.shape)))
            assert report["verdict"] == "right" and all(name in kinds for name in names(report))


def test_laws_of_a_bandit_are_known_in_closed_form(tmp_path):
    """One step, two actions: X = R psi."""
    path = tmp_path / "bandit.yaml"
    path.write_text("""
name: bandit
discount: 1/2
states: [only, end]
actions: [a, b]
terminal: [end]
initial: only
transitions:
- [only, a, end, 1/2, 2]
- [only, a, end, 1/2, 0]
- [only, b, end, 1, 3]
policy: {parametrization: softmax, theta: [1, 0]}
""")
    p = 1 / (1 + np.exp(-1))
    psi = {"a": np.array([1 - p, p - 1]), "b": np.array([-p, p])}
    outcomes = [(p / 2, 2 * psi["a"]), (p / 2, 0 * psi["a"]), (1 - p, 3 * psi["b"])]
    mean = sum(w * x for w, x in outcomes)
    second = sum(w * np.outer(x, x) for w, x in outcomes)
    covariance = second - np.outer(mean, mean)
    flags = ["--as", "reward-to-go"]
    assert judge(path, "mean", mean, *flags)["verdict"] == "right"
    assert judge(path, "covariance", covariance, *flags)["verdict"] == "right"
    for name, x in [
        ("second-moment", second),
        ("of-the-mean", covariance / 100),
        ("ddof", covariance * 20 / 19),
        ("correlation", np.array([[1.0, -1.0], [-1.0, 1.0]])),
        ("q", None),
    ]:
        if x is None:  # q takes the mean of the reward of a
            outcomes = [(p, psi["a"]), (1 - p, 3 * psi["b"])]
            x = sum(w * np.outer(y, y) for w, y in outcomes) - np.outer(mean, mean)
        report = judge(path, "covariance", x, *flags)
        assert report["as"] == "reward-to-go" and name in names(report), (name, names(report))


@pytest.mark.parametrize("form", ["names", "alive", "rectangle", "key", "wrong-size", "unknown"])
def test_forms_of_arrays(form, files, tmp_path):
    m = next(m for m in MODELS if m.name == "episodic-small")
    v, q, _, _ = objects(m)
    path = tmp_path / "x.json"
    formula, document = {
        "names": ("v", {f"s{s}": x for s, x in enumerate(v) if m.alive[s]}),
        "alive": ("v", list(v[m.alive])),
        "rectangle": ("q", [list(row) for row in np.where(m.mask, q, 0)]),
        "key": ("v", {"model": "x", "v": list(v), "q": []}),
        "wrong-size": ("v", [1.0]),
        "unknown": ("v", {"s77": 1.0}),
    }[form]
    path.write_text(json.dumps(document))
    done = subprocess.run([BINARY, "judge", files(m), "--formula", formula, str(path)], capture_output=True, text=True)
    if form in ("wrong-size", "unknown"):
        assert done.returncode == 2 and "x.json" in done.stderr
    else:
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("model", [m for m in MODELS if not m.mask.all()], ids=lambda m: m.name)
def test_axes_of_parameters_may_be_rectangles(model, files, tmp_path):
    """As jax.jacobian and jax.hessian by theta [S, A] leave them."""
    S, A = model.mask.shape
    for formula, right, _ in planted(model):
        right = np.array(judge(files(model), formula, right)["exact"]).reshape(right.shape)
        if formula not in ("jacobian", "natural", "hessian", "fisher"):
            continue
        wide = right
        if formula != "natural":
            wide = np.zeros((*right.shape[:-1], S, A))
            wide[..., model.mask] = right
        if formula != "jacobian":
            tall = np.zeros((S, A, *wide.shape[1:]))
            tall[model.mask] = wide
            wide = tall
        np.save(tmp_path / "wide.npy", wide)
        command = [BINARY, "judge", files(model), "--formula", formula, str(tmp_path / "wide.npy"), "--format", "json"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["verdict"] == "right"
