"""Arrays as other programs hold them: columns of records, matrices of SciPy, tensors, masks, Fractions beside floats."""

from fractions import Fraction

import numpy as np
import pytest

import exact_mdp

CYCLE = np.array([[[0.0, 1.0], [1.0, 0.0]]])  # one action, there and back


def made(P, R, gamma="1/2", **more):
    return exact_mdp.Model.from_arrays(P, R, gamma, **{"axes": "ass", "initial": 0, **more})


def test_columns_of_packed_records_are_read_as_any_others():
    records = np.zeros(4, dtype=[("tag", "u1"), ("theta", "<f8")])
    records["theta"] = [0.1, 0.2, 0.3, 0.4]
    assert not records["theta"].flags.aligned
    m = exact_mdp.bundled("two-state")
    solved = m.solve_policy(m.softmax(records["theta"]))
    assert solved.j == m.solve_policy(m.softmax(records["theta"].copy())).j
    records["theta"] = solved.gradient
    assert solved.judge(gradient=records["theta"]).verdict == "right"
    assert (m.batch(np.stack([records["theta"]] * 2)).j == m.batch(records["theta"][None, :]).j[0]).all()


def test_sparse_rewards_have_a_matrix_for_each_action():
    sparse = pytest.importorskip("scipy.sparse")
    P = [sparse.csr_matrix(np.eye(2)[::-1]), sparse.csr_matrix(np.eye(2))]
    R = [sparse.csr_matrix(np.array([[0, 1.0], [2.0, 0]])), sparse.csr_matrix(np.array([[3.0, 0], [0, 4.0]]))]
    dense = np.stack([p.toarray() for p in P]), np.stack([r.toarray() for r in R])
    whole = made(*dense).to_yaml()
    assert made(P, R).to_yaml() == made(dense[0], R).to_yaml() == made(P, dense[1]).to_yaml() == whole
    for wrong, words in [
        (R[:1], "1 matrices; expected 2"),
        (R + R[:1], "3 matrices; expected 2"),
        ([R[0], sparse.csr_matrix((4, 4))], r"matrix 1 of R has the shape \[4, 4\]"),
        ([R[0], sparse.csr_matrix((1, 1))], r"matrix 1 of R has the shape \[1, 1\]"),
        ([R[0], np.eye(2)], "sparse matrices and of others"),
    ]:
        for p in (P, dense[0]):
            with pytest.raises(exact_mdp.ExactMdpError, match=words):
                made(p, wrong)
    with pytest.raises(exact_mdp.ExactMdpError, match="one sparse matrix"):
        made(P[0], R)
    # one matrix of r(s, a)
    assert made(P, sparse.csr_matrix([[1.0, 0], [0, 2.0]])).to_yaml() == made(P, [[1.0, 0], [0, 2.0]]).to_yaml()


def test_matrices_of_the_caller_stay_as_they_are():
    sparse = pytest.importorskip("scipy.sparse")
    double = sparse.csr_matrix((np.array([0.5, 0.5, 1.0]), np.array([1, 1, 0]), np.array([0, 2, 3])), shape=(2, 2))
    kept = double.data
    kept.flags.writeable = False
    assert made([double], [1, 0]).to_yaml() == made(CYCLE, [1, 0]).to_yaml()
    assert double.data is kept and double.nnz == 3


def j(model):
    return model.exact().solve_policy(model.tabular([1, 1])).j


def test_rewards_stay_unrounded_beside_floats():
    sparse = pytest.importorskip("scipy.sparse")
    for P in (CYCLE, [sparse.csr_matrix(CYCLE[0])]):
        for third in (Fraction(1, 3), "1/3"):
            # v0 = 1/3 + v1/2, v1 = v0/2
            assert j(made(P, [third, Fraction(0)] if isinstance(third, Fraction) else [third, "0"])) == Fraction(4, 9)
        assert j(made(P, np.array([2**53 + 1, 0]))) == Fraction(4 * (2**53 + 1), 3)
        assert j(made(P, [[Fraction(1, 3)], [0]])) == Fraction(4, 9)
    with pytest.raises(exact_mdp.ExactMdpError, match="R has the shape"):
        made(CYCLE, [Fraction(1, 3)] * 3)


