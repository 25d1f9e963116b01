#!/usr/bin/env bash
# rl2xla 0.1.0, gymnasium 1.4.0: an environment of whole numbers becomes one of fractions, and its time limit an end.
#
# Guess: gym_to_jax keeps what an environment of Python and NumPy does, "any custom env", as it does for CartPole: the stock,
#        rewards and ends of a store that sells half of its stock, rounded down, are the same step by step; a step may draw
#        with self.np_random, which is in the list of what is supported.
# Seen:  int(x / 2) becomes x / 2, as every int(): a stock of 7 is 3.5 after a step, for 4, with a reward of 10.5 for 9, and
#        the stock goes on with fractions. `done` is true at max_steps (500 unless the environment has one), where the store has
#        no end. A step with self.np_random.uniform or integers raises NameError: only the reset has a key.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile rl2xla==0.1.0 gymnasium==1.4.0 jax==0.10.2 numpy==2.4.6
cd "$work"
cat > stores.py <<'PY'
import gymnasium
import numpy as np


class Store(gymnasium.Env):
    """Half of the stock, rounded down, is sold at 3 each; what is ordered costs 1 and arrives at once."""

    def __init__(self):
        self.observation_space = gymnasium.spaces.Box(0, 100, (1,))
        self.action_space = gymnasium.spaces.Discrete(4)
        self.price = 3.0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.stock = 7
        self.steps = 0
        return np.array([self.stock], dtype=np.float32), {}

    def step(self, action):
        sold = int(self.stock / 2)
        self.stock = self.stock - sold + action
        self.steps = self.steps + 1
        reward = self.price * sold - action
        return np.array([self.stock], dtype=np.float32), reward, False, False, {}


class Dice(Store):
    """One or two are sold, each as often."""

    def step(self, action):
        sold = self.np_random.integers(1, 3)
        self.stock = self.stock - sold + action
        self.steps = self.steps + 1
        reward = self.price * sold - action
        return np.array([self.stock], dtype=np.float32), reward, False, False, {}
PY
PYTHONPATH="$work" MPLCONFIGDIR="$work" "$work/venv/bin/python" -W ignore - <<'PY'
import gymnasium
import jax
import jax.numpy as jnp
import numpy as np
from rl2xla import gym_to_jax
from stores import Dice, Store

cart, (reset, step) = gymnasium.make("CartPole-v1").unwrapped, gym_to_jax("CartPole-v1")
state, _ = reset(jax.random.PRNGKey(0))
cart.reset(seed=0)
cart.state = np.asarray(state.state, dtype=float)
for t in range(10):
    observation, reward, terminated, *_ = cart.step(t % 2)
    state, other, paid, done = step(state, jnp.asarray(t % 2))
    assert np.abs(observation - other).max() < 1e-5 and reward == paid and terminated == done

store, (reset, step) = Store(), gym_to_jax(Store)
store.reset(seed=0)
state, _ = reset(jax.random.PRNGKey(0))
rows = []
for t in range(500):
    observation, reward, *_ = store.step(t % 2)
    state, other, paid, done = step(state, jnp.asarray(t % 2))
    rows.append((float(observation[0]), float(other[0]), float(reward), float(paid), bool(done)))
for row in rows[:4]:
    print("stock %g, converted %g; reward %g, converted %g" % row[:4])
assert rows[0] == (4.0, 3.5, 9.0, 10.5, False) and rows[1][:2] == (3.0, 2.75)
print("done of the converted store, steps 499 and 500:", rows[498][4], rows[499][4])
assert not any(row[4] for row in rows[:499]) and rows[499][4]

reset, step = gym_to_jax(Dice)
state, _ = reset(jax.random.PRNGKey(0))
try:
    step(state, jnp.asarray(1))
except NameError as error:
    print("a step that draws: NameError,", error)
else:
    raise SystemExit("changed: a step that draws")
PY
