#!/usr/bin/env bash
# PyDTMC 8.7.0 with networkx 3.6.1: the period of a chain with one transient state cannot be asked for.
#
# Guess: a -> b -> a with a transient c that enters it has period 2 (its code even takes the least common
#        multiple over recurrent classes); is_aperiodic is False.
# Seen:  period and is_aperiodic raise networkx's "Graph is not strongly connected": is_aperiodic asks
#        networkx, which refuses such graphs. The irreducible two-cycle answers 2.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile PyDTMC==8.7.0 networkx==3.6.1
"$work/venv/bin/python" - <<'EOF'
import networkx
from pydtmc import MarkovChain

cycle = MarkovChain([[0, 1], [1, 0]], ["a", "b"])
assert cycle.period == 2
unichain = MarkovChain([[0, 1, 0], [1, 0, 0], [0.5, 0, 0.5]], ["a", "b", "c"])
assert unichain.transient_states == ["c"], unichain.transient_states
for name in ("period", "is_aperiodic"):
    try:
        print(name, getattr(unichain, name))
    except networkx.NetworkXError as error:
        print(name, "raises:", error)
        assert "strongly connected" in str(error)
    else:
        raise SystemExit(f"changed: {name} answers")
EOF
