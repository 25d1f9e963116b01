#!/usr/bin/env bash
# rustforge-rl 0.2.0, gymnasium 1.4.0: CartPole-v1 pays 0 in the step in which the pole falls, where Gymnasium's pays 1.
#
# Guess (1 December 2026, 03:41, blind): rewards, ends and time limits of an environment named CartPole-v1 are those of Gymnasium's.
# Seen:  from equal states next states agree to single precision, ends and the limit of 500 steps in every step, and so do rewards but for the last of an
#        episode that ends by a fall: every such return is lower by one, the least possible one among them, and a policy that falls in step 500 has
#        499, as if it had fallen one step earlier. A discounted value of a state differs by the discounted probability of a fall.
#        MountainCar, its continuous version and Pendulum agree in all.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile rustforge-rl==0.2.0 gymnasium==1.4.0 numpy==2.3.5
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import gymnasium
import numpy as np
import rustforge

rng = np.random.default_rng(0)


def compare(name, to_state, action):
    """Steps, and the steps whose next state, reward or end differ from Gymnasium's from the same state."""
    theirs, ours = rustforge.make_env(name, api="gymnasium"), gymnasium.make(name).unwrapped
    ours.reset(seed=0)
    steps, states, ends, rewards = 0, 0, 0, []
    for episode in range(30):
        seen, _ = theirs.reset(seed=episode)
        while True:
            move = action()
            ours.state = to_state(seen)
            if hasattr(ours, "steps_beyond_terminated"):
                ours.steps_beyond_terminated = None
            right, reward, end, _, _ = ours.step(move)
            seen, found, terminated, truncated, _ = theirs.step(move)
            steps += 1
            states += np.abs(seen - right).max() > 1e-5
            ends += terminated != end
            if abs(found - reward) > 1e-4:
                rewards.append((found, reward, terminated))
            if terminated or truncated:
                break
    print(name, "steps", steps, "| other next states", states, "other ends", ends, "other rewards", len(rewards), set(rewards))
    return steps, states, ends, rewards


def same(seen):
    return np.array(seen, dtype=np.float32)


_, states, ends, rewards = compare("CartPole-v1", lambda seen: tuple(map(float, seen)), lambda: int(rng.integers(2)))
assert states == ends == 0 and rewards == [(0.0, 1.0, True)] * 30
for name, to_state, action in (
    ("MountainCar-v0", lambda seen: tuple(map(float, seen)), lambda: int(rng.integers(3))),
    ("MountainCarContinuous-v0", same, lambda: rng.uniform(-1, 1, 1).astype(np.float32)),
    ("Pendulum-v1", lambda seen: np.array([np.arctan2(seen[1], seen[0]), seen[2]]), lambda: rng.uniform(-2, 2, 1).astype(np.float32)),
):
    _, states, ends, rewards = compare(name, to_state, action)
    assert states == ends == 0 and not rewards
PY
