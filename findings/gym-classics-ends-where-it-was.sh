#!/usr/bin/env bash
# gym-classics 1.0.0: the last observation of an episode is the state before the last step.
#
# Guess: a step off the end of the five-state random walk leads to a terminal state of its own (7 states with both
#        ends, or 5 and an observation that is no state), as in Sutton and Barto, example 6.2.
# Seen:  there is no terminal state: the step to the right from state 4 returns observation 4, reward 1, terminated
#        True, and model(4, 1) says the same. Only the flag tells that from a loop: a table P of (s, a, s'),
#        taken from model() or counted from episodes, has a state that pays 1 for ever.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile gym-classics==1.0.0 gymnasium==1.4.0 numpy==2.2.6
"$work/venv/bin/python" - <<'EOF'
import gymnasium
import gym_classics

gym_classics.register("gymnasium")
env = gymnasium.make("5Walk-v0").unwrapped
assert env.observation_space.n == 5
start, _ = env.reset(seed=0)
state, end = start, None
while end is None:
    before, (state, reward, terminated, truncated, _) = state, env.step(1)
    if terminated or truncated:
        end = (before, state, reward, terminated)
print("last step (from, to, reward, terminated):", end)
assert end == (4, 4, 1.0, True), end
model = [array.tolist() for array in env.model(4, 1)]
print("model(4, 1) (next, reward, done, probability):", model)
assert model == [[4], [1.0], [1.0], [1.0]]
EOF
