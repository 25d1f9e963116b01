#!/usr/bin/env bash
# pgmpy 1.1.2 (Python 3.11 or 3.12): with a seed the steps of a MarkovChain are all drawn alike, and so are its variables.
#
# Guess: sample(seed=1) and generate_sample(seed=1) are samples that can be repeated: a fair coin shows both sides, two coins
#        of one chain agree in half of the steps; the order in which a dictionary lists next states does not matter.
# Seen:  generate_sample gives the seed to each step anew: a coin is 1 a thousand times, a walk goes down and up for ever
#        or up to its end, as the seed has it. sample gives it to each variable anew: two coins agree in every
#        step. Without a seed both are right. is_stationarity reads the values of the dictionaries in their order:
#        one chain, written in two ways, converges and does not; a next state left out, as in the examples of the class, raises.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile pgmpy==1.1.2 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from pgmpy.factors.discrete import State
from pgmpy.models import MarkovChain

COIN = {0: {0: 0.5, 1: 0.5}, 1: {0: 0.5, 1: 0.5}}
WALK = {0: {1: 1.0}, 1: {0: 0.5, 2: 0.5}, 2: {1: 0.5, 3: 0.5}, 3: {3: 1.0}}


def chain(**models):
    made = MarkovChain(list(models), [len(model) for model in models.values()])
    for name, model in models.items():
        made.add_transition_model(name, model)
    return made


def steps(model, start, size, **seed):
    return [int(state[0].state) for state in chain(x=model).generate_sample([State("x", start)], size=size, **seed)]


for seed in range(4):
    coin, walk = steps(COIN, 0, 1000, seed=seed), steps(WALK, 1, 12, seed=seed)
    print(f"seed {seed}: the coins' mean {sum(coin) / 1000}, a walk {walk}")
    assert len(set(coin)) == 1 and walk in ([0, 1] * 6, [2] + [3] * 11)
free = sum(steps(COIN, 0, 2000)) / 2000
print("without a seed:", free)
assert 0.4 < free < 0.6

start = [State("a", 0), State("b", 1)]
for options, low, high in (({"seed": 1}, 1, 1), ({}, 0.4, 0.6)):
    both = chain(a=COIN, b=COIN).sample(start, size=2000, **options).iloc[1:]
    agree = float((both.a == both.b).mean())
    print(options, "two coins agree in", agree, "of the steps")
    assert low <= agree <= high

ordered, other = {0: {0: 0.9, 1: 0.1}, 1: {0: 0.9, 1: 0.1}}, {0: {1: 0.1, 0: 0.9}, 1: {0: 0.9, 1: 0.1}}
assert ordered == other
found = [chain(x=model).is_stationarity(tolerance=0.1) for model in (ordered, other)]
print("is_stationarity of one chain, written in two ways:", found)
assert found == [True, False]
try:
    chain(x=WALK).is_stationarity()
    raise SystemExit("states may be left out now")
except ValueError as error:
    print("ValueError:", str(error)[:60])
PY
