"""Random models beside NumPy and SciPy: critics with features on and off policy, chains, bounds on other rewards, fronts."""

import itertools
import json

import numpy as np
import pytest
from scipy.optimize import linprog

from conftest import answer

STATES, ACTIONS = 5, 3


def model(seed, rewards=1):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(STATES), size=(STATES, ACTIONS))
    p /= p.sum(axis=2, keepdims=True)
    return p, rng.normal(size=(rewards, STATES, ACTIONS))


def write(folder, p, r, gamma, names=("gain",)):
    def by_pair(of):
        return {f"s{s}": {f"a{a}": of(s, a) for a in range(ACTIONS)} for s in range(STATES)}

    text = {
        "discount": gamma,
        "states": [f"s{s}" for s in range(STATES)],
        "actions": [f"a{a}" for a in range(ACTIONS)],
        "initial": "uniform",
        "transitions": by_pair(lambda s, a: {f"s{t}": float(x) for t, x in enumerate(p[s, a])}),
        "rewards": {name: by_pair(lambda s, a: float(x[s, a])) for name, x in zip(names, r)},
    }
    if len(names) == 1:
        text["rewards"] = text["rewards"][names[0]]
    (folder / "m.yaml").write_text(json.dumps(text))
    return str(folder / "m.yaml")


def policy(folder, name, seed):
    pi = np.random.default_rng(seed).dirichlet(np.ones(ACTIONS), size=STATES)
    rows = {f"s{s}": {f"a{a}": float(x) for a, x in enumerate(row)} for s, row in enumerate(pi)}
    (folder / name).write_text(json.dumps({"parametrization": "simplex", "probabilities": rows}))
    return str(folder / name), pi


def stationary(chain):
    n = len(chain)
    return np.linalg.lstsq(np.vstack([chain.T - np.eye(n), np.ones(n)]), np.append(np.zeros(n), 1), rcond=None)[0]


@pytest.mark.parametrize("seed", range(4))
def test_critics_off_policy_rest_where_their_equations_say(tmp_path, seed):
    gamma, features = 0.9, np.random.default_rng(seed + 50).normal(size=(STATES, 2))
    p, (r,) = model(seed)
    file = write(tmp_path, p, [r], gamma)
    target, pi = policy(tmp_path, "pi.json", seed + 1)
    acting, b = policy(tmp_path, "b.json", seed + 2)
    (tmp_path / "f.yaml").write_text(json.dumps(features.tolist()))
    found = answer("critics", file, "--features", tmp_path / "f.yaml", "--policy", target, "--behavior", acting, "--lambda", "0,0.6")
    chain, paid = np.einsum("sa,sat->st", pi, p), (pi * r).sum(axis=1)
    d = stationary(np.einsum("sa,sat->st", b, p))
    v = np.linalg.solve(np.eye(STATES) - gamma * chain, paid)
    assert np.allclose(found["state_weights"], d, atol=1e-12) and np.allclose(found["v"], v, atol=1e-10)
    critics = {critic["name"]: critic for critic in found["critics"]}

    def agrees(name, matrix, right):
        w = np.linalg.solve(matrix, right)
        critic = critics.pop(name)
        assert np.allclose(critic["weights"], w, rtol=1e-7, atol=1e-9), name
        assert np.isclose(critic["error"], d @ (features @ w - v) ** 2, rtol=1e-6, atol=1e-12), name
        assert critic["stable"] == bool((np.linalg.eigvals(matrix).real > 0).all()), name

    agrees("monte-carlo", features.T @ (d[:, None] * features), features.T @ (d * v))
    bellman = (np.eye(STATES) - gamma * chain) @ features
    agrees("bellman-residual", bellman.T @ (d[:, None] * bellman), bellman.T @ (d * paid))
    for lam in (0, 0.6):
        traces = np.linalg.inv(np.eye(STATES) - gamma * lam * chain)
        forward = traces @ (np.eye(STATES) - gamma * chain)
        emphasis = np.linalg.solve(forward.T, d)
        for name, weights in (("td", d), ("emphatic-td", emphasis)):
            left = features.T * weights
            agrees(f"{name}:{lam}", left @ forward @ features, left @ traces @ paid)
    assert not critics


