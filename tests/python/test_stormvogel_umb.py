"""stormvogel reads what `convert --to umb` writes: transitions, actions, terminal states, rewards of states.

stormvogel 0.13 takes models with one initial state, and of rewards those of states alone.
"""

import json
from fractions import Fraction

import numpy as np
import pytest

from conftest import answer, exact_mdp, shipped

stormvogel = pytest.importorskip("stormvogel.umbi")
pytest.importorskip("umbi.ats.simple_ats")

REWARDS_OF_STATES = """
discount: 9/10
states: [calm, storm, port]
actions: [sail, wait]
initial: calm
terminal: [port]
transitions:
  calm: {sail: {storm: 1/3, port: 2/3}, wait: calm}
  storm: {sail: {storm: 0.5, port: 0.5}, wait: {calm: 1/7, storm: 6/7}}
rewards: {calm: -1, storm: -5/3}
"""


def written(model):
    """The model as Gymnasium's P."""
    return json.loads(exact_mdp("convert", model, "--to", "gymnasium"))


def models():
    """Shipped ones with one initial state."""
    return [path for path in shipped("discounted") if sum(x > 0 for x in written(path)["initial"]) == 1]


@pytest.mark.parametrize("model", models(), ids=lambda path: path.stem)
def test_transitions(model, tmp_path):
    file = tmp_path / "model.umb"
    exact_mdp("convert", model, file)
    read = stormvogel.read_from_umb(file, ignore_unsupported_rewards=True)
    names, P = written(model).get("actions"), written(model)["P"]
    assert len(list(read.states)) == len(P)
    place = {state: i for i, state in enumerate(read.states)}
    for state in read.states:
        own = P[str(place[state])]
        is_terminal = all(t == place[state] and end for o in own.values() for _, t, _, end in o)
        assert is_terminal == ("terminal" in state.labels)
        if is_terminal:
            continue
        found = {str(action): branches for action, branches in state.choices}
        assert len(found) == len(own)
        for action, outcomes in own.items():
            label = names[int(action)] if names else action
            row = np.zeros(len(place))
            for p, t, _, _ in outcomes:
                row[t] += p
            (branches,) = (b for name, b in found.items() if label in name)
            theirs = np.zeros(len(place))
            for p, t in branches:
                theirs[place[t]] += float(p)
            np.testing.assert_allclose(theirs, row, atol=1e-15)


def test_values(tmp_path):
    """v of the uniform policy, as fractions, from stormvogel's model."""
    model, file = tmp_path / "model.yaml", tmp_path / "model.umb"
    model.write_text(REWARDS_OF_STATES)
    exact_mdp("convert", model, file)
    read = stormvogel.read_from_umb(file)
    (rewards,) = read.rewards
    v = {state: Fraction(0) for state in read.states}
    mine = answer("evaluate", model, "--exact")
    for state, x in zip(read.states, mine["v"]):
        v[state] = Fraction(x)
    assert len(set(v.values())) == 3
    for state in read.states:
        choices = list(state.choices)
        ahead = sum(Fraction(p) * v[t] for _, branches in choices for p, t in branches) / len(choices)
        paid = Fraction(rewards.get_state_reward(state) or 0)
        # Bellman's equation holds exactly, and has one solution
        assert v[state] == paid + Fraction(9, 10) * ahead
