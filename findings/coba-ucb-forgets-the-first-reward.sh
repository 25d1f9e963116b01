#!/usr/bin/env bash
# coba 8.1.0: its UCB1-Tuned forgets the first reward of each arm, and an importance-weighted value without probabilities is no error.
#
# Guess: BanditUCBLearner, "an implementation of Auer et al. (2002) UCB1-Tuned", takes the mean of an arm's rewards: an arm that paid 1 and
#        0 is as good as one that paid 0 and 1. SequentialCB(eval="ips"), which "requires" the probabilities of the logged actions, says
#        so where they are missing.
# Seen:  the second reward is weighted with 1/1, the third with 1/2: the mean, and the variance, are those of all rewards but the first.
#        Of the two arms the second is played for certain. Where a log has no probabilities each is 1: of a coin's log the
#        policy that always takes the arm that pays 1 is worth 0.5 for 1, without a word.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile coba==8.1.0
"$work/venv/bin/python" -W ignore - <<'EOF'
from statistics import mean

from coba.evaluators import SequentialCB
from coba.learners import BanditUCBLearner, FixedLearner
from coba.primitives import LoggedInteraction

learner = BanditUCBLearner()
for arm, reward in (("a", 1), ("b", 0), ("a", 0), ("b", 1)):
    learner.learn(None, arm, reward, 1)
played = [learner.score(None, ["a", "b"], arm) for arm in "ab"]
print("a paid 1, 0 and b paid 0, 1: means", learner._m, "probabilities to be played", played)
assert learner._m == {"a": 0, "b": 1} and played == [0, 1]

rewards = [0, 1, 1, 0, 1]
learner = BanditUCBLearner()
for reward in rewards:
    learner.learn(None, "a", reward, 1)
print("mean of", rewards, "is", mean(rewards), "; there", learner._m["a"])
assert abs(learner._m["a"] - mean(rewards[1:])) < 1e-12


class Log:
    """One hundred tosses of a fair coin between an arm that pays 1 and one that pays 0."""

    params = {}

    def __init__(self, **logged):
        self.logged = logged

    def read(self):
        for i in range(100):
            yield LoggedInteraction(None, "ab"[i % 2], 1.0 - i % 2, actions=["a", "b"], **self.logged)


for name, log in (("with", Log(probability=0.5)), ("without", Log())):
    found = list(SequentialCB(record=["reward"], learn=None, eval="ips").evaluate(log, FixedLearner([1, 0])))
    value = mean(row["reward"] for row in found)
    print(name, "probabilities: the value of a for certain is", value)
    assert value == (1 if name == "with" else 0.5)
EOF
