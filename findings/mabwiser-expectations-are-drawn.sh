#!/usr/bin/env bash
# mabwiser 2.7.4: predict_expectations, the "expected rewards" of the arms, is a random number for four policies.
#
# Guess: the mean reward of each arm, the same at every call (for UCB1 with its bonus, the index of the textbook).
# Seen:  UCB1's is the textbook's. EpsilonGreedy's is the means, and with probability epsilon uniform numbers between 0
#        and 1: for means -3 and -1 an arm is worth 0.9. Softmax's, Popularity's and ThompsonSampling's are draws that
#        change at each call, the first two add up to 1 whatever the rewards are. No message; the documentation of
#        the method calls it the arms' expected rewards. `_imp.arm_to_expectation` has the means.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile mabwiser==2.7.4
"$work/venv/bin/python" - <<'EOF'
import math

from mabwiser.mab import MAB, LearningPolicy


def calls(policy, rewards, n=200):
    bandit = MAB(["a", "b"], policy, seed=1)
    bandit.fit(["a", "b"], rewards)
    return [tuple(float(x) for x in bandit.predict_expectations().values()) for _ in range(n)]


index = 1 + math.sqrt(2 * math.log(2))
assert all(math.isclose(a, index) for a, _ in calls(LearningPolicy.UCB1(alpha=1), [1, 0]))

greedy = calls(LearningPolicy.EpsilonGreedy(epsilon=0.5), [-3.0, -1.0])
other = [c for c in greedy if c != (-3.0, -1.0)]
print("epsilon-greedy, means -3 and -1:", *greedy[:4], f"{len(other)} of {len(greedy)} are others")
assert 70 < len(other) < 130 and all(0 <= x < 1 for c in other for x in c)

for name, policy in (
    ("softmax", LearningPolicy.Softmax(tau=1)),
    ("popularity", LearningPolicy.Popularity()),
):
    draws = calls(policy, [30.0, 29.0])
    print(f"{name}, means 30 and 29:", *draws[:3])
    assert len(set(draws)) == len(draws) and all(math.isclose(a + b, 1) for a, b in draws)
thompson = calls(LearningPolicy.ThompsonSampling(), [1, 0])
print("thompson, means 1 and 0:", *thompson[:3])
assert len(set(thompson)) == len(thompson)
EOF
