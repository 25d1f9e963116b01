"""What the other scripts have not: other criteria, starts and estimators against fractions, on hostile models.

    python3 tests/python/against_fractions_criteria.py target/release/exact-mdp [models, default 300] [seed]

The same models, those that end under the uniform policy, started in two states. Worked out here in fractions, by code of
its own: the natural gradient, F⁺∇J = A less its mean over the actions of a visited state; the skewness of the return; over a
horizon of five steps v, q, J, ∇J, the occupancy and the variance of the return, by recursion; of the model that starts
again where it would end the average reward, the bias, the advantages and its gradient, with the stationary distribution and
times of passage of `chain`; and mean and variance of estimators made of residuals (`td-residual`, `gae:0.95`, `n-step:3`,
`baseline:v`), and of reward-to-go and `advantage` under another behavior. Each number is within 1e-9 of that (of vectors,
relative to the largest entry), within the bound beside it, or refused. Only the standard library.
"""

from fractions import Fraction as Q

from against_fractions import action_values, always_ends, evaluated, over_models, run, solved
from against_fractions_derivatives import moments_of_return, root
from against_fractions_more import linear, outcomes_of

HORIZON = 5


def flat(table):
    return [x for row in table for x in row]


def starts(rows):
    """Two states, or the only one, as fractions and as they are written."""
    n = len(rows)
    return ([Q(1, 3), Q(2, 3)] + [Q(0)] * (n - 2), "{0: 1/3, 1: 2/3}") if n > 1 else ([Q(1)], "{0: 1}")


def mean(start, x):
    return sum(p * y for p, y in zip(start, x))


def visits(rows, policy, gamma, start):
    n = len(rows)
    a = [[Q(i == j) for j in range(n)] for i in range(n)]
    for s in range(n):
        for pi, _, t, p, _ in outcomes_of(rows, policy, s):
            if t < n:
                a[t][s] -= gamma * pi * p
    return solved(a, list(start))


def over_steps(gamma, rows, policy, start):
    """v, q, J, ∇J, occupancy and variances over a horizon."""
    n = len(rows)
    v, second, tables = [Q(0)] * (n + 1), [Q(0)] * (n + 1), []
    for _ in range(HORIZON):
        q = action_values(gamma, rows, v[:n])
        squares = [
            sum(pi * p * (r * r + 2 * r * gamma * v[t] + gamma**2 * second[t]) for pi, _, t, p, r in outcomes_of(rows, policy, s))
            for s in range(n)
        ]
        v = [*(sum(pi * x for pi, x in zip(policy[s], q[s])) for s in range(n)), Q(0)]
        second = [*squares, Q(0)]
        tables.append((q, v))
    mass, occupancy, gradient = list(start), [Q(0)] * n, [[Q(0)] * len(actions) for actions in rows]
    for q, own in reversed(tables):
        after = [Q(0)] * n
        for s in range(n):
            occupancy[s] += mass[s]
            for a, pi in enumerate(policy[s]):
                gradient[s][a] += mass[s] * pi * (q[s][a] - own[s])
            for pi, _, t, p, _ in outcomes_of(rows, policy, s):
                if t < n:
                    after[t] += gamma * mass[s] * pi * p
        mass = after
    q, v = tables[-1]
    by_state = [x - y * y for x, y in zip(second, v)]
    whole = mean(start, second) - mean(start, v) ** 2
    return v, flat(q), mean(start, v), flat(gradient), occupancy, by_state, whole


def again(rows):
    """The model that starts in state 0 where it would end, without the end."""
    n = len(rows)
    return [[[(0 if t == n else t, p, r) for t, p, r in outcomes] for outcomes in actions] for actions in rows]


