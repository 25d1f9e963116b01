#!/usr/bin/env bash
# cpprb 11.0.0 (Python 3.11 or 3.12): a three-step return that ends with the episode is not marked as done; after a cut the next observation is 1.
#
# Guess: of an episode 0, 1, 2, 3, 4 that ends with the fifth step, three-step returns at the discount 1/2 are those of its rewards as
#        far as they go, next_obs is the observation after the last reward counted, and `done` is 1 where that reward is the last
#        one: for 2, 3 and 4. If a time limit cuts it, `done` is 0 and next_obs of the last three is 5.
# Seen:  the returns are right. `done` is 1 for 3 and 4 only: 2, whose return ends in the terminal state, goes on with that state's
#        value. next_obs of the last two is 1, the number that the buffer is filled with: no harm where done is 1, but after
#        a cut a learner bootstraps from an observation that nobody saw, also in later episodes, and with the
#        third power of the discount where one or two steps were left. A size of 1 raises ValueError in the second step.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile cpprb==11.0.0 numpy==2.4.6
"$work/venv/bin/python" -W ignore - <<'EOF'
from cpprb import ReplayBuffer


def stored(ends, size=3, episodes=1):
    """Rows (obs, n-step reward, next_obs, done) of episodes of five steps that pay 1, 2, 3, 4 and 5."""
    fields = {"obs": {}, "rew": {}, "next_obs": {}, "done": {}}
    buffer = ReplayBuffer(64, fields, Nstep={"size": size, "gamma": 0.5, "rew": "rew", "next": "next_obs"})
    for episode in range(episodes):
        for t in range(5):
            at = 100 * episode + t
            buffer.add(obs=at, rew=t + 1.0, next_obs=at + 1, done=float(ends and t == 4))
        buffer.on_episode_end()
    rows = buffer.get_all_transitions()
    return list(zip(*(rows[name].ravel().tolist() for name in fields)))


returns = [2.75, 4.5, 6.25, 6.5, 5.0]  # 1 + 2/2 + 3/4, ..., 4 + 5/2, 5
ended = stored(ends=True)
print("ended:", ended)
assert [row[1] for row in ended] == returns
assert ended[2] == (2.0, 6.25, 5.0, 0.0) and [row[3] for row in ended] == [0, 0, 0, 1, 1]
cut = stored(ends=False, episodes=2)
print("cut, the second episode:", cut[5:])
assert [row[1] for row in cut[5:]] == returns and not any(row[3] for row in cut)
assert [row[2] for row in cut] == [3, 4, 5, 1, 1, 103, 104, 105, 1, 1]
message = ""
try:
    stored(ends=True, size=1)
except ValueError as error:
    message = str(error)
print("one step: ValueError:", message)
assert "broadcast" in message
EOF
