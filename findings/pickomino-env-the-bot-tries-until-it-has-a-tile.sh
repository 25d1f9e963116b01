#!/usr/bin/env bash
# pickomino-env 1.4.1: a bot that fails on a roll takes another turn until it has not; the seed holds for the first turn only; 21 with no tile to take is the end of a turn that rolls on.
#
# Guess: two games with one seed and one rule of play are one game. In each
#   turn of the agent the one bot has one turn, which ends in a tile or in the
#   return of one. A tile that is returned and is the highest on the table
#   stays open (the rule of the game, and the comment in the code). Who has 23
#   and a worm, and finds 21 to 23 gone, may roll on for 24. The same number
#   of the action means "roll" in both documented places.
# Seen: after the first turn the dice are Dice() without the environment's
#   generator: reset(seed=1) twice gives two games that part after the first
#   turn. A bot that fails on a roll has its flag taken away with the dice,
#   and its loop goes on: it plays turn after turn, returning a tile for each
#   failure, until it stops by itself. In 200 games more than a third of the
#   agent's turns are followed by two or more turns of the only bot (once by
#   27). A returned 36, the highest, is turned face down. With
#   23 and a worm, three dice left and 21 to 23 gone, "roll" ends the turn as
#   failed, at the cost of the agent's top tile. step() documents 0 as "stop"
#   and 1 as "roll again"; the class, and the game, have it the other way
#   round.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile pickomino-env==1.4.1 gymnasium==1.2.2 numpy==2.3.5 pygame-ce==2.5.6
PYGAME_HIDE_SUPPORT_PROMPT=1 SDL_VIDEODRIVER=dummy "$tmp/v/bin/python" -W ignore - <<'PY'
from collections import Counter
import gymnasium as gym
import numpy as np
import pickomino_env

ROLL, STOP = 0, 1
VALUE = np.array([1, 2, 3, 4, 5, 5])

def act(obs):                                 # the highest face; stop with 21 and a worm
    face = max(f for f in range(6) if obs["dice_rolled"][f] and not obs["dice_collected"][f])
    got = obs["dice_collected"].copy()
    got[face] = obs["dice_rolled"][face]
    stop = got.sum() == 8 or (VALUE @ got >= 21 and got[5])
    return face, STOP if stop else ROLL

def play(seed, turns=None):
    env = gym.make("Pickomino-v0", disable_env_checker=True)
    obs, info = env.reset(seed=seed)
    inner, log, n = env.unwrapped, [], Counter()
    tiles = inner._step_tiles
    def counted():                            # a turn ends with each call
        n[inner._game.current_player_index] += 1
        return tiles()
    inner._step_tiles = counted
    while True:
        log.append(tuple(map(int, obs["dice_rolled"])))
        before = n.copy()
        obs, r, end, cut, info = env.step(act(obs))
        if turns is not None and n[0] > before[0]:
            turns[n[1] - before[1]] += 1
        if end or cut:
            return log

# 1. The seed.
a, b = play(1), play(1)
same = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
print("one seed, two games: the first", same, "rolls are the same, of", len(a), "and", len(b))
assert a[0] == b[0] and a != b

# 2. Turns of the only bot in one turn of the agent.
turns = Counter()
for seed in range(200):
    play(seed, turns)
total = sum(turns.values())
print("turns of the bot:", dict(sorted(turns.items())), "more than one:", sum(v for k, v in turns.items() if k > 1) / total)
assert sum(v for k, v in turns.items() if k > 1) / total > .1

# A table, a hand and a roll.
def table(gone, mine, collected, rolled):
    env = gym.make("Pickomino-v0", disable_env_checker=True)
    env.reset(seed=0)
    inner = env.unwrapped
    inner._play_bot = lambda: None            # not asked here
    game = inner._game
    for t in gone:
        game.tiles.set_tile(tile_number=t, is_available=False)
    for t in mine:
        game.tiles.set_tile(tile_number=t, is_available=False)
        game.you.add_tile(t)
    game.dice._collected, game.dice._rolled = list(collected), list(rolled)
    return env, game

# 3. The highest tile is returned.
env, game = table([], [36], [0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 8][::-1])
obs, r, *_ = env.step((0, STOP))              # eight ones, no worm: failed
print("36 returned: reward", r, "open:", [t for t, on in game.tiles.get_tiles().items() if on][-2:])
assert r == -4 and not game.tiles.get_tiles()[36] and game.tiles.highest() == 35

# 4. 23 and a worm, 21 to 23 gone: a roll. 5 + 5 + 5 + 4 + 4 = 23, three dice left.
for gone, failed in (((21, 22, 23), True), ((22, 23), False)):
    env, game = table(gone, [30], [0, 0, 0, 0, 0, 3], [0, 1, 1, 2, 1, 0])
    obs, r, end, cut, info = env.step((3, ROLL))
    print(f"rolling on from 23 with {gone} gone: reward", r, info["explanation"].splitlines()[0][:70])
    if failed:
        assert r == -3 and info["explanation"].startswith("Failed: No tile on table") and not game.you.tile_stack

# 5. What 0 means.
doc, cls = type(env.unwrapped).step.__doc__, type(env.unwrapped).__doc__
assert "0 to stop and claim a tile, 1 to roll again" in doc and "0: Roll the remaining dice again" in cls
PY
