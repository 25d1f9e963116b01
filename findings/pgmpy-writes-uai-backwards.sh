#!/usr/bin/env bash
# pgmpy 1.1.2, pyAgrum 3.3.1, pytoulbar2 1.4.0.1: conditional tables in UAI files are written, and read, transposed: a Markov chain runs backwards.
#
# Guess: the chain 0 -> 1 -> 2 -> 0, which goes on with 0.9, as three variables X0, X1, X2 written by pgmpy's UAIWriter, is the same chain
#        in pyAgrum, and the most probable assignment that toulbar2 finds is 0 1 2, of probability 0.8 * 0.9 * 0.9. What pyAgrum
#        writes is the same chain in pgmpy.
# Seen:  the scope ends with the child, as UAI has it, so that the child's value changes fastest in the table; pgmpy writes the table of its
#        own array, in which it changes slowest. Both programs read the chain backwards, 0 2 1, without a word; pgmpy reads
#        the file that pyAgrum writes backwards, and check_model() is True. Where a transposed row does not sum to 1 pgmpy and
#        pyAgrum raise; toulbar2 warns, and solves another model. pgmpy reads its own files as it wrote them.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile pgmpy==1.1.2 pyagrum==3.3.1 pytoulbar2==1.4.0.1
cd "$work"
"$work/venv/bin/python" -W ignore - 2>/dev/null <<'EOF'
import itertools

import numpy as np
import pyagrum
import pytoulbar2
from pgmpy.factors.discrete import TabularCPD
from pgmpy.inference import VariableElimination
from pgmpy.models import DiscreteBayesianNetwork
from pgmpy.readwrite import UAIReader, UAIWriter

start = [0.8, 0.1, 0.1]
P = np.array([[0.05, 0.9, 0.05], [0.05, 0.05, 0.9], [0.9, 0.05, 0.05]])  # P[from, to]
best = max(itertools.product(range(3), repeat=3), key=lambda x: start[x[0]] * P[x[0], x[1]] * P[x[1], x[2]])
assert best == (0, 1, 2)

model = DiscreteBayesianNetwork([("X0", "X1"), ("X1", "X2")])
model.add_cpds(
    TabularCPD("X0", 3, [[p] for p in start]),
    *[TabularCPD(f"X{i}", 3, P.T, [f"X{i - 1}"], [3]) for i in (1, 2)],
)
assert model.check_model()
with open("pgmpy.uai", "w") as file:
    file.write(str(UAIWriter(model)))
with open("pgmpy.uai") as file:
    print(file.read())

read = pyagrum.loadBN("pgmpy.uai")
seen = np.array([[read.cpt("1")[{"0": str(s), "1": str(t)}] for t in range(3)] for s in range(3)])
print("pyAgrum reads\n", seen, "for\n", P)
assert np.allclose(seen, P.T)

problem = pytoulbar2.CFN()
problem.Read("pgmpy.uai")
assignment = problem.Solve()[0]
print("toulbar2's most probable path:", assignment, "for", best)
assert list(assignment) == [0, 2, 1]
again = UAIReader("pgmpy.uai").get_model()
assert np.allclose(VariableElimination(again).query(["var_1"], evidence={"var_0": 0}).values, P[0])

other = pyagrum.BayesNet()
for i in range(3):
    other.add(pyagrum.LabelizedVariable(f"X{i}", "", 3))
other.cpt("X0").fillWith(start)
for i in (1, 2):
    other.addArc(f"X{i - 1}", f"X{i}")
    for s in range(3):
        other.cpt(f"X{i}")[{f"X{i - 1}": s}] = list(P[s])
pyagrum.saveBN(other, "pyagrum.uai")
back = UAIReader("pyagrum.uai").get_model()
assert back.check_model()
row = VariableElimination(back).query(["var_1"], evidence={"var_0": 0}).values
print("pgmpy reads of pyAgrum's file the row", row, "for", P[0])
assert np.allclose(row, P[:, 0])
EOF
