"""What every object has: rectangles, columns, copies, pickles, equality, pictures."""

import copy
import pickle
from xml.etree import ElementTree

import numpy as np
import pytest

import exact_mdp
from exact_mdp import pictures
from exact_mdp.testing import assert_law, assert_trajectories


@pytest.fixture(scope="module")
def model():
    return exact_mdp.bundled("recycling-robot")


@pytest.fixture(scope="module")
def solved(model):
    return model.solve_policy(model.random(1))


def everything(model, solved):
    """An object of every class."""
    return [
        model, solved.policy, solved, solved.law("gae:0.5"), solved.sample(20, seed=3, truncation=15), solved.certified(),
        solved.compare("reward-to-go", n=200), solved.judge(gradient=-solved.gradient), model.optimum(),
        model.verify(only=["policy-gradient"]), model.ascend(iterations=3), model.batch(np.zeros((3, len(model.pairs)))),
        model.exact(), model.exact().solve_policy(model.tabular(["1/2", "1/2", "1/3", "1/3", "1/3"])), model.outcomes,
        solved.chain(),
    ]


def numbers(thing):
    """All public numbers of an object, by name."""
    found = {}
    for name in dir(thing):
        if not name.startswith("_") and not callable(getattr(thing, name)):
            value = getattr(thing, name)
            if isinstance(value, (int, float, str, list, tuple, dict, np.ndarray, type(None))):
                found[name] = repr(value)
    return found


def test_pickles_and_copies_have_the_same_numbers(model, solved):
    for thing in everything(model, solved):
        for again in (pickle.loads(pickle.dumps(thing)), copy.copy(thing), copy.deepcopy(thing)):
            assert type(again) is type(thing) and repr(again) == repr(thing)
            assert numbers(again) == numbers(thing)


def test_pickled_arrays_over_pairs_know_their_model(solved):
    q = solved.q
    again = pickle.loads(pickle.dumps(q))
    assert type(again) is type(q) and np.array_equal(again.unstack(), q.unstack(), equal_nan=True)
    assert type(pickle.loads(pickle.dumps(2 * q))) is np.ndarray


def test_policies_of_several_players_are_kept(tmp_path):
    game = exact_mdp.bundled("prisoners-dilemma")
    path = tmp_path / "pi.yaml"
    path.write_text("{players: {two: {fixed: true}}}")
    learned = game.ascend(iterations=2).policy
    for pi in (game.uniform(), game.own_policy(), game.load_policy(path), learned, game.random(1)):
        again = pickle.loads(pickle.dumps(pi))
        assert again == pi and again.parametrization == pi.parametrization
        assert game.solve_policy(again).gradient.tolist() == game.solve_policy(pi).gradient.tolist()
    assert game.own_policy().parametrization == learned.parametrization == "factored"
    moved = learned.with_theta(np.arange(len(learned.theta)) / 4)
    assert pickle.loads(pickle.dumps(moved)).theta.tolist() == moved.theta.tolist()


def test_equality_is_that_of_the_numbers(model, solved):
    for thing in everything(model, solved):
        again = pickle.loads(pickle.dumps(thing))
        assert again == thing and hash(again) == hash(thing) and thing != 1, type(thing)
    others = zip(everything(model, solved), everything(model.with_discount("1/2"), model.with_discount("1/2").solve_policy()))
    assert all(thing != other for thing, other in others)
    assert solved.judge(gradient=solved.gradient) != solved.judge(gradient=-solved.gradient)
    assert model.ascend(iterations=3) == model.ascend(iterations=3) != model.ascend(iterations=4)
    assert solved.compare("reward-to-go", n=50) == solved.compare("reward-to-go", n=50) != solved.compare("reward-to-go", n=50, seed=1)
    assert solved != model.solve_policy()
    assert solved.law("reward-to-go") != solved.law("baseline:v")
    assert solved.sample(5, seed=1, truncation=9) != solved.sample(5, seed=2, truncation=9)
    assert model.batch(np.zeros((1, 5))) != model.batch(np.ones((1, 5)) * [1, 0, 0, 0, 0])
    assert model != exact_mdp.bundled("recycling-robot", discount="1/2")


