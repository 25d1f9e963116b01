#!/usr/bin/env bash
# banditzoo 0.0.6, numpy 2.4.6 (Python 3.11 to 3.13): LinUCB and linear Thompson sampling credit every arm with what one of them earned: half of the draws for an arm that pays nothing; the optimistic greedy one is no optimist.
#
# Guess (30 November 2026, 20:42, blind): UCB1, Thompson sampling and their linear forms as in the book.
# Seen:  UCB1 and TS are. The sums b of LinUCB and CTS are one array under as many names as there are arms, to which each reward is added; of arms that
#        pay 1 and 0 LinUCB draws each 500 times in 1,000, for 1,000 and 0 by the book. With two features and more x x' is a number,
#        added to all entries of the matrix. OGreedy(q_start=100) starts at 0 and draws the first arm that pays for ever. The
#        package's modules are called agents, games and worlds at the top level; there is no banditzoo to import.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --no-deps banditzoo==0.0.6 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import importlib.util

import numpy as np
from agents.bandit_agents import CTS, TS, UCB1, LinUCB, OGreedy

PAYS = np.array([1.0, 0.0])
ROUNDS = 1000


def played(agent, pays=PAYS, context=None):
    counts = np.zeros(len(pays), int)
    for _ in range(ROUNDS):
        if context is not None:
            agent.observe(context)
        arm = int(agent.act())
        counts[arm] += 1
        agent.update({"rewards": [pays[arm]], "costs": []})
    return counts.tolist()


def by_the_book(alpha):
    a, b, counts = np.ones(2), np.zeros(2), np.zeros(2, int)
    for _ in range(ROUNDS):
        arm = int(np.argmax(b / a + alpha / np.sqrt(a)))
        a[arm] += 1
        b[arm] += PAYS[arm]
        counts[arm] += 1
    return counts.tolist()


one = np.array([1.0])
for name, agent in (
    ("LinUCB", LinUCB(n_arms=2, context_dimension=1, alpha=1.0)),
    ("CTS", CTS(n_arms=2, context_dimension=1, alpha=1.0)),
):
    counts = played(agent, context=one)
    print(name, counts, "LinUCB by the book", by_the_book(1.0))
    assert 400 < counts[1] < 600 and by_the_book(1.0)[1] == 0
for name, agent in (("UCB1", UCB1(n_arms=2)), ("TS", TS(n_arms=2))):
    counts = played(agent)
    print(name, counts)
    assert counts[1] < 50

agent = LinUCB(n_arms=1, context_dimension=2)
agent.observe(np.array([1.0, 0.0]))
agent.act()
agent.update({"rewards": [1.0], "costs": []})
print("I + x x' of x = (1, 0):", np.asarray(agent.A_i[0]).tolist())
assert np.asarray(agent.A_i[0]).tolist() == [[2, 1], [1, 2]]

counts = played(OGreedy(n_arms=2, q_start=100), np.array([0.1, 1.0]))
print("optimistic greedy of arms that pay 0.1 and 1:", counts)
assert counts == [ROUNDS, 0] and importlib.util.find_spec("banditzoo") is None
PY
