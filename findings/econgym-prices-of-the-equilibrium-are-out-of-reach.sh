#!/usr/bin/env bash
# econgym 0.2.0, numpy 2.4.6 (Python 3.11 to 3.13): the Nash price of four firms is 12, the highest price that a firm may set 6: learners meet at 6, where each earns 80 for the benchmark's 242.
#
# Guess (30 November 2026, 22:55, blind for rewards at the equilibrium; whether it can be reached was asked after its source was read): the environment's rewards at the closed-form equilibrium are the benchmark's, and a learner that plays best can get there.
# Seen:  prices of BertrandDiffEnv end at alpha / beta + c, the price at which a firm alone sells nothing, "which comfortably brackets the interior
#        equilibrium"; rivals' prices raise demand, so that the equilibrium of three firms is the last price to the digit and that of four is twice
#        as high, in action_space and pgrid alike. Nothing is said; step() takes any price, and p_cap= mends it. Two firms, the default, are well.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile econgym==0.2.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
from econgym.envs.bertrand_diff import BertrandDiffEnv

nash, highest = {}, {}
for firms in (2, 3, 4):
    market = BertrandDiffEnv(n=firms)
    nash[firms], highest[firms] = market.equilibrium()["p"], float(market.action_space[0].high)
    print(firms, "firms: Nash price", nash[firms], "prices up to", highest[firms])
assert np.allclose([nash[2], nash[3], nash[4]], [4, 6, 12]) and set(highest.values()) == {6.0}

# Of the grid's prices the highest is the best against itself, whatever the equilibrium says.
market = BertrandDiffEnv(n=4)
top = np.full(4, market.pgrid[-1])
alone = [market.profit(np.array([price, *top[1:]]))[0] for price in market.pgrid]
print("four firms at 6 earn", market.profit(top)[0], "each, the benchmark is", market.equilibrium()["profit_i"])
assert np.argmax(alone) == len(alone) - 1
assert np.isclose(market.profit(top)[0], 80) and np.isclose(market.equilibrium()["profit_i"], 242)
wide = BertrandDiffEnv(n=4, p_cap=20)
assert np.isclose(wide.profit(np.full(4, 12.0))[0], 242)
PY
