"""Arrays over pairs, and arrays of other programs laid out as pairs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np

from . import _core
from ._labels import in_order


class PairArray(np.ndarray):
    """Numbers over the pairs (state, action) of a model, float64 [..., SA], in the order of `model.pairs`.

    An ordinary array that can be laid out as a rectangle. Vectors over the parameters of a policy are such arrays
    as well; they can be laid out where each pair has a parameter of its own.

    >>> q = exact_mdp.bundled("two-state").solve_policy().q
    >>> q.shape, q.unstack().shape
    ((4,), (2, 2))
    """

    _model: Any = None

    @classmethod
    def of(cls, values: np.ndarray, model: Any) -> "PairArray":
        """A view of these numbers [..., SA].

        >>> import numpy as np
        >>> exact_mdp.PairArray.of(np.arange(4.0), exact_mdp.bundled("two-state")).unstack().tolist()
        [[0.0, 1.0], [2.0, 3.0]]
        """
        array = values.view(cls)
        array._model = model
        return array

    def __array_finalize__(self, other: Any) -> None:
        self._model = None

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        return array[()] if array.ndim == 0 else array.view(PairArray)

    def __reduce__(self) -> Any:
        plain = np.asarray(self)
        return plain.__reduce__() if self._model is None else (PairArray.of, (plain, self._model))

    def unstack(self) -> np.ndarray:
        """The same as a rectangle [..., S, A], with NaN where a state has not the action. Raises ExactMdpError of an array
        that was computed from others and knows no model.

        >>> exact_mdp.bundled("retry-loop").solve_policy().q.unstack().shape
        (3, 4)
        """
        if self._model is None:
            raise _core.ExactMdpError(
                "this array does not know a model whose pairs it is over: it was computed from others, for which there "
                "is exact_mdp.unstack(model, array), or it is over parameters that are not those of pairs"
            )
        return unstack(self._model, self)


def unstack(model: Any, values: Any) -> np.ndarray:
    """Numbers over pairs [SA], or rows of them [..., SA], as rectangles [..., S, A]; NaN where A(s) lacks an action.

    >>> m = exact_mdp.bundled("two-state")
    >>> exact_mdp.unstack(m, m.solve_policy().gradient).shape
    (2, 2)
    """
    if not hasattr(model, "pair_states"):
        raise _core.ExactMdpError(f"{type(model).__name__} is no model whose pairs an array could be over; expected Model, then the array")
    flat = real(values, "the array")
    if flat.ndim == 0 or flat.shape[-1] != len(model.pair_states):
        raise _core.ExactMdpError(f"an array of shape {list(flat.shape)} has no entry for each of {len(model.pair_states)} pairs")
    rectangle = np.full((*flat.shape[:-1], len(model.states), len(model.actions)), np.nan)
    rectangle[..., model.pair_states, model.pair_actions] = flat
    return rectangle


def _in_order(values: Any, what: str, model: Any) -> Any:
    """A table whose labels are names of a model, in the order of that model."""
    return in_order(values, what, model.states, model.actions, list(model.pairs))


def flat_pairs(values: Any, model: Any) -> list[Any]:
    """Entries over pairs, unrounded, from a flat array [SA] or a rectangle [S, A]."""
    array = _objects(_in_order(values, "probabilities", model), "probabilities")
    shape = (len(model.states), len(model.actions))
    if array.shape == (len(model.pair_states),):
        return list(array.tolist())
    if array.shape == shape:
        return list(array[model.pair_states, model.pair_actions].tolist())
    raise _core.ExactMdpError(
        f"probabilities have the shape {list(array.shape)}; expected [{len(model.pair_states)}], "
        f"one number for each pair, or {list(shape)}"
    )


def labelled(values: dict[Any, Any], name: str) -> str:
    """Numbers by the labels of parameters, by state, or by state and then action; or an array under the name of what it is; as JSON."""

    def plain_numbers(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {str(inner): float(x) for inner, x in value.items()}
        if isinstance(value, (list, tuple)) or getattr(value, "ndim", 0) > 0:
            return real(value, name).tolist()
        return float(value)

    try:
        return json.dumps({str(key): plain_numbers(value) for key, value in values.items()})
    except (TypeError, ValueError) as error:
        raise _core.ExactMdpError(
            f"{name} is a dict with what is no label or no number: {error}; expected numbers by the labels of "
            "parameters, as {'theta[0,1]': 0.5}, by state, as {'0': 0.5}, or by state and action, as {'0': {'1': 0.5}}"
        ) from None


def is_single(values: Any) -> bool:
    """Whether numbers are float32, of an array of whatever library, or in the rows of a list."""
    try:
        array = plain(values, "the array")
    except _core.ExactMdpError:
        return False
    return array.dtype == np.float32


def feature_rows(features: Any, model: Any) -> list[Any]:
    """A row of features for each pair, from [SA, d] or [S, A, d]."""
    array = _shown(plain(_in_order(features, "features", model), "features"), "features")
    if array.ndim == 3 and array.shape[:2] == (len(model.states), len(model.actions)):
        array = array[model.pair_states, model.pair_actions]
    if array.ndim != 2 or array.shape[0] != len(model.pair_states):
        raise _core.ExactMdpError(
            f"features have the shape {list(array.shape)}; expected [{len(model.pair_states)}, d] or "
            f"[{len(model.states)}, {len(model.actions)}, d]"
        )
    return list(array.tolist())


def state_rows(features: Any, model: Any) -> list[Any]:
    """A row of features for each state, from [S, k] or, for one feature, [S]."""
    array = _objects(_in_order(features, "features", model), "features")
    if array.ndim == 1:
        array = array.reshape(-1, 1)
    if array.ndim != 2 or array.shape[0] != len(model.states) or array.shape[1] == 0:
        raise _core.ExactMdpError(
            f"features have the shape {list(np.shape(features))}; expected [{len(model.states)}, k], a row for each state"
        )
    return list(array.tolist())


def observed(model: Any, observations: Any, nodes: int | None, names: list[str] | None, kept: bool) -> Any:
    """The model as a controller of some nodes sees it, or with observations that are kept: arrays O(o|s') [S, O] or
    O(o|a, s') [A, S, O]."""
    table = _objects(observations, "observations")
    shapes = [len(model.states)], [len(model.actions), len(model.states)]
    if list(table.shape[:-1]) not in shapes or table.shape[-1] == 0:
        raise _core.ExactMdpError(
            f"the observations have the shape {table.shape}; expected {(*shapes[0], 'O')}, O(o|s'), or {(*shapes[1], 'O')}, O(o|a, s')"
        )
    called = [f"o{i}" for i in range(table.shape[-1])] if names is None else names
    if len(called) != table.shape[-1]:
        raise _core.ExactMdpError(f"{len(called)} names for {table.shape[-1]} observations")
    if len(set(called)) < len(called):
        raise _core.ExactMdpError(f"names are {called}; expected a name of its own for each observation")
    if model.partly_seen or model.observations:
        raise _core.ExactMdpError("the model has observations already")

    def law(row: Any) -> dict[str, str]:
        return {name: str(_fraction(x)) for name, x in zip(called, row) if x != 0}

    # a name that is an action's would be read as what is seen after that action
    if table.ndim == 2 and not set(called) & set(model.actions):
        written: Any = {state: law(row) for state, row in zip(model.states, table)}
    elif table.ndim == 2:
        written = {state: {action: law(row) for action in model.actions} for state, row in zip(model.states, table)}
    else:
        acted = {state: {action: law(table[a, s]) for a, action in enumerate(model.actions)} for s, state in enumerate(model.states)}
        written = acted
    text = f"{model.to_yaml().rstrip()}\nobservations: {json.dumps(written)}\n"
    return _core.parse(text, name=f"{model.name}.yaml", nodes=nodes, keep_observations=kept)


def described(policy: Any) -> str:
    """The text of a policy that is written as a mapping."""
    return json.dumps(_named(policy), default=str)


def _named(description: Any) -> Any:
    """The same with keys that are texts, and without NumPy's arrays and numbers."""
    if isinstance(description, Mapping):
        return {str(key): _named(value) for key, value in description.items()}
    if isinstance(description, (np.ndarray, np.generic)):
        return _named(description.tolist())
    if isinstance(description, (list, tuple)):
        return [_named(value) for value in description]
    return description


def _fraction(x: Any) -> Any:
    """A number as the exact fraction that it is."""
    try:
        return Fraction(x.strip() if isinstance(x, str) else x if isinstance(x, (int, Fraction)) else float(x))
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        raise _core.ExactMdpError(f"{x!r} is no probability") from None


def _matrices(values: Any, what: str) -> list[Any] | None:
    """Copies of the matrices of a list that holds SciPy's sparse ones; None of anything else."""
    if not isinstance(values, (list, tuple)) or not any(hasattr(matrix, "tocsr") for matrix in values):
        return None
    if not all(hasattr(matrix, "tocsr") for matrix in values):
        raise _core.ExactMdpError(f"{what} is a list of sparse matrices and of others; expected all of one kind")
    return [matrix.tocsr(copy=True) for matrix in values]


def _check_matrices(matrices: list[Any], what: str, states: int, actions: int) -> None:
    """An error unless there is a square matrix for each action."""
    if len(matrices) != actions:
        raise _core.ExactMdpError(f"{what} is a list of {len(matrices)} matrices; expected {actions}, one for each action")
    for action, matrix in enumerate(matrices):
        if matrix.shape != (states, states):
            raise _core.ExactMdpError(f"matrix {action} of {what} has the shape {list(matrix.shape)}; expected {[states, states]}")


def check_digits(values: Any, what: str) -> None:
    """An error for bfloat16, which NumPy takes for bytes."""
    if str(getattr(getattr(values, "dtype", None), "name", None)) == "bfloat16":
        raise _core.ExactMdpError(
            f"{what} is bfloat16, of which a number has 8 binary digits: right ones cannot be told from wrong ones; "
            "expected float64, float32 or float16"
        )


def plain(values: Any, what: str) -> np.ndarray:
    """What NumPy makes of a list, or of an array of another library: of PyTorch without the way it came about."""
    if isinstance(values, np.ndarray):
        return values
    if hasattr(values, "toarray"):  # one sparse matrix
        return np.asarray(values.toarray())
    try:
        if hasattr(values, "detach"):
            values = values.detach().cpu()
        return np.asarray(_without_masks(values))
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise _core.ExactMdpError(f"{what} is no array of numbers: {error}; expected what numpy.asarray takes") from None


def _without_masks(values: Any) -> Any:
    """Lists of masked arrays with NaN for what is masked: NumPy would take the numbers below the masks."""
    if isinstance(values, (list, tuple)) and values and isinstance(values[0], (list, tuple, np.ndarray)):
        return [_without_masks(row) for row in values]
    if isinstance(values, np.ma.MaskedArray) and np.ma.getmaskarray(values).any():
        return np.ma.filled(values.astype(float), np.nan)
    return values


def real(values: Any, what: str) -> np.ndarray:
    """An array of floats; NaN where a masked array hides one."""
    array = plain(values, what)
    if array.dtype.kind == "c":
        raise _core.ExactMdpError(f"{what} is complex; expected real numbers")
    try:
        if isinstance(array, np.ma.MaskedArray):
            return np.asarray(np.ma.filled(array.astype(float), np.nan))
        return np.asarray(array, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise _core.ExactMdpError(f"{what} is no array of numbers: {error}") from None


def _is_unrounded(array: np.ndarray) -> bool:
    """Whether floats would not hold the numbers of an array: Fractions and texts, large whole numbers, long floats."""
    kind = array.dtype.kind
    if kind in "iu":
        return bool(((array > 2**53) | (array < -(2**53))).any())
    return kind in "OUS" or (kind == "f" and array.dtype.itemsize > 8)


def _objects(values: Any, what: str) -> np.ndarray:
    """The numbers of an array as they are, Fractions and texts too."""
    if isinstance(values, (list, tuple)):
        return np.asarray(values, dtype=object)
    return _shown(plain(values, what), what).astype(object)


def _shown(array: np.ndarray, what: str) -> np.ndarray:
    """An array of which no entry is masked."""
    if isinstance(array, np.ma.MaskedArray):
        if np.ma.getmaskarray(array).any():
            raise _core.ExactMdpError(f"{what} has masked entries; expected a number everywhere")
        return np.asarray(array.data)
    return array


def laid_out(P: Any, R: Any, axes: str, *names: list[str] | None) -> SimpleNamespace:
    """P and R, row by row of the pairs that exist: compressed rows of floats, or outcomes of exact numbers. Tables whose labels are
    `names`, of the states or of the actions if they are given, come in their order."""
    if isinstance(P, (list, tuple)):
        P = [in_order(matrix, "P", *names) for matrix in P]
    return _laid_out(P, in_order(R, "R", *names), axes)


def _laid_out(P: Any, R: Any, axes: str) -> SimpleNamespace:
    if axes not in ("sas", "ass"):
        raise _core.ExactMdpError(f"axes is {axes!r}; expected 'sas' for P[s, a, s'] or 'ass' for P[a, s, s']")
    sparse, rewards = _matrices(P, "P"), _matrices(R, "R")
    if axes != "ass" and (sparse is not None or rewards is not None):
        raise _core.ExactMdpError("a list of sparse matrices has one for each action: axes is 'ass'")
    if sparse is not None:
        return _sparse(sparse, R if rewards is None else rewards)
    if hasattr(P, "tocsr"):
        raise _core.ExactMdpError("P is one sparse matrix; expected a list of them, one for each action")
    dense = plain(P, "P")
    if rewards is not None:
        states, actions = (dense.shape[-1], dense.shape[0]) if dense.ndim == 3 else (0, 0)
        _check_matrices(rewards, "R", states, actions)
        R = np.stack([matrix.toarray() for matrix in rewards])
    if _is_unrounded(dense):
        return _exact(_objects(P, "P"), R, axes)
    dense = real(dense, "P")
    _check_cube(dense.shape, axes)
    dense = dense if axes == "sas" else dense.transpose(1, 0, 2)
    states, actions, _ = dense.shape
    exists = (dense != 0).any(axis=2) | ~np.isfinite(dense).all(axis=2)
    pair_states, pair_actions = np.nonzero(exists)
    rows = dense[pair_states, pair_actions]
    of, indices = np.nonzero(rows)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(of, minlength=len(rows)))])
    found = SimpleNamespace(
        states=states, actions=actions, pair_states=pair_states, pair_actions=pair_actions,
        data=rows[of, indices], indices=indices, indptr=indptr,
    )
    return _with_rewards(found, R, axes, rows_of=lambda cube: cube[pair_states, pair_actions][of, indices])


