#!/usr/bin/env bash
# reinforced-lib 2.0.4: discounted UCB looks at the other arm once in 830 steps, when its count underflows; by its own formula once in 13.
#
# Guess (1 December 2026, 03:41, blind): UCB as in the book and in its docstring, Q(a) + c sqrt(ln(sum of N) / N(a)), where both R and N are discounted: an arm that
#        is not played grows more attractive as its N goes to 0, which is what discounting is for.
# Seen:  N is taken as at least 1 beneath the root: with gamma = 0.9 and c = 0.5 the bonus of an arm left alone is at most 0.76, whatever was forgotten of it. Of two
#        arms that pay 1 and 0 the second is played twice in 980 steps, the second time when 0.9^829 is 0 in single precision and it counts as never played,
#        of infinite worth; the formula plays it 73 times. When it starts to pay 3 in step 200, it is found in step 831, by the formula in step 202.
#        With gamma = 1 the two agree.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile jax==0.8.0 jaxlib==0.8.0 chex==0.1.91 gymnasium==1.2.1 cloudpickle==3.1.1 lz4==4.4.4 matplotlib==3.10.7 tensorboardX==2.6.4 wandb==0.22.3
"$work/venv/bin/pip" install --quiet --no-compile --no-deps reinforced-lib==2.0.4 # it asks for the whole of jax-ai-stack
cd "$work"
JAX_PLATFORMS=cpu MPLCONFIGDIR="$work" WANDB_MODE=disabled "$work/venv/bin/python" -W ignore - <<'PY'
import jax
import numpy as np
from reinforced_lib.agents.mab import UCB

STEPS = 980


def pay(t, change):
    return (1.0, 0.0) if t < change else (1.0, 3.0)


def library(gamma, change):
    agent = UCB(2, c=0.5, gamma=gamma)
    state = agent.init(jax.random.PRNGKey(0))
    played = []
    for t, key in enumerate(jax.random.split(jax.random.PRNGKey(1), STEPS)):
        arm = int(agent.sample(state, key))
        state = agent.update(state, key, arm, pay(t, change)[arm])
        played.append(arm)
    return played


def formula(gamma, change, first):
    """The docstring's rule, every arm once at first."""
    R, N, played = np.zeros(2), np.zeros(2), []
    for t in range(STEPS):
        arm = first[t] if t < 2 else int(np.argmax(R / N + 0.5 * np.sqrt(np.log(max(1, N.sum())) / N)))
        R, N = gamma * R, gamma * N
        R[arm] += pay(t, change)[arm]
        N[arm] += 1
        played.append(arm)
    return played


never = library(0.9, STEPS)
right = formula(0.9, STEPS, never[:2])
print("second arm, that pays nothing: played", sum(never), "times, by the formula", sum(right))
assert sum(never) <= 2 and sum(right) > 70

found = library(0.9, 200)
right = formula(0.9, 200, found[:2])
first = [next(t for t in range(200, STEPS) if played[t]) for played in (found, right)]
print("it pays 3 from step 200 on: played first in step", first[0], "by the formula", first[1])
assert 800 < first[0] < 860 and first[1] < 220

plain = library(1.0, STEPS)
assert plain == formula(1.0, STEPS, plain[:2])
print("without discounting: the same arms in all", STEPS, "steps, the second", sum(plain), "times")
PY
