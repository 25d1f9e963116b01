#!/usr/bin/env bash
# channelattribution 2.2.5, numpy 2.4.6, pandas 2.3.3: in the Markov model a channel whose ways to a conversion are longer than every journey of the data has no part in it.
#
# Guess: the removal effect of a channel is that of the fitted chain, 1 - p without it / p, up to the 5% of the
#        simulation's convergence: a chain has no memory, and its ways may be longer than the journeys that it was fitted to.
# Seen:  journeys a > b, b > c, c > d and d have the way a > b > c > d in their chain, with which removing a costs 6.9%
#        of the conversions: its effect is exactly 0. Simulated ways are cut at the longest journey, which the docstring of
#        max_step says; "Convergence reached" and "96.43% of simulated paths successfully end" are printed. d gets 4.47 conversions
#        for 3.79, b 0.06 for 0.32. With max_step=10000 the effects are the chain's. Builds from source: a C++ compiler.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile channelattribution==2.2.5 numpy==2.4.6 pandas==2.3.3 matplotlib==3.10.7
cd "$work"
MPLCONFIGDIR="$work" "$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import pandas as pd
from ChannelAttribution import markov_model

data = pd.DataFrame({"path": ["a > b", "b > c", "c > d", "d"], "conv": [0, 0, 0, 5], "null": [10, 2, 2, 5]})
channels = ["a", "b", "c", "d"]


def chain():
    """Counted moves between start, the channels and the two ends, and the chance of a conversion without a channel."""
    states = ["start", *channels, "conv", "null"]
    counts = pd.DataFrame(0.0, states, states)
    for row in data.itertuples(index=False):
        visited = ["start", *row.path.split(" > ")]
        for here, there in zip(visited, visited[1:]):
            counts.loc[here, there] += row.conv + row.null
        counts.loc[visited[-1], "conv"] += row.conv
        counts.loc[visited[-1], "null"] += row.null
    moves = counts.iloc[:5].div(counts.iloc[:5].sum(axis=1), axis=0)

    def converts(without=None):
        kept = moves.copy()
        if without:
            kept.loc[without] = 0
        return float(np.linalg.solve(np.eye(5) - kept.iloc[:, :5].to_numpy(), kept["conv"].to_numpy())[0])

    return {channel: 1 - converts(channel) / converts() for channel in channels}


exact = chain()
share = {channel: 5 * effect / sum(exact.values()) for channel, effect in exact.items()}
assert abs(exact["a"] - 5 / 72) < 1e-12 and abs(exact["d"] - 1) < 1e-12
for options in ({}, {"max_step": 10000}):
    found = markov_model(data, "path", "conv", var_null="null", out_more=True, seed=1, flg_pro=False, **options)
    effects = dict(zip(found["removal_effects"].channel_name, found["removal_effects"].removal_effect))
    parts = dict(zip(found["result"].channel_name, found["result"].total_conversions))
    for channel in channels:
        print(f"  {channel}: effect {effects[channel]:.4f} for {exact[channel]:.4f}, conversions {parts[channel]:.3f} for {share[channel]:.3f}")
    if options:
        assert all(abs(effects[c] - exact[c]) < 0.01 for c in channels)
    else:
        assert effects["a"] == 0 and parts["a"] == 0 and parts["d"] > 4.3 and parts["b"] < 0.1
PY
