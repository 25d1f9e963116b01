#!/usr/bin/env bash
# stockpyl 1.0.2 (Python 3.11 or 3.12): the dynamic program of an inventory prices every demand as if it were normal.
#
# Expected, after a look at its source, from its documentation: finite_horizon_dp with demand_source, "in which case the
#        demand will follow the distribution specified", is the optimum of that demand, for any number of periods: where 10
#        are wanted with probability 0.1 and nothing otherwise, and stock costs 1 and a missing unit 14, it holds 10 and
#        pays 9 in each period, as newsvendor_discrete says.
# Seen:  the probabilities of the next stock are those of the demand; holding and missing are paid by the loss of a normal
#        demand with its mean and deviation. It orders up to 6 and says 11.8 for 18 in two periods; its policy costs 22. One period
#        raises ValueError ("zero-size array"), whatever the demand.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile stockpyl==1.0.2 numpy==2.4.6 scipy==1.17.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from functools import cache

from stockpyl.demand_source import DemandSource
from stockpyl.finite_horizon import finite_horizon_dp
from stockpyl.newsvendor import newsvendor_discrete

DEMAND = {0: 0.9, 10: 0.1}


def optimum(periods, policy=None):
    """The expected cost from no stock, by hand; of `policy`, an order-up-to level, if there is one."""

    @cache
    def cost(t, x):
        if t == periods:
            return 0.0
        levels = [max(x, policy)] if policy is not None else range(x, 31)
        return min(sum(p * (max(y - d, 0) + 14 * max(d - y, 0) + cost(t + 1, y - d)) for d, p in DEMAND.items()) for y in levels)

    return cost(0, 0)


def solve(periods):
    demand = DemandSource(type="CD", demand_list=list(DEMAND), probabilities=list(DEMAND.values()))
    _, levels, total, *_ = finite_horizon_dp(periods, 1, 14, 0, 0, 0, 0, demand_source=demand)
    return int(levels[1]), float(total)


print("one period by newsvendor_discrete:", newsvendor_discrete(1, 14, demand_pmf=DEMAND))
for periods in (2, 3):
    level, total = solve(periods)
    print(f"{periods} periods: up to {level} for {total:.4f}; this level costs {optimum(periods, level):.4f}, the best {optimum(periods):.4f}")
    assert abs(optimum(periods) - 9 * periods) < 1e-9
    assert level == 6 and total < 6.2 * periods and optimum(periods, level) > 9.2 * periods
try:
    solve(1)
    raise SystemExit("one period is solved now")
except ValueError as error:
    print("one period - ValueError:", str(error)[:40])
try:
    finite_horizon_dp(1, 1, 14, 0, 0, 0, 0, demand_mean=20, demand_sd=4)
    raise SystemExit("one period of a normal demand is solved now")
except ValueError:
    pass
PY
