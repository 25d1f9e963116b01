#!/usr/bin/env bash
# game-theory-lab 0.1.3: its Pavlov is Tit for Tat, its adaptive generous Tit for Tat forgives the less the more generous it is, and a match with oneself scores twice.
#
# Guess (not blind: source read before; of the docstrings): Pavlov, "Win-Stay-Lose-Shift", changes its move after losing, so that it cooperates once both defected;
#        Adaptive G-TFT of base_generosity 0.9 forgives a defection with some 0.8; the average score of a strategy that always cooperates among
#        its like is 3 a round.
# Seen:  Pavlov plays what the opponent played: in 200 random matches it never differs from Tit for Tat, and after mutual defection the two
#        Pavlovs of the library never cooperate again. The chance to forgive is the probability to defect: 0.19 for 0.81, and 0.91 for
#        0.09 of one with a base generosity of 0.1. In a tournament the match of a strategy with itself is added for both sides and divided as if for
#        one: three cooperators have 4 a round where nobody can have more than 3.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile game-theory-lab==0.1.3
cd "$work"
MPLCONFIGDIR="$work" MPLBACKEND=Agg "$work/venv/bin/python" -W ignore - <<'PY'
import contextlib
import io
import random

from gametheorylab.axelrod_interactive.arena import Arena
from gametheorylab.axelrod_interactive.strategies import AdaptiveGTFT, AlwaysCooperate, GenerousTitForTat, Pavlov, TitForTat
from gametheorylab.axelrod_interactive.tournament import Tournament

random.seed(1)


def win_stay(own, other):
    """Stays after 5 or 3, changes after 1 or 0."""
    return own[-1] if other[-1] else not own[-1]


same_as_tit_for_tat = differs_from_pavlov = 0
for _ in range(200):
    pavlov, copy = Pavlov(), TitForTat()
    pavlov.prep_for_match(), copy.prep_for_match()
    own, other = [], []
    for step in range(20):
        move = pavlov.play(other, own, 0, 0)
        same_as_tit_for_tat += move == copy.play(other, own, 0, 0)
        differs_from_pavlov += bool(own) and move != win_stay(own, other)
        own.append(move)
        other.append(random.random() < 0.5)
print("Pavlov plays as Tit for Tat in", same_as_tit_for_tat, "of 4000 moves, otherwise than Win-Stay-Lose-Shift in", differs_from_pavlov)
assert same_as_tit_for_tat == 4000 and differs_from_pavlov > 1500


def forgives(make, runs=20_000):
    """How often the strategy cooperates right after the first defection."""
    count = 0
    for _ in range(runs):
        strategy = make()
        strategy.prep_for_match()
        count += strategy.play([False], [True], 0, 0)
    return count / runs


for generosity in (0.9, 0.1):
    expected = generosity - 0.1 * generosity  # a defection takes a tenth of it
    found = forgives(lambda: AdaptiveGTFT(base_generosity=generosity, delta_p=0.1))
    print("adaptive, base generosity", generosity, "forgives", found, "for", expected)
    assert abs(found - (1 - expected)) < 0.01
plain = forgives(lambda: GenerousTitForTat(0.9))
print("not adaptive, 0.9:", plain)
assert abs(plain - 0.9) < 0.01

players = [AlwaysCooperate() for _ in range(3)]
for number, player in enumerate(players):
    player.name = f"cooperator {number}"
with contextlib.redirect_stdout(io.StringIO()):
    table = Tournament(players, num_rounds=10, num_repeats=1, mode="round robin").play(show_results=False).data
    match = Arena(players[0], players[1], num_rounds=10, show_results=False).play_round().data
print("three cooperators, ten rounds: match", match["cooperator 0"][-1], "tournament", table["Score"])
assert match["cooperator 0"][-1] == 30 and set(table["Score"]) == {40.0}
PY
