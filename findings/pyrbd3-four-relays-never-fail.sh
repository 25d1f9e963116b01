#!/usr/bin/env bash
# pyrbd3 0.1.3: by minimal cuts four parallel relays never fail, whatever their availability.
#
# Guess: the algorithms sdp, mcs, pathset and pyrbd of evaluate_availability give the same number, that of the enumeration of
#        all states, for any network; evaluate_availability returns that number, which the README prints.
# Seen:  "mcs" looks for cuts of at most half of the nodes, and no word of it: of n relays between two nodes the one cut has n, and
#        from n = 4 on there is none: 1 for 0.9375 with relays of 1/2, 1 for 0.59 with relays of 1/5. sdp and pathset are
#        right. "pyrbd" raises ValueError there, and TypeError on more than a third of small random networks. The answer is the
#        tuple (source, destination, number).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile pyrbd3==0.1.3 networkx==3.6.1 numpy==2.4.6
cd "$work"
MPLCONFIGDIR="$work" "$work/venv/bin/python" -W ignore - <<'PY'
import itertools

import networkx as nx
from pyrbd3 import evaluate_availability


def enumerated(graph, up, source, target):
    """Probability that source and target are connected, over all sets of working nodes."""
    total = 0.0
    for states in itertools.product((False, True), repeat=len(graph)):
        working = [node for node, works in zip(graph, states) if works]
        if source in working and target in working and nx.has_path(graph.subgraph(working), source, target):
            chance = 1.0
            for node, works in zip(graph, states):
                chance *= up[node] if works else 1 - up[node]
            total += chance
    return total


def by(algorithm, graph, up, source, target):
    answer = evaluate_availability(graph, up, src=source, dst=target, algorithm=algorithm)
    assert answer[:2] == (source, target) and len(answer) == 3
    return answer[2]


for relays, chance in ((3, 0.5), (4, 0.5), (6, 0.5), (4, 0.2)):
    graph = nx.Graph([(end, relay) for end in (0, 1) for relay in range(2, 2 + relays)])
    up = {node: 1.0 if node < 2 else chance for node in graph}
    exact = enumerated(graph, up, 0, 1)
    found = {name: by(name, graph, up, 0, 1) for name in ("sdp", "pathset", "mcs")}
    print(relays, "relays of", chance, ":", {name: round(value, 6) for name, value in found.items()}, "for", round(exact, 6))
    assert abs(exact - (1 - (1 - chance) ** relays)) < 1e-12
    assert abs(found["sdp"] - exact) < 1e-9 and abs(found["pathset"] - exact) < 1e-9
    assert abs(found["mcs"] - (exact if relays == 3 else 1)) < 1e-9
    if relays > 3:
        try:
            by("pyrbd", graph, up, 0, 1)
        except ValueError as error:
            print("  pyrbd: ValueError,", error)
        else:
            raise SystemExit("changed: pyrbd on parallel relays")

refused = right = 0
for seed in range(60):
    graph = nx.gnp_random_graph(7, 0.4, seed=seed)
    if nx.is_connected(graph):
        up = {node: (0.5, 0.8, 0.9)[node % 3] for node in graph}
        try:
            right += abs(by("pyrbd", graph, up, 0, 6) - enumerated(graph, up, 0, 6)) < 1e-9
        except TypeError:
            refused += 1
print("pyrbd on random networks: right", right, "TypeError", refused)
assert refused >= 5 and right >= 20
PY
