"""Arguments in the forms that people have them: one name for a list, starts as dicts, endings of files."""

import pickle
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import exact_mdp


@pytest.fixture(scope="module")
def model():
    return exact_mdp.bundled("two-state")


def test_one_name_is_a_list_of_one(model):
    s = model.solve_policy()
    for one, listed in [
        (s.chain(to="cold"), s.chain(to=["cold"])),
        (s.derivatives(routes="adjoint"), s.derivatives(routes=["adjoint"])),
        (model.verify(only="policy-gradient"), model.verify(only=["policy-gradient"])),
        (model.ascents(methods="plain", iterations=2), model.ascents(methods=["plain"], iterations=2)),
    ]:
        assert repr(one) == repr(listed)
    for ask, name in [
        (lambda: s.chain(to=3), "to"),
        (lambda: exact_mdp.Model.from_arrays([[[1.0]]], [1], 0.5, axes="sas", initial=0, states="a"), "states"),
        (lambda: exact_mdp.Model.from_arrays([[[1.0]]], [1], 0.5, axes="sas", initial=0, actions=[1]), "actions"),
        (lambda: model.observed([[1], [1]], names="o"), "names"),
    ]:
        with pytest.raises(exact_mdp.ExactMdpError, match=f"{name} is .*; expected a list of texts"):
            ask()


def test_starts_are_names_and_numbers(model):
    half = {"cold": 0.5, "hot": 0.5}
    for weights in (half, {s: np.float64(x) for s, x in half.items()}, dict.fromkeys(half, "1/2"), dict.fromkeys(half, Decimal("0.5")), "{cold: 1/2, hot: 1/2}"):
        assert exact_mdp.bundled("two-state", initial=weights).initial.tolist() == [0.5, 0.5]
    thirds = exact_mdp.bundled("two-state", initial={"cold": Fraction(1, 3), "hot": Fraction(2, 3)})
    exact = thirds.exact().solve_policy()
    assert Fraction(1, 3) * exact.v[0] + Fraction(2, 3) * exact.v[1] == exact.j
    assert exact_mdp.bundled("two-state", initial=dict(zip(model.states, model.initial))).initial.tolist() == model.initial.tolist()
    for state in ("x #y", '"q"', " lead", "a: b", "[z]", "*", "a\\b", "it's \"so\""):
        draft = exact_mdp.Model.from_outcomes(
            [(s, "go", s, 1, 1) for s in ("x", "q", state)], 0.5, states=["x", "q", state], actions=["go"], initial="x")
        for start in (state, {state: 1}):
            assert exact_mdp.parse(draft.to_yaml(), initial=start).initial.tolist() == [0, 0, 1], state
    assert exact_mdp.bundled("two-state", initial="uniform").initial.tolist() == [0.5, 0.5]
    for wrong in ([1, 0], np.array([1, 0]), True, 0.5, {"cold": None, "hot": []}):
        with pytest.raises(exact_mdp.ExactMdpError):
            exact_mdp.bundled("two-state", initial=wrong)


def test_files_have_the_endings_of_what_they_are(model, tmp_path):
    picture, page = model.solve_policy().plot(), model.solve_policy().report()
    for save, ending, words in [
        (picture.save, "jpg", "ends in .svg or .png"), (picture.save, "pdf", "ends in .svg or .png"), (page.save, "txt", "ends in .html"),
        (model.save, "jani", "is not written"), (model.save, "mat", "is not written"),
    ]:
        path = tmp_path / f"x.{ending}"
        with pytest.raises(exact_mdp.ExactMdpError, match=words):
            save(path)
        assert not path.exists()


def test_a_direct_policy_moves_by_its_own_parameters(model):
    policy = model.tabular([0.5, 0.5, 0.25, 0.75], "direct")
    moved = policy.with_theta(policy.theta + [0.25, 0.0])
    assert moved.probabilities.tolist() == [0.75, 0.25, 0.25, 0.75]
    assert model.solve_policy(policy).with_theta(policy.theta).j == model.solve_policy(policy).j


def test_exact_methods_take_no_estimator(model):
    with pytest.raises(exact_mdp.ExactMdpError, match="belongs to the sampled methods"):
        model.ascend(estimator="reward-to-go", iterations=2)
    with pytest.raises(exact_mdp.ExactMdpError, match="truncation is 0"):
        model.ascend(method="reinforce", truncation=0, iterations=2)
    assert model.ascend(method="reinforce", estimator="reward-to-go", iterations=2, trajectories=3).policy


def test_texts_of_fractions_are_numbers_everywhere(model):
    s = model.solve_policy()
    for ask in (
        lambda entropy: repr(s.compare(["q"], n=2, entropy=entropy)),
        lambda entropy: model.ascend(entropy=entropy, iterations=2).j,
        lambda entropy: repr(model.ascents(methods=["plain"], entropy=entropy, iterations=2)),
        lambda step: model.ascend(method="plain", step=step, iterations=2).j,
    ):
        assert np.all(ask("1/10") == ask(0.1)) and np.all(ask(Fraction(1, 10)) == ask(0.1))
        for wrong in ("a tenth", "1/0", True):
            with pytest.raises(exact_mdp.ExactMdpError):
                ask(wrong)


def test_what_a_mask_hides_in_a_list_is_not_there(model):
    rows = [np.ma.masked_array([0.5, 0.25], mask=[False, True]), np.array([0.0, 1.0])]
    with pytest.raises(exact_mdp.ExactMdpError, match="finite"):
        model.softmax(rows)
    shown = [np.ma.masked_array([0.5, 0.25]), np.array([0.0, 1.0])]
    assert model.softmax(shown).theta.tolist() == [0.5, 0.25, 0.0, 1.0]


def test_what_acts_is_a_policy_and_a_batch_has_trajectories(model):
    s = model.solve_policy()
    pi = np.full((2, 2), 0.5)
    for ask in (
        lambda: s.judge(samples=np.zeros((4, 4)), behavior=pi),
        lambda: s.compare(["q"], n=2, behavior=pi),
        lambda: s.law("q", behavior=pi),
    ):
        with pytest.raises(exact_mdp.ExactMdpError, match=r"behavior is no Policy but of the type ndarray; .*model\.tabular"):
            ask()
    for batch in (-1, 0, 0.5):
        with pytest.raises(exact_mdp.ExactMdpError, match=f"batch is {batch}; expected a whole number of at least 1"):
            s.judge(samples=np.zeros((4, 4)), batch=batch)


def test_a_comparison_tells_the_error_of_its_gradient(model):
    c = model.solve_policy().compare(["q"], n=2)
    assert c.gradient_error is None or c.gradient_error > 0
    assert pickle.loads(pickle.dumps(c)).gradient_error == c.gradient_error


def test_letters_that_a_png_lacks_are_said(tmp_path):
    model = exact_mdp.Model.from_arrays([[[1.0]], [[1.0]]], [[0.0, 1.0]], 0.9, axes="ass", initial=0, states=["電量"])
    picture = model.solve_policy().plot()
    with pytest.warns(UserWarning, match="lacks"):
        picture.save(tmp_path / "v.png")
