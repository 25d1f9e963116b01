#!/usr/bin/env bash
# reforma 1.0.1, Java 17 (Python 3.11 to 3.13): "the probability of eventually reaching" a state is 0.316 for 0.5 behind a loop of 0.999, that of staying for ever 0.368 for 0; `P>=0.4 [F b]` fails.
#
# Guess (1 December 2026, 00:28, blind but for its README): P=? of F, G, U and X is that of the Markov chain, within some 1e-6.
# Seen:  what is computed is F, G and U within a thousand steps, 0.999^1000 = 0.368, with no word of a bound, also where bounds are checked. The fair
#        gambler's ruin, which ends soon, is 0.24999 for 1/4.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile reforma==1.0.1 networkx==3.4.2 matplotlib==3.10.7
cd "$work"
"$work/venv/bin/python" -W ignore - > seen <<'PY'
from reforma import ReForma


def checked(source, state, formula):
    model = ReForma()
    model.load(source, "model")
    value = model.check_pdl_value(state, formula)
    print(state, formula, value)
    return value


ruin = "name Ruin\ninit s1\n" + "".join(f"s{i} ---> s{i + 1}: up{i} (0.5)\ns{i} ---> s{i - 1}: down{i} (0.5)\n" for i in (1, 2, 3))
assert abs(checked(ruin, "s1", "{P=?[F s4]}") - 0.25) < 1e-4
loop = "name Loop\ninit a\na ---> a: stay (0.999)\na ---> b: go (0.0005)\na ---> c: fail (0.0005)\n"
within = 0.5 * (1 - 0.999**1000)
assert abs(checked(loop, "a", "{P=?[F b]}") - within) < 1e-3 and abs(within - 0.316) < 1e-3
assert abs(checked(loop, "a", "{P=?[G a]}") - 0.999**1000) < 1e-3
assert checked(loop, "a", "{P>=0.4[F b]}") is False and checked(loop, "a", "{P>=0.3[F b]}") is True
PY
cat seen
