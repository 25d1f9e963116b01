"""Robust values against SciPy's linear programs for nature, iterated in NumPy, and cones against linear programs too."""

import json

import numpy as np
import pytest
from scipy.optimize import linprog

from conftest import answer


def garnet(seed, states=6, actions=3, branching=4):
    rng = np.random.default_rng(seed)
    p = np.zeros((states, actions, states))
    for s in range(states):
        for a in range(actions):
            p[s, a, rng.choice(states, branching, replace=False)] = rng.dirichlet(np.ones(branching))
    return p, rng.normal(size=(states, actions))


def write(path, p, r, gamma):
    rows = [
        [str(s), f"a{a}", str(t), float(p[s, a, t]), float(r[s, a])]
        for s, a, t in np.argwhere(p > 0)
    ]
    text = {"discount": gamma, "states": len(p), "actions": [f"a{a}" for a in range(p.shape[1])], "initial": "uniform", "transitions": rows}
    path.write_text(json.dumps(text))


def nature(p, worth, radius, norm, sign):
    """min (or max) of q·worth over the set, by a linear program in (q, d) with d ≥ |q − p|."""
    on = np.flatnonzero(p)
    n = len(on)
    c = np.concatenate([sign * worth[on], np.zeros(n)])
    eye = np.eye(n)
    upper = [np.hstack([eye, -eye]), np.hstack([-eye, -eye])]
    bounds_of = [p[on], -p[on]]
    if norm == "l1":
        upper.append(np.concatenate([np.zeros(n), np.ones(n)])[None])
        bounds_of.append([radius])
        d = (0, None)
    else:
        d = (0, radius)
    found = linprog(
        c,
        A_ub=np.vstack(upper),
        b_ub=np.concatenate(bounds_of),
        A_eq=np.concatenate([np.ones(n), np.zeros(n)])[None],
        b_eq=[p[on].sum()],
        bounds=[(0, 1)] * n + [d] * n,
    )
    assert found.success
    return sign * found.fun


@pytest.mark.parametrize("norm, radius", [("l1", 0.3), ("max", 0.1)])
def test_robust_values_are_those_of_linear_programs(tmp_path, norm, radius):
    gamma = 0.6
    p, r = garnet(1)
    write(tmp_path / "m.json", p, r, gamma)
    (tmp_path / "m.yaml").write_text((tmp_path / "m.json").read_text())
    found = answer("robust", str(tmp_path / "m.yaml"), "--radius", str(radius), "--norm", norm)
    for part, sign in (("robust", 1), ("optimistic", -1)):
        v = np.array(found[part]["v"])
        q = [[r[s, a] + gamma * nature(p[s, a], v, radius, norm, sign) for a in range(3)] for s in range(6)]
        # a fixed point of the operator that SciPy computes
        assert np.allclose(np.max(q, axis=1), v, atol=1e-8)
        assert np.allclose(np.ravel(q), found[part]["q"], atol=1e-8)


def test_the_border_of_a_cone_is_that_of_linear_programs(tmp_path):
    gamma = 0.8
    p, r = garnet(2, states=4)
    write(tmp_path / "m.yaml", p, r, gamma)
    cone = answer("cone", str(tmp_path / "m.yaml"))
    taken = np.array(cone["policy"]["probabilities"]).reshape(4, 3).argmax(1)
    inverse = np.linalg.inv(np.eye(4) - gamma * p[np.arange(4), taken])
    distances = {}
    for s, a in np.argwhere(np.arange(3) != taken[:, None]):
        row = -np.eye(12)[3 * s + a]
        row[3 * np.arange(4) + taken] += (np.eye(4)[s] - gamma * p[s, a]) @ inverse
        assert np.allclose(row, cone["inequalities"][3 * s + a], atol=1e-9)
        # the least t with |δ| ≤ t that makes this inequality an equality
        best = linprog(
            np.append(np.zeros(12), 1),
            A_ub=np.block([[np.eye(12), -np.ones((12, 1))], [-np.eye(12), -np.ones((12, 1))]]),
            b_ub=np.zeros(24),
            A_eq=np.append(row, 0)[None],
            b_eq=[-row @ r.ravel()],
            bounds=[(None, None)] * 13,
        )
        distances[s, a] = best.fun
    assert np.isclose(cone["max_norm"]["distance"], min(distances.values()), atol=1e-9)
    s, a = min(distances, key=distances.get)
    assert cone["max_norm"]["nearest"] == [[str(s), f"a{a}"]]
