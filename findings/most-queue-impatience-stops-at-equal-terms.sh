#!/usr/bin/env bash
# most-queue 2.9 (Python 3.11 to 3.13): a queue with impatient customers has "probabilities" that add up to 1.59, and 3.4 customers for 2.2, where the arrival rate is a whole number of patience rates above the service rate.
#
# Guess: (from its documentation, before its source) MM1Impatience, M/M/1 with exponential patience, is a birth-death chain: rate mu + (k - 1) gamma down from k. It says what
#        MMnImpatienceCalc (Erlang-A) of the same package says for one server.
# Seen:  with arrivals at 1.5, service at 1 and patience at 0.5 the series for the empty system is summed until two neighbouring terms are alike, and
#        the first two are (1.5 and 1.5 x 1.5/(1 + 0.5)), as they are at the top of every such series where lambda - mu = k gamma: p0 is 1/4 for 0.157. At
#        an arrival rate of 1.49 all is well. "utilization" is lambda / mu, 1.5, for a server that is busy 84% of the time.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m pip install --quiet --root-user-action=ignore --no-compile --no-deps --target "$tmp/p" most-queue==2.9 numpy==2.3.5 scipy==1.16.3 pyyaml==6.0.3 colorama==0.4.6 tqdm==4.67.1
cd "$tmp"
PYTHONPATH="$tmp/p" "${PYTHON:-python3}" -W ignore - <<'PY'
import numpy as np
from most_queue.theory.impatience.mm1 import MM1Impatience
from most_queue.theory.impatience.mmn import MMnImpatienceCalc

def compare(arrivals, service, patience):
    weights = [1.0]
    for k in range(1, 200):
        weights.append(weights[-1] * arrivals / (service + (k - 1) * patience))
    p = np.array(weights) / sum(weights)
    one = MM1Impatience(gamma=patience)
    many = MMnImpatienceCalc(n=1, theta=patience)
    for calc in (one, many):
        calc.set_sources(l=arrivals)
        calc.set_servers(mu=service)
    first, second = one.run(), many.run()
    print(f"{arrivals}, {service}, {patience}: sums {sum(first.p):.4f} and {sum(second.p):.4f}; customers {one.get_N():.4f} and {many.get_mean_jobs():.4f} for {p @ np.arange(200):.4f}; p0 {first.p[0]:.4f} for {p[0]:.4f}; utilization {first.utilization}")
    assert abs(sum(second.p) - 1) < 1e-8 and abs(many.get_mean_jobs() - p @ np.arange(200)) < 1e-6
    return sum(first.p), one.get_N(), p @ np.arange(200), first.p[0], p[0]

total, mine, right, p0, empty = compare(1.49, 1.0, 0.5)
assert abs(total - 1) < 1e-6 and abs(mine - right) < 1e-5
total, mine, right, p0, empty = compare(1.5, 1.0, 0.5)
assert abs(p0 - 0.25) < 1e-9 and total > 1.55 and mine > 1.55 * right
total, mine, right, p0, empty = compare(3.0, 1.0, 1.0)
assert total > 1.5 and mine > 1.5 * right
PY