def _check_cube(shape: tuple[int, ...], axes: str) -> None:
    square = len(shape) == 3 and (shape[0] == shape[2] if axes == "sas" else shape[1] == shape[2])
    if not square or 0 in shape:
        what = "[S, A, S]" if axes == "sas" else "[A, S, S]"
        raise _core.ExactMdpError(f"P has the shape {list(shape)}; axes={axes!r} expects {what}")


def _sparse(matrices: list[Any], R: Any) -> SimpleNamespace:
    states, actions = matrices[0].shape[0], len(matrices)
    _check_matrices(matrices, "P", states, actions)
    for matrix in matrices:
        matrix.sum_duplicates()
    pair_states, pair_actions, data, indices, counts = [], [], [], [], []
    for state in range(states):
        for action, matrix in enumerate(matrices):
            row = slice(matrix.indptr[state], matrix.indptr[state + 1])
            kept = matrix.data[row] != 0
            if kept.any():
                pair_states.append(state)
                pair_actions.append(action)
                data.append(real(matrix.data[row][kept], f"matrix {action} of P"))
                indices.append(matrix.indices[row][kept])
                counts.append(int(kept.sum()))
    columns = np.concatenate(indices) if indices else np.zeros(0, dtype=int)
    found = SimpleNamespace(
        states=states, actions=actions, pair_states=pair_states, pair_actions=pair_actions,
        data=np.concatenate(data) if data else np.zeros(0), indices=columns.tolist(),
        indptr=[0, *np.cumsum(counts).tolist()],
    )
    if isinstance(R, list) and any(hasattr(matrix, "tocsr") for matrix in R):
        rewards = R
        _check_matrices(rewards, "R", states, actions)
        of = np.repeat(np.arange(len(pair_states)), counts)
        s, a = np.asarray(pair_states)[of], np.asarray(pair_actions)[of]
        paid = np.zeros(len(columns))
        for action, matrix in enumerate(rewards):
            here = a == action
            paid[here] = np.asarray(matrix[s[here], columns[here]]).ravel()
        return _outcome_rewards(found, paid)
    where = (np.asarray(pair_states), np.asarray(pair_actions))
    of = np.repeat(np.arange(len(pair_states)), counts)
    return _with_rewards(found, R, "ass", rows_of=lambda cube: cube[where[0][of], where[1][of], columns])


