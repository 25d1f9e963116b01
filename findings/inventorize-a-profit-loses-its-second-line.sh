#!/usr/bin/env bash
# inventorize 1.2.6 (Python 3.11 or 3.12): the expected profit of a newsvendor with Poisson demand is 52.2 for 20.2; with normal demand it is right.
#
# Guess: (blind) EPP_singleperiod(quantity, lambda1, p, c, g, b) is the mean profit over Poisson demand at the price p, cost c, salvage g and penalty b, as
#        EPN_singleperiod is over normal demand; MPP_singleperiod gives the best quantity with its profit.
# Seen:  quantity, lost and sold units are right. The formula of the profit has two lines, of which the second is a statement of its own, so
#        that what is paid for the stock and the penalty are left out; the first line has its brackets in another place than the book, too. At a
#        price of 3, half the cost, the loss is 1.1 for 28.7.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile inventorize==1.2.6 numpy==2.3.5 scipy==1.16.3 pandas==2.3.3 statsmodels==0.14.5 scikit-learn==1.7.2 seaborn==0.13.2 matplotlib==3.10.7
cd "$tmp"
MPLBACKEND=agg "$tmp/v/bin/python" -W ignore - <<'PY'
import numpy as np
from scipy.stats import norm, poisson
import inventorize

p, c, g, b = 10.0, 6.0, 2.0, 3.0

def profit(q, demand, chance, p=p):
    sold = np.minimum(q, demand)
    return chance @ (p * sold - c * q + g * (q - sold) - b * (demand - sold))

x = np.linspace(0, 250, 200001)
bell = norm.pdf(x, 100, 20)
bell /= bell.sum()
normal = inventorize.EPN_singleperiod(110.0, 100.0, 20.0, p, c, g, b)["profit"]
print("normal:", normal, "for", profit(110.0, x, bell))
assert abs(normal - profit(110.0, x, bell)) < 1e-3

k = np.arange(100)
chance = poisson.pmf(k, 8)
best = max(range(40), key=lambda q: profit(q, k, chance))
said = inventorize.MPP_singleperiod(8, p, c, g, b)
print("Poisson, best:", said["quantity"], "for", best, "- lost", said["lost_sales"], "- profit", said["expectedprofit"], "for", profit(best, k, chance))
assert said["quantity"] == best and abs(said["lost_sales"] - chance @ np.maximum(k - best, 0)) < 1e-9
assert abs(said["expectedprofit"] - 52.2126) < 1e-3 and abs(profit(best, k, chance) - 20.1984) < 1e-3
cheap = inventorize.EPP_singleperiod(9, 8, 3.0, c, g, 0.0)["expectedprofit"]
loss = chance @ (3.0 * np.minimum(9, k) - c * 9 + g * np.maximum(9 - k, 0))
print("at a price of 3:", cheap, "for", loss)
assert abs(cheap + 1.1167) < 1e-3 and abs(loss + 28.7092) < 1e-3
PY
