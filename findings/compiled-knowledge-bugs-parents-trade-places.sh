#!/usr/bin/env bash
# compiled-knowledge 4.2.7 (Python 3.12): a Bayesian network exported to BUGS gives a node of two parents the wrong table: 0.4 where 0.2 is written down, in silence.
#
# Guess (not blind: the exporter was read before): c ~ dcat(p.c[a,b,1:2]) with p.c = structure(.Data = …, .Dim = c(2,3,2)) is the table of c given a and b, where BUGS,
#        as its manual says, lets the last index of an array change fastest.
# Seen:  the child's states are written fastest, then those of the first parent, then those of the second, beneath dimensions in the order of the model: p.c[1,2,1],
#        P(c = 0 | a = 0, b = 1), is read as 0.4 for 0.2, and P(c = 0) as 0.385 for 0.42. Read by columns, as S does, the rows do not sum to
#        1. Nodes with one parent are right, and so is the same network in Hugin's format, read by pyAgrum. Of the package's own
#        examples Asia, Cancer, Student and Alarm change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile compiled-knowledge==4.2.7 pyagrum==3.3.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import io
import re
from itertools import product

import numpy as np
import pyagrum
from ck import example
from ck.in_out import render_bugs, render_net
from ck.pgm import PGM


def tables(pgm):
    """The arrays of the exported file by their names, last index fastest; and by columns."""
    out = io.StringIO()
    render_bugs.render_bayesian_network(pgm, out)
    found = re.findall(r"p\.(\w+) = structure\(\.Data = c\(([^)]*)\), \.Dim = c\(([^)]*)\)\)", out.getvalue())
    return {
        name: [np.array(list(map(float, data.split(",")))).reshape(tuple(map(int, dim.split(","))), order=order) for order in "CF"]
        for name, data, dim in found
    }


net = PGM()
a, b, c = net.new_rv("a", 2), net.new_rv("b", 3), net.new_rv("c", 2)
for rv, law in ((a, (0.3, 0.7)), (b, (0.2, 0.5, 0.3))):
    table = net.new_factor(rv).set_dense()
    for state, p in enumerate(law):
        table[state] = p
right = np.array([[(p / 10, 1 - p / 10) for p in (1 + 3 * x + y for y in range(3))] for x in range(2)])
table = net.new_factor(c, a, b).set_dense()
for x, y, z in product(range(2), range(3), range(2)):
    table[z, x, y] = right[x, y, z]

rows, columns = tables(net)["c"]
weights = np.outer((0.3, 0.7), (0.2, 0.5, 0.3))
print("p.c[1,2,1]", rows[0, 1, 0], "for", right[0, 1, 0], "| P(c = 0)", (weights * rows[:, :, 0]).sum(), "for", (weights * right[:, :, 0]).sum())
assert rows.shape == right.shape and rows[0, 1, 0] == 0.4 and right[0, 1, 0] == 0.2
assert abs((weights * rows[:, :, 0]).sum() - 0.385) < 1e-9 and abs((weights * right[:, :, 0]).sum() - 0.42) < 1e-9
assert abs(columns.sum(axis=2) - 1).max() > 0.1

render_net.render_bayesian_network(net, "net.net")
hugin = pyagrum.loadBN("net.net")
read = hugin.cpt("c")
for x, y in product(range(2), range(3)):
    assert abs(read[{"a": x, "b": y, "c": 0}] - right[x, y, 0]) < 1e-6

changed = []
for name in ("Asia", "Cancer", "Student", "Alarm", "Survey"):
    pgm = getattr(example, name)()
    written = tables(pgm)
    for factor in pgm.factors:
        if len(factor.rvs) > 2:
            truth = np.array([factor.function[key] for key in product(*map(range, factor.shape))]).reshape(factor.shape)
            if not np.allclose(np.moveaxis(truth, 0, -1), written[factor.rvs[0].name][0]):
                changed.append(f"{name}.{factor.rvs[0].name}")
print("tables of examples that change:", len(changed), changed[:8])
assert {name.split(".")[0] for name in changed} >= {"Asia", "Cancer", "Student", "Alarm"}
PY