@pytest.mark.parametrize("seed", range(3))
def test_a_chain_is_that_of_numpy(tmp_path, seed):
    p, (r,) = model(seed + 10)
    file = write(tmp_path, p, [r], 0.9)
    named, pi = policy(tmp_path, "pi.json", seed)
    found = answer("chain", file, "--policy", named)
    chain = np.einsum("sa,sat->st", pi, p)
    mu = stationary(chain)
    limit = np.tile(mu, (STATES, 1))
    fundamental = np.linalg.inv(np.eye(STATES) - chain + limit)
    assert np.allclose(found["transition"], chain) and np.allclose(found["stationary"], mu)
    assert np.allclose(found["limiting"], limit) and np.allclose(found["deviation"], fundamental - limit)
    assert np.allclose(found["fundamental"], fundamental)
    passage = np.zeros((STATES, STATES))
    for goal in range(STATES):
        on = [s for s in range(STATES) if s != goal]
        passage[on, goal] = np.linalg.solve(np.eye(STATES - 1) - chain[np.ix_(on, on)], np.ones(STATES - 1))
    theirs = np.array(found["first_passage"])
    off = ~np.eye(STATES, dtype=bool)
    assert np.allclose(theirs[off], passage[off])
    # Σ μ(t) of the time to t, the same from every state; to where one stands 0, or the return's 1/μ
    kemeny = passage @ mu
    assert np.allclose(kemeny, kemeny[0])
    assert np.isclose(found["classes"][0]["kemeny"], kemeny[0]) or np.isclose(found["classes"][0]["kemeny"], kemeny[0] + 1)
    theirs = np.sort_complex(np.array(found["spectrum"]["real"]) + 1j * np.array(found["spectrum"]["imaginary"]))
    assert np.allclose(theirs, np.sort_complex(np.linalg.eigvals(chain)), atol=1e-9)
    cuts = [c for k in range(1, STATES) for c in itertools.combinations(range(STATES), k) if mu[list(c)].sum() <= 0.5 + 1e-12]
    flows = [sum(mu[s] * chain[s, t] for s in c for t in range(STATES) if t not in c) / mu[list(c)].sum() for c in cuts]
    assert np.isclose(found["classes"][0]["conductance"], min(flows))
    law, steps = np.eye(STATES), 0
    while 0.5 * np.abs(law - mu).sum(axis=1).max() > 0.25:
        law, steps = law @ chain, steps + 1
    assert found["mixing_time"]["lower"] <= steps <= found["mixing_time"]["upper"]


@pytest.mark.parametrize("seed", range(3))
def test_bounds_and_fronts_are_those_of_linear_programs(tmp_path, seed):
    gamma = 0.8
    p, r = model(seed + 20, rewards=2)
    file = write(tmp_path, p, r, gamma, ("gain", "risk"))
    flow = np.eye(STATES)[:, :, None].repeat(ACTIONS, 2) - gamma * p.transpose(2, 0, 1)
    flow = flow.reshape(STATES, -1)
    start = np.full(STATES, 1 / STATES)

    def best(weights, bound=None):
        limits = {} if bound is None else {"A_ub": r[1].ravel()[None], "b_ub": [bound]}
        found = linprog(-(np.asarray(weights) @ r.reshape(2, -1)), A_eq=flow, b_eq=start, **limits)
        assert found.success
        return r.reshape(2, -1) @ found.x, found

    low, high = best([0, -1])[0][1], best([1, 0])[0][1]
    bound = float(low + high) / 2
    j, program = best([1, 0], bound)
    found = answer("constrained", file, "--of", "gain", "--bound", f"risk<={bound!r}")
    assert np.isclose(found["j"], j[0], atol=1e-7) and np.allclose(found["pair_occupancy"], program.x, atol=1e-6)
    (risk,) = found["constraints"]
    assert np.isclose(risk["j"], bound) and np.isclose(abs(risk["multiplier"]), -program.ineqlin.marginals[0], atol=1e-7)
    front = answer("pareto", file)
    corners = np.array([corner["j"] for corner in front["corners"]])
    # nothing is better in any direction, and each corner is best in one
    for angle in np.linspace(0, np.pi / 2, 41):
        weights = np.array([np.cos(angle), np.sin(angle)])
        assert np.isclose((corners @ weights).max(), weights @ best(weights)[0], atol=1e-7)
    rates = [corner["exchange_rate"] for corner in front["corners"][:-1]]
    assert np.allclose(rates, -np.diff(corners[:, 1]) / np.diff(corners[:, 0]))
