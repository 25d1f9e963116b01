"""What against_fractions.py has not: laws, chains, two policies, robust values, on hostile models.

    python3 tests/python/against_fractions_more.py target/release/exact-mdp [models, default 300] [seed]

The same models, those that end under the uniform policy. Worked out here in fractions, by code of its own: the variance
of the return by state (second moments of G), the exact mean and variance of the three estimators that `compare` shows
(moments of the sum of scores times the return, and of sums of scores times what follows, by recursion), the chain's times
to the end, J' - J and its parts, and robust and optimistic values within an l1 ball, by the best reply of nature to every
value. Each number is within 1e-9 of that (of vectors, relative to the largest entry), within the bound beside it, or
refused. Only the standard library.
"""

from fractions import Fraction as Q
from math import comb

from against_fractions import action_values, always_ends, evaluated, over_models, run, solved, written


def outcomes_of(rows, policy, s):
    """(π, action, next, p, r) of a state."""
    for a, (pi, outcomes) in enumerate(zip(policy[s], rows[s])):
        for t, p, r in outcomes:
            yield pi, a, t, p, r


def linear(rows, policy, factor, constant):
    """x with x(s) = constant(s) + factor Σ π p x(s'); 0 at the end."""
    n = len(rows)
    a = [[Q(i == j) for j in range(n)] for i in range(n)]
    for s in range(n):
        for pi, _, t, p, _ in outcomes_of(rows, policy, s):
            if t < n:
                a[s][t] -= factor * pi * p
    x = solved(a, constant)
    return None if x is None else [*x, Q(0)]


def moments(rows, policy, score, gamma, most):
    """E SᵃGᵇ, a and b up to `most`: S the sum of scores, G the return."""
    n = len(rows)
    known = {(0, 0): [Q(1)] * (n + 1)}
    for total in range(1, 2 * most + 1):
        for a in range(max(0, total - most), min(most, total) + 1):
            b = total - a
            constant = [Q(0)] * n
            for s in range(n):
                for pi, action, t, p, r in outcomes_of(rows, policy, s):
                    psi = score(s, action)
                    for i in range(a + 1):
                        for j in range(b + 1):
                            if (i, j) != (a, b):
                                weight = comb(a, i) * comb(b, j) * psi ** (a - i) * r ** (b - j) * gamma**j
                                constant[s] += pi * p * weight * known[i, j][t]
            found = linear(rows, policy, gamma**b, constant)
            if found is None:
                return None
            known[a, b] = [*found[:n], Q(0)]
    return known


def of_sum(rows, policy, score, gamma, factor):
    """E X and E X² at state 0 of X = ψG + factor X', G = r + γG'."""
    n = len(rows)
    by = lambda f: [sum(pi * p * f(s, a, t, r) for pi, a, t, p, r in outcomes_of(rows, policy, s)) for s in range(n)]
    g = linear(rows, policy, gamma, by(lambda s, a, t, r: r))
    gg = g and linear(rows, policy, gamma**2, by(lambda s, a, t, r: r * r + 2 * r * gamma * g[t]))
    whole = lambda t, r: r + gamma * g[t]
    square = lambda t, r: r * r + 2 * r * gamma * g[t] + gamma**2 * gg[t]
    x = gg and linear(rows, policy, factor, by(lambda s, a, t, r: score(s, a) * whole(t, r)))
    if not x:
        return None
    cross = by(lambda s, a, t, r: score(s, a) * square(t, r) + factor * r * x[t])
    xg = linear(rows, policy, factor * gamma, cross)
    mixed = lambda s, a, t, r: (
        score(s, a) ** 2 * square(t, r) + 2 * factor * score(s, a) * (r * x[t] + gamma * xg[t])
    )
    xx = linear(rows, policy, factor**2, by(mixed))
    return x[0], xx[0]


def laws(gamma, rows, policy):
    """Mean and variance of each estimator's entries."""
    found = {"total-return": ([], []), "reward-to-go": ([], []), "reward-to-go:dropped": ([], [])}
    for s in range(len(rows)):
        for a in range(len(rows[s])):
            score = lambda at, action: Q(0) if at != s else (Q(action == a) - policy[s][a])
            known = moments(rows, policy, score, gamma, 2)
            for name, pair in [
                ("total-return", known and (known[1, 1][0], known[2, 2][0])),
                ("reward-to-go", of_sum(rows, policy, score, gamma, gamma)),
                ("reward-to-go:dropped", of_sum(rows, policy, score, gamma, Q(1))),
            ]:
                if pair is None:
                    return None
                mean, second = pair
                found[name][0].append(mean)
                found[name][1].append(second - mean**2)
    return found


