#!/usr/bin/env bash
# gtnash 1.0.0, numpy 1.26.4 (Python 3.11 or 3.12): a game of 2 by 3 actions written as an .nfg file by outcomes is a game of 3 by 2 when read back, and another game by Gambit's format; the list that says which outcome belongs to which cell is not read.
#
# Expected, after a look at its source, from Gambit's format and its documentation: the two versions of .nfg files that it writes hold one game, with the players in reverse order
#        as its documentation warns; it reads the game that it wrote, and what the format allows: outcomes in any order, with the list of the cells' outcomes at the end.
# Seen:  the version with payoffs is the game. In the version with outcomes the numbers are in the reverse order of the players and the
#        strategies are not, so that by the format the cells are mixed up and gtnash itself reads 3 by 2 actions with the same list of numbers: the one pure equilibrium pays
#        (4, 30) for (5, 60). A table whose cells have the outcomes "4 3 2 1" is read as if it said "1 2 3 4", without a word. With "1 2 2 1", an outcome for two
#        cells, and with payoffs on two lines it is a ValueError about shapes.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m pip install --quiet --root-user-action=ignore --no-compile --no-deps --target "$tmp/p" gtnash==1.0.0 numpy==1.26.4
cd "$tmp"
PYTHONPATH="$tmp/p" "${PYTHON:-python3}" -W ignore - <<'PY'
import re

from gtnash.game.normalformgame import NFG

game = NFG([[0, 1], [0, 1, 2]], [[2, 5, 1, 6, 4, 3], [40, 60, 50, 10, 30, 20]])
print("cells:", game.joint_actions.tolist())
game.writeNFGpayoff("payoff.nfg")
game.writeNFGoutcome("outcome.nfg")

def table(name):                         # strategies of players 1 and 2: payoffs, as the format says: the first player's strategy moves fastest
    head, *rest = open(name).read().split("\n\n")
    sizes = [int(n) for n in re.findall(r"\d+", head.split("}")[1])]
    if sizes:
        numbers = [int(n) for n in rest[0].split()]
        pairs = list(zip(numbers[::2], numbers[1::2]))
    else:
        sizes = [len(re.findall('"[^"]*"', line)) for line in rest[0].splitlines() if '" }' in line]
        listed = [tuple(int(n) for n in re.findall(r"-?\d+", line.split('"')[2])) for line in rest[1].splitlines() if '"' in line]
        pairs = [listed[int(n) - 1] for n in rest[1].splitlines()[-1].split()]
    return {(k % sizes[0], k // sizes[0]): pair for k, pair in enumerate(pairs)}

right = {(b, a): (int(game.utilities[1][3 * a + b]), int(game.utilities[0][3 * a + b])) for a in range(2) for b in range(3)}
payoffs, outcomes = table("payoff.nfg"), table("outcome.nfg")
print("right:   ", right)
print("payoffs: ", payoffs)
print("outcomes:", outcomes)
assert payoffs == right
assert max(i for i, _ in outcomes) == 1 and max(j for _, j in outcomes) == 2
assert {(b, a): v for (a, b), v in outcomes.items()} != right and outcomes != right

same = NFG.readNFGpayoff("payoff.nfg")
other = game.readNFGoutcome("outcome.nfg")
print("read back:", same.players_actions, other.players_actions, other.utilities, "equilibria:", same.get_all_PNE(), other.get_all_PNE())
assert same.players_actions == [[0, 1], [0, 1, 2]] and same.utilities[0] == [2, 5, 1, 6, 4, 3]
assert other.players_actions == [[0, 1, 2], [0, 1]] and other.utilities[0] == [2, 5, 1, 6, 4, 3]
pure = lambda g: [tuple(g.utilities[n][[row.tolist() for row in g.joint_actions.A].index([s[m].index(1) for m in (0, 1)])] for n in (0, 1)) for s in g.get_all_PNE()]
print("payoffs in them:", pure(same), pure(other))
assert pure(same) == [(5, 60)] and pure(other) == [(4, 30)]

def text(outcomes, cells):
    return 'NFG 1 R "four" { "A" "B" }\n\n{ { "h" "t" }\n{ "h" "t" }\n}\n""\n\n{\n' + "".join(f'{{ "{n}" {a}, {b} }}\n' for n, (a, b) in enumerate(outcomes)) + "}\n" + cells + "\n"

with open("turned.nfg", "w") as file:
    file.write(text([(1, 10), (2, 20), (3, 30), (4, 40)], "4 3 2 1"))
turned = game.readNFGoutcome("turned.nfg")
print("4 3 2 1 by the format:", table("turned.nfg"), "- gtnash:", turned.players_actions, turned.utilities)
assert list(table("turned.nfg").values()) == [(4, 40), (3, 30), (2, 20), (1, 10)]
assert turned.utilities == [[10, 20, 30, 40], [1, 2, 3, 4]]

with open("pennies.nfg", "w") as file:
    file.write(text([(1, -1), (-1, 1)], "1 2 2 1"))
with open("lines.nfg", "w") as file:
    file.write('NFG 1 R "two lines" { "A" "B" } { 2 2 }\n\n1 10 2 20\n3 30 4 40\n')
for read, name in ((game.readNFGoutcome, "pennies.nfg"), (NFG.readNFGpayoff, "lines.nfg")):
    assert len(table(name)) == 4
    try:
        raise SystemExit(f"{name}: {read(name).utilities}")
    except ValueError as error:
        print(name, "ValueError:", error)
PY