def _with_rewards(found: SimpleNamespace, R: Any, axes: str, rows_of: Any) -> SimpleNamespace:
    if _is_unrounded(plain(R, "R")):
        return _paying_exactly(found, R, axes)
    rewards = real(R, "R")
    states, actions = found.states, found.actions
    if rewards.shape == (states,):
        found.reward_kind, found.rewards = "state", rewards
    elif rewards.shape == (states, actions):
        found.reward_kind, found.rewards = "pair", rewards[found.pair_states, found.pair_actions]
    elif rewards.shape == ((states, actions, states) if axes == "sas" else (actions, states, states)):
        cube = rewards if axes == "sas" else rewards.transpose(1, 0, 2)
        return _outcome_rewards(found, rows_of(cube))
    else:
        raise _core.ExactMdpError(
            f"R has the shape {list(rewards.shape)}; expected [{states}], [{states}, {actions}] or the shape of P"
        )
    return found


def _outcome_rewards(found: SimpleNamespace, paid: np.ndarray) -> SimpleNamespace:
    found.reward_kind, found.rewards = "outcome", paid
    found.reward_indices, found.reward_indptr = found.indices, found.indptr
    return found


def _exact(P: np.ndarray, R: Any, axes: str) -> SimpleNamespace:
    """Outcomes of Fractions and texts, one by one."""
    _check_cube(P.shape, axes)
    P = P if axes == "sas" else P.transpose(1, 0, 2)
    states, actions, _ = P.shape
    reward = _rewards_of(R, states, actions, axes)
    rows = [
        (s, a, n, P[s, a, n], reward(s, a, n))
        for s in range(states) for a in range(actions) for n in range(states)
        if not _is_zero(P[s, a, n])
    ]
    return SimpleNamespace(rows=rows, states=states, actions=actions)


