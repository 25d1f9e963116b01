"""Second derivatives, steps and higher moments against fractions, on hostile models.

    python3 tests/python/against_fractions_derivatives.py target/release/exact-mdp [models, default 300] [seed]

The same models as against_fractions.py, those that end under the uniform policy. Worked out here in fractions, by code of
its own and forwards, parameter by parameter: ∂v and ∂²v, so the Hessian of J; E Gᵏ to the fourth, so the third and fourth
central moments; ∂E G², so ∇Var G; and the covariance of reward-to-go by polarisation, so what a step along it costs:
μᵀHμ and tr(HΣ). Each number is within 1e-9 of that (of vectors, relative to the largest entry; of μᵀHμ and tr(HΣ),
relative to the terms that are summed), within the bound beside it, or refused. Only the standard library.
"""

from fractions import Fraction as Q
from math import comb

from against_fractions import always_ends, evaluated, over_models, run
from against_fractions_more import linear, of_sum, outcomes_of


def parameters(rows):
    return [(s, a) for s, actions in enumerate(rows) for a in range(len(actions))]


def slope(policy, s, a, k):
    """∂π(a|s)/∂θ_k of a softmax."""
    at, b = k
    return policy[s][a] * (Q(a == b) - policy[s][b]) if s == at else Q(0)


def bend(policy, s, a, k, l):
    """∂²π(a|s)/∂θ_k∂θ_l."""
    if k[0] != s or l[0] != s:
        return Q(0)
    pi = policy[s]
    b, c = k[1], l[1]
    return pi[a] * ((Q(a == b) - pi[b]) * (Q(a == c) - pi[c]) - pi[b] * (Q(b == c) - pi[c]))


def by_state(rows, f):
    return [sum(p * f(s, a, t, r) for a, outcomes in enumerate(rows[s]) for t, p, r in outcomes) for s in range(len(rows))]


def derivatives(gamma, rows, policy, v):
    """∂v by parameter and the Hessian of v(0)."""
    names = parameters(rows)
    first = []
    for k in names:
        own = by_state(rows, lambda s, a, t, r: slope(policy, s, a, k) * (r + gamma * v[t]))
        first.append(linear(rows, policy, gamma, own))
    _, rho = evaluated(gamma, rows, policy)
    hessian = []
    for i, k in enumerate(names):
        row = []
        for j, l in enumerate(names):
            own = by_state(
                rows,
                lambda s, a, t, r: bend(policy, s, a, k, l) * (r + gamma * v[t])
                + gamma * (slope(policy, s, a, k) * first[j][t] + slope(policy, s, a, l) * first[i][t]),
            )
            row.append(sum(x * y for x, y in zip(rho, own)))
        hessian.append(row)
    return first, hessian


def moments_of_return(gamma, rows, policy):
    """E Gᵏ for k to 4, by state."""
    known = [[Q(1)] * (len(rows) + 1)]
    for k in range(1, 5):
        own = [Q(0)] * len(rows)
        for s in range(len(rows)):
            for pi, _, t, p, r in outcomes_of(rows, policy, s):
                after = [*(known[i][t] for i in range(k))]
                own[s] += pi * p * sum(comb(k, i) * r ** (k - i) * gamma**i * after[i] for i in range(k))
        known.append(linear(rows, policy, gamma**k, own))
    return known


def variance_gradient(gamma, rows, policy, known, first):
    found = []
    for i, k in enumerate(parameters(rows)):
        square = lambda s, a, t, r: r * r + 2 * r * gamma * known[1][t] + gamma**2 * known[2][t]
        own = by_state(rows, lambda s, a, t, r: slope(policy, s, a, k) * square(s, a, t, r))
        for s in range(len(rows)):
            own[s] += sum(pi * p * 2 * r * gamma * first[i][t] for pi, _, t, p, r in outcomes_of(rows, policy, s))
        moved = linear(rows, policy, gamma**2, own)
        found.append(moved[0] - 2 * known[1][0] * first[i][0])
    return found


