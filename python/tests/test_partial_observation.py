"""A controller sees a partially observable model."""

import os
import pickle
import subprocess

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


@pytest.fixture(scope="module", params=[1, 2])
def tiger(request):
    return exact_mdp.load(TIGER, nodes=request.param)


def hidden(name):
    """What stands before the bar of a state: the part that nobody sees."""
    return name.split("|")[0]


def test_policies_know_what_is_seen_and_no_more(tiger):
    d = len(tiger.solve_policy().gradient)
    theta = np.random.default_rng(1).normal(size=d)
    for policy in (tiger.uniform(), tiger.random(3), tiger.softmax(), tiger.softmax(theta), tiger.softmax(theta, 2)):
        assert len(policy) == d < len(tiger.pairs)
        alike = {}
        for (state, action), p in zip(tiger.pairs, policy.probabilities):
            alike.setdefault((state.removeprefix(hidden(state)), action), set()).add(float(p))
        assert len(alike) < len(tiger.pairs) and all(len(found) == 1 for found in alike.values())
    assert tiger.uniform() == tiger.own_policy() and tiger.solve_policy(tiger.uniform()).j == tiger.solve_policy().j
    assert tiger.softmax(theta.reshape(-1, len(tiger.actions))) == tiger.softmax(theta)
    assert np.allclose(tiger.softmax(2 * theta, 2).probabilities, tiger.softmax(theta).probabilities)
    with pytest.raises(exact_mdp.ExactMdpError, match="partly seen"):
        tiger.softmax(np.zeros(len(tiger.pairs)))


def test_a_random_controller_is_that_of_the_program(tiger):
    own = exact_mdp.bundled("two-state")  # the recipe is that of tabular policies
    theta = np.asarray(tiger.random(7).theta)
    assert theta[:4].tolist() == np.asarray(own.random(7).theta).tolist()


def test_batches_are_of_controllers(tiger):
    d = len(tiger.solve_policy().gradient)
    thetas = np.random.default_rng(2).normal(size=(5, d))
    batch = tiger.batch(thetas)
    assert batch.gradient.shape == (5, d)
    for k, theta in enumerate(thetas):
        s = tiger.solve_policy(tiger.softmax(theta))
        assert batch.j[k] == pytest.approx(s.j, rel=1e-11)
        assert np.allclose(batch.gradient[k], s.gradient, rtol=1e-9, atol=1e-9 * abs(s.gradient).max())
    assert tiger.batch(thetas.reshape(5, -1, len(tiger.actions))) == batch
    with pytest.raises(exact_mdp.ExactMdpError, match=r"\[K, "):
        tiger.batch(np.zeros((3, len(tiger.pairs))))


def test_pickles_are_partly_seen(tiger):
    again = pickle.loads(pickle.dumps(tiger))
    assert again == tiger and again.partly_seen and "partly seen" in repr(again)
    assert again.random(2) == tiger.random(2) and pickle.loads(pickle.dumps(tiger.random(2))) == tiger.random(2)
    assert not exact_mdp.bundled("two-state").partly_seen


def test_arrays_say_what_is_seen_as_files_do(tmp_path):
    """Kaelbling, Littman & Cassandra (1998)."""
    there, anywhere = np.eye(2), np.full((2, 2), 0.5)
    tiger = exact_mdp.Model.from_arrays(
        [there, anywhere, anywhere], [[-1, -100, 10], [-1, 10, -100]], "19/20", axes="ass", initial="uniform",
        states=["tiger-left", "tiger-right"], actions=["listen", "open-left", "open-right"],
    )
    heard = [[["17/20", "3/20"], ["3/20", "17/20"]], [["1/2", "1/2"]] * 2, [["1/2", "1/2"]] * 2]
    ours = tiger.observed(heard, nodes=2, names=["hear-left", "hear-right"])
    theirs = exact_mdp.load(TIGER, nodes=2)
    assert ours.partly_seen and ours.solve_policy().j == theirs.solve_policy().j
    assert ours.solve_policy().gradient.tolist() == theirs.solve_policy().gradient.tolist()
    for call, says in {
        lambda: tiger.observed([[1]]): "shape", lambda: tiger.observed(np.zeros((2, 2))): "", lambda: ours.observed([[1]] * len(ours)): "already",
        lambda: tiger.observed([["x"], [1]]): "no probability", lambda: tiger.observed([[1], [1]], names=["a", "b"]): "2 names",
        lambda: tiger.observed([[1], [1]], nodes=0): "nodes is 0",
    }.items():
        with pytest.raises(exact_mdp.ExactMdpError, match=says):
            call()


def test_what_is_missing_is_said_in_arguments():
    text = exact_mdp.bundled("two-state").to_yaml() + "observations: {cold: it, hot: it}\n"
    with pytest.raises(exact_mdp.ModelError, match="nodes=1") as raised:
        exact_mdp.parse(text)
    assert "--" not in str(raised.value)
    assert exact_mdp.parse(text, nodes=1).partly_seen


CONTROLLER = {
    "parametrization": "controller", "nodes": 2, "laws": "simplex",
    "probabilities": {
        "start": 0, "actions": {0: "listen", 1: {"listen": "1/2", "open-left": "1/2"}},
        "successors": {0: {"hear-left": 1, "hear-right": 0}, 1: {"hear-left": 0, "hear-right": 0}},
    },
}