def test_truths_are_a_mask_and_numbers_are_states():
    P = np.array([[[1, 0, 0], [0, 1, 0], [0.5, 0.25, 0.25]]])
    R = np.array([0, 0, 1.0])

    def ends(terminal):
        return made(P, R, 0.9, initial=2, terminal=terminal).terminal.tolist()

    mask = [True, False, False]
    assert ends(mask) == ends(np.array(mask)) == ends(tuple(mask)) == ends([0]) == ends(0) == ends(np.array([0])) == mask
    assert ends(["0", 1]) == [True, True, False]
    for wrong in ([True], np.array([True]), [True, 0, 1], True):
        with pytest.raises(exact_mdp.ExactMdpError, match="terminal"):
            ends(wrong)


def test_tensors_are_arrays():
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(CYCLE)
    m = made(tensor, torch.tensor([1.0, 0.0], requires_grad=True), initial=torch.tensor([0.25, 0.75], dtype=torch.float64))
    assert m.to_yaml() == made(CYCLE, [1.0, 0.0], initial=[0.25, 0.75]).to_yaml()
    two = exact_mdp.bundled("two-state")
    theta = torch.zeros(4, dtype=torch.float64, requires_grad=True)
    solved = two.solve_policy(two.softmax(theta))
    assert solved.judge(gradient=torch.tensor(solved.gradient)).verdict == "right"
    assert solved.judge(gradient=torch.tensor(solved.gradient, dtype=torch.float32)).verdict == "right"
    assert solved.judge(formula="v", values=torch.tensor(solved.v)).verdict == "right"
    with pytest.raises(exact_mdp.ExactMdpError, match="gradient is no array of numbers"):
        solved.judge(gradient=torch.tensor(solved.gradient, dtype=torch.bfloat16))


def test_what_is_no_array_is_named():
    for arguments, name in [((CYCLE, [[1], [1, 2]]), "R"), (([[[1], [1, 2]]], [1]), "P"), ((CYCLE, ["x", "y"]), "x")]:
        with pytest.raises(exact_mdp.ExactMdpError, match=name):
            made(*arguments)


def test_masked_entries_are_padding_or_refused():
    P = np.array([[[0.5, 0.5], [0, 1]], [[0, 1], [0.25, 0.75]]])
    m = made(P, [[1, 2], [3, 4]], 0.5)
    s = m.solve_policy()
    sample = s.sample(3, seed=1, truncation=4)
    mask = [[0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 1]]

    def column(values):
        return np.ma.array(np.where(mask, 1, values.reshape(3, 4)), mask=mask)

    kept = {"states": column(sample.states), "actions": column(sample.actions), "rewards": column(sample.rewards)}
    padded = {name: values.astype(float).filled(np.nan) for name, values in kept.items()}
    assert s.judge(trajectories=kept).sentence == s.judge(trajectories=padded).sentence
    assert s.judge(trajectories=kept).verdict != "wrong"
    hidden = np.ma.array([[0.5, 0.5], [0.25, 0.75]], mask=[[0, 0], [1, 0]])
    for ask in (lambda: m.tabular(hidden), lambda: m.observed(hidden), lambda: s.critics(hidden)):
        with pytest.raises(exact_mdp.ExactMdpError, match="masked"):
            ask()
    shown = np.ma.array([[0.5, 0.5], [0.25, 0.75]])
    assert m.solve_policy(m.tabular(shown)).j == m.solve_policy(m.tabular(shown.data)).j


