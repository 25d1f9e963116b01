"""A controller sees a partially observable model."""

import os

import numpy as np
import pytest

import exact_mdp

TIGER = os.path.join(os.path.dirname(__file__), "../../tests/exchange/fixtures/tiger.POMDP")


def test_the_tiger_is_heard():
    model = exact_mdp.load(TIGER, nodes=1)
    solved = model.solve_policy()
    # uniform: (-1 - 45 - 45)/3 a step
    assert solved.j == pytest.approx(-91 / 3 / 0.05, rel=1e-12)
    assert solved.gradient.shape == (9,)
    # from the start: occupancy 1 of each choice against the mean of three, (-1 + 45) * 2/9
    assert solved.gradient[0] == pytest.approx(88 / 9, rel=1e-9)
    assert np.abs(solved.gradient.reshape(3, 3).sum(axis=1)).max() < 1e-9


@pytest.mark.parametrize("nodes", [0, -1, 1.5, "two", True])
def test_nodes_are_counted(nodes):
    with pytest.raises(ValueError, match="nodes"):
        exact_mdp.load(TIGER, nodes=nodes)


def test_what_is_not_seen_is_asked_for():
    with pytest.raises(exact_mdp.ModelError, match="nodes"):
        exact_mdp.load(TIGER)
