#!/usr/bin/env bash
# or_gym_inventory 1.0.0: the backlog is not in the observation of the backlog environment, orders are in it that were never shipped, the oldest first; a newsvendor pays when it orders.
#
# Guess: InvManagementBacklog-v0's observation, "inventory position … and
#   pipeline", is enough to tell the next reward once the demand is known. Its
#   orders stand as its docstring lists them, those of the last period first
#   and at the same places in each period. Newsvendor-v0 pays the "purchase
#   cost (of arriving inventory)", as its docstring says: an order of ten units
#   with a lead time of five costs nothing in its own step.
# Seen: after a demand of 100 and after one of 150, with 100 in stock, the two
#   observations are equal; at the next step, without demand and orders, one
#   reward is 4.85 below the other, the penalty of a backlog of 50 that only
#   info holds. An order of 90 at a supplier that has 5 stands as 90 in the
#   observation; 5 are on the way. The orders come oldest first, and in the
#   first periods they move: the first place is the order of period 0 until
#   ten periods, the longest lead time, are over. The newsvendor's order is
#   paid in the step in which it is made: what is ordered in the last five steps
#   of an episode is paid for and never comes.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile or_gym_inventory==1.0.0 gymnasium==1.2.2 numpy==2.3.5 scipy==1.16.3
"$tmp/v/bin/python" -W ignore - <<'PY' 2>&1
import numpy as np
from or_gym_inventory import InvManagementBacklogEnv, NewsvendorEnv

# Three stages with stock; the defaults but for the stock and the demand.
def env(demand, stock=(100, 100, 200)):
    e = InvManagementBacklogEnv(dist=5, user_D=demand, periods=len(demand), I0=list(stock))
    e.reset(seed=0)
    return e

# 1. Two states of one observation.
a, b = env([100, 0, 0, 0]), env([150, 0, 0, 0])
none = np.zeros(3, dtype=np.int64)
(oa, *_, ia), (ob, *_, ib) = a.step(none), b.step(none)
print("equal observations:", np.array_equal(oa, ob), "backlog", ia["current_backlog"][0], "and", ib["current_backlog"][0])
assert np.array_equal(oa, ob) and ia["current_backlog"][0] == 0 and ib["current_backlog"][0] == 50
ra, rb = a.step(none)[1], b.step(none)[1]
print("next rewards, no demand and no orders in both:", ra, rb)
assert abs((ra - rb) - .97 * .1 * 50) < 1e-4

# 2. An order that was not shipped.
e = env([0, 0, 0, 0], stock=(100, 5, 200))
o, *_ = e.step(np.array([90, 0, 0]))
print("ordered 90 of 5 in stock: in the observation", o[3], "on the way", e.R[0, 0])
assert o[3] == 90 and e.R[0, 0] == 5

# 3. The order of the orders: the docstring has period t-1's first.
assert "Action[t-1, 0], ..., Action[t-1, M-2], # Orders placed last period" in InvManagementBacklogEnv._get_obs.__doc__
e = env([0] * 12)
firsts = [int(e.step(np.array([k, 0, 0]))[0][3]) for k in range(1, 13)]
print("the first order in the observation, of orders 1, 2, 3, …:", firsts)
assert firsts == [1] * 10 + [2, 3]

# 4. The newsvendor.
assert "Purchase Cost (of arriving inventory)" in NewsvendorEnv.__doc__
e = NewsvendorEnv(lead_time=5, step_limit=6)
e.reset(seed=0)
e.mu = 0.0
rewards = [e.step(np.array([10.0 if t == 0 else 0.0]))[1] for t in range(6)]
print("ten units at", round(e.cost, 2), "ordered in step 0, no demand:", np.round(rewards, 2))
assert np.isclose(rewards[0], -10 * e.cost) and not any(rewards[1:5]) and np.isclose(rewards[5], -10 * e.h, rtol=1e-3)
PY
