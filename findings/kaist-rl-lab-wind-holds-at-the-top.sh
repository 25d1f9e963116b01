#!/usr/bin/env bash
# kaist-rl-lab 0.1.22: the windy grid that one plans on is not the one that one walks on.
#
# Guess: get_transition_kernel() has the probabilities of step(): the wind pushes up, at most to the top row, then
#        the action is applied. The reward is -1 but at the goal, as the docstrings and the README say, and
#        the episode ends on reaching it.
# Seen:  step() does not stop the wind at the top: one row above the grid the action "down" leads back into the top row, where
#        the kernel has the second row; in the two columns where the wind always blows no step leads out of the top row, in the
#        kernel one does with probability 1. The reward is 0, not -1, so that the shortest way has the
#        return of any other; `terminated` is of the state that is left, so that an episode ends one step later, beside the goal.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile kaist-rl-lab==0.1.22 gymnasium==1.4.0 numpy==2.4.6
cd "$work"
MPLCONFIGDIR="$work" "$work/venv/bin/python" -W ignore - <<'PY'
from kaist_rl_lab.envs.windy_gridworld import WindyGridworld

UP, DOWN, LEFT, RIGHT = range(4)
env = WindyGridworld()
kernel = env.get_transition_kernel()
assert set(env.reward.__doc__.split()) >= {"-1.0", "+1.0"}


def stepped(state, action, runs=400):
    """Frequencies of the next states of step()."""
    seen = {}
    for seed in range(runs):
        env.reset(seed=seed)
        env.current_state = (state // 10, state % 10)
        after, *_ = env.step(action)
        seen[after] = seen.get(after, 0) + 1 / runs
    return seen


goal = 3 * 10 + 7
other = []
for state in range(70):
    for action in range(4):
        planned, walked = {s: p for s, p in kernel[state, action].items() if p > 0}, stepped(state, action)
        assert abs(sum(planned.values()) - 1) < 1e-12
        if any(abs(planned.get(s, 0) - walked.get(s, 0)) > 0.15 for s in planned.keys() | walked.keys()):
            other.append((state, action))
print("pairs where the kernel has other next states:", other)
assert other == sorted([(column, DOWN) for column in range(3, 9)] + [(goal, action) for action in (UP, LEFT, RIGHT)])
print("from the top of column 6, down: kernel", kernel[6, DOWN], "step", stepped(6, DOWN))
assert kernel[6, DOWN] == {16: 1.0} and set(stepped(6, DOWN)) == {6}

# straight to the goal without wind
still = WindyGridworld(wind=[0.0] * 10)
still.reset(seed=0)
total, ends = 0.0, []
for step in range(8):
    state, reward, terminated, truncated, _ = still.step(RIGHT)
    total += reward
    ends.append((divmod(state, 10), reward, terminated))
    if terminated:
        break
print("seven steps to the right, and one more:", ends[-3:], "return", total)
assert ends[6] == ((3, 7), 0.0, False) and ends[7] == ((3, 8), 1.0, True) and total == 1.0
PY
