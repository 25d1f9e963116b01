#!/usr/bin/env bash
# gxm 0.4.0, gymnax 1.0.1 and 0.0.9, jax 0.10.2 (Python 3.11 or 3.12): with gymnax 1.0.1 every step raises; with 0.0.9 a time limit is an end, and the true observation after it is the next episode's first.
#
# Expected, after a look at its source: gxm "handles truncation and termination in a unified way across all environments": a CartPole of gymnax that is cut after three steps is `truncated`, and
#        true_next_obs is the observation that the third step led to, as with gxm's own TimeLimit; stacked observations begin anew
#        with an episode ("padding" by the observation of the reset). It works with the gymnax that its extra installs.
# Seen:  gymnax 1 returns six things from step(), gxm takes five: ValueError. With 0.0.9 the third step has terminated True and truncated False,
#        and both observations are those of a new episode, which gymnax has begun by itself: one bootstraps from nothing, or, ignoring ends, from
#        elsewhere. A stack of three goes on over the end: after it it holds two frames of the last episode and one of the new one.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
cat > "$tmp/look.py" <<'PY'
import sys
import gxm
import jax
import jax.numpy as jnp
import numpy as np
from gxm.wrappers import StackObservations, TimeLimit

def walk(env, n, action=lambda i: i % 2):
    key = jax.random.PRNGKey(0)
    state, step = env.init(key)
    steps = []
    for i in range(n):
        key, sub = jax.random.split(key)
        state, step = env.step(sub, state, jnp.int32(action(i)))
        steps.append(step)
    return steps

def told(name, s):
    print(f"{name}: terminated {bool(s.terminated)}, truncated {bool(s.truncated)}, next {np.round(s.next_obs, 3)}, true next {np.round(s.true_next_obs, 3)}")

env = gxm.make("Gymnax/CartPole-v1")
if sys.argv[1] == "1.0.1":
    try:
        walk(env, 1)
        raise SystemExit("a step works")
    except ValueError as e:
        print("gymnax 1.0.1:", e)
        assert "too many values to unpack" in str(e)
    raise SystemExit

long = walk(env, 3)[-1]                                          # the third step of an episode that goes on
cut = gxm.make("Gymnax/CartPole-v1")
cut.env_params = cut.env_params.replace(max_steps_in_episode=3)
short = walk(cut, 3)[-1]
own = walk(TimeLimit(gxm.make("Gymnax/CartPole-v1"), time_limit=3), 3)[-1]
told("no limit, third step", long), told("gymnax's limit of 3", short), told("gxm's limit of 3", own)
assert bool(short.terminated) and not bool(short.truncated) and np.array_equal(short.next_obs, short.true_next_obs)
assert (np.abs(short.true_next_obs) <= 0.05).all() and not np.allclose(short.true_next_obs, long.next_obs)     # a start: within 0.05 of 0
assert bool(own.truncated) and not bool(own.terminated) and not np.array_equal(own.next_obs, own.true_next_obs)

angles = [np.array(s.next_obs[:, 2]) for s in walk(StackObservations(cut, 3), 3)]
print("angles in the stack at each step:", [a.round(4).tolist() for a in angles])
assert np.array_equal(angles[2][:2], angles[1][1:])              # after the end: the two last frames of the episode before
PY
cd "$tmp"
for version in 1.0.1 0.0.9; do
  "${PYTHON:-python3}" -m venv "$tmp/v-$version"
  "$tmp/v-$version/bin/pip" install --quiet --no-compile jax==0.10.2 jaxlib==0.10.2 flax==0.12.8 chex==0.1.92 six==1.17.0 "gymnax==$version" gxm==0.4.0
  JAX_PLATFORMS=cpu MPLBACKEND=agg "$tmp/v-$version/bin/python" -W ignore look.py "$version"
done