def robust(gamma, rows, radius, sign):
    """Values of the maximizing player against nature (sign -1) or with it (+1), l1 balls on the written support: policy
    iteration over both, in fractions, from every pair of rules; None where that is too many."""
    n = len(rows)
    values = [Q(0)] * (n + 1)
    for _ in range(200):
        moved, rule = [], []
        for s in range(n):
            best = None
            for outcomes in rows[s]:
                worth = sorted(outcomes, key=lambda o: sign * (o[2] + gamma * values[o[0]]))
                law = {id(o): o[1] for o in worth}
                left = min(radius / 2, 1 - law[id(worth[-1])])
                law[id(worth[-1])] += left
                for o in worth[:-1]:
                    taken = min(left, law[id(o)])
                    law[id(o)] -= taken
                    left -= taken
                row = [(o[0], law[id(o)], o[2]) for o in worth]
                value = sum(p * (r + gamma * values[t]) for t, p, r in row)
                if best is None or value > best[0]:
                    best = (value, row)
            moved.append(best[0])
            rule.append([best[1]])
        after = evaluated(gamma, rule, [[Q(1)]] * n)[0]
        if after is None or [*after, Q(0)] == values:
            break
        values = [*after, Q(0)]
    # a fixed point of the operator of both is the value; other ends of the iteration are not told
    return values if moved == values[:n] else None


def check(program, path, gamma, rows, _known, tally):
    n = len(rows)
    flat = lambda table: [x for row in table for x in row]
    policy = [[Q(1, len(actions))] * len(actions) for actions in rows]
    v, rho = evaluated(gamma, rows, policy)
    q = action_values(gamma, rows, v)

    known = moments(rows, policy, lambda s, a: Q(0), gamma, 2)
    report = run(program, "evaluate", path, "--return")
    if report is None or known is None:
        tally.refuse()
    else:
        variance = [known[0, 2][s] - known[0, 1][s] ** 2 for s in range(n + 1)]
        returns = report["return"]
        bounds, found = returns.get("variance_by_state_error"), returns["variance_by_state"]
        unbounded = bounds is not None and None in bounds
        bounds = bounds and [x or 0.0 for x in bounds]
        tally.judge("variance of returns", found, variance, bounds, True, unbounded)

    report = run(program, "compare", path, "-n", "2", "--threads", "1")
    right = laws(gamma, rows, policy)
    if report is None or right is None:
        tally.refuse()
    else:
        for estimator in report["estimators"]:
            if estimator["name"] in right:
                mean, variance = right[estimator["name"]]
                # a cut of the program's own moves means by a bound that it states; variances are those of the cut
                moved = report["truncation_bound"]
                figures = [("expectation", mean), ("variance", variance)]
                for key, expected in figures[: 2 if moved is None else 1]:
                    if estimator[key] is None:
                        tally.refuse()
                        continue
                    bounds = estimator.get(f"{key}_error") or [0.0] * len(expected)
                    unbounded = None in bounds
                    bounds = [(x or 0.0) + (moved or 0.0) for x in bounds]
                    tally.judge(f"{estimator['name']} {key}", estimator[key], expected, bounds, True, unbounded)

    report = run(program, "chain", path)
    if report is None:
        tally.refuse()
    else:
        times = linear(rows, policy, Q(1), [Q(1)] * n)
        if times is not None:
            tally.judge("times to the end", [row[n] for row in report["first_passage"]][:n], times[:n], None, False)

    other = [[x / sum(range(1, len(actions) + 1)) for x in map(Q, range(1, len(actions) + 1))] for actions in rows]
    to = "{parametrization: simplex, probabilities: {"
    to += ", ".join(f"{s}: {{" + ", ".join(f"{a}: {x}" for a, x in enumerate(row)) + "}" for s, row in enumerate(other))
    report = run(program, "between", path, "uniform", to + "}}", "--points", "0")
    if report is None:
        tally.refuse()
    else:
        w, visits = evaluated(gamma, rows, other)
        error = lambda key, x: [report[key]] * len(x) if report.get(key) is not None else None
        unbounded = lambda key: key in report and report[key] is None
        changes, found = [*[x - y for x, y in zip(w, v)], Q(0)], report["v_difference"]
        tally.judge("v' - v", found, changes, error("v_difference_error", found), True, unbounded("v_difference_error"))
        bounds = error("difference_error", changes[:1])
        tally.judge("J' - J", [report["difference"]], changes[:1], bounds, True, unbounded("difference_error"))
        parts = [[visits[s] * x * (value - v[s]) for x, value in zip(other[s], q[s])] for s in range(n)]
        found = report["contributions"]
        bounds = error("contribution_error", found)
        tally.judge("its parts", found, flat(parts), bounds, True, unbounded("contribution_error"))

    report = run(program, "robust", path, "--radius", "1/10")
    if report is None:
        tally.refuse()
    else:
        for name, sign in [("robust", -1), ("optimistic", 1)]:
            expected, found = robust(gamma, rows, Q(1, 10), sign) if gamma < 1 else None, report[name]
            if expected is not None and found is not None:
                bound = found["error_bound"]
                bounds = None if bound is None else [bound] * (n + 1)
                tally.judge(name, found["v"], expected, bounds, False, bound is None)


if __name__ == "__main__":
    over_models(lambda gamma, rows: True if always_ends(rows) else None, check)
