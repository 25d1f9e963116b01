#!/usr/bin/env bash
# jumanji 1.1.2, jax 0.12.0.1 (Python 3.12): at time_limit a maze ends with discount 0, and foraging is cut with discount 1.
#
# Guess: one library has one convention for the episodes that its time_limit stops: a cut, with discount 1, for which it has
#        restart, transition, termination and truncation.
# Seen:  Maze, Snake, SlidingTilePuzzle, RubiksCube, RobotWarehouse, Tetris and MMST end there, with discount 0, and so does
#        SearchAndRescue; through JumanjiToGymWrapper the maze is terminated and truncated at once. LevelBasedForaging and Connector are cut,
#        with discount 1 for each agent. A learner that bootstraps by the discount takes the limit as part of the task in the
#        ones, whose observation need not tell the time, and looks beyond it in the others.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile jumanji==1.1.2 jax==0.12.0.1 jaxlib==0.12.0.1
cd "$work"
JAX_PLATFORMS=cpu "$work/venv/bin/python" -W ignore - <<'PY'
import jax
import jax.numpy as jnp
import numpy as np
from jumanji import environments
from jumanji.wrappers import JumanjiToGymWrapper

ENDS = ("Maze", "Snake", "SlidingTilePuzzle", "RubiksCube", "RobotWarehouse", "Tetris", "MMST", "SearchAndRescue")
CUTS = ("LevelBasedForaging", "Connector")


def allowed(step, env):
    """The first action that the mask allows, where there is one action; nothing, where there are many."""
    action = jnp.zeros_like(jnp.asarray(env.action_spec.generate_value()))
    mask = getattr(step.observation, "action_mask", None)
    return action if mask is None or action.ndim else jnp.asarray(int(np.argmax(np.asarray(mask).ravel())), action.dtype)


for name in ENDS + CUTS:
    env = getattr(environments, name)(time_limit=2)
    play = jax.jit(env.step)
    state, step = env.reset(jax.random.PRNGKey(0))
    for _ in range(2):
        assert not bool(step.last())
        state, step = play(state, allowed(step, env))
    discounts = set(np.asarray(step.discount).ravel().tolist())
    print(name, "after 2 steps of 2: last", bool(step.last()), "discount", discounts, flush=True)
    assert bool(step.last()) and discounts == ({0.0} if name in ENDS else {1.0})

maze = JumanjiToGymWrapper(environments.Maze(time_limit=2))
maze.reset(seed=0)
maze.step(0)
_, _, terminated, truncated, _ = maze.step(0)
print("Maze in Gymnasium's terms: terminated", terminated, "truncated", truncated)
assert terminated and truncated
PY
