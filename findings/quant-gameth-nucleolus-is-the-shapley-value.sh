#!/usr/bin/env bash
# quant-gameth 0.1.0: the nucleolus is the Shapley value wherever that is in the core; an "efficient" VCG auction sells for 11 what is worth 18.
#
# Expected, after a look at its source: the nucleolus of the Talmud's estate of 200 with claims of 100, 200 and 300 is (50, 75, 75) (Aumann and Maschler 1985), its
#        Shapley value (33.3, 83.3, 83.3); a Vickrey-Clarke-Groves auction gives the items to those who together value them most.
# Seen:  nucleolus() begins with the Shapley value and ends if no coalition would rather go; otherwise it returns one solution of the first linear program. So it is the Shapley
#        value in 200 of 200 convex games. vcg_auction of several items gives the largest single valuation first, one item each: of ((10, 9), (9, 1)) bidder 0 gets
#        item 0 for 8, 11 in all for 18, with "efficient": True; she should get item 1, for nothing.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile quant-gameth==0.1.0 numpy==2.3.5 scipy==1.16.3
cd "$work"
MPLCONFIGDIR="$work" MPLBACKEND=Agg "$work/venv/bin/python" -W ignore - <<'PY'
import itertools
import random

import numpy as np
from quant_gameth.games.cooperative import nucleolus, shapley_value
from quant_gameth.games.mechanism import Auction

CLAIMS = (100, 200, 300)


def estate(of):
    return lambda S: max(0, of - sum(c for i, c in enumerate(CLAIMS) if i not in S))


def largest(v, x, n=3):
    return max(v(set(S)) - sum(x[i] for i in S) for k in range(1, n) for S in itertools.combinations(range(n), k))


for of, talmud in ((100, (100 / 3,) * 3), (200, (50, 75, 75)), (300, (50, 100, 150))):
    x, phi = nucleolus(3, estate(of)), shapley_value(3, estate(of))
    print(f"estate {of}: nucleolus {np.round(x, 2)} largest excess {largest(estate(of), x):.2f} | the Talmud {np.round(talmud, 2)} {largest(estate(of), talmud):.2f}")
    assert np.allclose(x, phi)
    assert np.allclose(x, talmud) == (of != 200) and largest(estate(of), talmud) <= largest(estate(of), x) + 1e-9

random.seed(0)
same = 0
for _ in range(200):
    weights = [random.randint(1, 9) for _ in range(4)]
    game = lambda S: float(sum(weights[i] for i in S) ** 2)
    same += np.allclose(nucleolus(4, game), shapley_value(4, game))
print("nucleolus = Shapley value in", same, "of 200 convex games")
assert same == 200

bids = np.array([[10.0, 9.0], [9.0, 1.0]])
sold = Auction(2, 2).vcg_auction(bids)
welfare = sum(bids[b, item] for item, b in sold["allocation"].items())
best = max(bids[0, 0] + bids[1, 1], bids[0, 1] + bids[1, 0])
print("sold:", sold["allocation"], "welfare", welfare, "for", best, "efficient:", sold["efficient"], "payments", {k: float(p) for k, p in sold["payments"].items()})
assert sold["efficient"] is True and welfare == 11 and best == 18
PY
