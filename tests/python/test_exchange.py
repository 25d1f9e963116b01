"""Models that real libraries write and read."""

import fractions
import json

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from conftest import ROOT, answer, exact_mdp, shipped

DISCOUNTED = shipped("discounted")


def uniform_values(P, gamma):
    """v of the uniform policy in Gymnasium's P: no value follows what is terminated."""
    n = len(P)
    a, b = np.eye(n), np.zeros(n)
    for s, actions in P.items():
        for outcomes in actions.values():
            for p, t, r, terminated in outcomes:
                b[s] += p * r / len(actions)
                if not terminated:
                    a[s, t] -= gamma * p / len(actions)
    return np.linalg.solve(a, b)


@pytest.mark.parametrize("name", ["FrozenLake-v1", "CliffWalking-v1", "Taxi-v3", "Taxi-v4"])
def test_gymnasium(name, tmp_path):
    gymnasium = pytest.importorskip("gymnasium")
    if name not in gymnasium.registry:
        pytest.skip(f"this version has no {name}")
    env = gymnasium.make(name).unwrapped
    initial = list(env.initial_state_distrib)
    file, back = tmp_path / "model.json", tmp_path / "back.json"
    content = {"discount": 0.99, "initial": initial, "P": env.P}
    file.write_text(json.dumps(content, default=lambda x: x.item()))
    found = answer("evaluate", file)
    v = uniform_values(env.P, 0.99)
    live = [s for s in range(len(env.P)) if found["occupancy"][s] > 0]
    assert len(live) > 10
    np.testing.assert_allclose(np.array(found["v"])[live], v[live], rtol=1e-11)
    assert found["j"] == pytest.approx(np.dot(initial, v), rel=1e-11)
    # and back: what the program writes has the same values
    exact_mdp("convert", file, back)
    P = json.loads(back.read_text())["P"]
    P = {int(s): {int(a): o for a, o in actions.items()} for s, actions in P.items()}
    np.testing.assert_allclose(uniform_values(P, 0.99)[live], v[live], rtol=1e-11)


@pytest.mark.parametrize("seed", range(4))
def test_pymdptoolbox_writes(seed, tmp_path):
    example = pytest.importorskip("mdptoolbox.example")
    import mdptoolbox.mdp

    np.random.seed(seed)
    P, R = example.rand(6, 3) if seed % 2 else example.forest(S=5 + seed)
    file = tmp_path / "model.npz"
    np.savez(file, P=P, R=R, discount=0.9)
    theirs = mdptoolbox.mdp.PolicyIteration(P, R, 0.9)
    theirs.run()
    ours = answer("solve", file, "--initial", "uniform")
    np.testing.assert_allclose(ours["v"], theirs.V, rtol=1e-10)


@pytest.mark.parametrize("model", DISCOUNTED, ids=lambda path: path.stem)
def test_pymdptoolbox_reads(model, tmp_path):
    mdptoolbox = pytest.importorskip("mdptoolbox.mdp")
    head = answer("evaluate", model)
    alive = {state for state, _ in head["pairs"]}
    if len(head["pairs"]) < len(alive) * len(head["actions"]):
        pytest.skip("pymdptoolbox has the same actions in all states")
    file = tmp_path / "model.npz"
    exact_mdp("convert", model, file, "--to", "pymdptoolbox")
    data = np.load(file)
    if not 0 < float(data["discount"]) < 1:
        pytest.skip("pymdptoolbox wants a discount between 0 and 1")
    theirs = mdptoolbox.PolicyIteration(data["P"], data["R"], float(data["discount"]))
    theirs.run()
    ours = np.array(answer("solve", model)["v"])
    np.testing.assert_allclose(theirs.V, ours, rtol=1e-8, atol=1e-9 * np.abs(ours).max())


def test_quantecon_sparse(tmp_path):
    markov = pytest.importorskip("quantecon.markov")
    R = np.array([5.0, 10.0, -1.0])
    Q = np.array([[0.5, 0.5], [0.0, 1.0], [0.0, 1.0]])
    ddp = markov.DiscreteDP(R, Q, 0.95, np.array([0, 0, 1]), np.array([0, 1, 0]))
    csr = csr_matrix(Q)
    parts = {f"Q/{k}": getattr(csr, k) for k in ("data", "indices", "indptr")}
    file = tmp_path / "model.npz"
    np.savez(file, R=R, s_indices=ddp.s_indices, a_indices=ddp.a_indices, beta=0.95, **parts)
    ours = answer("solve", file, "--initial", "uniform")
    np.testing.assert_allclose(ours["v"], ddp.solve(method="pi").v, rtol=1e-12)


