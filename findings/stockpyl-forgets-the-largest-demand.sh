#!/usr/bin/env bash
# stockpyl 1.0.2 (Python 3.11 or 3.12): the "exact" cost of an (s, S) policy leaves the largest demand out, where demands are listed.
#
# Expected, after a look at its source, from its documentation: s_s_cost_discrete(s, S, ..., demand_pmf) is the long-run
#        average cost of the policy, as it is for Poisson demands, and s_s_discrete_exact the least of all.
# Seen:  the cost of a period counts demands below demand_hi: of a demand of 0 to 4, each with 1/5, (1, 3) is "optimal" at 3.16; it
#        costs 4.12, and (1, 4) 3.736. One listed demand of probability 0 at the end makes it right. Where S - s exceeds
#        the largest demand, as large costs of ordering ask for, IndexError.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile stockpyl==1.0.2 numpy==2.4.6 scipy==1.17.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from scipy.stats import poisson
from stockpyl.ss import s_s_cost_discrete, s_s_discrete_exact


def average(s, S, pmf, holding=1, missing=4, order=3):
    """The long-run cost of a period: the chain of the stock levels after the order."""
    levels = range(s + 1, S + 1)
    P, cost = np.zeros((S - s, S - s)), np.zeros(S - s)
    for i, y in enumerate(levels):
        for d, p in enumerate(pmf):
            ordered = y - d <= s
            P[i, S - s - 1 if ordered else i - d] += p
            cost[i] += p * (holding * max(y - d, 0) + missing * max(d - y, 0) + order * ordered)
    equations = np.vstack([P.T - np.eye(S - s), np.ones(S - s)])
    return float(np.linalg.lstsq(equations, np.append(np.zeros(S - s), 1), rcond=None)[0] @ cost)


six = list(poisson.pmf(range(40), 6))
found, by_hand = s_s_cost_discrete(4, 10, 1, 4, 5, True, 6), average(4, 10, six, order=5)
print("Poisson:", found, "by hand", by_hand)
assert abs(found - by_hand) < 1e-8

fifths = [0.2] * 5
s, S, cost = s_s_discrete_exact(1, 4, 3, False, None, 4, fifths)
least = min((average(a, b, fifths), a, b) for a in range(-6, 6) for b in range(a + 1, 16))
print(f"listed: ({s}, {S}) at {cost:.5f}, which costs {average(s, S, fifths):.5f}; the least is {least}")
assert (s, S) == (1, 3) and abs(cost - 3.16) < 1e-9 and abs(average(s, S, fifths) - 4.12) < 1e-9 and abs(least[0] - 3.736) < 1e-9
padded = fifths + [0.0]
s, S, cost = s_s_discrete_exact(1, 4, 3, False, None, 5, padded)
print(f"with a sixth demand of probability 0: ({s}, {S}) at {cost:.5f}")
assert abs(cost - 3.736) < 1e-9
try:
    s_s_discrete_exact(1, 4, 20, False, None, 4, fifths)
    raise SystemExit("S - s beyond the largest demand is solved now")
except IndexError as error:
    print("IndexError:", error)
PY
