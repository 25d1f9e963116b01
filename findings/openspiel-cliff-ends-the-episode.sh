#!/usr/bin/env bash
# open_spiel 2.0.2: in its cliff_walking the cliff is the end, and the grid is 8 wide.
#
# Guess: the example 6.6 of Sutton and Barto, as Gymnasium has it: 4 by 12, a step into the cliff costs 100
#        and leads back to the start, the episode goes on; the best return is -13.
# Seen:  4 by 8 by default; the step into the cliff is terminal, return -100: to fall at once costs no more
#        than to wander until the horizon of 100 steps. The best return is -9. And though the horizon is part
#        of the game, the text of a state, the key of the library's own tabular algorithms, does not tell
#        the step: two states of one text with 1 and 3 steps gone.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --no-deps open_spiel==2.0.2
"$work/venv/bin/python" - <<'EOF'
import pyspiel

RIGHT, UP, LEFT, DOWN = range(4)
game = pyspiel.load_game("cliff_walking")
print(game.get_parameters(), "best return", game.max_utility())
assert game.get_parameters() == {"height": 4, "horizon": 100, "width": 8}
assert game.max_utility() == -9


def walk(*actions):
    state = game.new_initial_state()
    for action in actions:
        state.apply_action(action)
    return state


fallen = walk(RIGHT)
print("one step into the cliff:", fallen.returns(), "terminal" if fallen.is_terminal() else "alive")
assert fallen.is_terminal() and fallen.returns() == [-100]

once, thrice = walk(UP), walk(UP, DOWN, UP)
assert str(once) == str(thrice) and once.returns() != thrice.returns()
print("same text, steps gone:", len(once.history()), len(thrice.history()))
EOF
