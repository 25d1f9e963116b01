"""The lines of Python in docs/exchange.md run, and the program reads what they write."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from conftest import ROOT, answer, exact_mdp

BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "exchange.md").read_text(), re.DOTALL)


def block(*words):
    """The one block that holds all these words."""
    found = [text for text in BLOCKS if all(word in text for word in words)]
    assert len(found) == 1, words
    return found[0]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_gymnasium(folder):
    pytest.importorskip("gymnasium")
    exec(block("gymnasium.make"), {})
    assert len(answer("evaluate", folder / "frozenlake.json")["states"]) == 16
    exact_mdp("convert", folder / "frozenlake.json", folder / "model.json")
    names = {"json": __import__("json")}
    exec(block("P = {int(s)"), names)
    # to the right from 14: up, on the spot, or to the goal
    ends = {outcome[1:] for outcome in names["P"][14][2]}
    assert ends == {(10, 0.0, False), (14, 0.0, False), (15, 1.0, True)}


def test_pymdptoolbox(folder):
    example = pytest.importorskip("mdptoolbox.example")
    exec(block("example.forest()"), {})
    dense = answer("solve", folder / "forest.npz", "--initial", "uniform")["v"]
    P, R = example.forest(is_sparse=True)
    exec(block("enumerate(P)"), {"numpy": np, "P": P, "R": R})
    flags = ["--initial", "uniform", "--discount", "0.9"]
    np.testing.assert_allclose(answer("solve", folder / "forest.npz", *flags)["v"], dense, rtol=1e-12)


def test_quantecon(folder):
    markov = pytest.importorskip("quantecon.markov")
    import quantecon

    R, Q = np.array([5.0, 10.0, -1.0]), np.array([[0.5, 0.5], [0.0, 1.0], [0.0, 1.0]])
    ddp = markov.DiscreteDP(R, Q, 0.95, np.array([0, 0, 1]), np.array([0, 1, 0]))
    one, two = block("savez", "ddp.R").splitlines()
    exec(two, {"numpy": np, "ddp": ddp})
    v = answer("solve", folder / "growth.npz", "--initial", "uniform")["v"]
    np.testing.assert_allclose(v, ddp.solve(method="pi").v, rtol=1e-12)
    dense = markov.DiscreteDP(np.array([[5.0, 10.0], [-1.0, -np.inf]]), np.array([[[0.5, 0.5], [0, 1]], [[0, 1], [0.5, 0.5]]]), 0.95)
    exec(one, {"numpy": np, "ddp": dense})
    v = answer("solve", folder / "growth.npz", "--initial", "uniform")["v"]
    np.testing.assert_allclose(v, ddp.solve(method="pi").v, rtol=1e-12)
    exact_mdp("convert", folder / "growth.npz", folder / "model.npz", "--initial", "uniform")
    names = {"numpy": np, "quantecon": quantecon}
    exec(block("numpy.load", "DiscreteDP"), names)
    np.testing.assert_allclose(names["ddp"].solve(method="pi").v, v, rtol=1e-12)


def test_rlberry_scool(folder):
    # as its GridWorld(1, 3, terminal_states=((0, 2),)) has them: left and right, and a goal that loops and pays 1
    P, R = np.zeros((3, 2, 3)), np.zeros((3, 2))
    for state, (left, right) in enumerate(((0, 1), (0, 2), (2, 2))):
        P[state, 0, left] = P[state, 1, right] = 1
    R[2] = 1
    exec(block("env.is_terminal"), {"numpy": np, "env": SimpleNamespace(P=P, R=R, is_terminal=lambda state: state == 2)})
    v = answer("solve", folder / "m.npz", "--initial", "uniform", "--discount", "0.9")["v"]
    np.testing.assert_allclose(v, [0.81, 0.9, 1, 0], rtol=1e-12)


def test_storm(folder):
    pytest.importorskip("stormpy")
    from write_fixtures import COIN

    (folder / "model.nm").write_text(COIN)
    exec(block("export_to_drn"), {})
    v = answer("solve", folder / "model.drn", "--discount", "1/2", "--initial", "0", "--exact")["v"]
    assert v == ["31/21", "20/7", "0", "0"]