def _paying_exactly(found: SimpleNamespace, R: Any, axes: str) -> SimpleNamespace:
    """Outcomes of floats that pay Fractions and texts, one by one."""
    reward = _rewards_of(R, found.states, found.actions, axes)
    of = np.repeat(np.arange(len(found.pair_states)), np.diff(found.indptr))
    states, actions = np.asarray(found.pair_states)[of].tolist(), np.asarray(found.pair_actions)[of].tolist()
    outcomes = zip(states, actions, np.asarray(found.indices).tolist(), np.asarray(found.data).tolist())
    rows = [(s, a, n, p, reward(s, a, n)) for s, a, n, p in outcomes]
    return SimpleNamespace(rows=rows, states=found.states, actions=found.actions)


def _rewards_of(R: Any, states: int, actions: int, axes: str) -> Any:
    """r(s, a, s') as a function, of an array whose numbers stay what they are."""
    paid = _objects(R, "R")
    shapes = {(states,): lambda s, a, n: paid[s], (states, actions): lambda s, a, n: paid[s, a]}
    cube = (states, actions, states) if axes == "sas" else (actions, states, states)
    if paid.shape == cube:
        laid = paid if axes == "sas" else paid.transpose(1, 0, 2)

        def reward(s: int, a: int, n: int) -> Any:
            return laid[s, a, n]
        return reward
    if paid.shape not in shapes:
        raise _core.ExactMdpError(
            f"R has the shape {list(paid.shape)}; expected [{states}], [{states}, {actions}] or the shape of P"
        )
    return shapes[paid.shape]


def _is_zero(x: Any) -> bool:
    try:
        return Fraction(x) == 0
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        return False