def in_the_long_run(rows, policy):
    """Gain, bias, advantages, ∇gain, the stationary distribution and times of passage to state 0."""
    n = len(rows)
    p = [[Q(0)] * n for _ in range(n)]
    r = [Q(0)] * n
    for s in range(n):
        for pi, _, t, x, reward in outcomes_of(rows, policy, s):
            p[s][t] += pi * x
            r[s] += pi * x * reward
    # every state leads to 0
    a = [[Q(i == j) - p[j][i] for j in range(n)] for i in range(n)]
    a[0] = [Q(1)] * n
    stationary = solved(a, [Q(i == 0) for i in range(n)])
    gain = mean(stationary, r)
    a = [[Q(i == j) - p[i][j] + stationary[j] for j in range(n)] for i in range(n)]
    bias = solved(a, [x - gain for x in r])
    advantage = [
        [sum(x * (reward + bias[t]) for t, x, reward in outcomes) - gain - bias[s] for outcomes in actions]
        for s, actions in enumerate(rows)
    ]
    gradient = [[stationary[s] * pi * x for pi, x in zip(policy[s], advantage[s])] for s in range(n)]
    a = [[Q(i == j) - (p[i][j] if j else Q(0)) for j in range(n)] for i in range(n)]
    return gain, bias, flat(advantage), flat(gradient), stationary, solved(a, [Q(1)] * n)


def of_sums(rows, policy, start, terms, factors):
    """E X and Var X of X = ψΓ + γX' and Γ = δ + gΓ', by the outcome's ψ, δ (weighed by the ratio ω of both)."""
    gamma, g = factors
    n = len(rows)

    def averaged(f):
        return [sum(pi * p * f(*terms(s, a, t, r), t) for pi, a, t, p, r in outcomes_of(rows, policy, s)) for s in range(n)]

    def system(factor, power, constant):
        a = [[Q(i == j) for j in range(n)] for i in range(n)]
        for s in range(n):
            for pi, action, t, p, r in outcomes_of(rows, policy, s):
                if t < n:
                    a[s][t] -= factor * pi * p * terms(s, action, t, r)[2] ** power
        x = solved(a, constant)
        return x and [*x, Q(0)]

    own = system(g, 1, averaged(lambda psi, d, w, t: w * d))
    squares = own and system(g**2, 2, averaged(lambda psi, d, w, t: w * w * (d * d + 2 * d * g * own[t])))
    x = squares and system(gamma, 1, averaged(lambda psi, d, w, t: w * psi * (d + g * own[t])))
    if not x:
        return None
    whole = lambda d, t: d * d + 2 * d * g * own[t] + g * g * squares[t]
    mixed = system(gamma * g, 2, averaged(lambda psi, d, w, t: w * w * (psi * whole(d, t) + gamma * d * x[t])))
    cross = lambda psi, d, t: 2 * gamma * psi * (d * x[t] + g * mixed[t])
    xx = mixed and system(gamma**2, 2, averaged(lambda psi, d, w, t: w * w * (psi**2 * whole(d, t) + cross(psi, d, t))))
    return xx and (mean(start, x), mean(start, xx) - mean(start, x) ** 2)


def of_three_steps(rows, policy, start, terms, gamma):
    """The same of X = ψY₃ + γX', Y_k = δ + γY'_{k−1}."""
    n = len(rows)

    def averaged(f):
        return [
            *(sum(pi * p * f(*terms(s, a, t, r), t) for pi, a, t, p, r in outcomes_of(rows, policy, s)) for s in range(n)),
            Q(0),
        ]

    zero = [Q(0)] * (n + 1)
    y, yy = [zero], {(j, 0): zero for j in range(4)} | {(0, j): zero for j in range(4)}
    for k in range(3):
        before = y[k]
        y.append(averaged(lambda psi, d, w, t: d + gamma * before[t]))
    for j in range(1, 4):
        for k in range(1, 4):
            of = lambda psi, d, w, t: d * d + gamma * d * (y[j - 1][t] + y[k - 1][t]) + gamma**2 * yy[j - 1, k - 1][t]
            yy[j, k] = averaged(of)
    x = linear(rows, policy, gamma, averaged(lambda psi, d, w, t: psi * (d + gamma * y[2][t]))[:n])
    # E Y_k X
    yx = [zero]
    for k in range(1, 4):
        square = lambda d, t, k: d * d + gamma * d * (y[k - 1][t] + y[2][t]) + gamma**2 * yy[k - 1, 2][t]
        yx.append(averaged(lambda psi, d, w, t: psi * square(d, t, k) + gamma * (d * x[t] + gamma * yx[k - 1][t])))
    cross = lambda psi, d, t: psi**2 * (d * d + 2 * gamma * d * y[2][t] + gamma**2 * yy[2, 2][t]) + 2 * gamma * psi * (
        d * x[t] + gamma * yx[2][t]
    )
    xx = linear(rows, policy, gamma**2, averaged(lambda psi, d, w, t: cross(psi, d, t))[:n])
    return mean(start, x), mean(start, xx) - mean(start, x) ** 2


