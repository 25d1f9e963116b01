#!/usr/bin/env bash
# pyqueueing 0.1.1: of 500 servers nobody waits and nobody leaves, a queue of 99 is 68 long, and the least number of servers is one too many.
#
# Guess: the Erlang A model is the birth-death chain it writes down, for any number of servers; the mean level of the
#        M/M/1 queue as a QBD is rho/(1 - rho), for any rho that is_stable() accepts; required_servers is the minimum.
# Seen:  the chain is cut at 500 customers whatever the number of servers: 500 servers with a load of 500 have an empty
#        queue, for 14.8 who wait and 1.5% who leave; 450 servers have 1.2% for 1.6%. mean_level() makes the first 200
#        levels one distribution: 68.1 for 99, 83.1 for 199, is_stable() true, no warning. The search for servers
#        starts at ceil(load) + 1: 10 for 9.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile pyqueueing==0.1.1 numpy==2.4.6 scipy==1.16.3
cd "$work"
"$work/venv/bin/python" - <<'PY'
import math

import numpy as np
from pyqueueing import QBD, ErlangA, ErlangC


def chain(arrivals, service, servers, patience, states=6000):
    """Mean number waiting and in the system of the same birth-death chain, with room for everybody."""
    n = np.arange(1, states)
    deaths = np.minimum(n, servers) * service + np.maximum(n - servers, 0) * patience
    logs = np.concatenate([[0.0], np.cumsum(math.log(arrivals) - np.log(deaths))])
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    assert weights[-1] < 1e-30
    n = np.arange(states)
    return float(np.maximum(n - servers, 0) @ weights), float(n @ weights)


for servers in (100, 450, 500, 1000):
    model = ErlangA(arrival_rate=servers, service_rate=1, servers=servers, patience_rate=0.5)
    waiting, inside = chain(servers, 1, servers, 0.5)
    leave = 0.5 * waiting / servers
    print(f"{servers} servers: {model.prob_abandon():.4f} leave for {leave:.4f}; in the system {model.mean_system_size():.1f} for {inside:.1f}")
    if servers == 100:
        assert abs(model.prob_abandon() - leave) < 1e-9
    elif servers == 450:
        assert 0.7 < model.prob_abandon() / leave < 0.85
    else:
        assert model.prob_abandon() == 0 and model.mean_queue_length() == 0 and leave > 0.01

for rho, seen in ((0.5, 1.0), (0.9, 9.0), (0.99, 68.06), (0.995, 83.07)):
    queue = QBD(A0=np.array([[rho]]), A1=np.array([[-1 - rho]]), A2=np.array([[1.0]]), B1=np.array([[-rho]]))
    print(f"rho {rho}: mean level {queue.mean_level():.3f} for {rho / (1 - rho):.3f}, stable {queue.is_stable()}")
    assert abs(queue.mean_level() - seen) < 0.01 and queue.is_stable()

needed = ErlangC(arrival_rate=100, service_rate=12).required_servers(target_wait_prob=0.8)
nine = ErlangC(arrival_rate=100, service_rate=12, servers=9).prob_wait()
print("servers so that at most 80% wait:", needed, "of nine", round(nine, 4))
assert needed == 10 and nine < 0.8
PY