def test_observations_may_have_the_names_of_actions():
    P = np.array([[[0.5, 0.5], [0, 1]], [[0, 1], [0.25, 0.75]]])
    m = made(P, [[1, 2], [3, 4]], 0.5, actions=["stay", "go"])
    seen = [["9/10", "1/10"], ["1/5", "4/5"]]
    for kept in ({"keep_observations": True}, {"nodes": 1}):
        own = m.observed(seen, names=["stay", "go"], **kept)
        assert list(own.observations) == ["stay", "go"]
        other = m.observed(seen, names=["hot", "cold"], **kept)
        assert own.solve_policy().j == other.solve_policy().j
    with pytest.raises(exact_mdp.ExactMdpError, match="a name of its own"):
        m.observed(seen, names=["a", "a"], nodes=1)


def test_tables_of_gymnasium_keep_what_they_say():
    class Env:
        def __init__(self, table):
            self.P = table

    third = Fraction(1, 3)
    table = {0: {0: [(third, 1, third, False), (1 - third, 0, 0, False)]}, 1: {0: [(1, 0, Fraction(1, 7), False)]}}
    m = exact_mdp.Model.from_gymnasium(Env(table), "1/2", initial=np.int64(0))
    exact = m.exact()
    # v0 = 1/9 + (v1/3 + 2 v0/3)/2, v1 = 1/7 + v0/2
    assert exact.solve_policy(m.tabular([1, 1])).j == Fraction(34, 147)
    listed = Env([[table[0][0]], [table[1][0]]])
    for start in (0, 0.0, np.array(0), {0: 1}, ["1", "0"]):
        assert exact_mdp.Model.from_gymnasium(listed, "1/2", initial=start).to_yaml() == m.to_yaml()
    for row, words in [((0.5, 1.7, 0.0, False), "leads to 1.7"), ((1.0, 0, 0.0), r"P\[0\]\[0\] holds"), ((1.0, "x", 0, False), "holds")]:
        with pytest.raises(exact_mdp.ModelError, match=words):
            exact_mdp.Model.from_gymnasium(Env({0: {0: [row]}}), 0.9, initial=0)
    env = exact_mdp.bundled("two-state").to_gymnasium()
    assert exact_mdp.Model.from_gymnasium(env, 0.5, initial="hot").initial.tolist() == [0, 1]


def test_arrays_of_fractions_and_texts_end_where_floats_do():
    P = np.array([[[0, 1.0], [0.5, 0.5]], [[0, 1], [0, 1]]])  # state 1 stays for nothing
    fractions = np.empty(P.shape, object)
    fractions.ravel()[:] = [Fraction(x) for x in P.ravel()]
    texts = np.vectorize(lambda x: str(Fraction(x)))(P)
    R = np.array([[1, 2], [0, 0]])
    for p in (P, fractions, texts):
        for gamma, j in (("9/10", Fraction(60, 31)), ("1", Fraction(2))):  # v = 1/2 + 1/2 (2 + γv/2)
            m = made(p, R, gamma, axes="sas")
            assert list(m.terminal) == [False, True]
            assert m.exact().solve_policy().j == j
    assert list(made(fractions, R, axes="sas", terminal=[]).terminal) == [False, True]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_labels_of_tables_say_where_numbers_belong(library):
    tables = pytest.importorskip(library)
    m = exact_mdp.bundled("two-state")
    s = m.solve_policy(m.softmax([0.1, 0.2, 0.3, 0.4]))
    labels = s.policy.parameters
    rows = np.random.default_rng(5).normal(size=(50, 4))
    table = tables.DataFrame({name: rows[:, i] for i, name in enumerate(labels)})
    other = table[labels[::-1]]
    assert s.judge(samples=other).sentence == s.judge(samples=rows).sentence
    with pytest.raises(exact_mdp.ExactMdpError, match="of which 'x' is none"):
        s.judge(samples=tables.DataFrame({**{name: rows[:, 0] for name in labels[:3]}, "x": rows[:, 3]}))
    # r(s, a), its actions in another order
    P = np.array([[[0.5, 0.5], [1, 0]], [[0, 1], [0.25, 0.75]]])
    paid = tables.DataFrame({"heat": [2.0, 4.0], "wait": [1.0, 3.0]})
    names = {"states": ["cold", "hot"], "actions": ["wait", "heat"]}
    assert made(P, paid, axes="sas", **names).to_yaml() == made(P, [[1, 2], [3, 4]], axes="sas", **names).to_yaml()


