#!/usr/bin/env bash
# pylifecontingencies 0.5.0: the reserve of an endowment insurance is 0 on the day it pays 1; a whole-life policy has no reserve at all.
#
# Expected, after a look at its source: the prospective and the retrospective reserve are the same at every duration; that of an endowment grows to the sum assured, 1, that of a whole-life policy is
#        1 - a(x + t) / a(x).
# Seen:  prospective_reserve returns 0 for every t that is not below the term, before it looks at the benefit: 0.7584, 0.8762, 0.0 where retrospective_reserve ends with 1.0; reserve_recursion,
#        documented as [0V, ..., nV], does too. benefit="whole" with a term is the term insurance's reserve, and without one, as net_premium takes it, a TypeError.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile pylifecontingencies==0.5.0 numpy==2.3.5 scipy==1.16.3 pandas==2.3.3
cd "$work"
MPLCONFIGDIR="$work" MPLBACKEND=Agg "$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from pylifecontingencies import ActuarialTable, LifeTable
from pylifecontingencies.actuarial import axn
from pylifecontingencies.premiums import net_premium
from pylifecontingencies.reserves import prospective_reserve, reserve_recursion, retrospective_reserve

table = ActuarialTable(LifeTable.from_qx(np.full(40, 0.02), x_min=60), 0.03)
vector = reserve_recursion(table, 60, 10, benefit="endowment")
back = [retrospective_reserve(table, 60, 10, t, benefit="endowment") for t in range(11)]
print("endowment, prospective:  ", np.round(vector, 4))
print("endowment, retrospective:", np.round(back, 4))
assert np.allclose(vector[:10], back[:10], atol=1e-9) and vector[10] == 0 and abs(back[10] - 1) < 1e-9

# the recursion (V + P)(1 + i) = q + p V' with the sum assured at the end, by hand
P, V = net_premium(table, x=60, n=10, benefit="endowment"), 0.0
for _ in range(10):
    V = ((V + P) * 1.03 - 0.02) / 0.98
print("by the recursion of reserves:", round(V, 10))
assert abs(V - 1) < 1e-9

whole = 1 - axn(table, 65) / axn(table, 60)
with_term = prospective_reserve(table, 60, 10, 5, benefit="whole")
print("whole life after 5 years:", round(whole, 6), "| with a term:", round(with_term, 6), "| net premium without one:", round(net_premium(table, 60, benefit="whole"), 6))
assert abs(with_term - prospective_reserve(table, 60, 10, 5, benefit="term")) < 1e-12 and abs(with_term - whole) > 0.001
try:
    prospective_reserve(table, 60, None, 5, benefit="whole")
    raise SystemExit("a whole-life policy has a reserve now")
except TypeError as error:
    print("TypeError:", error)
PY
