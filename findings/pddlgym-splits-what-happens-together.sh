#!/usr/bin/env bash
# pddlgym 0.0.7 (Python 3.11 or 3.12): the successors of a coin that also switches on a lamp have probabilities that add up to 1.5.
#
# Guess: get_successor_states(..., return_probs=True) of (probabilistic 0.5 (and (heads) (lit))) is both with 1/2 and neither with 1/2, as
#        step() draws it. A probability is "any rational number in the interval [0, 1]", as PPDDL says: 0.5, 1/2, 1.
# Seen:  an outcome of two literals is taken for two outcomes: heads alone 0.5, lit alone 0.5, neither 0.5, both never, while step()
#        draws both or neither. Probabilities are searched for as digits with a point: (probabilistic 1/2 (heads)) and
#        (probabilistic 1 (heads)) have no outcome, and nothing ever happens, without a word. (It asks for a Pillow below 10, of
#        which Python 3.12 has no wheel; pictures are not drawn here.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile gym==0.26.2 numpy==1.26.4 matplotlib==3.10.7 pillow==11.3.0 imageio==2.37.2 scikit-image==0.25.2
"$work/venv/bin/pip" install --quiet --no-compile --no-deps pddlgym==0.0.7
cd "$work"
"$work/venv/bin/python" -W ignore - 2> stderr <<'EOF' || { cat stderr; exit 1; }
import os
import tempfile
from collections import Counter

import numpy as np
from pddlgym.core import PDDLEnv, get_successor_states

DOMAIN = """(define (domain coin)
  (:requirements :strips :probabilistic-effects)
  (:predicates (ready) (heads) (lit) (lost))
  (:action toss :parameters () :precondition (and (ready)) :effect (and EFFECT)))"""
PROBLEM = "(define (problem one) (:domain coin) (:objects ) (:init (ready)) (:goal (and (heads) (lit))))"


def names(state):
    return ", ".join(sorted(literal.predicate.name for literal in state.literals if literal.predicate.name != "ready")) or "neither"


def tossed(effect):
    """The successors of the one action with their probabilities, and what 1000 steps draw."""
    folder = tempfile.mkdtemp(dir=".")
    os.mkdir(f"{folder}/problems")
    open(f"{folder}/domain.pddl", "w").write(DOMAIN.replace("EFFECT", effect))
    open(f"{folder}/problems/problem1.pddl", "w").write(PROBLEM)
    env = PDDLEnv(f"{folder}/domain.pddl", f"{folder}/problems", operators_as_actions=True)
    start, _ = env.reset()
    (toss,) = env.action_space.all_ground_literals(start)
    listed = {names(s): float(p) for s, p in get_successor_states(start, toss, env.domain, return_probs=True).items()}
    drawn = Counter()
    for _ in range(1000):
        env.reset()
        drawn[names(env.step(toss)[0])] += 1
    print(effect, "| listed:", listed, "| drawn:", dict(drawn))
    return listed, drawn


np.random.seed(0)
listed, drawn = tossed("(probabilistic 0.5 (and (heads) (lit)))")
assert listed == {"heads": 0.5, "lit": 0.5, "neither": 0.5} and set(drawn) == {"heads, lit", "neither"}
for number in ("1", "1/2"):
    listed, drawn = tossed(f"(probabilistic {number} (heads))")
    assert listed == {"neither": 1} and set(drawn) == {"neither"}
EOF
