#!/usr/bin/env bash
# ns-gym 1.0.12, gymnasium 1.4.0: after reset() the environment says its first probabilities and moves by the last episode's.
#
# Guess: reset() of NSFrozenLakeWrapper and NSCliffWalkingWrapper brings back the probabilities of the start, as the flag
#        `persistent_params`, off by default, says; with changes inside the simulation the planning environment
#        of the 8x8 lake is that lake.
# Seen:  reset() puts the first table back, and the next step puts the last episode's in its place, until the schedule
#        changes something again: with a slip of 0.4 from step 2 on, in the second episode also the steps 0 and 1
#        slip, in 40% of the runs, beside `transition_prob` [1, 0, 0]. And the planning environment with
#        in_sim_change=True has the transitions of the 4x4 lake: one step down from the first row of the 8x8 lake ends in a hole.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
# what it declares has torch and stable-baselines3; the wrappers need these
"$work/venv/bin/pip" install --quiet --no-compile gymnasium==1.4.0 numpy==1.26.4 mujoco==3.3.7 pygame==2.6.1 imageio==2.37.2 pyyaml==6.0.3 packaging==25.0 scipy==1.16.3
"$work/venv/bin/pip" install --quiet --no-compile --no-deps ns-gym==1.0.12
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import gymnasium
from ns_gym.schedulers import ContinuousScheduler, DiscreteScheduler
from ns_gym.update_functions import DistributionDecrementUpdate
from ns_gym.wrappers import NSCliffWalkingWrapper, NSFrozenLakeWrapper


def make(wrapper, name, schedule, step, **options):
    change = {"P": DistributionDecrementUpdate(schedule, k=step)}
    return wrapper(gymnasium.make(name, **options.pop("env", {})), change, change_notification=True, delta_change_notification=True, **options)


for wrapper, name, options in (
    (NSFrozenLakeWrapper, "FrozenLake-v1", {"env": {"is_slippery": False}}),
    (NSCliffWalkingWrapper, "CliffWalking-v1", {}),
):
    env = make(wrapper, name, DiscreteScheduler({2}), 0.4, **options)
    for episode in range(2):
        env.reset(seed=0)
        seen = [max(p for p, *_ in env.unwrapped.P[14][2])]
        said = []
        for _ in range(4):
            info = env.step(3)[4]
            said.append(info["transition_prob"][0])
            seen.append(max(p for p, *_ in env.unwrapped.P[14][2]))
        print(f"{name}, episode {episode}: said {said}, in force {seen[1:]}, {seen[0]} after reset()")
        assert said == [1, 1, 0.6, 0.6] and seen == ([1, 1, 1, 0.6, 0.6], [1, 0.6, 0.6, 0.6, 0.6])[episode]

env = make(NSFrozenLakeWrapper, "FrozenLake-v1", DiscreteScheduler({2}), 0.4, env={"is_slippery": False})
env.reset(seed=0)
for _ in range(4):
    env.step(3)
slips = 0
for seed in range(1000):
    env.reset(seed=seed)
    observation, *_, info = env.step(1)  # down
    assert info["transition_prob"] == [1, 0, 0]
    slips += observation["state"] != 4
print("first steps that slipped:", slips, "of 1000")
assert 350 < slips < 450

env = make(
    NSFrozenLakeWrapper, "FrozenLake-v1", ContinuousScheduler(), 1e-9, env={"map_name": "8x8", "is_slippery": False}, in_sim_change=True
)
env.reset(seed=0)
for _ in range(3):
    observation, *_ = env.step(2)
assert observation["state"] == 3
planned = env.get_planning_env().step(1)
real = env.step(1)
print("down from 3: planned", planned[0]["state"], planned[2], " real", real[0]["state"], real[2])
assert (planned[0]["state"], planned[2], real[0]["state"], real[2]) == (7, True, 11, False)
PY
