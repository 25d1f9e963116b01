#!/usr/bin/env bash
# marmo 0.1.0 (Python 3.12 or later): a hundred days that say nothing of the state have a likelihood of e^31.8: a regime that reaches the longest duration goes on twice.
#
# Guess (1 December 2026, 11:47, blind): smooth() of a semi-Markov chain, "exact" by its table of engines, returns the log-likelihood of the data: where every state explains
#        each day with density 1 it is 0, or less if the last regime has to end with the data; never above 0. With durations
#        that are geometric it is that of the plain chain, as the module of durations says.
# Seen:  a segment as long as max_duration has the weight of all longer durations, and after it the chain both switches with weight 1 and goes on in the same
#        state with weight 1: two where there is one to be shared. Durations of mean 10 with max_duration 2, 5, 10 and 50: 31.8, 9.6, 2.3 and -2.26 for 0, and
#        -2.30 with 200, the last regime ending with the data (log of 1/10). Neither is the plain chain's 0. The posteriors follow: with max_duration 5 a state of mean 30 beside
#        one of mean 1.5 has 0.86 in the middle for 0.95, its share of the time, on days that say nothing.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.12}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile marmo==0.1.0 numpy==2.3.5 scipy==1.16.3
"$work/venv/bin/python" - <<'PY'
import numpy as np
from markovlib.duration import NegBinomDuration
from markovlib.model import DiscreteChain, SemiMarkovChain
from markovlib.query import loglik, smooth

half = np.log([0.5, 0.5])
nothing = np.zeros((100, 2))


def semi(cap, means=(10.0, 10.0)):
    geometric = tuple(NegBinomDuration(mean, 1.0) for mean in means)
    return SemiMarkovChain(half, np.log(np.full((2, 2), 0.5)), geometric, cap)


plain = DiscreteChain(half, np.log([[0.9, 0.1], [0.1, 0.9]]))
print("the plain chain:", round(loglik(plain, nothing), 12))
assert abs(loglik(plain, nothing)) < 1e-9
found = {cap: smooth(semi(cap), nothing).loglik for cap in (2, 5, 10, 50, 200)}
print("semi-Markov, by max_duration:", {cap: round(value, 2) for cap, value in found.items()})
assert 31 < found[2] < 33 and 9 < found[5] < 10 and 2 < found[10] < 3 and -2.27 < found[50] < -2.2
assert abs(found[200] - np.log(0.1)) < 1e-6

# What is computed, by enumeration of all segmentations of six days, and the same with one weight shared
def total(days, cap, goes_on):
    q = 0.1
    pmf = [q * (1 - q) ** (d - 1) for d in range(1, cap)] + [(1 - q) ** (cap - 1)]
    weight = np.zeros(days + 1)                         # of all ways to begin a segment on a day
    weight[0] = 1.0
    for t in range(days):
        for d in range(1, min(cap, days - t) + 1):
            weight[t + d] += weight[t] * pmf[d - 1] * (2.0 if goes_on and d == cap and t + d < days else 1.0)
    return np.log(weight[days])


six = smooth(semi(2), np.zeros((6, 2))).loglik
print("six days, max_duration 2:", round(six, 6), "| twice after the longest:", round(total(6, 2, True), 6), "| once:", round(total(6, 2, False), 6))
assert abs(six - total(6, 2, True)) < 1e-9 and six > 0 > total(6, 2, False)

uneven = smooth(semi(5, (1.5, 30.0)), nothing).gamma[50]
print("a state of mean 30 beside one of mean 1.5, day 51:", round(uneven[1], 4), "for", round(30 / 31.5, 4))
assert 0.84 < uneven[1] < 0.89
PY
