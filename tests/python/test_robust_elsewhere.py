"""Robust values at γ = 1, over horizons and per step, against all policies and all corners of nature's sets in fractions."""

import itertools
import json
import random
import subprocess
from fractions import Fraction as Q

import pytest

from conftest import PROGRAM, ROOT, answer


def refused(*arguments):
    """What the program says, where it does not answer."""
    command = [PROGRAM, *map(str, arguments), "--quiet"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2, done.stdout
    return " ".join(done.stderr.replace("│", " ").split())


def solve(a, b):
    """x of Ax = b by Gauss and Jordan, in fractions."""
    n = len(a)
    rows = [list(row) + [y] for row, y in zip(a, b)]
    for i in range(n):
        pivot = next(k for k in range(i, n) if rows[k][i] != 0)
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for k in range(n):
            if k != i and rows[k][i] != 0:
                rows[k] = [x - rows[k][i] * y for x, y in zip(rows[k], rows[i])]
    return [row[n] for row in rows]


def corners(p, radius):
    """The corners of max|q − p| ≤ radius among distributions: all entries at an end of their interval, but for one."""
    low = [max(x - radius, Q(0)) for x in p]
    high = [min(x + radius, Q(1)) for x in p]
    found = set()
    for free in range(len(p)):
        for ends in itertools.product((0, 1), repeat=len(p)):
            q = [high[i] if end else low[i] for i, end in enumerate(ends)]
            q[free] = 1 - sum(q[:free]) - sum(q[free + 1 :])
            if low[free] <= q[free] <= high[free]:
                found.add(tuple(q))
    return sorted(found)


class Small:
    """Three states and two actions, outcomes among `nexts`, probabilities in twelfths and rewards by outcome."""

    def __init__(self, seed, nexts, criterion, paid=range(-4, 5)):
        rng = random.Random(seed)
        self.rows = {}
        for s in range(3):
            for a in range(2):
                on = sorted(rng.sample(nexts, 3))
                cut = sorted(rng.sample(range(1, 12), 2))
                p = [Q(x, 12) for x in (cut[0], cut[1] - cut[0], 12 - cut[1])]
                self.rows[s, a] = on, p, [Q(rng.choice(paid), 2) for _ in on]
        self.criterion = criterion

    def write(self, path):
        rows = [
            [f"s{s}", f"a{a}", "end" if t == 3 else f"s{t}", str(p), str(r)]
            for (s, a), row in self.rows.items()
            for t, p, r in zip(*row)
        ]
        ends = any(3 in row[0] for row in self.rows.values())
        model = {
            **self.criterion,
            "states": ["s0", "s1", "s2"] + ["end"] * ends,
            "actions": ["a0", "a1"],
            "initial": {"s0": 1},
            "transitions": rows,
        }
        if ends:
            model["terminal"] = ["end"]
        path.write_text(json.dumps(model))
        return str(path)

    def chains(self, rule, radius):
        """P and r of all corners under a policy."""
        rows = [self.rows[s, rule[s]] for s in range(3)]
        for choice in itertools.product(*(corners(row[1], radius) for row in rows)):
            p = [[Q(0)] * 3 for _ in range(3)]
            for s, (row, q) in enumerate(zip(rows, choice)):
                for t, x in zip(row[0], q):
                    if t < 3:
                        p[s][t] += x
            yield p, [sum(x * y for x, y in zip(row[2], q)) for row, q in zip(rows, choice)]

    def extremes(self, value, radius, nature):
        """maxπ min_p (or max_p) of a list of values, entry by entry."""
        found = []
        for rule in itertools.product((0, 1), repeat=3):
            all_p = [value(p, r) for p, r in self.chains(rule, radius)]
            found.append([nature(column) for column in zip(*all_p)])
        return [max(column) for column in zip(*found)]


def fractions(values):
    return [Q(x) for x in values]


def total(p, r):
    return solve([[(i == j) - p[i][j] for j in range(3)] for i in range(3)], r)


def gain(p, r):
    """μr with μ(I − P) = 0 and Σμ = 1."""
    a = [[(i == j) - p[i][j] for i in range(3)] for j in range(2)] + [[Q(1)] * 3]
    mu = solve(a, [Q(0), Q(0), Q(1)])
    return [sum(x * y for x, y in zip(mu, r))]


NATURES = (("robust", min), ("optimistic", max))


@pytest.mark.parametrize("seed", range(3))
def test_the_total_reward_is_that_of_all_corners(tmp_path, seed):
    radius = Q(1, 24)
    model = Small(seed, [0, 1, 2, 3], {"discount": 1})
    for s in range(2):
        for a in range(2):
            on, p, r = model.rows[s, a]
            model.rows[s, a] = sorted(set(on) - {3} or {0})[:2] + [3], p, r
    file = model.write(tmp_path / "m.yaml")
    asked = "robust", file, "--radius", str(radius), "--norm", "max"
    exact, floating, certified = answer(*asked, "--exact"), answer(*asked), answer(*asked, "--certify")
    for part, nature in NATURES:
        v = model.extremes(total, radius, nature)
        assert fractions(exact[part]["v"][:3]) == v
        assert Q(exact[part]["j"]) == v[0]
        assert exact[part]["error_bound"] == "0"
        for found in floating, certified:
            assert 0 < found[part]["error_bound"] < 1e-9
            for x, y in zip(found[part]["v"], v):
                assert abs(Q(x) - y) <= Q(found[part]["error_bound"])
        assert certified["bounds"][part]["j"] < 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_the_gain_is_that_of_all_corners(tmp_path, seed):
    radius = Q(1, 24)
    model = Small(seed, [0, 1, 2], {"criterion": "average"})
    file = model.write(tmp_path / "m.yaml")
    asked = "robust", file, "--radius", str(radius), "--norm", "max"
    exact, certified = answer(*asked, "--exact"), answer(*asked, "--certify")
    for part, nature in NATURES:
        g = model.extremes(gain, radius, nature)[0]
        assert Q(exact[part]["gain"]["value"]) == g == Q(exact[part]["j"])
        # the optimality equation g + v = maxₐ min_p Σ p (r + v), by all corners
        v = fractions(exact[part]["v"])
        assert v[0] == 0 and exact[part]["gain"]["relative_to"] == "s0"
        for s in range(3):
            best = []
            for a in range(2):
                on, p, r = model.rows[s, a]
                worth = [x + v[t] for t, x in zip(on, r)]
                best.append(nature(sum(x * y for x, y in zip(q, worth)) for q in corners(p, radius)))
            assert max(best) == g + v[s]
        found = certified[part]
        assert abs(Q(found["gain"]["value"]) - g) <= Q(found["gain"]["error_bound"]) < Q(1, 10**9)
        for x, y in zip(found["v"], v):
            assert abs(Q(x) - y) <= Q(found["error_bound"]) < Q(1, 10**9)


@pytest.mark.parametrize("discount", [1, "9/10"])
def test_a_horizon_is_that_of_all_corners_at_each_step(tmp_path, discount):
    radius, horizon = Q(1, 8), 4
    model = Small(7, [0, 1, 2], {"horizon": horizon, "discount": discount})
    file = model.write(tmp_path / "m.yaml")
    asked = "robust", file, "--radius", str(radius), "--norm", "max"
    exact, certified = answer(*asked, "--exact"), answer(*asked, "--certify")

    def back(v, nature, radius, rule=None):
        q = []
        for s in range(3):
            q.append([])
            for a in range(2):
                on, p, r = model.rows[s, a]
                worth = [x + Q(discount) * v[t] for t, x in zip(on, r)]
                q[s].append(nature(sum(x * y for x, y in zip(c, worth)) for c in corners(p, radius)))
        chosen = [max((0, 1), key=lambda a: q[s][a]) for s in range(3)]
        return [q[s][(rule or chosen)[s]] for s in range(3)], chosen

    # the rules that are best are worth what they are worth, on the model unrolled in time
    named = {"by_time": [
        {"parametrization": "simplex", "probabilities": [int(Q(x)) for x in row]} for row in exact["robust"]["policy_by_time"]
    ]}
    same = answer(*asked, "--exact", "--policy", json.dumps(named))
    assert same["robust"]["j"] == exact["robust"]["j"] and same["j_nominal"] == exact["j_nominal"]

    for part, nature in NATURES:
        v, nominal, rules = [[Q(0)] * 3], [Q(0)] * 3, []
        for _ in range(horizon):
            values, rule = back(v[0], nature, radius)
            v.insert(0, values)
            rules.insert(0, rule)
            nominal, _ = back(nominal, min, Q(0), rule)
        assert [fractions(row) for row in exact[part]["v_by_time"]] == v
        taken = [[[row[2 * s], row[2 * s + 1]].index("1") for s in range(3)] for row in exact[part]["policy_by_time"]]
        assert taken == rules
        if part == "robust":
            assert Q(exact["j_nominal"]) == nominal[0]
        for row, right in zip(certified[part]["v_by_time"], v):
            assert all(abs(Q(x) - y) <= Q(certified[part]["error_bound"]) < Q(1, 10**9) for x, y in zip(row, right))
    shaken = best = [Q(0)] * 3
    for _ in range(horizon):
        best, rule = back(best, min, Q(0))
        shaken, _ = back(shaken, min, radius, rule)
    assert Q(exact["j_nominal_optimal"]) == best[0] and Q(exact["j_robust_of_nominal_optimal"]) == shaken[0]


def walk(step, **more):
    """Three states in a row; `go` moves on with probability 3/4, `wait` stays."""
    rows = []
    for s in range(3):
        rows += [[f"s{s}", "go", f"s{s + 1}", "3/4", step], [f"s{s}", "go", f"s{s}", "1/4", step]]
        rows += [[f"s{s}", "wait", f"s{s}", 1, step]]
    names = [f"s{s}" for s in range(4)]
    return {"discount": 1, "states": names, "actions": ["go", "wait"], "terminal": ["s3"], "initial": {"s0": 1}, "transitions": rows, **more}


def test_where_every_step_costs_waiting_for_ever_is_no_way_out(tmp_path):
    file = tmp_path / "walk.yaml"
    file.write_text(json.dumps(walk(-2)))
    asked = "robust", str(file), "--radius", "1/4", "--norm", "max"
    exact = answer(*asked, "--exact")
    # every move takes 1/(3/4 ∓ 1/4) steps of cost 2
    assert fractions(exact["robust"]["v"]) == [-12, -8, -4, 0]
    assert fractions(exact["optimistic"]["v"]) == [-6, -4, -2, 0]
    certified = answer(*asked, "--certify")
    for part, right in (("robust", -12), ("optimistic", -6)):
        bound = certified[part]["error_bound"]
        assert 0 <= bound < 1e-9 and abs(Q(certified[part]["v"][0]) - right) <= Q(bound)


def test_what_may_go_on_for_ever_is_refused_by_name(tmp_path):
    file = tmp_path / "walk.yaml"
    file.write_text(json.dumps(walk(1)))
    assert "`s0`, `s1`, `s2`" in refused("robust", str(file), "--radius", "1/4")
    # a policy that goes ends; with Σ|p − p̄| ≤ 3/2 nature may hold it back
    go = tmp_path / "go.yaml"
    go.write_text("probabilities: {s0: {go: 1}, s1: {go: 1}, s2: {go: 1}}\nparametrization: simplex\n")
    named = "robust", str(file), "--policy", str(go)
    assert Q(answer(*named, "--radius", "1/4", "--norm", "max", "--exact")["robust"]["v"][0]) == 3
    assert "at discount 1" in refused(*named, "--radius", "3/2")
    file.write_text(json.dumps({**walk(1), "criterion": "average"} | {"discount": 1}).replace('"discount": 1, ', ""))
    assert "`s0`, `s1`, `s2`" in refused("robust", str(file), "--radius", "1/4")


# A walk with a choice at each of two states; `target` stays for nothing.
STORM = """@type: MDP
@value_type: double-interval
@parameters

@reward_models
cost 
@nr_states
4
@nr_choices
6
@model
state 0 [1] init
\taction a [0]
\t\t1 : [0.5, 0.7]
\t\t2 : [0.3, 0.5]
\taction b [0.5]
\t\t1 : [0.6, 0.8]
\t\t3 : [0.2, 0.4]
state 1 [1]
\taction c [0]
\t\t0 : [0.1, 0.3]
\t\t3 : [0.7, 0.9]
state 2 [1]
\taction d [0]
\t\t2 : [0.4, 0.6]
\t\t3 : [0.4, 0.6]
\taction e [3]
\t\t3 : 1
state 3 [0] target
\taction e [0]
\t\t3 : [1, 1]
"""


def test_intervals_of_storm_s_files_have_the_values_that_storm_has(tmp_path):
    stormpy = pytest.importorskip("stormpy")
    if not hasattr(stormpy, "UncertaintyResolutionMode"):
        pytest.skip("a stormpy without interval models")
    modes = stormpy.UncertaintyResolutionMode
    file = tmp_path / "walk.drn"
    file.write_text(STORM)
    model = stormpy.build_model_from_drn[stormpy.Interval](str(file))
    stormpy.io.export_to_drn(model, str(tmp_path / "again.drn"))
    stormpy.io.export_to_umb(model, str(tmp_path / "walk.umb"))
    ours = tmp_path / "ours.drn"
    subprocess.run([PROGRAM, "convert", file, "--to", "drn", "-o", ours, "--discount", "1", "--quiet"], check=True)
    told = answer("robust", file, "--discount", "1", "--exact")
    # a · 0.7 · v(1) + 0.3 · v(2) at worst for gains: v(2) = 4 by e, v(1) = 1 + 0.1 v(0) or 1 + 0.3 v(0)
    for goal, part, mode in (("max", "robust", modes.ROBUST), ("max", "optimistic", modes.COOPERATIVE)):
        property = stormpy.parse_properties(f'R{{"cost"}}{goal}=? [F "target"]')[0]
        right = stormpy.model_checking(model, property, uncertainty_resolution_mode=mode)
        right = [right.get_value(state) for state in range(4)]
        assert [float(Q(x)) for x in told[part]["v"]] == pytest.approx(right, abs=1e-5)
        for other in (tmp_path / "again.drn", tmp_path / "walk.umb"):
            assert answer("robust", other, "--discount", "1")[part]["v"] == pytest.approx(right, abs=1e-5)
        assert answer("robust", ours, "--discount", "1", "--exact")[part]["v"] == told[part]["v"]
    again = stormpy.build_model_from_drn[stormpy.Interval](str(ours))
    assert again.nr_states == 4 and again.nr_choices == 6
    costs = answer("robust", file, "--discount", "1", "--minimize")
    property = stormpy.parse_properties('R{"cost"}min=? [F "target"]')[0]
    right = stormpy.model_checking(model, property, uncertainty_resolution_mode=modes.ROBUST)
    assert costs["robust"]["v"] == pytest.approx([right.get_value(state) for state in range(4)], abs=1e-5)


def test_an_interval_without_a_distribution_is_told(tmp_path):
    file = tmp_path / "walk.drn"
    for wrong, why in (
        ("[0.1, 0.2]", "the high ends sum to 9/10, less than 1"),
        ("[0.8, 0.9]", "the low ends sum to 13/10, more than 1"),
        ("[0.9, 0.3]", "[9/10, 3/10] is no interval within [0, 1]"),
        ("[0.3 0.5]", "an interval `[0.4, 0.9]`"),
    ):
        file.write_text(STORM.replace("[0.3, 0.5]", wrong))
        assert why in refused("robust", file, "--discount", "1")
