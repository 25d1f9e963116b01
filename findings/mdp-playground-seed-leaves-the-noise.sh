#!/usr/bin/env bash
# mdp-playground 1.0.0: reset(seed=) leaves the noise of the transitions as it was, and reward_scale scales the noise.
#
# Guess: Gymnasium's rule: after reset(seed=11) the same actions give the same episode. And as documented,
#        reward_noise is the standard deviation of what is added to the reward, whatever the scale.
# Seen:  the start and the noise of the rewards are those of the seed, the states are not: noisy transitions are drawn
#        from the observation space, whose generator only the constructor seeds. With reward_scale 10 a reward_noise
#        of 1 has the standard deviation 10. With a delay the rewards that are still owed when an episode ends are lost.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile mdp-playground==1.0.0 gymnasium==1.4.0 numpy==2.4.6 scipy==1.17.1 \
  pillow==12.2.0 ale-py==0.12.1 dill==0.4.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'EOF'
import contextlib
import io

import numpy as np
from mdp_playground.envs import RLToyEnv

# 0 -> 1 -> 2 -> 3, the end, by action 0
NEXT = np.array([[1, 0], [2, 0], [3, 0], [3, 3]])
PAID = np.array([[1.0, 0], [3, 0], [5, 0], [0, 0]])


def make(**more):
    with contextlib.redirect_stdout(io.StringIO()):  # it prints its configuration
        return RLToyEnv(
            state_space_type="discrete", state_space_size=4, action_space_size=2, use_custom_mdp=True,
            transition_function=NEXT, reward_function=PAID, init_state_dist=np.array([1.0, 0, 0, 0]),
            terminal_states=np.array([3]), seed=0, log_level=50, **more,
        )


def episodes(env, seed, count):
    seen = []
    env.reset(seed=seed)
    for _ in range(count):
        state, reward, *_ = env.step(0)
        seen.append((int(state), float(reward)))
        env.reset()
    return seen


env = make(transition_noise=0.5)
first, second = episodes(env, 11, 50), episodes(env, 11, 50)
print("noisy states after one seed, twice:", [s for s, _ in first[:12]], [s for s, _ in second[:12]])
assert first != second
env = make(reward_noise=1.0)
assert episodes(env, 11, 50) == episodes(env, 11, 50), "noise of rewards is seeded"
for scale in (1.0, 10.0):
    spread = np.std([r for _, r in episodes(make(reward_noise=1.0, reward_scale=scale), 0, 3000)])
    print(f"reward_noise 1, reward_scale {scale:g}: standard deviation {spread:.2f}")
    assert abs(spread / scale - 1) < 0.1
for delay in (0, 1, 2):
    env = make(delay=delay)
    env.reset(seed=0)
    steps = [env.step(0) for _ in range(3)]
    print("delay", delay, [float(step[1]) for step in steps], "ended:", bool(steps[-1][2]))
    assert [step[1] for step in steps] == ([0.0] * delay + [1.0, 3.0, 5.0])[:3] and steps[-1][2]
EOF