def test_controllers_are_read_solved_and_pickled():
    tiger = exact_mdp.load(TIGER, nodes=2)
    policy = tiger.load_policy(CONTROLLER)
    assert policy.parametrization == "controller" and len(policy) == 16
    solved = tiger.solve_policy(policy)
    # the chain over (tiger, node)
    p, heard = np.array([np.eye(2), np.full((2, 2), 0.5)]), np.array([[[0.85, 0.15], [0.15, 0.85]], np.full((2, 2), 0.5)])
    r = np.array([[-1.0, -1.0], [-100.0, 10.0]])
    acts, goes = np.array([[1, 0], [0.5, 0.5]]), np.array([[[0, 1], [1, 0]], [[1, 0], [1, 0]]])
    chain = np.einsum("na,ast,ato,nom->sntm", acts, p, heard, goes).reshape(4, 4)
    v = np.linalg.solve(np.eye(4) - 0.95 * chain, np.einsum("na,as->sn", acts, r).reshape(4))
    assert solved.j == pytest.approx(v.reshape(2, 2)[:, 0].mean(), rel=1e-12)
    assert pickle.loads(pickle.dumps(policy)) == policy and pickle.loads(pickle.dumps(solved)).j == solved.j
    exact = tiger.exact().solve_policy(policy)
    assert float(exact.j) == pytest.approx(solved.j, rel=1e-14)
    with pytest.raises(exact_mdp.ModelError, match="seen by 2"):
        tiger.load_policy({"parametrization": "observation"})


def test_a_policy_in_the_file_says_how_many_nodes():
    text = exact_mdp.bundled("two-state").to_yaml() + "observations: {cold: it, hot: it}\n"
    own = text + "policy: {parametrization: controller, nodes: 2, start: 1}\n"
    model = exact_mdp.parse(own)
    assert model.partly_seen and model.own_policy().parametrization == "controller"
    again = pickle.loads(pickle.dumps(model))
    assert again.own_policy() == model.own_policy() and again.random(3) == model.random(3)
    assert np.allclose(model.uniform().probabilities.sum(), len([s for s in model.states]))
    with pytest.raises(exact_mdp.ExactMdpError, match="laws of actions"):
        model.batch(np.zeros((1, len(model.own_policy()))))
    seen = exact_mdp.parse(text + "policy: {parametrization: observation}\n")
    theta = np.random.default_rng(0).normal(size=len(seen.own_policy()))
    batch = seen.batch(theta[None])
    solved = seen.solve_policy(seen.softmax(theta))
    assert batch.j[0] == pytest.approx(solved.j, rel=1e-12) and np.allclose(batch.gradient[0], solved.gradient)


def test_restarts_are_listed():
    tiger = exact_mdp.load(TIGER, nodes=1)
    report = tiger.ascents(iterations=5, methods=["line-search"], restarts=2)
    assert [start["start"] for start in report.restarts] == ["given", "random:1", "random:2"]
    assert report.j == max(start["j"] for start in report.restarts)
    with pytest.raises(ValueError, match="restarts"):
        tiger.ascents(restarts=0)


@pytest.mark.parametrize("ending", ["yaml", "POMDP"])
def test_what_is_seen_is_written_as_by_the_program(ending, program, tmp_path):
    kept = exact_mdp.load(TIGER, keep_observations=True)
    assert not kept.partly_seen and kept.observations == ["hear-left", "hear-right"] and "observations kept" in repr(kept)
    ours, theirs = tmp_path / f"ours.{ending}", tmp_path / f"theirs.{ending}"
    kept.save(ours)
    subprocess.run([program, "convert", TIGER, str(theirs), "-q"], check=True)
    assert ours.read_bytes() == theirs.read_bytes()
    again = exact_mdp.load(ours, nodes=2)
    assert again.solve_policy().j == exact_mdp.load(TIGER, nodes=2).solve_policy().j
    assert again.solve_policy().gradient.tolist() == exact_mdp.load(TIGER, nodes=2).solve_policy().gradient.tolist()


def test_observations_that_are_kept():
    kept = exact_mdp.load(TIGER, keep_observations=True)
    # its states are seen: open the other door at once, 10 a step
    assert kept.optimum().j == pytest.approx(10 / 0.05, rel=1e-12)
    for other in (pickle.loads(pickle.dumps(kept)), exact_mdp.parse(kept.to_yaml(), name=kept.name, keep_observations=True)):
        assert other == kept and other.observations == kept.observations
    tiger = exact_mdp.parse(kept.to_yaml(), nodes=1)
    assert tiger.solve_policy().j == exact_mdp.load(TIGER, nodes=1).solve_policy().j
    assert exact_mdp.load(TIGER, nodes=1).observations[-2:] == kept.observations
    both = exact_mdp.bundled("two-state")
    assert both.observations == [] and both.observed([[1], [1]], names=["it"], keep_observations=True).observations == ["it"]
    for call in (
        lambda: exact_mdp.load(TIGER, nodes=1, keep_observations=True),
        lambda: both.observed([[1], [1]], nodes=2, keep_observations=True),
        lambda: kept.observed([[1], [1]]),
    ):
        with pytest.raises(exact_mdp.ExactMdpError, match="one of the two|already"):
            call()
