"""The one line of docs/exchange.md for each library whose environments are arrays, run."""

import json

import numpy as np
import pytest

from conftest import answer


def uniform_values(p, r, gamma, terminal=None):
    """v of the uniform policy from P [S, A, S] and r [S, A]; terminal states have none."""
    n = len(p)
    alive = np.ones(n, bool) if terminal is None else ~np.asarray(terminal, bool)
    p, r = p.mean(1) * alive[:, None], r.mean(1) * alive
    return np.linalg.solve(np.eye(n) - gamma * p, r)


def stepwise_values(p, r, horizon):
    """v₀ of the uniform policy over a horizon."""
    v = np.zeros(len(p))
    for _ in range(horizon):
        v = (r + p @ v).mean(1)
    return v


@pytest.mark.parametrize("name", ["ClassicGridworld-v0", "JacksCarRental-v0", "CliffWalk-v0"])
def test_gym_classics(name, tmp_path):
    gym_classics = pytest.importorskip("gym_classics")
    import gymnasium

    gym_classics.register("gymnasium")
    if name not in gymnasium.registry:
        pytest.skip(f"this version has no {name}")
    env = gymnasium.make(name).unwrapped
    if len(list(env.states())) > 200:
        pytest.skip("too large for a dense solve")
    P = {s: {a: [[float(p), int(t), float(r), bool(d)] for t, r, d, p in zip(*env.model(s, a))] for a in env.actions()} for s in env.states()}
    file = tmp_path / "model.json"
    file.write_text(json.dumps({"discount": 0.9, "P": P}))
    found = answer("evaluate", file, "--initial", "uniform")
    n = len(P)
    system, paid = np.eye(n), np.zeros(n)
    for s, actions in P.items():
        for outcomes in actions.values():
            for p, t, r, done in outcomes:
                paid[s] += p * r / len(actions)
                system[s, t] -= 0.9 * p * (not done) / len(actions)
    v = np.linalg.solve(system, paid)
    live = [found["states"].index(s) for s in dict.fromkeys(s for s, _ in found["pairs"])]
    theirs = [int(found["states"][i]) for i in live]
    np.testing.assert_allclose(np.array(found["v"])[live], v[theirs], rtol=1e-9, atol=1e-12)


def test_jaxdp(tmp_path):
    pytest.importorskip("chex")
    pytest.importorskip("jaxdp")
    from jaxdp.mdp import make

    for name in ["frozen-lake", "cliff-walking"]:
        try:
            mdp = make(name)
        except (KeyError, ValueError):
            continue
        file = tmp_path / "model.npz"
        np.savez(file, P=mdp.transition.swapaxes(-1, -2), R=mdp.reward, initial=mdp.initial, terminal=mdp.terminal, axes="ass")
        found = answer("evaluate", file, "--discount", "0.9", "--normalize")
        p = np.asarray(mdp.transition, float).transpose(2, 0, 1)
        p /= p.sum(-1, keepdims=True)
        r = (p * np.asarray(mdp.reward, float).transpose(1, 0, 2)).sum(-1)
        v = uniform_values(p, r, 0.9, mdp.terminal)
        np.testing.assert_allclose(found["v"], v, rtol=1e-6, atol=1e-7)
        break
    else:
        pytest.fail("jaxdp has none of these models")


def test_seals(tmp_path):
    pytest.importorskip("seals")
    from seals.diagnostics import random_trans

    env = random_trans.RandomTransitionEnv(n_states=6, n_actions=3, branch_factor=3, horizon=7, random_obs=False)
    file = tmp_path / "model.npz"
    np.savez(file, P=env.transition_matrix, R=env.reward_matrix, initial=env.initial_state_dist, horizon=env.horizon)
    found = answer("evaluate", file, "--normalize")
    r = np.repeat(np.asarray(env.reward_matrix, float)[:, None], 3, 1)
    # its arrays are float32: divided by their sums as --normalize does, in float64
    p = np.asarray(env.transition_matrix, float)
    p /= p.sum(-1, keepdims=True)
    start = np.asarray(env.initial_state_dist, float)
    start /= start.sum()
    v = stepwise_values(p, r, env.horizon)
    assert found["j"] == pytest.approx(start @ v, rel=1e-9)
    # and by its own names
    named = tmp_path / "named.npz"
    np.savez(named, **{key: getattr(env, key) for key in ["transition_matrix", "reward_matrix", "initial_state_dist", "horizon"]})
    assert answer("evaluate", named, "--normalize")["j"] == found["j"]


