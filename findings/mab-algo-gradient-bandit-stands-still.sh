#!/usr/bin/env bash
# mab_algo 1.0.0: a gradient bandit that learns nothing, and an epsilon-greedy one that credits every reward to its first action.
#
# Guess: of two actions that pay 1 and 0 for certain each of the three algorithms takes the better one nearly always after
#        1000 steps; the estimates are the means of what each action has paid, 1 and 0.
# Seen:  the gradient bandit computes the new preferences and drops them (an expression without an assignment): 0 and 0 for ever,
#        each action half of the time. EpsilonGreedy remembers the action of its first step only, and gives it all rewards:
#        where that is the worse one, its estimate goes up and it is taken 90% of the time. SimpleAverage divides by the
#        number of all updates, not by the action's: an action that always paid 1 has 0.05 after the other one was tried 19 times.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile mab-algo==1.0.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
import random

from mab_algo.algorithms import UCB, EpsilonGreedy, GradientBandit
from mab_algo.averages import SimpleAverage, WeightedAverage

PAYS = {"bad": 0.0, "good": 1.0}


def share_of_good(make, steps=2000):
    """How often the better action is taken in the second half, and the algorithm."""
    algorithm, taken = make(), []
    action = algorithm.step()
    for _ in range(steps):
        taken.append(action == "good")
        action = algorithm.step(PAYS[action])
    return sum(taken[steps // 2 :]) / (steps // 2), algorithm


random.seed(0)
share, gradient = share_of_good(lambda: GradientBandit(["bad", "good"], WeightedAverage(0.1), step_size=0.4))
print("gradient bandit: good", share, "preferences", gradient.preferences, "probabilities", gradient.probabilities)
assert gradient.preferences == [0, 0] and gradient.probabilities == [0.5, 0.5] and abs(share - 0.5) < 0.06

first = {}
for seed in range(20):
    random.seed(seed)
    share, greedy = share_of_good(lambda: EpsilonGreedy(["bad", "good"], WeightedAverage(0.1), epsilon=0.2))
    first.setdefault(greedy.chosen_action, []).append(share)
    other = 1 - greedy.actions.index(greedy.chosen_action)
    assert greedy.averager.estimated_Qvalues[other] == 0  # never updated
print("epsilon-greedy with epsilon 0.2, by its first action: good", {k: (min(v), max(v)) for k, v in first.items()})
assert max(first["bad"]) < 0.2 and min(first["good"]) > 0.8

means = SimpleAverage()
means._set_q_values_count(2)
for _ in range(19):
    means.update(0, 0.0)
means.update(1, 1.0)
print("means of 19 zeros and of a 1:", means.estimated_Qvalues)
assert means.estimated_Qvalues == [0, 0.05]

share, ucb = share_of_good(lambda: UCB(["bad", "good"], WeightedAverage(0.1), exploration=0.5))
print("UCB: good", share)
assert share > 0.9
PY