def compared(tally, report, right):
    for estimator in report["estimators"]:
        laws = right.get(estimator["name"])
        if laws is None or None in laws:
            tally.refuse()
            continue
        # a cut of the program's own moves means by a bound that it states; variances are those of the cut
        moved = report["truncation_bound"]
        for i, key in enumerate(["expectation", "variance"][: 2 if moved is None else 1]):
            if estimator.get(key) is None:
                tally.refuse()
                continue
            expected = [law[i] for law in laws]
            bounds = estimator.get(f"{key}_error") or [0.0] * len(expected)
            unbounded = None in bounds
            bounds = [(x or 0.0) + (moved or 0.0) for x in bounds]
            tally.judge(f"{estimator['name']} {key}", estimator[key], expected, bounds, True, unbounded)


def judged(tally, what, found, expected, error, together=True):
    """Numbers beside one bound on all of them, `error` as (whether the report has it, the bound)."""
    has, bound = error
    tally.judge(what, found, expected, [bound] * len(expected) if bound is not None else None, together, has and bound is None)


def told(report, key):
    return key in report, report.get(key)


def check(program, path, gamma, rows, _known, tally):
    n = len(rows)
    start, written = starts(rows)
    begin = ("--initial", written)
    policy = [[Q(1, len(actions))] * len(actions) for actions in rows]
    v, _ = evaluated(gamma, rows, policy)
    q = action_values(gamma, rows, v)
    rho = visits(rows, policy, gamma, start)

    report = run(program, "gradient", path, "--natural", *begin)
    if report is None:
        tally.refuse()
    else:
        natural = flat([[x - sum(q[s]) / len(q[s]) if rho[s] else Q(0) for x in q[s]] for s in range(n)])
        judged(tally, f"natural {gamma}", report["natural"], natural, told(report, "natural_error"))
        gradient = flat([[rho[s] * pi * (x - v[s]) for pi, x in zip(policy[s], q[s])] for s in range(n)])
        tally.judge("gradient", report["gradient"], gradient, [report["tolerance"]] * len(gradient), True)

    known = moments_of_return(gamma, rows, policy)
    report = run(program, "evaluate", path, "--return", *begin)
    if report is None or None in known:
        tally.refuse()
    else:
        raw = [mean(start, x) for x in known]
        second, third = raw[2] - raw[1] ** 2, raw[3] - 3 * raw[1] * raw[2] + 2 * raw[1] ** 3
        returns = report["return"]
        unbounded = told(returns, "variance_error")
        judged(tally, f"variance {gamma}", [returns["variance"]], [second], unbounded)
        if returns["skewness"] is not None and second:
            expected, found = third / root(second) ** 3, returns["skewness"]
            has, bound = told(returns, "skewness_error")
            size = max(abs(expected), Q(1))
            off = [bound, size] if bound is not None else [0.0, size]
            # bounds of the parts are told where the quotient has none
            unbounded = has and bound is None
            tally.judge(f"skewness {gamma}", [found, 0.0], [expected, size], off, True, unbounded)

    right = over_steps(gamma, rows, policy, start)
    report = run(program, "evaluate", path, "--horizon", str(HORIZON), "--criterion", "finite-horizon", "--return", *begin)
    if report is None:
        tally.refuse()
    else:
        error = told(report, "value_error")
        judged(tally, "v over steps", report["v"], right[0], error, False)
        judged(tally, "q over steps", report["q"], right[1], error, False)
        judged(tally, "J over steps", [report["j"]], [right[2]], error, False)
        tally.judge("visits over steps", report["occupancy"][:n], right[4], None, False)
        returns = report["return"]
        bounds = returns.get("variance_by_state_error")
        unbounded = bounds is not None and None in bounds
        bounds = bounds and [x or 0.0 for x in bounds]
        tally.judge("variance over steps", returns["variance_by_state"], right[5], bounds, True, unbounded)
        judged(tally, "variance of all over steps", [returns["variance"]], [right[6]], told(returns, "variance_error"))
    report = run(program, "gradient", path, "--horizon", str(HORIZON), "--criterion", "finite-horizon", *begin)
    if report is None:
        tally.refuse()
    else:
        tally.judge("gradient over steps", report["gradient"], right[3], [report["tolerance"]] * len(right[3]), True)

    check_average(program, path, again(rows), policy, tally)

    delta = lambda s, t, r: r + gamma * (v[t] if t < n else 0) - v[s]
    score = lambda k, s, a: Q(0) if s != k[0] else Q(a == k[1]) - policy[s][a]
    parameters = [(s, a) for s in range(n) for a in range(len(rows[s]))]
    laws = {name: [] for name in ["td-residual", "gae:0.95", "baseline:v", "n-step:3"]}
    for k in parameters:
        terms = lambda s, a, t, r: (score(k, s, a), delta(s, t, r), Q(1))
        for name, g in [("td-residual", Q(0)), ("gae:0.95", Q(95, 100) * gamma), ("baseline:v", gamma)]:
            laws[name].append(of_sums(rows, policy, start, terms, (gamma, g)))
        laws["n-step:3"].append(of_three_steps(rows, policy, start, terms, gamma))
    report = run(program, "compare", path, "-n", "2", "--threads", "1", "--estimators", ",".join(laws), *begin)
    if report is None:
        tally.refuse()
    else:
        compared(tally, report, laws)

    # the policy is 1, 2, ... in proportion; who acts takes all alike
    other = [[Q(i + 1, sum(range(1, len(row) + 1))) for i in range(len(row))] for row in policy]
    v, _ = evaluated(gamma, rows, other)
    q = action_values(gamma, rows, v)
    ratio = lambda s, a: other[s][a] / policy[s][a]
    # of probabilities, along the simplex
    score = lambda k, s, a: Q(0) if s != k[0] else (Q(a == k[1]) - Q(1, len(rows[s]))) / other[s][a]
    laws = {"reward-to-go": [], "advantage": []}
    for k in parameters:
        terms = lambda s, a, t, r: (score(k, s, a), r, ratio(s, a))
        laws["reward-to-go"].append(of_sums(rows, policy, start, terms, (gamma, gamma)))
        terms = lambda s, a, t, r: (score(k, s, a), q[s][a] - v[s], ratio(s, a))
        laws["advantage"].append(of_sums(rows, policy, start, terms, (gamma, Q(0))))
    to = "{parametrization: simplex, probabilities: {"
    to += ", ".join(f"{s}: {{" + ", ".join(f"{a}: {x}" for a, x in enumerate(row)) + "}" for s, row in enumerate(other)) + "}}"
    flags = ("--policy", to, "--behavior", "uniform", "--estimators", ",".join(laws))
    report = run(program, "compare", path, "-n", "2", "--threads", "1", *flags, *begin)
    if report is None:
        tally.refuse()
    else:
        compared(tally, report, laws)