def test_columns_are_flat_and_of_one_length(model, solved):
    for thing in everything(model, solved):
        if not hasattr(thing, "to_dict") or isinstance(thing, exact_mdp.Report):  # the names of the JSON
            continue
        columns = thing.to_dict()
        lengths = {len(column) for column in columns.values()}
        assert len(lengths) == 1, type(thing)
        for column in columns.values():
            assert isinstance(column, list) or (isinstance(column, np.ndarray) and column.ndim == 1)
    sample = solved.sample(20, seed=3, truncation=15)
    columns = sample.to_dict()
    assert columns["trajectory"].tolist() == np.repeat(np.arange(20), sample.lengths).tolist()
    assert (columns["time"][sample.start[:-1][sample.lengths > 0]] == 0).all()


def test_arrays_over_pairs_unstack(model, solved):
    shape = (len(model.states), len(model.actions))
    lacks = np.full(shape, True)
    lacks[model.pair_states, model.pair_actions] = False
    assert lacks.any()
    law = solved.law("reward-to-go")
    arrays = [
        solved.q, solved.advantage, solved.pair_occupancy, solved.gradient, solved.natural_gradient, law.mean,
        law.variance, law.bias, model.rewards, solved.policy.probabilities, solved.policy.theta, model.optimum().q,
    ]
    for array in arrays:
        assert array.shape == (len(model.pairs),)
        rectangle = array.unstack()
        assert rectangle.shape == shape and (np.isnan(rectangle) == lacks).all()
        assert (rectangle[model.pair_states, model.pair_actions] == array).all()
    batch = model.batch(np.random.default_rng(0).normal(size=(7, 5)))
    assert batch.gradient.unstack().shape == (7, *shape)
    linear = model.solve_policy(model.linear(np.eye(5)[:, :2]))
    with pytest.raises(exact_mdp.ExactMdpError, match="unstack"):
        linear.gradient.unstack()
    with pytest.raises(exact_mdp.ExactMdpError, match="unstack"):
        (2 * solved.q).unstack()


def test_arguments_are_flat_or_rectangles(model, solved):
    theta = solved.policy.theta
    laid = theta.unstack()
    assert model.softmax(laid) == model.softmax(theta)
    assert solved.with_theta(2 * laid) == solved.with_theta(2 * theta)
    assert solved.policy.with_theta(laid) == solved.policy
    assert model.tabular(solved.policy.probabilities.unstack()) == model.tabular(solved.policy.probabilities)
    assert model.batch(np.stack([laid, laid])) == model.batch(np.stack([theta, theta]))
    assert solved.judge(gradient=np.nan_to_num(solved.gradient.unstack()))
    assert solved.judge(gradient=solved.gradient.unstack())
    features = np.random.default_rng(0).normal(size=(*laid.shape, 2))
    assert model.linear(features) == model.linear(features[model.pair_states, model.pair_actions])
    for made in (lambda: model.softmax(theta[:-1]), lambda: solved.with_theta(laid.T), lambda: solved.policy.with_theta(theta[None])):
        with pytest.raises(exact_mdp.ExactMdpError, match="shape"):
            made()
    assert model.softmax(theta.astype(np.float32)).theta.dtype == np.float64
    assert model.softmax(np.arange(5)) == model.softmax([0, 1, 2, 3, 4.0])


def test_the_theorems_hold(name):
    m = exact_mdp.bundled(name)
    if len(m.pairs) > 60:
        pytest.skip("large")
    verification = m.verify(m.random(1))
    assert verification and verification.failed == 0 and verification.passed > 20
    assert len(verification) == verification.passed + verification.skipped
    assert all(check["skipped"] for check in verification.checks if check["passed"] is None)


def test_a_theorem_is_asked_for_by_name(model):
    assert model.verify(only=["policy-gradient-theorem"]).passed == 1
    with pytest.raises(exact_mdp.ExactMdpError, match="did you mean"):
        model.verify(only=["policy-gradient-theorm"])


def contributions(s, sample, dropped=False):
    """Reward-to-go estimates, a row for each trajectory, in NumPy."""
    pi = s.policy.probabilities.unstack()
    rows = np.zeros((len(sample), *pi.shape))
    gamma = s.model.discount
    for i, (first, last) in enumerate(zip(sample.start[:-1], sample.start[1:])):
        g = 0.0
        for t in range(last - 1, first - 1, -1):
            g = sample.rewards[t] + gamma * g
            score = -np.nan_to_num(pi[sample.states[t]])
            score[sample.actions[t]] += 1
            rows[i, sample.states[t]] += score * g * (1 if dropped else gamma ** (t - first))
    return rows


