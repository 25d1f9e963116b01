#!/usr/bin/env bash
# jackblack 0.8.0: in its simulations a natural earns half of what a plain 20 does, and the dealer hits 20.
#
# Guess: settled by the usual rules: a natural wins 3/2 of the bet, an even win the bet, insurance pays 2 to 1, so that an
#        insured bet against a dealer's natural comes out even; hit_on_soft_17=True has the dealer hit an ace and a 6, and
#        stand on soft 18 and more.
# Seen:  with a bet of 100 a natural has +50, where 20 has +100: it gets 1.5 times the bet back with the bet, which was taken
#        before. Insurance pays 1 to 1: -50 for 0. With hit_on_soft_17 the dealer counts each ace as 1, and hits soft 18, 19, 20
#        and a natural. A strategy's expected net, 4.8% of the hands being naturals, is 4.5% of the bet too low.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile jackblack==0.8.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
from jackblack import Player, Simulation, Strategy
from jackblack.deck import Card, Deck


class Stays(Strategy):
    """Stays, after an insurance where one is offered and wanted."""

    def __init__(self, insures):
        super().__init__()
        self.insures = insures

    def decide(self, player, choices, dealer=None, players=()):
        return "insurance" if self.insures and "insurance" in choices else "stay"


def settle(hand, dealer, insured=False, soft=False):
    """Net chips of a bet of 100, and the number of the dealer's cards, which are fours after the first two."""
    deck = Deck()
    deck[:] = [Card("4")] * 10 + [Card(rank) for rank in (dealer[1], hand[1], dealer[0], hand[0])]  # dealt from the end
    player = Player("player", chips=1000, strategy=Stays(insured))
    table = Simulation([player], deck=deck, min_bet=100, hit_on_soft_17=soft)
    results = table.run(n_times=1)
    assert results["player"].net == player.chips - 1000
    return player.chips - 1000, len(table.dealer.hand)


natural, twenty = settle(["Ace", "King"], ["9", "9"])[0], settle(["Queen", "King"], ["9", "9"])[0]
insured = settle(["Queen", "King"], ["Ace", "King"], insured=True)[0]
print("against 18: natural", natural, "20", twenty, "; insured 20 against a natural:", insured)
assert (natural, twenty, insured) == (50, 100, -50)
for dealer in (["Ace", "6"], ["Ace", "7"], ["Ace", "9"], ["Ace", "King"]):
    stands, hits = settle(["Queen", "King"], dealer)[1], settle(["Queen", "King"], dealer, soft=True)[1]
    print("the dealer's cards from", dealer, "without and with hit_on_soft_17:", stands, hits)
    assert stands == 2 and hits > 2
# an ace and a card of ten, of eight decks, where the dealer has none
decks, naturals = 416, 2 * 32 * 128 / (416 * 415)
dealers = 2 * 31 * 127 / (414 * 413)
print("lost by it, of the bet:", round(naturals * (1 - dealers), 4))
assert abs(naturals * (1 - dealers) - 0.045) < 0.001
PY
