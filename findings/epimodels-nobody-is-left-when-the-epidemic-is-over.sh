#!/usr/bin/env bash
# epimodels 1.5.0 (Python 3.12 or later): in the module of Gillespie simulations that it calls legacy all 1,000 are gone once nobody is ill; the newer class keeps them.
#
# Expected, after a look at its source: S + I + R of a closed SIR epidemic stays 1,000 at every recorded time, in the package's older simulator as in its newer one; once nobody is ill the
#        numbers stay what they are.
# Seen:  the loop of gillespie.Model ends with the last event and leaves the rest of the table of results 0, S and R too: with a reproduction number of 0.3 the mean of S over 20 runs is 393 of 990
#        after five days and 0 after ten, where about 986 are still healthy. The newer CTMC class has 986. The old module warns that it is legacy, not that its numbers end.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.12}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile epimodels==1.5.0 numpy==2.3.5 scipy==1.16.3 matplotlib==3.10.7
cd "$work"
MPLCONFIGDIR="$work" MPLBACKEND=Agg "$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from epimodels.stochastic.CTMC import SIR
from epimodels.stochastic.CTMC.gillespie import Model

BETA, GAMMA, DAYS, RUNS = 0.3, 1.0, 60, 20
np.random.seed(0)
change = np.array([[-1, 0], [1, -1], [0, 1]])
old = Model(["S", "I", "R"], [BETA / 1000, GAMMA], [990, 10, 0], change, [lambda r, n: r[0] * n[0] * n[1], lambda r, n: r[1] * n[1]])
old.run(tmax=DAYS, reps=RUNS, serial=True)
series = old.getStats()[1]
print("legacy: mean of S on days 0, 5, 10, 59:", series[:, [0, 5, 10, 59], 0].mean(0), "| everybody on the last day:", np.unique(series[:, -1].sum(1)))
assert (series[:, 0].sum(1) == 1000).all() and (series[:, -1] == 0).all() and series[:, 5, 0].mean() < 700

new = SIR()
new([990, 10, 0], [0, DAYS], 1000, {"beta": BETA, "gamma": GAMMA}, reps=RUNS, seed=0)
mean = new.get_mean()
print("newer class: mean of S at the end:", mean["S"][-1], "| everybody:", mean["S"][-1] + mean["I"][-1] + mean["R"][-1])
assert 980 < mean["S"][-1] < 990 and abs(mean["S"][-1] + mean["I"][-1] + mean["R"][-1] - 1000) < 1e-9
PY
