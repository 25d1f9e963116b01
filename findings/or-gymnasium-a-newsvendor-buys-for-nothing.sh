#!/usr/bin/env bash
# or-gymnasium 0.1.0, gymnasium 1.4.0 (Python 3.11 or 3.12): in Newsvendor-v0 an order is free in a step in which all was sold, and paid for 30 times beside 30 leftovers.
#
# Guess (30 November 2026, 19:37, blind): the reward is that of the docstring: sales minus the discounted purchase price of the order, minus holding
#        costs or penalties; base_stock_action() of InvManagement-v0 orders up to its levels, as its docstring says.
# Seen:  the purchase cost is the number of units left over times the cost times the order: an order is free in a step without
#        leftovers, as is each one of the first five steps, and an order of 100 beside 30 leftovers is paid for 30 times. The newsvendor
#        who orders 2,000 at once and no more buys them for nothing. base_stock_action() of the inventories raises a TypeError,
#        since what it subtracts is None.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile or-gymnasium==0.1.0 gymnasium==1.4.0
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import gymnasium as gym
import numpy as np
import or_gymnasium  # noqa: F401


def play(orders):
    """The rewards of a season, the purchase costs in them, and what was left over at each step."""
    env = gym.make("Newsvendor-v0").unwrapped
    env.reset(seed=7)
    price, cost, holding, penalty = env.price, env.cost, env.h, env.k
    draws = np.random.default_rng()
    draws.bit_generator.state = env.np_random.bit_generator.state
    bought, left = [], []
    for order in orders:
        stock = float(env.state[5])
        demand = int(draws.poisson(env.mu))
        _, reward, *_ = env.step([order])
        sold, unsold = min(stock, demand), max(0.0, stock - demand)
        bought.append(price * sold - holding * unsold - penalty * max(0.0, demand - stock) - reward)
        left.append(unsold)
    return np.array(bought) / cost, np.array(left)


units, left = play([2000] + [0] * 39)
print("one order of 2,000, all of it left but one day's demand:", left.max(), "units paid for:", units.sum())
assert left.max() > 1000 and abs(units).max() < 1e-3
units, left = play([100] * 40)
print("orders of 100: units paid for by step", units.round(1).tolist()[:12], "left over", left.tolist()[:12])
assert np.allclose(units, 100 * left, atol=1e-2) and abs(units[:5]).max() < 1e-3 and units.max() > 1000

env = gym.make("InvManagement-v0").unwrapped
env.reset(seed=0)
try:
    env.base_stock_action([100, 100, 100])
except TypeError as error:
    print("base_stock_action: TypeError:", error)
else:
    raise SystemExit("changed: base_stock_action answers")
PY
