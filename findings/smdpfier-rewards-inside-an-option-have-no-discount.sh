#!/usr/bin/env bash
# smdpfier 0.1.0, gymnasium 1.4.0: in its semi-Markov process an option that pays 1, 1, 1 at the discount 1/2 is worth 3 by default, and 3/8 by the formula of its README, for 1.75.
#
# Guess: (blind) "natural SMDP discounting with gamma^k": the value after an option of k steps is discounted by gamma^k, and the rewards within it by 1, gamma, ..., so that Q-learning
#        on the wrapper learns values of the environment.
# Seen:  the reward of an option is the plain sum, so that a prize of 1.2 after five steps of waiting is better than a prize of 1 at once, at any discount. "Apply SMDP
#        discounting: reward * gamma^duration" in the README takes all of it as if it came one step after the end: of three payments of 1 against one of 1 it
#        takes the single one. What is right is reward_agg=discounted_sum(gamma), of which the documentation says that it is "NOT the same as SMDP discounting".
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m pip install --quiet --root-user-action=ignore --no-compile --no-deps --target "$tmp/p" smdpfier==0.1.0 gymnasium==1.4.0 numpy==2.3.5 cloudpickle==3.1.2 farama-notifications==0.0.4 typing_extensions==4.15.0
cd "$tmp"
PYTHONPATH="$tmp/p" "${PYTHON:-python3}" -W ignore - <<'PY'
import gymnasium
from smdpfier import Option, SMDPfier
from smdpfier.defaults.rewards import discounted_sum

class Table(gymnasium.Env):
    """pay 1; wait; take 1.2 and end; take 1 and end"""
    action_space = gymnasium.spaces.Discrete(4)
    observation_space = gymnasium.spaces.Discrete(1)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return 0, {}

    def step(self, action):
        return 0, (1.0, 0.0, 1.2, 1.0)[action], action >= 2, False, {}

options = [Option([0, 0, 3], "three"), Option([3], "one"), Option([1] * 5 + [2], "wait for 1.2")]
gamma = 0.5

def learn(**more):
    rewards, formula = {}, {}
    env = SMDPfier(Table(), options_provider=options, action_interface="index", max_options=3, **more)
    for number, option in enumerate(options):
        env.reset(seed=0)
        _, reward, terminated, _, info = env.step(number)
        assert terminated and info["smdp"]["duration"] == len(option.actions)
        rewards[option.name] = reward                                   # the end follows: this is the target of Q-learning
        formula[option.name] = reward * gamma ** info["smdp"]["duration"]
    return rewards, formula

plain, formula = learn()
right, _ = learn(reward_agg=discounted_sum(gamma))
print("default:", plain, "\nREADME: ", formula, "\nright:  ", right)
assert plain == {"three": 3.0, "one": 1.0, "wait for 1.2": 1.2}
assert formula == {"three": 0.375, "one": 0.5, "wait for 1.2": 1.2 / 64}
assert right["three"] == 1.75 and right["one"] == 1 and abs(right["wait for 1.2"] - 1.2 / 32) < 1e-12
assert "NOT the same as SMDP discounting" in " ".join(discounted_sum.__doc__.split())
PY
