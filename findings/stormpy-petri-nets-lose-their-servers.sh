#!/usr/bin/env bash
# stormpy 2.0.0: a stochastic Petri net, written as .pnml or .pnpro and read back, has one server in each transition: all three machines up 0.53 for 0.21.
#
# Guess: export_gspn_pnml_file and export_gspn_pnpro_file write a net so that load_gspn_file reads the same one. Of three machines that fail
#        with rate 1 each (num_servers=None, as many servers as tokens) and one repairer of rate 2 all are up for 4/19 of the time, of
#        weights 1, 3/2, 3/2 and 3/4; with two servers in "fail", 2 min(up, 2) in place of up, it is another number.
# Seen:  both forms have nservers="1" or no word of it, silently: 8/15 = 0.533 after reading, as of one machine that fails at a time,
#        for none, two and one server alike. Weights of immediate transitions, inhibitor arcs and multiplicities do come back.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile stormpy==2.0.0
cd "$work"
"$work/venv/bin/python" -W ignore - 2>&1 <<'EOF'
import stormpy
from stormpy import gspn


def machines(servers, total=3):
    builder = gspn.GspnBuilder()
    builder.set_gspn_name("machines")
    up = builder.add_place(capacity=None, initial_tokens=total, name="up")
    down = builder.add_place(capacity=None, initial_tokens=0, name="down")
    fail = builder.add_timed_transition(priority=0, rate=1.0, num_servers=servers, name="fail")
    mend = builder.add_timed_transition(priority=0, rate=2.0, num_servers=1, name="mend")
    for place, transition, other in ((up, fail, down), (down, mend, up)):
        builder.add_input_arc(place, transition, 1)
        builder.add_output_arc(transition, other, 1)
    return builder.build_gspn()


def share_all_up(net):
    jani = gspn.build_jani_model(net)
    jani = jani[0] if isinstance(jani, tuple) else jani
    shares = []
    for bound in ("min", "max"):
        formulas = stormpy.parse_properties(f"LRA{bound}=? [up=3]", jani)
        model = stormpy.build_model(jani, formulas)
        shares.append(stormpy.model_checking(model, formulas[0]).get_value(model.initial_states[0]))
    assert abs(shares[0] - shares[1]) < 1e-6
    return shares[0]


def expected(servers, total=3):
    """Weights of 0, 1, ... machines down: failures at min(up, servers), repairs at 2."""
    weights = [1.0]
    for down in range(total):
        up = total - down
        weights.append(weights[-1] * min(up, servers or up) / 2)
    return 1 / sum(weights)


assert abs(expected(None) - 4 / 19) < 1e-12 and abs(expected(1) - 8 / 15) < 1e-12
for servers in (None, 2, 1):
    net = machines(servers)
    share = share_all_up(net)
    assert abs(share - expected(servers)) < 1e-4
    gspn.export_gspn_pnml_file(net, "net.pnml")
    gspn.export_gspn_pnpro_file(net, "net.pnpro")
    for file in ("net.pnml", "net.pnpro"):
        back = share_all_up(gspn.load_gspn_file(file))
        print(f"servers {servers}: all up {share:.4f}, from {file} {back:.4f}")
        assert abs(back - 8 / 15) < 1e-4
with open("net.pnpro") as file:
    print(next(line.strip() for line in file if 'name="fail"' in line))
EOF
