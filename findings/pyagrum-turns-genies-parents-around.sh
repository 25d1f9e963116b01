#!/usr/bin/env bash
# pyAgrum 3.3.1, pgmpy 1.1.2: of GeNIe's files (.xdsl) pyAgrum and pgmpy read and write conditional tables with the parents in opposite orders.
#
# Guess: an MDP's step as a network, "next" given the action and the state, written as .xdsl by one of the two is the same table in the
#        other, as it is with .bif and .bifxml; in GeNIe's files the child changes fastest and the first parent slowest.
# Seen:  pgmpy writes that order, and pyAgrum reads the first parent as the fastest: with two actions and three states
#        P(moved | left, s1) is 0.3, that of s2, for 0.2. No error in either direction, as the rows stay distributions. With one parent all is well, and each
#        reads its own files back. A file without GeNIe's drawing (`extensions`) pyAgrum does not read: GumIOError.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile pgmpy==1.1.2 pyagrum==3.3.1
cd "$work"
"$work/venv/bin/python" -W ignore - 2>/dev/null <<'EOF'
import itertools

import numpy as np
import pyagrum
from pgmpy.factors.discrete import TabularCPD
from pgmpy.models import DiscreteBayesianNetwork
from pgmpy.readwrite import BIFWriter, XDSLReader, XDSLWriter, XMLBIFWriter

actions, states = ["left", "right"], ["s0", "s1", "s2"]
# p(moved | action, state): six different numbers
moved = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
names = {"action": actions, "state": states, "next": ["moved", "stayed"]}
model = DiscreteBayesianNetwork([("action", "next"), ("state", "next")])
flat = moved.reshape(1, 6)
model.add_cpds(
    TabularCPD("action", 2, [[0.5], [0.5]], state_names={"action": actions}),
    TabularCPD("state", 3, [[0.2], [0.3], [0.5]], state_names={"state": states}),
    TabularCPD("next", 2, np.vstack([flat, 1 - flat]), ["action", "state"], [2, 3], state_names=names),
)
assert model.check_model()


def agrum_table(file):
    network = pyagrum.loadBN(file)
    table = network.cpt("next")
    return np.array([[table[{"action": a, "state": s, "next": "moved"}] for s in states] for a in actions])


def pgmpy_table(network):
    cpd = network.get_cpds("next")
    return np.array([[cpd.get_value(action=a, state=s, next="moved") for s in states] for a in actions])


assert np.allclose(pgmpy_table(model), moved)
for writer, file in ((XDSLWriter, "pgmpy.xdsl"), (BIFWriter, "pgmpy.bif"), (XMLBIFWriter, "pgmpy.bifxml")):
    writing = writer(model)
    write = getattr(writing, "write", None) or getattr(writing, "write_" + file.split(".")[1].replace("bifxml", "xmlbif"))
    write(file)
with open("pgmpy.xdsl") as file:
    print("\n".join(line.strip() for line in file if "parents" in line or "<probabilities>0.1" in line))
assert np.allclose(agrum_table("pgmpy.bif"), moved) and np.allclose(agrum_table("pgmpy.bifxml"), moved)
turned = moved.reshape(3, 2).T
seen = agrum_table("pgmpy.xdsl")
print("pyAgrum reads\n", seen, "for\n", moved)
assert np.allclose(seen, turned)
assert np.allclose(pgmpy_table(XDSLReader("pgmpy.xdsl").get_model()), moved)

network = pyagrum.loadBN("pgmpy.bif")
pyagrum.saveBN(network, "pyagrum.xdsl")
assert np.allclose(agrum_table("pyagrum.xdsl"), moved)
seen = pgmpy_table(XDSLReader("pyagrum.xdsl").get_model())
print("pgmpy reads of pyAgrum's file\n", seen)
assert np.allclose(seen, moved.T.reshape(2, 3))

with open("pgmpy.xdsl") as file:
    text = file.read()
with open("bare.xdsl", "w") as file:
    file.write(text[: text.index("<extensions>")] + "</smile>")
try:
    pyagrum.loadBN("bare.xdsl")
    raise SystemExit("read without extensions now")
except pyagrum.GumIOError as error:
    print("GumIOError:", str(error).strip()[:110])
EOF
