"""PETSc's binary objects as this program writes them, read by NumPy alone, and written by it.

The layout is PETSc's (MatView and VecView of a binary viewer) and that of madupite: big-endian, row s·A + a.
"""

import numpy
import pytest
from conftest import ROOT, answer, exact_mdp


class Objects:
    """A file of PETSc's, object by object."""

    def __init__(self, path):
        self.bytes = path.read_bytes()
        self.at = 0

    def take(self, kind, count):
        array = numpy.frombuffer(self.bytes, kind, count, self.at)
        self.at += array.nbytes
        return array

    def matrix(self):
        class_id, rows, columns, entries = self.take(">i4", 4)
        assert class_id == 1211216
        lengths, column, value = self.take(">i4", rows), self.take(">i4", entries), self.take(">f8", entries)
        assert lengths.sum() == entries
        dense = numpy.zeros((rows, columns))
        numpy.add.at(dense, (numpy.repeat(numpy.arange(rows), lengths), column), value)
        return dense

    def vector(self):
        class_id, length = self.take(">i4", 2)
        assert class_id == 1211214
        return self.take(">f8", length)


@pytest.mark.parametrize("model", ["frozenlake-4x4", "recycling-robot", "taxi", "retry-loop"])
def test_an_independent_reader_finds_the_same_values(model, tmp_path):
    source, path = ROOT / "mdps" / f"{model}.yaml", tmp_path / "m.petsc"
    exact_mdp("convert", source, path)
    objects = Objects(path)
    p, r, start = objects.matrix(), objects.matrix(), objects.vector()
    (discount, horizon, average), exists = objects.vector(), objects.vector()
    assert objects.at == len(objects.bytes) and horizon == 0 and average == 0
    states, actions = r.shape
    assert p.shape == (states * actions, states) and start.sum() == pytest.approx(1)
    numpy.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-12)
    exists = exists.reshape(states, actions) == 1
    assert numpy.isneginf(r[exists.any(axis=1)[:, None] & ~exists]).all()
    # the uniform policy over what exists; a state without pairs is worth nothing
    policy = exists / numpy.maximum(exists.sum(axis=1, keepdims=True), 1)
    chain = numpy.einsum("sa,sat->st", policy, p.reshape(states, actions, states))
    pay = numpy.where(exists, r, 0)
    v = numpy.linalg.solve(numpy.eye(states) - discount * chain, (policy * pay).sum(axis=1))
    found = answer("evaluate", source, "--policy", "uniform")
    numpy.testing.assert_allclose(v, found["v"], rtol=1e-9, atol=1e-9)
    assert start @ v == pytest.approx(found["j"], rel=1e-9)
    again = answer("evaluate", path, "--policy", "uniform")
    assert again["j"] == pytest.approx(found["j"], rel=1e-12)


def test_what_numpy_writes_is_read(tmp_path):
    random = numpy.random.default_rng(3)
    states, actions = 5, 2
    p = random.dirichlet(numpy.ones(states), states * actions)
    r = random.normal(size=(states, actions))
    path = tmp_path / "m.petsc"
    with path.open("wb") as file:
        for matrix in (p, r):
            rows, columns = matrix.shape
            for part in ([1211216, rows, columns, matrix.size], [columns] * rows, list(range(columns)) * rows):
                file.write(numpy.array(part, ">i4").tobytes())
            file.write(matrix.astype(">f8").tobytes())
    found = answer("solve", path, "--discount", "0.9", "--initial", "uniform", "--normalize")
    v = numpy.zeros(states)
    for _ in range(2000):
        v = (r + 0.9 * (p @ v).reshape(states, actions)).max(axis=1)
    numpy.testing.assert_allclose(found["v"], v, rtol=1e-9)
