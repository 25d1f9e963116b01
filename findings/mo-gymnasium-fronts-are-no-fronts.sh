#!/usr/bin/env bash
# mo-gymnasium 1.3.2: pareto_front(gamma) returns dominated points, lacks a safe way, and has two ways to discount.
#
# Guess: the returns of all policies that no other policy dominates, at the gamma that is given, in the convention of
#        the environment's episodes: the sum of gamma^t r, t = 0, 1, ...
# Seen:  deep-sea-treasure: the ten points of gamma = 1, discounted; at 0.9 only three of them are not dominated by
#        another one of the ten. resource-gathering: six policies are written down, and none of them fetches both
#        things around the enemies, 18 steps without any risk: (0, 1, 1) dominates the whole front of gamma = 1, and
#        (0, 0.8429, 0.8429) is missing at 0.99. The diamond in ten steps counts gamma^10 there, where a treasure
#        three steps away counts gamma^2.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile mo-gymnasium==1.3.2 pygame-ce==2.5.8 numpy==2.2.6
"$work/venv/bin/python" - <<'EOF' 2>&1
import warnings

warnings.simplefilter("ignore")
import mo_gymnasium
import numpy as np


def dominated(point, others):
    return any(np.all(o >= point - 1e-12) and np.any(o > point + 1e-9) for o in others)


def run(env, gamma, actions, seed):
    """The discounted return of an episode and whether the last action ended it."""
    env.reset(seed=seed)
    total = 0
    for t, action in enumerate(actions):
        _, reward, terminated, truncated, _ = env.step(action)
        total = total + gamma**t * np.asarray(reward, dtype=float)
        assert not truncated and terminated == (t == len(actions) - 1)
    return total


UP, DOWN, LEFT, RIGHT = range(4)
sea = mo_gymnasium.make("deep-sea-treasure-v0")
front = sea.unwrapped.pareto_front(0.9)
kept = [p for p in front if not dominated(p, front)]
print(f"deep sea, 0.9: {len(front)} points, not dominated {np.round(kept, 3).tolist()}")
assert len(front) == 10 and np.allclose(kept, [[0.7, -1], [6.642, -2.71], [7.545, -4.0951]], atol=1e-3)
second = run(sea, 0.9, [RIGHT, DOWN, DOWN], 0)
print("the second treasure, played:", second.round(3), "listed:", front[1].round(3))
assert np.allclose(second, front[1], atol=1e-6) and abs(second[0] - 8.2 * 0.9**2) < 1e-6

gathering = mo_gymnasium.make("resource-gathering-v0")
safe = [UP, UP, LEFT, UP, UP, RIGHT, LEFT, DOWN, DOWN, RIGHT, RIGHT, UP, RIGHT, DOWN, DOWN, DOWN, LEFT, LEFT]
for gamma in (1, 0.99, 0.9):
    listed = gathering.unwrapped.pareto_front(gamma)
    played = {tuple(run(gathering, gamma, safe, seed)) for seed in range(20)}
    assert len(played) == 1
    point = np.array(played.pop())
    covered = any(np.all(p >= point - 1e-9) for p in listed)
    beaten = [dominated(p, [point]) for p in listed]
    print(f"gathering, {gamma}: played {point.round(4)}, covered: {covered}, listed {np.round(listed, 4).tolist()}")
    assert not covered and np.allclose(point, [0, gamma**17, gamma**17])
    assert all(beaten) == (gamma == 1)
diamond = run(gathering, 0.9, [RIGHT, RIGHT, UP, UP, UP, DOWN, DOWN, DOWN, LEFT, LEFT], 0)
listed = max(p[2] for p in gathering.unwrapped.pareto_front(0.9))
print("the diamond, played:", diamond[2].round(4), "listed:", listed.round(4))
assert abs(diamond[2] - 0.9**9) < 1e-9 and abs(listed - 0.9**10) < 1e-9
EOF
