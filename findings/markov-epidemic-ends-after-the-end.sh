#!/usr/bin/env bash
# markov-epidemic 1.0.2, numpy 1.26.4, scipy 1.15.3, networkx 3.4.2 (Python 3.11 or 3.12): one who falls ill and recovers at rate 1 is never ill at time 0.1, for a probability of 0.905: the last state is that of a change after the end.
#
# Guess (30 November 2026, 23:36, blind for the chain's law; the end, 23:40, after its source was read): what is simulated is the Markov chain of the epidemic up to T, and its last state has the chain's law at T.
# Seen:  simulate(T), "up to time T", asks for the time before it draws the next change, so that X ends with the state after T, and
#        transition_times with a time beyond it. What is counted at the times asked for is right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile setuptools==80.9.0 wheel==0.45.1 numpy==1.26.4 scipy==1.15.3 networkx==3.4.2
"$work/venv/bin/pip" install --quiet --no-compile --no-deps --no-build-isolation markov-epidemic==1.0.2
cd "$work"
"$work/venv/bin/python" -W ignore - > seen <<'PY'
import networkx as nx
import numpy as np
from markov_epidemic import MarkovSIS

np.random.seed(0)
pair = nx.path_graph(2)
end, runs = 0.1, 4000
last, at_end, later = [], [], []
for _ in range(runs):
    epidemic = MarkovSIS(1e-9, 1.0, pair)
    epidemic.simulate(end, np.array([1, 0]))
    ill, times = epidemic.number_of_infected, epidemic.transition_times
    last.append(ill[-1])
    at_end.append(ill[np.searchsorted(times, end, side="right") - 1])
    later.append(times[-1] > end)
print("ill in the last state", np.mean(last), "at the time asked for", np.mean(at_end), "exact", np.exp(-end), "| runs that end later", np.mean(later))
assert np.mean(last) == 0 and abs(np.mean(at_end) - np.exp(-end)) < 0.02 and np.mean(later) > 0.88
PY
cat seen
