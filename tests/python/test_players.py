"""Games against independent programs: enumeration in fractions, and Shapley's iteration with SciPy's
linear programs."""

import json
from fractions import Fraction as Q
from itertools import product

import numpy as np
import pytest

from conftest import answer

GAMMA = Q(1, 2)
# the ambush of mdps/: (next, reward of the runner)
ROAD = {
    ("pass", "pass"): ("held", 0),
    ("pass", "ford"): ("road", 3),
    ("ford", "pass"): ("road", 1),
    ("ford", "ford"): ("held", 0),
}


def policy(x, y):
    runner = {"road": {"pass": str(x), "ford": str(1 - x)}, "held": {"wait": "1"}}
    guard = {"road": {"pass": str(y), "ford": str(1 - y)}, "held": {"rest": "1"}}
    players = {"runner": runner, "guard": guard}
    each = {
        name: {"parametrization": "simplex", "probabilities": own}
        for name, own in players.items()
    }
    return json.dumps({"parametrization": "factored", "players": each})


def value(x, y):
    """v(road) of the runner: v = r + γ(p_road v + p_held γ v), in fractions."""
    chance = {
        ("pass", "pass"): x * y,
        ("pass", "ford"): x * (1 - y),
        ("ford", "pass"): (1 - x) * y,
        ("ford", "ford"): (1 - x) * (1 - y),
    }
    r = sum(chance[a] * ROAD[a][1] for a in ROAD)
    stays = sum(chance[a] for a in ROAD if ROAD[a][0] == "road")
    return r / (1 - GAMMA * stays - GAMMA**2 * (1 - stays))


def test_a_profile_agrees_with_enumeration_in_fractions():
    for x, y in product([Q(0), Q(1, 3), Q(3, 4)], [Q(1, 5), Q(1)]):
        found = answer("players", "mdps/ambush.yaml", "--policy", policy(x, y), "--exact")
        runner, guard = found["players"]
        assert Q(runner["j"]) == value(x, y) == -Q(guard["j"])
        best = max(value(Q(0), y), value(Q(1), y))
        assert Q(runner["best_reply"]["j"]) == best
        assert Q(runner["best_reply"]["gain"]) == best - value(x, y)
        least = min(value(x, Q(0)), value(x, Q(1)))
        assert Q(guard["best_reply"]["gain"]) == value(x, y) - least
        # the tangential part of d/dx, a quarter of it each way: (∂₁ − ∂₂)/2 of v on the simplex
        h = Q(1, 10**9)
        slope = (value(x + h, y) - value(x - h, y)) / (2 * h)
        own = dict(zip(runner["parameters"], map(Q, runner["gradient"])))
        assert abs(own["theta[runner,road,pass]"] - slope / 2) < Q(1, 10**12)


def matrix_value(m):
    """The value of a matrix game by SciPy: max t with xᵀM ≥ t, Σx = 1."""
    optimize = pytest.importorskip("scipy.optimize")
    rows, columns = m.shape
    found = optimize.linprog(
        np.r_[np.zeros(rows), -1.0],
        A_ub=np.c_[-m.T, np.ones(columns)],
        b_ub=np.zeros(columns),
        A_eq=[np.r_[np.ones(rows), 0.0]],
        b_eq=[1.0],
        bounds=[(0, None)] * rows + [(None, None)],
    )
    return -found.fun


def test_values_of_random_games_agree_with_shapley_by_scipy(tmp_path):
    draw = np.random.default_rng(5)
    states, gamma = 2, 0.5
    for game in range(3):
        r = draw.normal(size=(states, 3, 2))
        p = draw.dirichlet(np.ones(states), size=(states, 3, 2))
        v = np.zeros(states)
        for _ in range(40):
            q = r + gamma * p @ v
            v = np.array([matrix_value(q[s]) for s in range(states)])
        rows = [
            [f"s{s}", f"a{a}+b{b}", f"s{t}", float(p[s, a, b, t]), float(r[s, a, b])]
            for s, a, b, t in product(range(states), range(3), range(2), range(states))
        ]
        model = {
            "discount": gamma,
            "states": [f"s{s}" for s in range(states)],
            "players": {"one": ["a0", "a1", "a2"], "two": ["b0", "b1"]},
            "initial": "uniform",
            "transitions": rows,
        }
        path = tmp_path / f"game-{game}.yaml"
        path.write_text(json.dumps(model))
        found = answer("players", path)["zero_sum"]
        lower, upper = np.array(found["lower"]), np.array(found["upper"])
        assert np.all(lower <= upper) and np.all(upper - lower < 1e-12)
        assert np.all(lower - 1e-9 <= v) and np.all(v <= upper + 1e-9)
