#!/usr/bin/env bash
# inventoryanalytics 2.2: the optimal stochastic lot size does not depend on what a unit costs: 22.7 for 52.9 at a price of 3.
#
# Guess: (blind) sdp.StochasticLotSizing(K, v, h, p, d, max_inv, q, initial_order).f(0) is the least expected cost of Poisson demands, up to the
#        quantile q, at which they are cut: the one of a recursion over exact Poisson demands. "v: the proportional unit ordering cost" is paid for each unit.
# Seen:  v is stored and not read: cost and policy are those of v = 0, at any v. The library's own capacitated_sdp with a capacity that does
#        not bind, and its simulator of (s, S) policies, do charge it: 52.9 and 55.5 for the policy that sdp calls optimal. Neither is a constant apart:
#        at 20 a unit nothing at all should be ordered in the last period.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 networkx==3.6.1 matplotlib==3.10.7
"$tmp/v/bin/pip" install --quiet --no-compile --no-deps inventoryanalytics==2.2
cd "$tmp"
"$tmp/v/bin/python" -W ignore - <<'PY'
import numpy as np
from scipy.stats import poisson
from inventoryanalytics.lotsizing.stochastic.nonstationary import capacitated_sdp as capped
from inventoryanalytics.lotsizing.stochastic.nonstationary.policies import Policies
from inventoryanalytics.lotsizing.stochastic.nonstationary.sdp import StochasticLotSizing

K, h, p, demand, top = 5, 1, 10, [2, 3, 4], 40
assert "the proportional unit ordering cost" in StochasticLotSizing.__init__.__doc__

def least(v, low=-60, cut=80):
    value, k = dict.fromkeys(range(low, top + 1), 0.0), np.arange(cut)
    for mean in reversed(demand):
        chance = poisson.pmf(k, mean)
        after = {y: chance @ (h * np.maximum(y - k, 0) + p * np.maximum(k - y, 0) + [value[max(z, low)] for z in y - k]) for y in value}
        value = {x: min([after[x]] + [K + v * (y - x) + after[y] for y in range(x + 1, top + 1)]) for x in value}
    return value[0]

for v in (0, 3, 20):
    plain = StochasticLotSizing(K=K, v=v, h=h, p=p, d=demand, max_inv=top, q=0.9999, initial_order=True)
    other = capped.StochasticLotSizing(K=K, B=100, v=v, h=h, p=p, w=1, d=capped.PoissonDemand(demand, 0.9999), min_inv=-top, max_inv=top, initial_order=True)
    cost, levels = plain.f(0), plain.extract_sS_policy()
    print(f"v = {v}: {cost:.4f}, (s, S) {levels}; with a capacity of 100: {other.f(0):.4f}; exact demands: {least(v):.4f}")
    assert abs(cost - 22.6860) < 1e-3 and levels == [[1, 7], [3, 8], [3, 7]]
    assert abs(other.f(0) - least(v)) < 0.005 * least(v)
assert abs(least(3) - 52.976) < 1e-3

np.random.seed(0)
low, high = Policies.simulate_sS(0, K, 3, h, p, demand, levels, 20000)
print(f"its simulator at v = 3: between {low:.2f} and {high:.2f}")
assert 54 < low < high < 57
PY
