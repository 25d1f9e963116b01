#!/usr/bin/env bash
# most-queue 2.9 (Python 3.11 to 3.13): the "exact" mean response time of jobs that hold several servers is 5.1 for 10 in M/M/1 at a load of 0.9, and 2.9 at a load of 4.
#
# Guess: (from its documentation, before its source) MsjExactCalc(k, classes), "exact mean response time of the FCFS MSJ model", with one server and jobs that need one is M/M/1: 1 / (mu - lambda). A load
#        above 1 is refused, as its paired MsjSaturatedCalc, which finds the threshold, says.
# Seen:  there are 12 jobs at most by default: arrivals beyond are lost, and the mean number present is divided by all arrivals, those turned
#        away with them. At a load of 0.5 it is 1.997 for 2, at 0.8 it is 4.05 for 5, and with truncation=60 5.000. The share of the time at
#        which the system is full, 4% and 75%, is in boundary_mass, which the results do not hold.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m pip install --quiet --root-user-action=ignore --no-compile --no-deps --target "$tmp/p" most-queue==2.9 numpy==2.3.5 scipy==1.16.3 pyyaml==6.0.3 colorama==0.4.6 tqdm==4.67.1
cd "$tmp"
PYTHONPATH="$tmp/p" "${PYTHON:-python3}" -W ignore - <<'PY'
import numpy as np
from most_queue.sim.msj import MsjClass
from most_queue.theory.msj.exact import MsjExactCalc
from most_queue.theory.msj.saturated import MsjSaturatedCalc

def response(arrivals, **more):
    calc = MsjExactCalc(1, [MsjClass(arrivals, 1, 1.0)], **more)
    return calc.run().v[0], calc.boundary_mass

def cut(arrivals, most=12):
    p = arrivals ** np.arange(most + 1)
    p /= p.sum()
    return p @ np.arange(most + 1) / arrivals, p[-1]

print("stable below", MsjSaturatedCalc(1, [MsjClass(0.8, 1, 1.0)]).run())
for arrivals in (0.5, 0.8, 0.9, 1.5, 4.0):
    v, lost = response(arrivals)
    print(f"load {arrivals}: {v:.4f} for {1 / (1 - arrivals) if arrivals < 1 else float('inf'):.4f}, {lost:.4f} of the time full")
    assert np.allclose((v, lost), cut(arrivals), atol=1e-6)
v, _ = response(0.8, truncation=60)
print("60 jobs:", v)
assert abs(v - 5) < 1e-3 and abs(cut(0.5)[0] - 2) < 0.01 and abs(cut(0.9)[0] - 5.077) < 1e-3 and abs(cut(4.0)[0] - 2.917) < 1e-3
PY
