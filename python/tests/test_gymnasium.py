"""Environments from models and models from environments."""

import numpy as np
import pytest

import exact_mdp

gymnasium = pytest.importorskip("gymnasium")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("FrozenLake-v1", {}),
        ("FrozenLake-v1", {"is_slippery": False}),
        ("FrozenLake-v1", {"map_name": "8x8"}),
        ("CliffWalking-v1", {}),
        ("CliffWalking-v1", {"is_slippery": True}),
        ("Taxi-v4", {}),
        ("Taxi-v4", {"is_rainy": True}),
    ],
)
def test_toy_text_by_value_iteration_on_its_own_table(name, options):
    env = gymnasium.make(name, **options)
    table = env.unwrapped.P
    m = exact_mdp.Model.from_gymnasium(env, 0.95)
    v = np.zeros(len(table))
    for _ in range(2000):
        q = [
            [sum(p * (r + 0.95 * v[s] * (not over)) for p, s, r, over in table[state][a]) for a in table[state]]
            for state in sorted(table)
        ]
        v, before = np.max(q, axis=1), v
        if abs(v - before).max() < 1e-13:
            break
    # a state that goes on although some outcome ends there gets a terminal one beside it, the last of m
    goes_on = ~m.terminal[: len(v)]
    assert np.allclose(m.optimum().v[: len(v)][goes_on], v[goes_on], rtol=1e-9, atol=1e-9)


def test_the_shipped_lake_is_gymnasium_s():
    m = exact_mdp.Model.from_gymnasium(gymnasium.make("FrozenLake-v1"), "0.99")
    shipped = exact_mdp.bundled("frozenlake-4x4")
    assert m.exact().solve_policy().j == shipped.exact().solve_policy().j


@pytest.mark.parametrize("name", ["frozenlake-4x4", "two-state", "retry-loop", "recycling-robot"])
def test_gymnasium_s_own_check_passes(name):
    from gymnasium.utils.env_checker import check_env

    check_env(exact_mdp.bundled(name).to_gymnasium(), skip_render_check=True)


@pytest.mark.parametrize("name", ["frozenlake-4x4", "retry-loop", "short-corridor", "inventory-finite-horizon"])
def test_episodes_are_a_function_of_the_seed_and_their_returns_meet_j(name):
    m = exact_mdp.bundled(name)
    s = m.solve_policy()
    env = m.to_gymnasium()

    def episodes(seed, count):
        env.action_space.seed(seed)
        returns, trail = [], []
        for episode in range(count):
            state, info = env.reset(seed=seed if episode == 0 else None)
            factor, total, over = 1.0, 0.0, False
            while not over:
                action = env.action_space.sample(info["action_mask"])
                state, reward, over, cut, info = env.step(action)
                assert not cut and 0 < info["prob"] <= 1
                trail.append((int(state), int(action), reward))
                total, factor = total + factor * reward, factor * m.discount
            returns.append(total)
        return np.array(returns), trail

    returns, trail = episodes(4, 3000)
    assert episodes(4, 30)[1] == trail[: len(episodes(4, 30)[1])]
    error = returns.std() / np.sqrt(len(returns))
    assert abs(returns.mean() - s.j) <= 5 * error + 1e-12


def test_an_illegal_action_says_which_are_legal():
    env = exact_mdp.bundled("recycling-robot").to_gymnasium()
    env.reset(seed=0)
    with pytest.raises(ValueError, match="has no action"):
        env.step(99)
