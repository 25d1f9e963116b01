#!/usr/bin/env bash
# navix 4.0.0, minigrid 3.2.0 (Python 3.12): the reimplementation of MiniGrid has other rewards and other limits of time.
#
# Guess: the goal of Empty-5x5 after five steps pays 1 - 0.9 * 5 / 100 = 0.955, as in MiniGrid; episodes have its limits.
# Seen:  1, however late: in navix a late goal costs less only where `penalty_coeff` is set, and no environment sets it,
#        so that without a discount nothing is lost by wandering. FourRooms is cut after 1444 steps for 100, DoorKey-5x5 after
#        100 for 250, KeyCorridorS3R1 after 84 for 270; Empty, DistShift1 and LavaGapS5 as in MiniGrid. A goal in the last step
#        is an end and no cut in navix, both in MiniGrid.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile navix==4.0.0 minigrid==3.2.0 gymnasium==1.4.0 jax==0.10.2 numpy==2.4.6
cd "$work"
JAX_PLATFORMS=cpu "$work/venv/bin/python" -W ignore - <<'EOF'
import gymnasium
import jax
import minigrid  # registers its environments
import navix

TO_THE_GOAL = [2, 2, 1, 2, 2]  # forward twice, right, forward twice
for limit in (100, 5):
    env = gymnasium.make("MiniGrid-Empty-5x5-v0", max_steps=limit)
    env.reset(seed=0)
    for action in TO_THE_GOAL:
        _, reward, ended, cut, _ = env.step(action)
    other = navix.make("Navix-Empty-5x5-v0", max_steps=limit)
    step = other.reset(jax.random.PRNGKey(0))
    for action in TO_THE_GOAL:
        step = other.step(step, jax.numpy.asarray(action))
    kind = {0: "goes on", 1: "cut", 2: "end"}[int(step.step_type)]
    print(f"limit {limit}: minigrid {reward:.3f}, ended {ended}, cut {cut}; navix {float(step.reward):.3f}, {kind}")
    assert abs(reward - (1 - 0.9 * 5 / limit)) < 1e-12 and ended and cut == (limit == 5)
    assert float(step.reward) == 1 and kind == "end"
differ = {}
for name in ("Empty-5x5", "DistShift1", "LavaGapS5", "FourRooms", "DoorKey-5x5", "KeyCorridorS3R1"):
    limits = gymnasium.make(f"MiniGrid-{name}-v0").unwrapped.max_steps, navix.make(f"Navix-{name}-v0").max_steps
    print(name, "steps allowed: minigrid", limits[0], "navix", limits[1])
    if limits[0] != limits[1]:
        differ[name] = limits
assert differ == {"FourRooms": (100, 1444), "DoorKey-5x5": (250, 100), "KeyCorridorS3R1": (270, 84)}, differ
EOF
