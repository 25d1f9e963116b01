#!/usr/bin/env bash
# inventory-optimizer 0.1.0: the robust order is the mean demand whatever the costs are: a worst case of 2500 for 50.
#
# Expected, after a look at its source: RobustNewsboyOptimizer(holding_cost, shortage_cost, a, b, mu).optimal_order_robust(), "minimax regret" over the demands in [a, b] with
#        the mean mu, depends on the costs, as the classic optimum does: where a missing unit costs 99 times a left one it is near b.
# Seen:  (1 - alpha) a + alpha b with alpha = (mu - a) / (b - a) is mu itself: neither cost is read. Of demands in [0, 100] with mean 50 it is 50 for costs
#        of 1 and 99, of 99 and 1, and of 1 and 1. The greatest expected cost of that order over all such demands is 2500, that of
#        100 is 50; its greatest regret 2450, that of 100 50 (by linear programs over the demands). The classic order beside it is 73.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile numpy==2.3.5 scipy==1.16.3
"$tmp/v/bin/pip" install --quiet --no-compile --no-deps inventory-optimizer==0.1.0 pandas==2.3.3 python-dateutil==2.9.0.post0 pytz==2025.2 tzdata==2025.2 six==1.17.0
"$tmp/v/bin/python" - <<'PY'
import numpy as np
from inventory_optimizer import RobustNewsboyOptimizer
from scipy.optimize import linprog

D = np.arange(101)
def cost(q, h, p):
    return h * np.maximum(q - D, 0) + p * np.maximum(D - q, 0)
def worst(c):
    """The greatest mean of c over the laws on 0 to 100 with mean 50."""
    return -linprog(-c, A_eq=[np.ones(101), D], b_eq=[1, 50]).fun
def regret(q, h, p):
    """The greatest excess over the best order for the law itself; that order is one of the demands."""
    return max(worst(cost(q, h, p) - cost(other, h, p)) for other in D)

for h, p in ((1.0, 99.0), (99.0, 1.0), (1.0, 1.0)):
    m = RobustNewsboyOptimizer(holding_cost=h, shortage_cost=p, a=0.0, b=100.0, mu=50.0)
    q, (classic, _) = m.optimal_order_robust(), m.compare_with_classic()
    costs, regrets = [worst(cost(o, h, p)) for o in D], [regret(o, h, p) for o in range(0, 101, 5)]
    print(f"costs {h:.0f} and {p:.0f}: robust order {q:.1f}, classic {classic:.1f}; worst cost {worst(cost(q, h, p)):.0f}, least {min(costs):.0f} at {int(np.argmin(costs))}; "
          f"worst regret {regret(q, h, p):.0f}, least {min(regrets):.0f} at {5 * int(np.argmin(regrets))}")
    assert abs(q - 50) < 1e-6
    if h < p:
        assert abs(worst(cost(q, h, p)) - 2500) < 1e-6 and abs(min(costs) - 50) < 1e-6 and regret(q, h, p) > 40 * min(regrets)
PY