def chance(rng, n, k):
    """P [S, A, S] of which the last state ends, and r in its shape."""
    p = rng.random((n, k, n))
    p /= p.sum(-1, keepdims=True)
    p[-1] = 0
    return p, rng.normal(size=(n, k, n))


def test_mushroom_rl(tmp_path):
    rng = np.random.default_rng(3)
    p, rew = chance(rng, 5, 2)
    mu, gamma = np.full(5, [0.25, 0.25, 0.25, 0.25, 0]), 0.9
    try:
        from mushroom_rl.environments import FiniteMDP
    except ImportError:
        pass  # the arrays are what its constructor takes
    else:
        env = FiniteMDP(p, rew, mu, gamma)
        p, rew, mu, gamma = env.p, env.r, env.mu, env.info.gamma
    file = tmp_path / "model.npz"
    np.savez(file, p=p, rew=rew, mu=mu, gamma=gamma)
    found = answer("evaluate", file)
    v = uniform_values(p, (p * rew).sum(-1), gamma)
    np.testing.assert_allclose(found["v"], v, rtol=1e-9, atol=1e-12)
    assert found["j"] == pytest.approx(mu @ v, rel=1e-9)


def test_matrix_mdp_gym(tmp_path):
    pytest.importorskip("matrix_mdp")
    from matrix_mdp.envs import MatrixMDPEnv

    rng = np.random.default_rng(4)
    p, r = chance(rng, 4, 3)
    env = MatrixMDPEnv(np.array([1.0, 0, 0, 0]), p.transpose(2, 0, 1), r.transpose(2, 0, 1))
    file = tmp_path / "model.npz"
    np.savez(file, p=env.p.transpose(2, 1, 0), r=env.r.transpose(2, 1, 0), p_0=env.p_0, axes="ass")
    found = answer("evaluate", file, "--discount", "0.9")
    np.testing.assert_allclose(found["v"], uniform_values(p, (p * r).sum(-1), 0.9), rtol=1e-9, atol=1e-12)


def test_icu_sepsis(tmp_path):
    pytest.importorskip("gym")  # which its import wants beside Gymnasium
    pytest.importorskip("icu_sepsis")
    import gymnasium

    d = gymnasium.make("Sepsis/ICU-Sepsis-v2").unwrapped.dynamics
    file = tmp_path / "model.npz"
    np.savez(file, P=d["tx_mat"], R=(d["tx_mat"] * d["r_mat"]).sum(-1), initial=d["d_0"])
    p, living = d["tx_mat"][:713], 713
    survive = np.linalg.solve(np.eye(living) - p[:, :, :living].mean(1), p[:, :, 714].mean(1))
    found = answer("evaluate", file, "--discount", "1")
    np.testing.assert_allclose(found["v"][:living], survive, rtol=1e-9)
    # its README: survival 0.78 under uniform actions, 0.88 under the best
    assert round(found["j"], 2) == 0.78
    assert round(answer("solve", file, "--discount", "1")["j"], 2) == 0.88


def test_msdm(tmp_path):
    # its grid imports packages of which none is needed here, and which need not be there
    GridWorld = pytest.importorskip("msdm.domains", exc_type=ImportError).GridWorld

    grid = GridWorld(tile_array=["..g", ".#.", "s.."], feature_rewards={"g": 1.0}, discount_rate=0.9)
    file = tmp_path / "model.npz"
    np.savez(file, P=grid.transition_matrix, R=grid.reward_matrix, initial=grid.initial_state_vec, discount=grid.discount_rate, terminal=grid.absorbing_state_vec)
    found = answer("evaluate", file)
    p, r = grid.transition_matrix, (grid.transition_matrix * grid.reward_matrix).sum(-1)
    v = uniform_values(p, r, grid.discount_rate, grid.absorbing_state_vec)
    assert found["j"] == pytest.approx(grid.initial_state_vec @ v, rel=1e-9)