def covariance(gamma, rows, policy):
    """Mean and covariance of reward-to-go."""
    names = parameters(rows)
    score = lambda k: lambda s, a: Q(0) if s != k[0] else Q(a == k[1]) - policy[s][a]
    alone = [of_sum(rows, policy, score(k), gamma, gamma) for k in names]
    if None in alone:
        return None
    mean = [x for x, _ in alone]
    result = [[Q(0)] * len(names) for _ in names]
    for i, k in enumerate(names):
        for j, l in enumerate(names):
            if j < i:
                result[i][j] = result[j][i]
                continue
            both = of_sum(rows, policy, lambda s, a: score(k)(s, a) + score(l)(s, a), gamma, gamma)[1]
            result[i][j] = (both - alone[i][1] - alone[j][1]) / 2 - mean[i] * mean[j]
    return mean, result


def check(program, path, gamma, rows, _known, tally):
    n = len(rows)
    policy = [[Q(1, len(actions))] * len(actions) for actions in rows]
    v, _ = evaluated(gamma, rows, policy)
    first, hessian = derivatives(gamma, rows, policy, [*v, Q(0)])
    flat = lambda table: [x for row in table for x in row]

    for flags in [(), ("--certify",)]:
        report = run(program, "gradient", path, "--hessian", "--routes", "adjoint", *flags)
        if report is None:
            tally.refuse()
        else:
            error = report.get("hessian_error")
            bounds = report.get("bounds", {}).get("hessian")
            bounds = flat(bounds) if bounds is not None else [error] * len(flat(hessian)) if error is not None else None
            unbounded = "hessian_error" in report and error is None
            tally.judge(f"hessian {' '.join(flags)} {gamma}", flat(report["hessian"]), flat(hessian), bounds, True, unbounded)

    known = moments_of_return(gamma, rows, policy)
    report = run(program, "evaluate", path, "--return")
    if report is None or None in known:
        tally.refuse()
    else:
        returns, j = report["return"], known[1][0]
        central = lambda k: sum(comb(k, i) * known[i][0] * (-j) ** (k - i) for i in range(k + 1))
        # the third moment is beside what it is made of: Var^{3/2}
        for k, name in [(3, "third_central_moment"), (4, "fourth_central_moment")]:
            found, error = returns[name], returns.get(f"{name.split('_')[0]}_error")
            size = max(abs(central(k)), root(central(2)) ** 3 if k == 3 else Q(0))
            unbounded = "variance_error" in returns and returns["variance_error"] is None
            tally.judge(f"{name} {gamma}", [found, 0.0], [central(k), size], [error, size] if error else [0.0, size], True, unbounded)
        if returns["variance_gradient"] is not None:
            right = variance_gradient(gamma, rows, policy, known, first)
            found, error = returns["variance_gradient"], returns.get("variance_gradient_error")
            bounds = [error] * len(right) if error is not None else None
            unbounded = "variance_gradient_error" in returns and error is None
            tally.judge(f"∇Var {gamma}", found, right, bounds, True, unbounded)

    report, right = run(program, "step", path, "--estimators", "reward-to-go"), covariance(gamma, rows, policy)
    if report is None or right is None:
        tally.refuse()
    else:
        mean, spread = right
        found = report["estimators"][0]
        if found.get("curvature") is None:
            tally.refuse()
            return
        pairs = [(i, j) for i in range(len(mean)) for j in range(len(mean))]
        for name, terms in [
            ("curvature", [hessian[i][j] * mean[i] * mean[j] for i, j in pairs]),
            ("noise", [hessian[i][j] * spread[i][j] for i, j in pairs]),
        ]:
            error, size = found.get(f"{name}_error"), sum(abs(x) for x in terms)
            unbounded = f"{name}_error" in found and error is None
            bounds = [error or 0.0, size]
            tally.judge(f"step {name} {gamma}", [found[name], 0.0], [sum(terms), size], bounds, True, unbounded)


def root(x):
    """√x to thirty digits or so."""
    if x <= 0:
        return Q(0)
    scale = 1
    while x * scale * scale < 10**40:
        scale *= 10**20
    from math import isqrt

    return Q(isqrt(int(x * scale * scale)), scale)


if __name__ == "__main__":
    over_models(lambda gamma, rows: True if gamma != 1 or always_ends(rows) else None, check)
