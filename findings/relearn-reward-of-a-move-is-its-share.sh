#!/usr/bin/env bash
# relearn 0.1.2: r(s, a, s') is multiplied by the probability of s', and of two rewards of one move the last is kept.
#
# Guess: state_action_state_function is r(s, a, s'), "expected rewards for state-action-next-state triples": the mean reward
#        given that s' is next, 8 for a move that pays 8 whatever its probability; an environment needs no reward of 0, which is
#        optional; two transitions that are listed twice with one reward have the sum of their probabilities.
# Seen:  2 for 8 where the move has probability 1/4: the sum of r p(s', r | s, a) is not divided by p(s' | s, a). An
#        environment whose rewards are 1 and 2 raises an IndexError; a transition listed twice, 1/4 and 1/4, has 1/4, and the
#        walk then stops with "probabilities do not sum to 1".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile relearn==0.1.2 numpy==1.26.4
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from relearn.environment import Action, Environment, Reward, State, Transition


def environment(rewards, *transitions):
    states, actions = [State("s", is_start_state=True), State("t"), State("u")], [Action("go")]
    return Environment(states, actions, [Reward(r) for r in rewards], [Transition("s", "go", *t) for t in transitions])


world = environment([0, 8, 4], ("t", 8, 0.25), ("u", 4, 0.75))
s, t, u = world.states
go = world.actions[0]
seen = [float(world.state_action_state_function(s, go, x)) for x in (t, u)]
print("r(s, go, t), r(s, go, u):", seen, "for [8, 4]; r(s, go):", float(world.state_action_function(s, go)))
assert seen == [2.0, 3.0] and world.state_action_function(s, go) == 5 and world.state_transition_proba(t, s, go) == 0.25

try:
    environment([1, 2], ("t", 1, 0.5), ("u", 2, 0.5))
except IndexError as error:
    print("rewards 1 and 2:", type(error).__name__, error)
else:
    raise SystemExit("changed: an environment without a reward of 0")

twice = environment([0, 8], ("t", 8, 0.25), ("t", 8, 0.25), ("u", 0, 0.5))
print("1/4 and 1/4:", twice.state_transition_proba(twice.states[1], twice.states[0], twice.actions[0]))
assert twice.state_transition_proba(twice.states[1], twice.states[0], twice.actions[0]) == 0.25
try:
    twice.behave(twice.states[0], twice.actions[0])
except ValueError as error:
    print("ValueError:", error)
    assert "sum to 1" in str(error)
else:
    raise SystemExit("changed: a walk on the doubled transition")
PY
