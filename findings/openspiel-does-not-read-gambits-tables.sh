#!/usr/bin/env bash
# open_spiel 2.0.2, pygambit 17.0.0b2 (Python 3.12): OpenSpiel does not read the tables that Gambit writes, nor trees
# with a payment on the way.
#
# Guess: load_nfg_game and load_efg_game, which take Gambit's two formats, read what pygambit's to_nfg and
#        to_efg write; pygambit reads what game_to_nfg_string writes.
# Seen:  the last is so. But .nfg has two forms, a list of payoffs and one of outcomes with names; to_nfg writes the second,
#        also for a game made of two plain matrices, and OpenSpiel reads the first alone: SpielError, a
#        failed check on a token. An outcome at a node that is not the last one, a payoff that is added to the final one, is
#        a SpielError about a quotation mark; without it the same tree is read.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.12}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile open_spiel==2.0.2 pygambit==17.0.0b2
"$work/venv/bin/python" - 2>&1 <<'EOF'
import io
import pygambit
import pyspiel

dilemma = pygambit.StrategicGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
table = dilemma.to_nfg()
print(table)
assert 'NFG 1 R' in table and '{ "1" 3, 3 }' in table


def refused(load, text):
    try:
        load(text)
    except pyspiel.SpielError as error:
        print("SpielError:", error)
        return str(error)
    return ""


assert "SimpleAtoi" in refused(pyspiel.load_nfg_game, table)
back = pyspiel.game_to_nfg_string(pyspiel.load_matrix_game("matrix_pd"))
ours, theirs = pygambit.read_nfg(io.StringIO(back)).to_arrays()
print("the other way:", ours.tolist(), theirs.tolist())
assert ours.tolist() == [[5, 0], [10, 1]] and theirs.tolist() == [[5, 10], [0, 1]]

plain = '''EFG 2 R "coin" { "A" "B" }
""
c "" 1 "" { "heads" 1/3 "tails" 2/3 } 0
p "" 1 1 "" { "left" "right" } 0
t "" 2 "x" { 1, -1 }
t "" 3 "y" { 0, 0 }
p "" 1 2 "" { "left" "right" } 0
t "" 4 "z" { 1, -1 }
t "" 5 "w" { 2, -2 }
'''
paying = plain.replace('"right" } 0', '"right" } 1 "bonus" { 1, -1 }', 1)
assert paying != plain
for text in (plain, paying):
    game = pygambit.read_efg(io.StringIO(text))
    print("Gambit:", [float(x) for x in game.to_arrays()[0].ravel()])
    written = game.to_efg()
    message = refused(pyspiel.load_efg_game, written)
    assert ("Unexpected character" in message) == (text is paying), message
EOF
