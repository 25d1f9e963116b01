#!/usr/bin/env bash
# gym-classics2 1.0.3: an episode "started" in a state runs from another one, and exploring starts learn from it.
#
# Guess: sample_episode(env, start_state=s) puts the environment into s, for environments of gym.make as its
#        documentation has them and for FrozenLake, which it names; or raises where it cannot.
# Seen:  the state is set as an attribute `state` on what is passed in. On a wrapper (all that gym.make returns) and on
#        Gymnasium's own environments, whose attribute is `s`, nothing moves: the first transition is that of the
#        start state, under the name of s. Right of 14 is the goal of FrozenLake; the episode says (14, right, 0, 1).
#        MC_control_ES then has the same q in corners that have nothing to do with each other, holes included.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile gym-classics2==1.0.3 gymnasium==1.4.0 numpy==2.4.6
"$work/venv/bin/python" - 2>/dev/null <<'EOF'
import gym_classics2
import gymnasium
from gym_classics2.algorithms.monte_carlo_methods import MC_control_ES, sample_episode

gym_classics2.register()
lake = gymnasium.make("FrozenLake-v1", is_slippery=False)
assert lake.unwrapped.P[14][2] == [(1.0, 15, 1.0, True)]
for name, env in (("wrapped", lake), ("unwrapped", lake.unwrapped)):
    (first,) = sample_episode(env, policy=[0] * 16, start_state=14, start_action=2, max_len=1)
    print(f"FrozenLake, {name}: from 14 to the right: {first}; P says (14, 2, 1.0, 15)")
    assert first == (14, 2, 0, 1)

own = gymnasium.make("ClassicGridworld-v1", tabular=True)
right = own.unwrapped.model(5, 2)[0]
(first,) = sample_episode(own, policy=[0] * 11, start_state=5, start_action=2, max_len=1)
print(f"its own gridworld, as gym.make returns it: {first}; its model leads from 5 to {right}")
assert first[0] == 5 and first[3] not in right

q = MC_control_ES(lake, 0.9, 300, rng=0)[1]
print("q of the hole 5 (exact: 0):", q[5].round(2), "of the goal 15:", q[15].round(2))
assert q[5].max() > 0.3 and q[15].max() > 0.3
EOF