def test_samples_are_judged():
    m = exact_mdp.bundled("retry-loop")
    s = m.solve_policy(m.random(3))
    sample = s.sample(4000, seed=5)
    right, wrong = contributions(s, sample), contributions(s, sample, dropped=True)
    assert s.judge(samples=right, estimator="reward-to-go").verdict == "consistent"
    assert s.judge(samples=right[:, m.pair_states, m.pair_actions])
    assert_law(s, right, "reward-to-go")
    assert_law(s, right.reshape(2000, 2, *right.shape[1:]).mean(axis=1), "reward-to-go", batch=2)
    verdict = s.judge(samples=wrong)
    assert not verdict and verdict.diagnosis == "gamma-dropped"
    with pytest.raises(AssertionError, match="gamma-dropped"):
        assert_law(s, wrong, "reward-to-go")
    assert_law(s, wrong, "reward-to-go:dropped")
    for bad, words in [(right[:1], "2 are needed"), (right[:, :2], "numbers"), (right * np.nan, "finite")]:
        with pytest.raises(exact_mdp.ExactMdpError, match=words):
            s.judge(samples=bad)


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_tables_are_judged(library):
    make = {"pandas": "DataFrame", "polars": "DataFrame", "pyarrow": "table"}[library]
    table = getattr(pytest.importorskip(library), make)
    m = exact_mdp.bundled("retry-loop")
    s = m.solve_policy(m.random(3))
    sample = s.sample(300, seed=6)
    columns = {
        "state": [m.states[x] for x in sample.states],
        "action": [m.actions[x] for x in sample.actions],
        "reward": sample.rewards.tolist(),
        "done": sample.terminated.tolist(),
    }
    assert_trajectories(s, table(columns))
    with pytest.raises(AssertionError, match="trajectory 0, step 0"):
        assert_trajectories(s, table({**columns, "reward": (sample.rewards + 1).tolist()}))
    # one row for each trajectory, its steps a list
    cut = list(zip(sample.start[:200], sample.start[1:201]))
    rows = {name: [columns[name][a:b] for a, b in cut] for name in ["state", "action", "reward"]}
    assert_trajectories(s, table(rows))


def test_trajectories_are_judged():
    m = exact_mdp.bundled("retry-loop")
    s = m.solve_policy(m.random(3))
    sample = s.sample(300, seed=6)
    assert_trajectories(s, sample)
    columns = {"states": sample.states, "actions": sample.actions, "rewards": sample.rewards, "done": sample.terminated}
    assert_trajectories(s, columns)
    named = [
        {"states": [m.states[x] for x in sample.states[a:b]], "actions": [m.actions[x] for x in sample.actions[a:b]], "rewards": sample.rewards[a:b]}
        for a, b in zip(sample.start[:200], sample.start[1:201])
    ]
    assert_trajectories(s, named)
    rows = contributions(s, sample)[:, m.pair_states, m.pair_actions]
    with_estimate = {**columns, "contributions": rows}
    assert s.judge(trajectories=with_estimate, estimator="reward-to-go").verdict == "right"
    with pytest.raises(AssertionError, match="gamma-dropped|contributions"):
        assert_trajectories(s, {**columns, "contributions": contributions(s, sample, dropped=True)[:, m.pair_states, m.pair_actions]}, "reward-to-go")
    with pytest.raises(AssertionError, match="trajectory 0, step 0"):
        assert_trajectories(s, {**columns, "rewards": sample.rewards + 1})
    with pytest.raises(AssertionError, match="actions"):
        assert_trajectories(m.solve_policy(m.random(4)), sample)
    assert_trajectories(m.solve_policy(m.random(4)), sample, behavior=s.policy)
    for bad, words in [({}, "actions"), ({"states": [0], "actions": [9], "rewards": [0.0]}, "9"), (7, "int"), ({"states": [object()], "actions": [0], "rewards": [0.0]}, "object")]:
        with pytest.raises(exact_mdp.ExactMdpError, match=words):
            s.judge(trajectories=bad)


def test_one_thing_is_judged_at_a_time(solved):
    for arguments in ({}, {"gradient": solved.gradient, "samples": [[0] * 5] * 2}):
        with pytest.raises(exact_mdp.ExactMdpError, match="give one of"):
            solved.judge(**arguments)


