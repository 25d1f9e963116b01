#!/usr/bin/env bash
# mabwiser 2.7.4: Softmax and Popularity do not choose with the probabilities that their documentation writes down.
#
# Guess: with mean rewards 1 and 0 and tau = 1, Softmax takes the first arm with probability e / (e + 1) = 0.7311; with
#        means 3 and 1, Popularity takes it with probability 3/4.
# Seen:  0.761 and 0.780. The probabilities are made the parameters of a Dirichlet draw, and its largest entry is
#        taken: for two arms the chance that a Beta(p, 1 - p) is above 1/2, always on the side of the better arm. With
#        means 6, 3, 1 the third is taken in 8.7% of the cases, not in 10%.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile mabwiser==2.7.4
"$work/venv/bin/python" - <<'EOF'
import math

from mabwiser.mab import MAB, LearningPolicy
from scipy.stats import beta

N = 20000


def shares(policy, means):
    arms = list(range(len(means)))
    bandit = MAB(arms, policy, seed=1)
    bandit.fit(arms, means)
    taken = [bandit.predict() for _ in range(N)]
    return [taken.count(arm) / N for arm in arms]


for name, policy, means, p in (
    ("softmax", LearningPolicy.Softmax(tau=1), [1.0, 0.0], math.e / (math.e + 1)),
    ("popularity", LearningPolicy.Popularity(), [3.0, 1.0], 0.75),
):
    seen, drawn = shares(policy, means)[0], beta.sf(0.5, p, 1 - p)
    deviation = math.sqrt(p * (1 - p) / N)
    print(f"{name}: documented {p:.4f}, {N} choices {seen:.4f}, Beta {drawn:.4f}; {(seen - p) / deviation:.1f} sigma")
    assert (seen - p) / deviation > 6 and abs(seen - drawn) < 4 * deviation
three = shares(LearningPolicy.Popularity(), [6.0, 3.0, 1.0])
print("popularity of 0.6, 0.3, 0.1:", three)
assert three[0] > 0.615 and three[2] < 0.092
EOF
