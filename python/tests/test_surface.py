"""Every command and option of the program is here as well: what each is called, or why there is none.

A new option of the program fails this test until it stands in the table below."""

import inspect
import re
import subprocess

import pytest

import exact_mdp
from exact_mdp import pictures

# what every command has, and what it is here
SHARED = {
    "policy": "Model.solve_policy.policy", "discount": "load.discount", "horizon": "load.horizon", "criterion": "load.criterion",
    "initial": "load.initial", "minimize": "load.minimize", "reward": "load.reward", "reward-model": "load.reward_model",
    "axes": "load.axes", "normalize": "load.normalize", "nodes": "load.nodes", "seed": "Solved.sample.seed",
    "threads": "Model.batch.threads", "exact": "Solved.evaluate.arithmetic", "certify": "Solved.evaluate.arithmetic",
    "solver": "Model.solve_policy.solver", "format": "Report.save.path", "output": "Report.save.path",
    "digits": "- Python's own formatting", "all": "- arrays are whole", "summary": "- NumPy's own min and max",
    "quiet": "- Report.warnings", "color": "- of a terminal", "help": "- help()", "plot": "Solved.plot",
}

# a command without its own options is called like what answers it
COMMANDS = {
    "check": ("Model.check", {"failures": "- one model at a time"}),
    "evaluate": ("Solved.evaluate", {
        "return": "Solved.evaluate.returns", "thetas": "Model.batch.thetas", "sweep": "Solved.evaluate.sweep",
    }),
    "chain": ("Solved.chain", {"to": "Solved.chain.to", "matrices": "Solved.chain.matrices"}),
    "between": ("Solved.between", {
        "clip": "Solved.between.clip", "points": "Solved.between.points", "in-parameters": "Solved.between.in_parameters",
    }),
    "gradient": ("Solved.derivatives", {
        "routes": "Solved.derivatives.routes", "sigma": "Solved.derivatives.sigma", "samples": "Solved.derivatives.samples",
        "jacobian": "Solved.derivatives.jacobian", "hessian": "Solved.derivatives.hessian", "natural": "Solved.derivatives.natural",
        "fisher": "Solved.derivatives.fisher", "entropy": "Solved.derivatives.entropy", "risk": "Solved.derivatives.risk",
        "excursion": "Solved.derivatives.excursion", "surrogate": "Solved.derivatives.surrogate", "clip": "Solved.derivatives.clip", "toward-actions": "Solved.derivatives.toward_actions",
        "with-respect-to": "Solved.derivatives.with_respect_to", "over": "pictures.landscape.x", "thetas": "Model.batch.thetas",
        "sweep": "Solved.derivatives.sweep",
    }),
    "compare": ("Solved.compare", {
        "trajectories": "Solved.compare.n", "estimators": "Solved.compare.estimators", "critic": "Solved.compare.critic",
        "baseline-file": "Solved.compare.baseline", "truncation": "Solved.compare.truncation",
        "geometric": "Solved.compare.geometric", "sequential": "Solved.compare.sequential", "false-alarm": "Solved.compare.false_alarm",
        "power": "- a column of the table", "paired": "Solved.compare.paired", "covariance": "Solved.compare.covariance",
        "behavior": "Solved.compare.behavior", "entropy": "Solved.compare.entropy", "blocks": "Solved.compare_blocks.blocks",
        "merge": "Solved.compare_merged.shards", "sweep": "Solved.compare_swept.sweep",
    }),
    "verify": ("Model.verify", {
        "only": "Model.verify.only", "list": "- verify().checks", "explain": "- verify().checks", "failures": "- verify().failed",
    }),
    "judge": ("Solved.judge", {
        "gradient": "Solved.judge.gradient", "formula": "Solved.judge.formula", "samples": "Solved.judge.samples",
        "trajectories": "Solved.judge.trajectories", "entropy": "Solved.judge.entropy", "as": "Solved.judge.estimator",
        "batch": "Solved.judge.batch", "false-alarm": "Solved.judge.false_alarm", "truncation": "Solved.judge.truncation",
        "behavior": "Solved.judge.behavior", "critic": "Solved.judge.critic", "baseline-file": "Solved.judge.baseline",
        "list": "- docs/judge.md",
    }),
    "critics": ("Solved.critics", {
        "features": "Solved.critics.features", "lambda": "Solved.critics.lambdas", "behavior": "Solved.critics.behavior",
        "weights": "Solved.critics.weights", "sweep": "Solved.critics.sweep",
    }),
    "convert": ("Model.save", {"from": "load.path", "to": "Model.save.to", "lump": "Model.lumped"}),
    "schema": ("schema", {}),
    "solve": ("Model.solve", {
        "method": "Model.solve.method", "tolerance": "Model.solve.tolerance", "entropy": "Model.solve.entropy",
        "iterations": "Model.solve.iterations", "trace": "Model.solve.trace", "blackwell": "ExactModel.by_discount",
        "n-discount": "Model.n_discount.order",
        "sweep": "Model.solve.sweep",
    }),
    "rewards": ("Solved.rewards", {"combination": "Solved.rewards.combination"}),
    "constrained": ("Model.constrained", {"of": "Model.constrained.of", "bound": "Model.constrained.bounds"}),
    "pareto": ("Model.pareto", {"of": "Model.pareto.of"}),
    "players": ("Solved.players", {
        "jacobian": "Solved.players.jacobian", "estimators": "Solved.players.estimators", "climb": "Solved.players.climb",
        "step": "Solved.players.step", "iterations": "Solved.players.iterations", "alternating": "Solved.players.alternating",
        "profile": "Solved.players.profile", "every": "Solved.players.every",
    }),
    "continuous": ("Solved.continuous", {
        "scales": "Solved.continuous.scales", "critic-error": "Solved.continuous.critic_error",
        "correlation": "Solved.continuous.correlation", "squash": "Solved.continuous.squash",
    }),
    "cone": ("Solved.cone", {"inequalities": "Solved.cone.inequalities"}),
    "shaping": ("Solved.shaping", {}),
    "robust": ("Model.robust", {"radius": "Model.robust.radius", "norm": "Model.robust.norm", "kernel": "Model.robust.kernel"}),
    "ascend": ("Model.ascents", {
        "method": "Model.ascents.methods", "risk": "Model.ascend.risk", "entropy": "Model.ascend.entropy", "truncation": "Model.ascend.truncation", "iterations": "Model.ascend.iterations",
        "step": "Model.ascents.step", "repeats": "Model.ascents.repeats", "restarts": "Model.ascents.restarts", "tolerance": "Model.ascend.tolerance",
        "gap-tolerance": "Model.ascend.gap_tolerance", "bounds": "Model.ascents.bounds", "estimator": "Model.ascend.estimator",
        "trajectories": "Model.ascend.trajectories", "drift": "Model.ascents.drift", "rollouts": "Model.ascend.rollouts",
        "critic-step": "Model.ascend.critic_step", "trace": "Model.ascend.iterates", "polytope": "pictures.polytope.paths",
        "states": "pictures.polytope.states", "every": "Model.ascend.every", "resume": "Model.ascend.resume",
        "sweep": "Model.ascents.sweep",
    }),
    "step": ("Solved.one_step", {
        "trajectories": "Solved.one_step.trajectories", "step": "Solved.one_step.step", "estimators": "Solved.one_step.estimators",
        "critic": "Solved.one_step.critic", "baseline-file": "Solved.one_step.baseline",
        "truncation": "Solved.one_step.truncation", "geometric": "Solved.one_step.geometric", "behavior": "Solved.one_step.behavior",
        "entropy": "Solved.one_step.entropy",
        "method": "Solved.one_step.methods", "curl": "Solved.one_step.curl", "sweep": "Solved.one_step.sweep",
    }),
    "reference": ("Solved.reference", {
        "estimators": "Solved.reference.estimators", "critic": "Solved.reference.critic",
        "baseline-file": "Solved.reference.baseline", "behavior": "Solved.reference.behavior",
        "geometric": "Solved.reference.geometric", "entropy": "Solved.reference.entropy", "truncation": "Solved.reference.truncation",
        "trajectories": "Solved.reference.trajectories", "another-seed": "Solved.reference.another_seed",
        "for": "Report.save.test", "force": "Report.save.force",
    }),
    "report": ("Solved.report", {}),
    "completions": ("- of a shell", {}),
    "man": ("- of a shell", {}),
    "help": ("- help()", {}),
}


def found(name):
    """The function of a name such as Model.ascend, and the argument behind it if one is named."""
    thing = exact_mdp
    for part in name.split("."):
        parameters = inspect.signature(thing).parameters if callable(thing) and not inspect.isclass(thing) else {}
        if part in parameters:
            return thing
        thing = pictures if part == "pictures" else getattr(thing, part)
    return thing


def options(program, command):
    text = subprocess.run([program, command, "--help"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^\s+(?:-\w, )?--([a-z-]+)", text, re.MULTILINE))


def test_every_name_is_there():
    for own, table in COMMANDS.values():
        for name in (own, *table.values(), *SHARED.values()):
            assert name.startswith("- ") or found(name) is not None, name


def test_every_command_is_told(program):
    text = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
    commands = re.findall(r"^  ([a-z]+) ", text.split("Options:")[0], re.MULTILINE)
    assert set(COMMANDS) == set(commands)


@pytest.mark.parametrize("command", [command for command, (own, _) in COMMANDS.items() if command != "help"])
def test_every_option_is_told(command, program):
    _, table = COMMANDS[command]
    told = options(program, command)
    assert told <= {*SHARED, *table}, f"new options of {command}"
    assert set(table) <= told, f"options that {command} has no more"