@pytest.mark.parametrize("which", ["frozenlake-4x4", "recycling-robot", "multichain-average"])
def test_pictures_are_svg_and_notebooks_show_them(which, tmp_path):
    m = exact_mdp.bundled(which)
    s = m.solve_policy()
    drawn = [pictures.values(s), pictures.values(m.optimum()), pictures.actions(s), pictures.actions(s, "advantage"), pictures.actions(s.policy)]
    if m.criterion != "average":
        drawn += [pictures.ascent(m.ascend(iterations=5)), pictures.comparison(s.compare("reward-to-go,reward-to-go:dropped", n=500, truncation=50))]
    for picture in drawn:
        assert picture.title and repr(picture) == f"<Picture: {picture.title}>"
        root = ElementTree.fromstring(str(picture))
        assert root.tag == "{http://www.w3.org/2000/svg}svg" and root.attrib["width"]
        assert picture._repr_svg_() == str(picture)
    texts = ElementTree.fromstring(str(drawn[0])).itertext()
    letter = "h" if m.criterion == "average" else "v"
    assert sum(f"{letter}(s) = {float(s.v[0])!r}" in text for text in texts) >= 1
    drawn[0].save(tmp_path / "v.svg")
    with pytest.raises(FileExistsError):
        drawn[0].save(tmp_path / "v.svg")
    # three pixels for one of the screen, as `--plot` has them
    drawn[0].save(tmp_path / "v.png")
    png = (tmp_path / "v.png").read_bytes()
    width = float(ElementTree.fromstring(str(drawn[0])).attrib["width"])
    assert png[:8] == b"\x89PNG\r\n\x1a\n" and abs(int.from_bytes(png[16:20], "big") - 3 * width) <= 1
    with pytest.raises(FileExistsError):
        drawn[0].save(tmp_path / "v.png")
    with pytest.raises(exact_mdp.ExactMdpError, match="no picture"):
        pictures.Picture("no SVG").save(tmp_path / "w.png")
    laws = [s.law("gae:0.5")]
    for thing in (m, s.policy, s, m.optimum(), m.verify(only=["operators"]), s.judge(gradient=-s.gradient), *laws):
        page = thing._repr_html_()
        assert "<script" not in page
        ElementTree.fromstring(f"<div>{page}</div>")


def test_names_cannot_break_out_of_a_page():
    m = exact_mdp.Model.from_arrays([[[1.0]]], [[1.0]], 0.5, axes="sas", initial=0, states=["<b>&"], actions=["<script>"], name="<i>")
    for page in (m._repr_html_(), m.solve_policy()._repr_html_(), m.solve_policy().compare("reward-to-go", n=10)._repr_html_()):
        assert "<b>" not in page and "<script>" not in page and "<i>" not in page


def test_the_map_of_a_gridworld():
    m = exact_mdp.bundled("frozenlake-4x4")
    assert m.grid.shape == (4, 4) and m.grid.ravel().tolist() == list(range(16))
    assert exact_mdp.bundled("two-state").grid is None


def test_a_policy_file_is_read(tmp_path, solved):
    path = tmp_path / "policy.yaml"
    path.write_text("parametrization: softmax\ntheta: [0, 1, 2, 3, 4]\n")
    assert solved.model.load_policy(path) == solved.model.softmax([0, 1, 2, 3, 4])
    path.write_text("parametrization: softmax\ntheta: [0]\n")
    with pytest.raises(exact_mdp.ModelError, match="policy.yaml"):
        solved.model.load_policy(path)


def test_reports_draw_themselves(tmp_path):
    """The pictures that `--plot` and `report` draw, with the numbers of the answers in them."""
    m = exact_mdp.bundled("frozenlake-4x4")
    s = m.solve_policy(m.random(1))
    for what in ("values", "policy", "occupancy", "q", "advantage", "gradient", "hessian", "fisher", "chain"):
        picture = s.plot(what)
        assert ElementTree.fromstring(str(picture)).attrib["viewBox"] and picture.title
    drawn = "".join(ElementTree.fromstring(str(s.plot("advantage"))).itertext())
    pair = int(np.argmax(np.abs(s.advantage)))
    assert f"A(s,a) = {float(s.advantage[pair])!r}" in drawn
    reports = [
        s.evaluate(), s.chain(), s.derivatives(hessian=True, fisher=True), m.solve(), m.ascents(methods=["plain", "natural"], iterations=4),
    ]
    for report in reports:
        again = pickle.loads(pickle.dumps(report))
        assert again == report and again.plot() == report.plot() and "svg+xml" in report._repr_html_()
    comparison = s.compare("reward-to-go", n=100)
    assert pickle.loads(pickle.dumps(comparison)).plot() == comparison.plot()
    law = exact_mdp.bundled("two-state").solve_policy().law("reward-to-go", truncation=5)
    assert repr(float(law.covariance[0, 1])) in "".join(ElementTree.fromstring(str(law.plot())).itertext())
    assert "J along the line" in str(s.between(m.optimal(), points=3).plot())
    for object in (m, s.policy, m.optimum(), m.ascend(iterations=3), comparison, law):
        assert str(object.plot()).startswith("<svg")
    with pytest.raises(exact_mdp.ExactMdpError, match="no picture"):
        s.critics(np.ones((16, 1))).plot()
    with pytest.raises(exact_mdp.ExactMdpError, match="there are values, policy"):
        s.plot("everything")
    with pytest.raises(exact_mdp.ExactMdpError, match="graph of 501 states"):
        exact_mdp.bundled("taxi").plot()


