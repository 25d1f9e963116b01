#!/usr/bin/env bash
# open_spiel 2.0.2, pygambit 16.7.0 and 17.0.0b2 (Python 3.12): games with a chance of 1/3 or 1/6, exported for Gambit, are refused by Gambit.
#
# Guess: export_gambit, "Gambit EFG export", writes Kuhn and Leduc poker so that pygambit's read_efg takes them, and lp_solve finds what
#        Kuhn poker is worth to the first player, -1/18.
# Seen:  ValueError, "Probabilities must sum to exactly one": they are written with 16 digits, 0.3333333333333333 three times, and Gambit adds
#        decimals up exactly. With the fractions put back, the decimals' limit_denominator, Kuhn poker is read, and is
#        worth -1/18.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.12}" -m venv "$work/openspiel"
"$work/openspiel/bin/pip" install --quiet --no-compile open_spiel==2.0.2
cd "$work"
"$work/openspiel/bin/python" - 2>&1 <<'EOF'
import pyspiel
from open_spiel.python.algorithms.gambit import export_gambit

for name in ("kuhn_poker", "leduc_poker"):
    text = export_gambit(pyspiel.load_game(name))
    with open(name + ".efg", "w") as file:
        file.write(text)
    print(name + ":", next(line for line in text.splitlines() if line.startswith("c "))[:100])
EOF
for version in 16.7.0 17.0.0b2; do
  "${PYTHON:-python3.12}" -m venv "$work/$version"
  "$work/$version/bin/pip" install --quiet --no-compile pygambit==$version
  "$work/$version/bin/python" -W ignore - $version 2>&1 <<'EOF'
import io
import re
import sys
from fractions import Fraction

import pygambit

print("pygambit", sys.argv[1])
for name in ("kuhn_poker", "leduc_poker"):
    try:
        pygambit.read_efg(name + ".efg")
        raise SystemExit(f"{name} is read now")
    except ValueError as error:
        print(f"  {name}: ValueError:", error)
        assert "exactly one" in str(error)
with open("kuhn_poker.efg") as file:
    text = file.read()
text = re.sub(r"\b0\.\d{16}\b", lambda found: str(Fraction(found[0]).limit_denominator(100)), text)
game = pygambit.read_efg(io.StringIO(text))
assert len(game.players) == 2
print("  with fractions Kuhn poker is read")
if sys.argv[1] == "16.7.0":
    equilibrium = pygambit.nash.lp_solve(game).equilibria[0]
    value = equilibrium.payoff(next(iter(game.players)))
    print("  and worth", value)
    assert value == Fraction(-1, 18)
EOF
done
