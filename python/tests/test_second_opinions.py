"""Random models through QuantEcon and pymdptoolbox: what their solvers say of their arrays."""

import numpy as np
import pytest

import exact_mdp


@pytest.mark.parametrize("seed", range(8))
def test_quantecon_on_its_random_models(seed):
    markov = pytest.importorskip("quantecon.markov")
    generator = np.random.default_rng(seed)
    S, A = int(generator.integers(2, 15)), int(generator.integers(2, 6))
    ddp = markov.random_discrete_dp(S, A, beta=float(generator.uniform(0.5, 0.97)), k=int(generator.integers(1, S + 1)), random_state=seed)
    m = exact_mdp.Model.from_arrays(ddp.Q, ddp.R, ddp.beta, axes="sas", initial="uniform")
    assert m.discount == ddp.beta
    best, theirs = m.optimum(), ddp.solve(method="policy_iteration")
    assert np.allclose(best.v, theirs.v, rtol=1e-10, atol=1e-11)
    assert all((m.states[s], m.actions[a]) in best.greedy for s, a in enumerate(theirs.sigma))
    for _ in range(3):
        sigma = generator.integers(A, size=S)
        s = m.solve_policy(m.tabular(np.eye(A)[sigma]))
        assert np.allclose(s.v, ddp.evaluate_policy(sigma), rtol=1e-10, atol=1e-11)
    # the chain of a policy, by another route: P and R of the controlled process
    R, Q = ddp.RQ_sigma(theirs.sigma)
    s = m.solve_policy(m.tabular(np.eye(A)[theirs.sigma]))
    rho = np.linalg.solve((np.eye(S) - ddp.beta * Q).T, np.full(S, 1 / S))
    assert np.allclose(s.occupancy, rho, rtol=1e-10) and np.isclose(s.j, rho @ R, rtol=1e-10)


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_pymdptoolbox_on_its_random_models(seed, sparse):
    example = pytest.importorskip("mdptoolbox.example")
    mdp = pytest.importorskip("mdptoolbox.mdp")
    np.random.seed(seed)
    S, A = 3 + 2 * seed, 2 + seed % 3
    P, R = example.rand(S, A, is_sparse=sparse)
    m = exact_mdp.Model.from_arrays(list(P) if sparse else P, list(R) if sparse else R, 0.9, axes="ass", initial="uniform")
    theirs = mdp.PolicyIteration(P, R, 0.9)
    theirs.run()
    best = m.optimum()
    assert np.allclose(best.v, theirs.V, rtol=1e-9, atol=1e-10)
    assert all((m.states[s], m.actions[a]) in best.greedy for s, a in enumerate(theirs.policy))


@pytest.mark.parametrize("horizon", [1, 3, 8])
def test_pymdptoolbox_on_a_horizon(horizon):
    example, mdp = pytest.importorskip("mdptoolbox.example"), pytest.importorskip("mdptoolbox.mdp")
    P, R = example.forest(S=4)
    m = exact_mdp.Model.from_arrays(P, R, 0.95, axes="ass", initial=0, horizon=horizon)
    theirs = mdp.FiniteHorizon(P, R, 0.95, horizon)
    theirs.run()
    assert np.allclose(m.optimum().v, theirs.V[:, 0], rtol=1e-12, atol=1e-12)


def test_pymdptoolbox_on_the_average_reward():
    example, mdp = pytest.importorskip("mdptoolbox.example"), pytest.importorskip("mdptoolbox.mdp")
    P, R = example.forest(S=4, p=0.3)
    m = exact_mdp.Model.from_arrays(P, R, axes="ass", initial=0, criterion="average")
    theirs = mdp.RelativeValueIteration(P, R, epsilon=1e-10, max_iter=100_000)
    theirs.run()
    assert np.isclose(m.optimum().gain[0], theirs.average_reward, rtol=1e-6)
