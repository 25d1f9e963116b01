"""A policy made by one model and used on another stays the policy that it is."""

import pickle

import numpy as np
import pytest

import exact_mdp

CLOSE = dict(rel=1e-12)


@pytest.fixture
def river():
    return exact_mdp.bundled("riverswim")


@pytest.fixture(params=["optimal", "random", "own", "uniform"])
def foreign(request, river):
    """A policy of the same pairs that another model made: its optimum is not the river's."""
    other = river.with_discount("1/2")
    made = {
        "optimal": other.optimal,
        "random": lambda: other.random(3),
        "own": other.own_policy,
        "uniform": other.uniform,
    }
    return made[request.param]()


def test_every_answer_is_of_the_policy_that_was_given(river, foreign):
    solved = river.solve_policy(foreign)
    table = river.solve_policy(river.tabular(np.array(foreign.probabilities)))
    j = table.j
    found = {
        "solve_policy": solved.j,
        "evaluate": solved.evaluate().to_dict()["j"],
        "derivatives": solved.derivatives().to_dict()["j"],
        "reference": solved.reference().to_dict()["j"],
        "certified": float(solved.certified().j),
        "between": river.solve_policy().between(foreign).to_dict()["j_to"],
        "robust": river.robust("1/10", policy=foreign).to_dict()["j_nominal"],
        "pickled": pickle.loads(pickle.dumps(solved)).evaluate().to_dict()["j"],
    }
    if foreign.parametrization == "simplex":  # what has fractions
        found["exact"] = float(river.exact().solve_policy(foreign).j)
    for name, value in found.items():
        assert value == pytest.approx(j, **CLOSE), name


def test_the_optimum_of_a_short_sight_is_judged_as_such(river):
    short = river.with_discount("1/2").optimal()
    assert river.solve_policy(short).evaluate().to_dict()["j"] < 0.9 * river.optimum().j


def test_the_models_own_policy_is_one_that_robust_takes(river):
    corridor = exact_mdp.bundled("short-corridor")
    nominal = corridor.robust("1/100", policy=corridor.own_policy()).to_dict()["j_nominal"]
    assert nominal == pytest.approx(corridor.solve_policy(corridor.own_policy()).j, **CLOSE)


@pytest.mark.parametrize(
    "asked",
    [
        lambda s, p: s.between(p),
        lambda s, p: s.reference(behavior=p),
        lambda s, p: s.one_step(behavior=p),
        lambda s, p: s.derivatives(excursion=p),
        lambda s, p: s.derivatives(surrogate=p),
        lambda s, p: s.model.robust("1/10", policy=p),
        lambda s, p: s.model.check(p),
        lambda s, p: s.model.ascents(p),
        lambda s, p: s.model.exact().solve_policy(p),
        lambda s, p: s.judge(samples=np.zeros((5, 4)), behavior=p),
    ],
)
@pytest.mark.parametrize("make", ["uniform", "random", "optimal"])
def test_policies_of_other_pairs_are_refused_everywhere(asked, make):
    lake = exact_mdp.bundled("frozenlake-4x4")
    policy = lake.random(1) if make == "random" else getattr(lake, make)()
    solved = exact_mdp.bundled("two-state").solve_policy()
    with pytest.raises(exact_mdp.ExactMdpError, match="16 states"):
        asked(solved, policy)


@pytest.mark.parametrize("initial", [[0.5, 0.5], [1.0], np.array([0.2, 0.3, 0.5, 0.0]), [0, 1], [], range(2)])
def test_a_start_has_a_weight_for_each_state(initial):
    p = np.full((3, 2, 3), [0.25, 0.25, 0.5])
    with pytest.raises(exact_mdp.ModelError, match="entries, not 3"):
        exact_mdp.Model.from_arrays(p, np.zeros((3, 2)), 0.9, axes="sas", initial=initial)
    weights = exact_mdp.Model.from_arrays(p, np.zeros((3, 2)), 0.9, axes="sas", initial=["1/4", "1/4", "1/2"])
    assert list(weights.initial) == [0.25, 0.25, 0.5]


@pytest.mark.parametrize("initial", [{1}, True])
def test_a_set_and_a_truth_are_no_start(initial):
    p = np.full((3, 2, 3), [0.25, 0.25, 0.5])
    with pytest.raises(exact_mdp.ExactMdpError, match="a weight for each state"):
        exact_mdp.Model.from_arrays(p, np.zeros((3, 2)), 0.9, axes="sas", initial=initial)


@pytest.mark.parametrize("alpha", [-1.0, float("nan")])
def test_an_entropy_has_a_weight_of_at_least_0(alpha):
    solved = exact_mdp.bundled("two-state").solve_policy()
    with pytest.raises(exact_mdp.ExactMdpError, match="at least 0"):
        solved.compare(["reward-to-go"], entropy=alpha)
    with pytest.raises(exact_mdp.ExactMdpError):
        solved.derivatives(entropy=alpha)
