#!/usr/bin/env bash
# ebi-pm 0.3.14 (Python 3.11 to 3.13): a stochastic nondeterministic automaton that it has written is no object that it knows; with one number for a word of Rust it is.
#
# Guess (1 December 2026, not written down before the run; formats and functions seen, not their source): what is converted to a format of Ebi's is read by Ebi.
# Seen:  the initial state is written as AutomatonState(0), as a debugger would show it, where a number is read: every other function refuses the text. So it
#        does for automata made of finite languages. Deterministic automata, Petri nets, languages and process trees come back.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile ebi-pm==0.3.14
cd "$work"
"$work/venv/bin/python" - > seen <<'PY'
import ebi

language = "\n".join(["finite stochastic language", "2", "1/2", "1", "b", "1/2", "2", "a", "b"]) + "\n"
net = "\n".join(["stochastic labelled Petri net", "2", "1", "0", "2", "label a", "1", "1", "0", "1", "0", "label b", "2", "1", "0", "1", "1"]) + "\n"


def read(text):
    try:
        return ebi.information(text).splitlines()[0]
    except ValueError as error:
        return str(error)[:70]


for source in (language, net):
    written = ebi.convert_stochastic_nondeterministic_finite_automaton(source)
    initial = written.splitlines()[2]
    mended = written.replace("AutomatonState(0)", "0")
    print("initial state", initial, "|", read(written), "| with 0:", read(mended))
    assert initial == "AutomatonState(0)" and read(written).startswith("Could not import argument 0") and "recognised" in read(mended)
for convert, source in ((ebi.convert_stochastic_deterministic_finite_automaton, language), (ebi.convert_stochastic_labelled_petri_net, net), (ebi.convert_finite_stochastic_language, language)):
    assert "recognised" in read(convert(source))
PY
cat seen