def test_labels_of_pandas_say_where_numbers_belong():
    pd = pytest.importorskip("pandas")
    m = exact_mdp.bundled("two-state")
    s = m.solve_policy(m.softmax([0.1, 0.2, 0.3, 0.4]))
    names = {"states": list(m.states), "actions": list(m.actions)}
    P = np.array([[[0.5, 0.5], [1, 0]], [[0, 1], [0.25, 0.75]]])
    r = pd.DataFrame([[1.0, 2.0], [3.0, 4.0]], index=m.states, columns=m.actions)
    whole = made(P, r.to_numpy(), axes="sas", **{**names, "initial": [0.25, 0.75]}).to_yaml()
    for table in [r.iloc[::-1], r[r.columns[::-1]], r.iloc[::-1][r.columns[::-1]]]:
        start = pd.Series([0.75, 0.25], index=["hot", "cold"])
        assert made(P, table, axes="sas", **{**names, "initial": start}).to_yaml() == whole
    v = pd.Series(s.v, index=m.states)
    gradient = pd.Series(s.gradient, index=s.policy.parameters)
    square = pd.DataFrame(s.gradient.unstack(), index=m.states, columns=m.actions)
    pairs = pd.Series(s.q, index=pd.MultiIndex.from_tuples(m.pairs))
    assert s.judge(formula="v", values=v.iloc[::-1]).verdict == "right"
    assert s.judge(formula="q", values=pairs.sort_values()).verdict == "right"
    assert s.judge(gradient=gradient.iloc[::-1]).verdict == "right"
    assert s.judge(gradient=square.iloc[::-1]).verdict == "right"
    # the positions that pandas has counted itself move with their rows
    assert s.judge(formula="v", values=pd.Series(s.v).sort_values(ascending=False)).verdict == "right"
    u = pd.Series([0.5, -0.25], index=m.states)
    own = s.law("gae:1", critic=u.to_numpy()).variance
    for critic in [u.iloc[::-1], {"hot": -0.25, "cold": 0.5}]:
        assert (s.law("gae:1", critic=critic).variance == own).all()
    pi = pd.DataFrame([[0.25, 0.75], [0.5, 0.5]], index=m.states, columns=m.actions)
    assert m.tabular(pi[pi.columns[::-1]]).probabilities.tolist() == m.tabular(pi.to_numpy()).probabilities.tolist()
    with pytest.raises(exact_mdp.ExactMdpError, match="'hot' is missing"):
        s.law("gae:1", critic={"cold": 1.0})
    with pytest.raises(exact_mdp.ExactMdpError, match="critic: .*is not finite"):
        s.law("gae:1", critic={"cold": 1.0, "hot": np.nan})


def test_dicts_hold_arrays_under_their_names():
    m = exact_mdp.bundled("two-state")
    s = m.solve_policy(m.softmax([0.1, 0.2, 0.3, 0.4]))
    assert s.judge(formula="v", values={"v": s.v}).verdict == "right"
    assert s.judge(gradient={"gradient": s.gradient}).verdict == "right"
    assert s.judge(formula="v", values=dict(zip(m.states, s.v))).verdict == "right"
    thirds = np.array([[1, 2], [2, 1]], dtype=np.float32) / np.float32(3)
    for rows in [thirds, list(thirds)]:
        with pytest.raises(exact_mdp.PolicyError, match="float32"):
            m.tabular(rows)
