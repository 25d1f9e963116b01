"""Models from and for Gymnasium."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core
from ._start import start
from ._start import weights as _weights

if TYPE_CHECKING:
    import gymnasium


def model_from_env(env: Any, discount: Any, *, initial: Any = None, name: str | None = None) -> "_core.Model":
    """The model behind an environment that carries its table `P[s][a] = [(p, s', r, terminated), …]`."""
    _refuse_wrappers(env)
    inner = getattr(env, "unwrapped", env)
    own = getattr(inner, "model", None)
    if isinstance(own, _core.Model):  # that of to_gymnasium
        if initial is None:
            return own.with_discount(discount)
        if not isinstance(initial, (str, dict)) and np.ndim(initial) > 0:
            initial = dict(zip(own.states, np.asarray(initial, dtype=object).tolist()))
        return _core.parse(own.to_yaml(), name=f"{own.name}.yaml", discount=discount, initial=initial)
    if getattr(inner, "fickle_passenger", False):
        raise _core.ModelError(
            f"{type(inner).__name__} with fickle_passenger=True does what its table `P` does not say: the passenger changes "
            "their mind outside of it, once in an episode, which the state does not hold; make it without"
        )
    table = getattr(inner, "P", None)
    if table is None:
        raise _core.ModelError(
            f"{type(inner).__name__} has no table `P` of its transitions; "
            "give the arrays to Model.from_arrays instead"
        )
    table = _by_number(table, "P")
    states = sorted(table)
    if states != list(range(len(states))):
        raise _core.ModelError(f"the states of P are {states[:5]}…, not 0, 1, …, {len(states) - 1}")
    if initial is None:
        initial = getattr(inner, "initial_state_distrib", None)
    if initial is None:
        raise _core.ModelError(
            f"{type(inner).__name__} does not say where episodes start; give initial=… "
            "(an array over states, a state, or 'uniform')"
        )
    text = json.dumps(
        {
            str(state): {
                str(action): [row for outcome in outcomes if (row := _outcome(outcome, state, action)) is not None]
                for action, outcomes in _by_number(table[state], f"P[{state}]").items()
            }
            for state in states
        }
    )
    spec = getattr(env, "spec", None)
    called = name or (spec.id if spec is not None else type(inner).__name__)
    return _core._parse_gymnasium(text, called, discount, _start(initial))


# wrappers that leave transitions and rewards as the table has them, and those of what is seen
_HARMLESS = {
    "Autoreset", "HumanRendering", "ObservationWrapper", "OrderEnforcing", "PassiveEnvChecker", "RecordEpisodeStatistics",
    "RecordVideo", "RenderCollection", "TimeLimit",
}


def _refuse_wrappers(env: Any) -> None:
    """An error for a wrapper that may change what the table says."""
    while "env" in getattr(env, "__dict__", {}):
        kinds = {kind.__name__ for kind in type(env).__mro__}
        if not kinds & _HARMLESS:
            raise _core.ModelError(
                f"{type(env).__name__} is a wrapper, and what it changes is not in the table `P` of the environment inside; "
                "give env.unwrapped, and change rewards or transitions in the model"
            )
        env = env.env


def _by_number(table: Any, name: str) -> dict[Any, Any]:
    """A dict of states or of actions, which some environments have as a list."""
    if isinstance(table, dict):
        return table
    if isinstance(table, (list, tuple)):
        return dict(enumerate(table))
    raise _core.ModelError(f"{name} is a {type(table).__name__}; expected a dict, or a list, by number")


def _outcome(outcome: Any, state: Any, action: Any) -> list[Any] | None:
    """A row (p, s', r, terminated) as JSON has it; None of one that never happens."""
    at = f"P[{state}][{action}]"
    try:
        probability, successor, reward, terminated = outcome
    except (TypeError, ValueError):
        raise _core.ModelError(f"{at} holds {outcome!r}; expected (probability, next state, reward, terminated)") from None
    try:
        if probability == 0:
            return None
        leads = float(successor)
        if not leads.is_integer():
            raise _core.ModelError(f"{at} leads to {successor!r}; expected the number of a state")
        paid = str(reward) if isinstance(reward, (Fraction, Decimal)) else float(reward)
        return [_tidy(probability), int(leads), paid, bool(terminated)]
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, _core.ModelError):
            raise
        raise _core.ModelError(f"{at} holds {outcome!r}: {error}; expected (probability, next state, reward, terminated)") from None


def _tidy(probability: Any) -> Any:
    """The simplest fraction that rounds to the same float, if it is simple; else the float itself. What is a Fraction or a
    text is that."""
    if isinstance(probability, (str, Fraction, Decimal)):
        return str(probability)
    number = float(probability)
    near = Fraction(number).limit_denominator(10_000) if np.isfinite(number) else Fraction(0)
    return str(near) if abs(float(near) - number) <= 2 * np.spacing(number) else number


def _start(initial: Any) -> str:
    """ρ₀ as the text of a flow mapping, a state, or 'uniform'; of arrays the weights of the states."""
    if np.ndim(initial) == 0 or isinstance(initial, (str, dict)):
        return _weights(initial.items(), _tidy) if isinstance(initial, dict) else start(initial)
    return _weights(enumerate(np.asarray(initial, dtype=object).tolist()), _tidy)


def env_from_model(model: "_core.Model") -> "gymnasium.Env":
    """A Gymnasium environment that draws from the model; see `Model.to_gymnasium`."""
    try:
        import gymnasium  # noqa: F401
    except ImportError as error:
        raise ImportError("to_gymnasium needs the package gymnasium: pip install gymnasium") from error
    from ._env import ModelEnv

    return ModelEnv(model)
