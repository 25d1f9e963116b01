"""Robust values against SciPy's linear programs for nature, iterated in NumPy, and cones against linear programs too."""

import json
from fractions import Fraction

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


def chain_of(p, taken):
    return p[np.arange(len(p)), taken]


def inequalities(p, taken, weights):
    """The rows of C, one for each pair that is not taken; `weights(s, a)` are those of the rewards that are."""
    n, actions = p.shape[:2]
    rows = {}
    for s, a in np.argwhere(np.arange(actions) != np.asarray(taken)[:, None]):
        row = -np.eye(n * actions)[actions * s + a]
        row[actions * np.arange(n) + taken] += weights(s, a)
        rows[s, a] = row
    return rows


def policy_file(path, taken, actions):
    rows = {str(s): {f"a{a}": 1} for s, a in enumerate(taken)}
    path.write_text(json.dumps({"parametrization": "simplex", "probabilities": rows}))
    return str(path)


@pytest.mark.parametrize("seed", [3, 4, 5])
@pytest.mark.parametrize("criterion", ["discounted", "average"])
def test_a_cone_is_as_far_away_as_programs_say(tmp_path, criterion, seed):
    from scipy.optimize import minimize

    rng = np.random.default_rng(seed)
    # whole parts of 1024, each above 0, so that the decimals of a file sum to 1
    p = (1 + rng.multinomial(1020, rng.dirichlet(np.ones(4), size=(4, 3)))) / 1024
    r = rng.integers(-64, 64, size=(4, 3)) / 16
    write(tmp_path / "m.yaml", p, r, 0.8)
    taken = rng.integers(3, size=4)
    if criterion == "discounted":
        inverse = np.linalg.inv(np.eye(4) - 0.8 * chain_of(p, taken))
        rows = inequalities(p, taken, lambda s, a: (np.eye(4)[s] - 0.8 * p[s, a]) @ inverse)
    else:
        chain = chain_of(p, taken)
        mu = np.linalg.lstsq(np.vstack([chain.T - np.eye(4), np.ones(4)]), [0, 0, 0, 0, 1], rcond=None)[0]
        limit = np.tile(mu, (4, 1))
        deviation = np.linalg.inv(np.eye(4) - chain + limit) - limit
        rows = inequalities(p, taken, lambda s, a: mu + (np.eye(4)[s] - p[s, a]) @ deviation)
    asked = "cone", str(tmp_path / "m.yaml"), "--policy", policy_file(tmp_path / "p.yaml", taken, 3)
    asked += ("--criterion", "average") * (criterion == "average")
    found = answer(*asked)
    c = np.array(list(rows.values()))
    assert found["is_optimal"] is False and np.allclose(c @ r.ravel(), [found["slack"][3 * s + a] for s, a in rows], atol=1e-9)
    ones = np.ones((12, 1))
    best = linprog(
        np.append(np.zeros(12), 1),
        A_ub=np.block([[np.eye(12), -ones], [-np.eye(12), -ones], [-c, np.zeros((len(c), 1))]]),
        b_ub=np.concatenate([np.zeros(24), c @ r.ravel()]),
        bounds=[(None, None)] * 13,
    )
    to_cone = found["to_cone"]
    assert np.isclose(to_cone["max_norm"], best.fun, atol=1e-9)
    for change, size in (("max_change", np.max(np.abs(to_cone["max_change"]))), ("change", None)):
        assert (c @ (r.ravel() + to_cone[change]) >= -1e-9).all()
        assert size is None or np.isclose(size, best.fun, atol=1e-9)
    square = minimize(
        lambda x: x @ x,
        np.array(to_cone["max_change"]),
        jac=lambda x: 2 * x,
        constraints={"type": "ineq", "fun": lambda x: c @ (r.ravel() + x), "jac": lambda x: c},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert np.isclose(to_cone["euclidean_squared"], square.fun, rtol=1e-6)
    assert np.allclose(to_cone["change"], square.x, atol=1e-4)
    assert np.isclose(to_cone["euclidean"] ** 2, to_cone["euclidean_squared"], rtol=1e-12)
    # in fractions the same number; the policy is optimal for the nearest reward
    exact = answer(*asked, "--exact")["to_cone"]
    assert np.isclose(float(Fraction(exact["max_norm"])), best.fun, atol=1e-9)
    assert np.isclose(float(Fraction(exact["euclidean_squared"])), square.fun, rtol=1e-6)


def test_rewards_shaped_per_step_are_found(tmp_path):
    p, r = garnet(6, states=4)
    p = p * 0.9 + 0.1 / 4
    phi = np.array([0.5, -1.0, 2.0, 0.25])
    shaped = 2 * r + 0.75 + p @ phi - phi[:, None]
    write(tmp_path / "r.yaml", p, r, 0.9)
    write(tmp_path / "s.yaml", p, shaped, 0.9)
    asked = "shaping", str(tmp_path / "r.yaml"), str(tmp_path / "s.yaml"), "--criterion", "average"
    found = answer(*asked)
    assert found["verdict"] == "scaled" and np.isclose(found["scale"], 2) and np.isclose(found["constant"], 0.75)
    assert np.allclose(np.diff(found["potential"]), np.diff(phi), atol=1e-9)
    values = found["values"]
    for name in ("j_difference", "v_difference", "q_difference", "advantage_difference", "gradient_difference"):
        assert values[name] < 1e-9, name
    assert np.isclose(values["j_other"], 2 * values["j"] + 0.75)
    shaped[0, 0] += 0.125
    write(tmp_path / "s.yaml", p, shaped, 0.9)
    assert '"refuted"' in refused_shaping(*asked)


def refused_shaping(*arguments):
    import subprocess

    from conftest import PROGRAM

    done = subprocess.run([PROGRAM, *arguments, "--format", "json", "--quiet"], capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    return done.stdout
