#!/usr/bin/env bash
# openCFR 1.0.0: of five minimizers two find the equilibrium of its own Kuhn poker; the Monte Carlo ones end where the first player wins 0.09 to 0.16, with exploitability 0.12 and more.
#
# Guess: (blind) each of the five variants, on the sample game Kuhn, has average strategies with which the first player loses 1/18, and an exploitability that falls
#        towards 0 with the iterations, the sampled ones more slowly.
# Seen:  vanilla CFR and CFR+ do: -0.0555, and 0.005 and 0.0005 after 2,000 iterations. MCCFR_External and MCCFR_Outcome end at an exploitability of 0.1 to 0.17 that ten
#        times the iterations do not lower: a king is not bet after a check (9 times in 10 or more), which no equilibrium does. Regret-based
#        pruning has the value right and stays at 0.085: a queen bets after every check. Best responses are computed below from the strategies.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile openCFR==1.0.0 numpy==2.3.5 tqdm==4.67.1
cd "$tmp"
"$tmp/v/bin/python" -W ignore - <<'PY'
import contextlib
import importlib
import io
import itertools
import random

import numpy as np
from openCFR.games.sample_games.Kuhn import Kuhn
from openCFR.Trainer import Trainer

CARDS = "JQK"

def pays(one, two, card, other):          # the first player's payoff: strategies are (check or call, bet or fold) by what is known
    sign = 1 if CARDS.index(card) > CARDS.index(other) else -1
    call = one[card + "-0-1"][0] * 2 * sign - one[card + "-0-1"][1]
    checked = two[other + "-0"][0] * sign + two[other + "-0"][1] * call
    raised = two[other + "-1"][0] * 2 * sign + two[other + "-1"][1]
    return one[card][0] * checked + one[card][1] * raised

def value(one, two):
    return np.mean([pays(one, two, a, b) for a, b in itertools.permutations(CARDS, 2)])

def best(player, rival):                  # pure choices of the two decisions a card has, for each card the best
    first, second = ("", "-0-1") if player == 1 else ("-0", "-1")
    total = 0
    for card in CARDS:
        rest = [c for c in CARDS if c != card]
        options = []
        for p, q in itertools.product((0.0, 1.0), repeat=2):
            mine = {card + first: (p, 1 - p), card + second: (q, 1 - q)}
            options.append(np.mean([pays(mine, rival, card, c) if player == 1 else -pays(rival, mine, c, card) for c in rest]))
        total += max(options) / 3
    return total

def train(name, iterations):
    np.random.seed(0)
    random.seed(0)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        sets, _ = Trainer(Kuhn(), importlib.import_module("openCFR.minimizers." + name)).train(iterations=iterations, display_results=False)
    found = {key: np.asarray(node.get_average_strategy(), float) for key, node in sets.items()}
    gap = (best(1, found) + best(2, found)) / 2
    print(f"{name}, {iterations} iterations: value {value(found, found):.4f} for {-1 / 18:.4f}, exploitability {gap:.4f}; after a check the king bets {found['K-0'][1]:.2f}, the queen {found['Q-0'][1]:.2f}")
    return value(found, found), gap, found

for name, most in (("VanillaCFR", 0.02), ("CFRPlus", 0.005)):
    worth, gap, found = train(name, 2000)
    assert abs(worth + 1 / 18) < 0.005 and gap < most and found["K-0"][1] > 0.9
for iterations in (2000, 10000):
    worth, gap, found = train("RBP_CFR", iterations)
    assert abs(worth + 1 / 18) < 0.01 and gap > 0.05 and found["Q-0"][1] > 0.9
    for name in ("MCCFR_External", "MCCFR_Outcome"):
        worth, gap, found = train(name, iterations)
        assert worth > 0 and gap > 0.08 and found["K-0"][1] < 0.3
PY
