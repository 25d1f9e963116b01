#!/usr/bin/env bash
# most-queue 2.9 (Python 3.11 to 3.13): with one place to wait the waiting time has mean 1/3 and second moment 0; under an N-policy its variance is 6 for 4.
#
# Guess: (from its documentation, before its source) MMnrCalc, M/M/n with r places, gives raw moments of the waiting time (of those who are taken in, or of all), and the time in the
#        system that belongs to it; MG1NPolicyCalc those of the wait, in closed form.
# Seen:  the first moment of M/M/1 with one place at rates of 1.0001 and 1 is 1/3, the queue divided by all arrivals, so that those who are turned away have
#        waited 0; those taken in wait 1/2. The time in the system is that plus a service for everyone, 4/3, which is the mean of nobody: 3/2, or 1 for all. The
#        higher moments are factorial moments of the queue divided by powers of the arrival rate, which holds without a limit only: 0 for 2/3 or 1. For
#        two servers and three places at an arrival rate of 1.7 it is 0.35 for 0.78 or 0.89. The N-policy's mean is right; the delay until the N-th arrival is added as if it were independent of
#        the queue, but the last of the N waits for none and finds N - 1 before him: second moment 10 for 8 at N = 2, here by simulation, too.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m pip install --quiet --root-user-action=ignore --no-compile --no-deps --target "$tmp/p" most-queue==2.9 numpy==2.3.5 scipy==1.16.3 pyyaml==6.0.3 colorama==0.4.6 tqdm==4.67.1
cd "$tmp"
PYTHONPATH="$tmp/p" "${PYTHON:-python3}" -W ignore - <<'PY'
import numpy as np
from most_queue.theory.fifo.mmnr import MMnrCalc
from most_queue.theory.vacations.mg1_vacations import MG1NPolicyCalc

def finite(n, r, arrivals, service):
    weights = [1.0]
    for k in range(1, n + r + 1):
        weights.append(weights[-1] * arrivals / (min(k, n) * service))
    p = np.array(weights) / sum(weights)
    ahead = np.maximum(np.arange(n + r) - n + 1, 0)                     # services at the rate n mu until the own one
    first, second = p[:-1] @ ahead / (n * service), p[:-1] @ (ahead * (ahead + 1)) / (n * service) ** 2
    taken = 1 - p[-1]
    calc = MMnrCalc(n=n, r=r)
    calc.set_sources(l=arrivals)
    calc.set_servers(mu=service)
    said = calc.run()
    assert np.allclose(said.p, p)
    print(f"{n} servers, {r} places: w {said.w[0]:.4f}, {said.w[1]:.4f}; of all {first:.4f}, {second:.4f}; of those taken in {first / taken:.4f}, {second / taken:.4f}; "
          f"v {said.v[0]:.4f}; of all {first + taken / service:.4f}; of those taken in {first / taken + 1 / service:.4f}")
    return said, first, second, taken

said, first, second, taken = finite(1, 1, 1.0001, 1.0)
assert abs(said.w[0] - 1 / 3) < 1e-3 and said.w[1] == 0 and said.w[1] < said.w[0] ** 2
assert abs(second - 2 / 3) < 1e-3 and abs(first / taken - 0.5) < 1e-3 and abs(said.v[0] - 4 / 3) < 1e-3
said, first, second, taken = finite(2, 3, 1.7, 1.0)
assert abs(said.w[0] - first) < 1e-9 and said.w[1] < 0.75 * second

policy = MG1NPolicyCalc(2)
policy.set_sources(l=0.5)
policy.set_servers([1.0, 2.0, 6.0, 24.0])
w = policy.get_w(2)
draw = np.random.default_rng(1)
arrivals, services = np.cumsum(draw.exponential(2, 400_001)), draw.exponential(1, 400_001)
waits, free, i = [], 0.0, 0
while i < 400_000:
    if arrivals[i] >= free:                                             # empty: service starts with the second arrival
        free = arrivals[i + 1]
    waits.append(free - arrivals[i])
    free += services[i]
    i += 1
waits = np.array(waits)
right = 0.5 * (0.5 * 8 + 0.5 * 2) + 0.5 * (4 + 2 * 1.5 * 1 + 4)           # idle: Exp(1/2) or one service; busy: what is left of two services, and M/M/1's wait
print(f"N = 2: {w[0]:.4f}, {w[1]:.4f} for 2, {right}; simulated {waits.mean():.3f}, {(waits**2).mean():.3f}")
assert abs(w[0] - 2) < 1e-9 and abs(w[1] - 10) < 1e-9 and abs(right - 8) < 1e-9
assert abs(waits.mean() - 2) < 0.05 and abs((waits**2).mean() - 8) < 0.5
PY
