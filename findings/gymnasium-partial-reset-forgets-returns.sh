#!/usr/bin/env bash
# gymnasium 1.4.0: where one of two environments is reset by a mask, the other one's return so far is forgotten.
#
# Guess: RecordEpisodeStatistics of a vector with autoreset DISABLED and reset(options={"reset_mask": ended}), the way
#        to reset that mode has, reports for each episode the sum of its rewards and its length: (6, 3) and (3, 2) for
#        episodes that pay 1, 2, 3 and 1, 2. So it does in the two other modes.
# Seen:  the environments go on as they should; of the longer episode, during which the other one was reset, the statistics
#        are (3, 1): only what came after that. SyncVectorEnv takes the mask out of the options, so that the wrapper finds
#        none and sets all sums to 0. With a copy of the options for the environments alone the sums are right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile gymnasium==1.4.0 numpy==2.4.6
"$work/venv/bin/python" - <<'EOF'
import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers.vector import RecordEpisodeStatistics


class Corridor(gymnasium.Env):
    """Step t pays t; the end is after `length` steps."""

    observation_space, action_space = gymnasium.spaces.Discrete(9), gymnasium.spaces.Discrete(1)

    def __init__(self, length):
        self.length = length

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        self.at = 0
        return self.at, {}

    def step(self, action):
        self.at += 1
        return self.at, float(self.at), self.at == self.length, False, {}


class KeepsOptions(SyncVectorEnv):
    def reset(self, *, seed=None, options=None):
        return super().reset(seed=seed, options=options and dict(options))


def episodes(mode, vector=SyncVectorEnv):
    envs = RecordEpisodeStatistics(vector([lambda: Corridor(3), lambda: Corridor(2)], autoreset_mode=mode))
    envs.reset(seed=0)
    seen = [[], []]
    for _ in range(12):
        states, _, ended, cut, info = envs.step(np.array([0, 0]))
        for k in np.flatnonzero(ended):
            seen[k].append((float(info["episode"]["r"][k]), int(info["episode"]["l"][k])))
            assert mode != AutoresetMode.DISABLED or states[k] == (3, 2)[k], "the environments themselves are right"
        if mode == AutoresetMode.DISABLED and ended.any():
            envs.reset(options={"reset_mask": ended})
    print(mode.name, vector.__name__, *seen)
    return seen


for mode in (AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP):
    assert [set(one) for one in episodes(mode)] == [{(6, 3)}, {(3, 2)}]
assert (3, 1) in episodes(AutoresetMode.DISABLED)[0]
assert [set(one) for one in episodes(AutoresetMode.DISABLED, KeepsOptions)] == [{(6, 3)}, {(3, 2)}]
EOF