def test_arrays_are_drawn(model):
    x = [0.1, 0.5, 0.9]
    picture = pictures.curves(x, {"J": [1, 2, 3], "v": [3, float("nan"), 1]}, "discount", "reward", {"J*": 4})
    assert "reward against discount" == picture.title
    assert str(pictures.states(model, np.arange(len(model)), "rank")).startswith("<svg")
    assert str(pictures.pairs(model, np.arange(5.0), "rank")).startswith("<svg")
    for bad in (lambda: pictures.curves(x, {"J": [1]}), lambda: pictures.states(model, [1.0]), lambda: pictures.pairs(model, [1.0])):
        with pytest.raises(exact_mdp.ExactMdpError, match="expected"):
            bad()


def test_a_model_is_written_in_every_format_and_read_again(tmp_path):
    m = exact_mdp.bundled("frozenlake-4x4")
    j = m.solve_policy().j
    rest = {"discount": "0.99", "initial": 0}
    for to, name, arguments in [
        (None, "a.yaml", {}), ("rows", "b.yaml", {}), (None, "c.json", rest), ("pymdptoolbox", "d.npz", rest | {"axes": "ass"}),
        (None, "e.npz", rest), (None, "f.drn", rest), ("prism", "g.tra", rest), (None, "h.umb", rest),
    ]:
        path = tmp_path / name
        lost = m.save(path, to)
        assert all(isinstance(sentence, str) for sentence in lost)
        assert exact_mdp.load(path, **arguments).solve_policy().j == pytest.approx(j, rel=1e-9), to
        with pytest.raises(FileExistsError, match="written over"):
            m.save(path, to)
    with pytest.raises(exact_mdp.ExactMdpError, match="there are nested"):
        m.save(tmp_path / "x", "word")
    with pytest.raises(OSError):
        m.save(tmp_path / "no" / "folder.yaml")


def test_the_discount_is_swept(model):
    assert model.with_discount("0.8").discount == 0.8 and model.with_discount(1).criterion == "total"
    assert model.with_discount(model.discount) == model or model.discount == float(model.discount)
    values = [model.with_discount(g).optimum().j for g in (0, "1/2", 0.9)]
    assert values == sorted(values)
    short = exact_mdp.bundled("inventory-finite-horizon")
    assert short.with_discount("1/2").horizon == short.horizon
    for bad in (-1, 1.5, "x", float("nan"), None):
        with pytest.raises(exact_mdp.ExactMdpError):
            model.with_discount(bad)


def test_the_schema_is_that_of_model_files():
    schema = exact_mdp.schema()
    assert schema["title"] == "exact-mdp model" and "discount" in str(schema)


def test_features_have_names_of_their_own():
    m = exact_mdp.bundled("retry-loop")
    rows = [[1, 0], [0, 1], [1, 1], [2, 0]]
    for names, said in ((["a", "a"], "listed twice"), (["", "b"], "name of a feature"), (["a\nb", "c"], "name of a feature"), (["b"], "`names` has 1")):
        with pytest.raises(exact_mdp.PolicyError, match=said):
            m.linear(rows, names=names)
    assert list(m.linear(rows, names=["a", "b"]).parameters) == ["a", "b"]


def test_the_values_of_a_sweep_are_an_item():
    report = exact_mdp.bundled("retry-loop").solve_policy().evaluate(sweep="discount=0.5..0.9:5")
    assert callable(report.values) and report["values"].shape == (5,)
