#!/usr/bin/env bash
# stormpy 2.0.0 (Python 3.11 or 3.12): DRN files of interval models with rewards, and of games, are written and cannot be read.
#
# Guess: build_model_from_drn reads what export_to_drn writes; a game keeps the players of its states.
# Seen:  an interval model without rewards is read. With rewards these are intervals too, `[[2, 2]]`, and the reader says that it "could
#        not parse value '[2'". A game is written without its players, and read with an error about one row group too many. In
#        UMB both come back, the players too.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile stormpy==2.0.0
cd "$work"
"$work/venv/bin/python" - <<'EOF'
import stormpy
import stormpy.io

INTERVALS = """mdp
module m
  s : [0..1] init 0;
  [a] s=0 -> [0.2, 0.4] : (s'=1) + [0.6, 0.8] : true;
  [b] s=1 -> true;
endmodule
"""
REWARDS = 'rewards "r" s=0 : 2; endrewards'
GAME = """smg
player first [a] endplayer
player second [b], [c] endplayer
module m
  s : [0..1] init 0;
  [a] s=0 -> (s'=1);
  [b] s=1 -> true;
  [c] s=1 -> (s'=0);
endmodule
"""


def written(text, value):
    """The model of a program, and its files model.drn and model.umb."""
    with open("model.prism", "w") as file:
        file.write(text)
    options = stormpy.BuilderOptions()
    options.set_build_all_reward_models()
    model = stormpy.build_model[value](stormpy.parse_prism_program("model.prism"), options=options)
    stormpy.io.export_to_drn(model, "model.drn")
    stormpy.io.export_to_umb(model, "model.umb")
    return model


def refused(value):
    try:
        stormpy.build_model_from_drn[value]("model.drn")
    except RuntimeError as error:
        print("DRN, read back:", error)
        return str(error)
    return ""


written(INTERVALS, stormpy.Interval)
assert refused(stormpy.Interval) == ""

written(INTERVALS + REWARDS, stormpy.Interval)
assert "state 0 [[2, 2]] init" in open("model.drn").read() and "Could not parse value '[2'" in refused(stormpy.Interval)
rewards = stormpy.build_model_from_umb("model.umb").reward_models["r"].state_rewards
print("intervals with rewards, UMB:", rewards)
assert len(rewards) == 2 and "2" in str(rewards[0])

game = written(GAME, float)
assert "player" not in open("model.drn").read() and "row groups (3)" in refused(float)
players = [model.get_state_player_indications() for model in (game, stormpy.build_model_from_umb("model.umb"))]
print("players, in memory and of UMB:", players)
assert players[0] == players[1] == [0, 1]
EOF