def check_average(program, path, rows, policy, tally):
    n = len(rows)
    lines = ["discount: 1/2", f"states: {n}", f"actions: {max(map(len, rows))}", "initial: {0: 1}", "criterion: average"]
    lines.append("transitions:")
    for s, actions in enumerate(rows):
        for a, outcomes in enumerate(actions):
            lines += [f"  - [{s}, {a}, {t}, {p}, {r}]" for t, p, r in outcomes]
    path = path.replace(".yaml", "-again.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    gain, bias, advantage, gradient, stationary, passage = in_the_long_run(rows, policy)
    report = run(program, "evaluate", path)
    if report is None:
        tally.refuse()
    else:
        error = told(report, "value_error")
        judged(tally, "gain", report["gain"], [gain] * n, error)
        judged(tally, "bias", report["bias"], bias, error)
        judged(tally, "advantage in the long run", report["advantage"], advantage, told(report, "advantage_error"))
        tally.judge("stationary", report["occupancy"], stationary, None, False)
    report = run(program, "gradient", path)
    if report is None:
        tally.refuse()
    else:
        tally.judge("gradient in the long run", report["gradient"], gradient, [report["tolerance"]] * len(gradient), True)
    report = run(program, "chain", path)
    if report is None:
        tally.refuse()
    else:
        tally.judge("stationary of chain", report["stationary"], stationary, None, False)
        tally.judge("passage", [row[0] for row in report["first_passage"]], passage, None, False)


if __name__ == "__main__":
    over_models(lambda gamma, rows: True if always_ends(rows) else None, check)
