#!/usr/bin/env bash
# gymnasium 1.4.0: gym.make("Blackjack-v1", natural=True) pays 1 for a natural, as without it.
#
# Guess: the documentation and the constructor have natural=False, sab=False; with natural=True a natural pays 1.5.
# Seen:  the id is registered with sab=True, which overrides natural. 1.5 needs sab=False beside it; and what
#        gym.make("Blackjack-v1") plays is not what BlackjackEnv() plays: under the constructor's defaults a natural
#        against a dealer's later 21 is a draw, under those of the id it wins.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile gymnasium==1.4.0 numpy==2.4.6
"$work/venv/bin/python" - <<'EOF'
import inspect

import gymnasium
from gymnasium.envs.toy_text.blackjack import BlackjackEnv

defaults = {k: p.default for k, p in inspect.signature(BlackjackEnv).parameters.items() if k in ("natural", "sab")}
registered = gymnasium.spec("Blackjack-v1").kwargs
print("constructor:", defaults, "registered:", registered)
assert defaults == {"natural": False, "sab": False} and registered["sab"] is True


def best(**kw):
    env = gymnasium.make("Blackjack-v1", **kw)
    env.reset(seed=0)
    seen = set()
    for _ in range(3000):
        (total, _, _), _ = env.reset()
        if total == 21:
            seen.add(float(env.step(0)[1]))
    print(kw, "rewards of naturals:", sorted(seen))
    return max(seen)


assert best() == 1 and best(natural=True) == 1 and best(natural=True, sab=False) == 1.5


def against_a_later_21(env):
    env.reset(seed=0)
    for _ in range(100_000):
        env.reset()
        env.player, env.dealer = [1, 10], [10, 6]
        reward = env.step(0)[1]
        if sum(env.dealer) == 21:
            return float(reward)
    raise SystemExit("no 21 drawn")


seen = against_a_later_21(gymnasium.make("Blackjack-v1").unwrapped), against_a_later_21(BlackjackEnv())
print("natural against 10 + 6 + 5, by id and by constructor:", seen)
assert seen == (1, 0)
EOF
