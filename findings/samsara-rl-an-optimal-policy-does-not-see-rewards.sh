#!/usr/bin/env bash
# samsara-rl 0.9.1 (Python 3.11 or 3.12): value iteration's "optimal policy" goes where the next state is best and does not see what the way there pays: 0 for 9; TD(1) with a discount is not Monte Carlo.
#
# Guess (30 November 2026, 20:02, blind, lambda returns; the rest is what names and docstrings say, after its source): find_optimal_policy() returns the
#        optimal policy of a finite MDP; TD(lambda) with gamma has traces that fade by gamma lambda, so that the first state's
#        part in a reward is gamma^k lambda^k.
# Seen:  both planners take the largest expected next value, without r(s, a, s'): of two ways to the end that pay 9 and 0 the one
#        listed first, and of 9 at once or 1 a step later the later one. The values of value iteration are right, 9 and 9; policy
#        iteration goes on from the wrong policy, and its values are 0 and 1. The traces fade by lambda alone: with
#        gamma = 1/2 and lambda = 1 a reward two steps later moves the first pair as much as one of its own, 1 for 1/4.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile gymnasium==1.4.0 numpy==2.4.6
"$work/venv/bin/pip" install --quiet --no-compile --no-deps samsara-rl==0.9.1 # its networks need PyTorch, its tables do not
cd "$work"
"$work/venv/bin/python" - <<'PY'
from types import SimpleNamespace

import numpy as np
from samsara_rl.credit_assignment.tabular.temporal_difference import TemporalDifference
from samsara_rl.planning.policy_iteration import PolicyIteration
from samsara_rl.planning.value_iteration import ValueIteration


def model(outcomes, states):
    """Deterministic outcomes {(s, a): (next, reward)}; the last state is the end."""
    p = np.zeros((states, 2, states))
    r = np.zeros((states, 2, states))
    p[-1, :, -1] = 1
    for (s, a), (following, reward) in outcomes.items():
        p[s, a, following], r[s, a, following] = 1, reward
    return SimpleNamespace(
        observation_space=SimpleNamespace(n=states),
        action_space=SimpleNamespace(n=2),
        state_action_transition_matrix=p,
        reward_matrix=r,
    )


TWO_WAYS = model({(0, 0): (1, 0), (0, 1): (1, 9)}, 2)
NOW_OR_LATER = model({(0, 0): (2, 9), (0, 1): (1, 0), (1, 0): (2, 1), (1, 1): (2, 1)}, 3)
for name, mdp, values, worse in (("two ways", TWO_WAYS, 9, 0), ("now or later", NOW_OR_LATER, 9, 1)):
    planner = ValueIteration(mdp)
    chosen = int(planner.find_optimal_policy()[0].argmax())
    by_policies = PolicyIteration(mdp)
    again = int(by_policies.find_optimal_policy()[0].argmax())
    by_policies.evaluate_policy()
    print(name, "value", planner.values[0], "action", chosen, "| policy iteration: value", by_policies.values[0], "action", again)
    assert planner.values[0] == values and by_policies.values[0] == worse
    reward = mdp.reward_matrix[0, chosen].max()
    assert chosen == again and reward == 0

q = np.zeros((4, 1))
learner = TemporalDifference(q, alpha=1.0, gamma=0.5, _lambda=1.0)
for s, reward in ((0, 0.0), (1, 0.0), (2, 1.0)):
    learner.observe(SimpleNamespace(state=s, action=0, reward=reward, next_state=s + 1), target=0.0)
print("TD(1), gamma 1/2, a reward of 1 after two steps:", q.ravel().tolist())
assert q.ravel().tolist() == [1, 1, 1, 0]
PY
