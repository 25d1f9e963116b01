#!/usr/bin/env bash
# squigglepy 0.30: betting on no at 0.4 with a belief of 0.2 stakes a third of the bankroll where the same bet, on yes at 0.6 with 0.8, stakes a half.
#
# Guess (1 December 2026, 02:34, blind): the Kelly fraction is (b p - q) / b, none or negative without an edge. The docstring of error=False: "or should
#        Kelly behave symmetrically?": to bet against an event of price m and belief p is to bet on its opposite, of 1 - m and 1 - p.
# Seen:  the stake is |p - m| / (1 - m) on either side: on the no side the odds are those of yes, so that where the market has 0.4 one stakes 0.333 for (0.4 -
#        0.2) / 0.4 = 0.5, and where it has 0.9 and one believes 0.8, all of one's money for a ninth. The return of 0.5 is that of yes as well,
#        0.333 for the bet on no, and the modeled gain of what it recommends is negative, -166.67 of 1,000. Above the market's price all is right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile squigglepy==0.30
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import math

import squigglepy as sq


def growth(p, m, fraction):
    """Expected logarithmic growth of staking a fraction on no: shares cost 1 - m and pay 1."""
    return (1 - p) * math.log(1 + fraction * m / (1 - m)) + (p * math.log(1 - fraction) if fraction < 1 else -math.inf)


def best(p, m):
    return max((k / 10000 for k in range(10000)), key=lambda fraction: growth(p, m, fraction))


for belief, price, seen in ((0.2, 0.4, 0.333), (0.8, 0.9, 1.0)):
    no = sq.kelly(my_price=belief, market_price=price, bankroll=1000, error=False)
    same = sq.kelly(my_price=1 - belief, market_price=1 - price, bankroll=1000)
    right = (price - belief) / price
    print(f"belief {belief}, price {price}: stake {no['kelly']}, of the same bet as yes {same['kelly']}, right {right:.3f}")
    print(f"  return {no['expected_roi']} and {same['expected_roi']}, modeled gain {no['modeled_gain']} and {same['modeled_gain']}")
    assert abs(best(belief, price) - right) < 2e-4
    assert abs(no["kelly"] - seen) < 1e-9 and abs(same["kelly"] - right) < 1e-3
    assert no["modeled_gain"] < 0 < same["modeled_gain"]
PY