@pytest.mark.parametrize("model", DISCOUNTED, ids=lambda path: path.stem)
def test_storm_reads_and_writes(model, tmp_path):
    stormpy = pytest.importorskip("stormpy")
    io = pytest.importorskip("stormpy.io")
    ours, theirs = tmp_path / "ours.drn", tmp_path / "theirs.drn"
    exact_mdp("convert", model, ours)
    read = stormpy.build_model_from_drn[stormpy.Rational](str(ours))
    io.export_to_drn(read, str(theirs))
    discount = answer("evaluate", model)["criterion"]["discount"]
    flags = ["--discount", discount, "--initial", "uniform", "--exact"]
    before, after = (answer("evaluate", file, *flags) for file in (ours, theirs))
    assert read.nr_states == len(before["states"])
    assert before["v"] == after["v"] and before["q"] == after["q"]


@pytest.mark.parametrize("model", DISCOUNTED, ids=lambda path: path.stem)
def test_umb_through_umbi(model, tmp_path):
    """umbi reads what convert writes, to the last file of it; what it writes has the same values."""
    umbi = pytest.importorskip("umbi.ats.ats_to_umb")
    ours, theirs = tmp_path / "ours.umb", tmp_path / "theirs.umb"
    exact_mdp("convert", model, ours)
    umbi.write(umbi.read(str(ours), strict=True), str(theirs))
    discount = answer("evaluate", model)["criterion"]["discount"]
    flags = ["--discount", discount, "--initial", "uniform", "--policy", "uniform", "--exact"]
    before, after = (answer("evaluate", file, *flags) for file in (ours, theirs))
    assert before["v"] == answer("evaluate", model, *flags)["v"] == after["v"]
    assert before["states"] == answer("evaluate", model)["states"]


def storm_uniform_values(model, gamma):
    """v of the uniform policy in Storm's model: its rows, and its rewards of states, choices, branches."""

    def to_float(number):
        return float(fractions.Fraction(str(number)))

    n, matrix = model.nr_states, model.transition_matrix
    (rewards,) = model.reward_models.values()
    paid = rewards.transition_rewards if rewards.has_transition_rewards else None
    a, b = np.eye(n), np.zeros(n)
    for s in range(n):
        if rewards.has_state_rewards:
            b[s] += to_float(rewards.get_state_reward(s))
        rows = range(matrix.get_row_group_start(s), matrix.get_row_group_end(s))
        for row in rows:
            p = np.zeros(n)
            for entry in matrix.get_row(row):
                p[entry.column] += to_float(entry.value)
            a[s] -= gamma * p / len(rows)
            if rewards.has_state_action_rewards:
                b[s] += to_float(rewards.get_state_action_reward(row)) / len(rows)
            for entry in paid.get_row(row) if paid is not None else ():
                b[s] += p[entry.column] * to_float(entry.value) / len(rows)
    return np.linalg.solve(a, b)


@pytest.mark.parametrize("model", DISCOUNTED, ids=lambda path: path.stem)
def test_storm_reads_umb(model, tmp_path):
    """Storm reads what convert writes, of named states, of fractions and of rewards of branches."""
    stormpy = pytest.importorskip("stormpy")
    ours = tmp_path / "ours.umb"
    exact_mdp("convert", model, ours)
    read = stormpy.build_model_from_umb(str(ours))
    gamma = float(answer("evaluate", model)["criterion"]["discount"])
    mine = answer("evaluate", model, "--policy", "uniform")
    assert read.nr_states == len(mine["states"])
    v = storm_uniform_values(read, gamma)
    np.testing.assert_allclose(v, mine["v"], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("model", DISCOUNTED, ids=lambda path: path.stem)
def test_storm_writes_umb(model, tmp_path):
    """A model of doubles through Storm and back."""
    stormpy = pytest.importorskip("stormpy")
    io = pytest.importorskip("stormpy.io")
    ours, theirs = tmp_path / "ours.umb", tmp_path / "theirs.umb"
    exact_mdp("convert", model, ours)
    read = stormpy.build_model_from_umb(str(ours))
    if read.is_exact:
        pytest.skip("Storm 2.0.0 does not write fractions")
    io.export_to_umb(read, str(theirs))
    discount = answer("evaluate", model)["criterion"]["discount"]
    flags = ["--discount", discount, "--initial", "uniform", "--policy", "uniform", "--exact"]
    before, after = (answer("evaluate", file, *flags) for file in (ours, theirs))
    assert before["v"] == after["v"]


def test_the_fixtures_are_what_the_libraries_write_today(tmp_path):
    pytest.importorskip("gymnasium")
    import write_fixtures

    write_fixtures.gymnasium_files(tmp_path)
    for file in tmp_path.glob("*.json"):
        committed = ROOT / "tests" / "exchange" / "fixtures" / file.name
        parse = lambda text: json.loads(text, parse_float=lambda x: round(float(x), 12))
        assert parse(file.read_text()) == parse(committed.read_text())
