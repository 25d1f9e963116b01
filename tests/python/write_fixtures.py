"""Writes small models with the libraries themselves, for tests/exchange.

    python tests/python/write_fixtures.py tests/exchange/fixtures

The files in the repository were written by gymnasium 1.4.0, pymdptoolbox 4.0b3, quantecon 0.11.4
and stormpy 2.0.0, the .umb files by stormpy 2.0.0 (storm.umb) and umbi 0.2.5 (umbi.umb; umbi-plain.umb is
the same unpacked), trajectories-*.parquet by pyarrow 26.0.1, polars 2.1.0, pandas 3.1.1 and duckdb 2.0.1.
"""

import json
import pathlib
import sys

import numpy as np


def item(x):
    """NumPy's numbers as Python's."""
    return x.item()


def gymnasium_files(folder):
    import gymnasium

    for name, file in [("FrozenLake-v1", "frozenlake"), ("CliffWalking-v1", "cliffwalking")]:
        env = gymnasium.make(name).unwrapped
        with open(folder / f"{file}-bare.json", "w") as out:
            json.dump(env.P, out, default=item)
        with open(folder / f"{file}.json", "w") as out:
            initial = list(env.initial_state_distrib)
            json.dump({"discount": 0.99, "initial": initial, "P": env.P}, out, default=item)


def toolbox_files(folder):
    import mdptoolbox.example

    P, R = mdptoolbox.example.forest(S=3, r1=4, r2=2, p=0.1)
    np.savez(folder / "forest.npz", P=P, R=R, discount=0.9)
    P, R = mdptoolbox.example.forest(S=3, r1=4, r2=2, p=0.1, is_sparse=True)
    parts = ("data", "indices", "indptr")
    matrices = {f"P{a}/{k}": getattr(p.tocsr(), k) for a, p in enumerate(P) for k in parts}
    np.savez_compressed(folder / "forest-sparse.npz", R=R, **matrices)
    np.random.seed(0)
    P, R = mdptoolbox.example.rand(5, 3)
    # NumPy arrays of P by [S, A, S] transposed: stored in Fortran's order
    np.savez(folder / "random-fortran.npz", P=np.asfortranarray(P), R=R, discount=0.9)


def growth():
    """The growth model of QuantEcon's documentation: action a is feasible up to the state."""
    import quantecon
    from quantecon.markov import DiscreteDP

    B, M, alpha, beta = 10, 5, 0.5, 0.9
    n, m = B + M + 1, M + 1
    R, Q = np.full((n, m), -np.inf), np.zeros((n, m, n))
    for a in range(m):
        Q[:, a, a : (a + B + 1)] = 1.0 / (B + 1)
        for s in range(a, n):
            R[s, a] = (s - a) ** alpha
    return DiscreteDP(R, Q, beta)


def quantecon_files(folder):
    ddp = growth()
    np.savez_compressed(folder / "growth.npz", R=ddp.R, Q=ddp.Q, beta=ddp.beta)
    pairs = ddp.to_sa_pair_form()
    csr = {f"Q/{k}": getattr(pairs.Q.tocsr(), k) for k in ("data", "indices", "indptr")}
    np.savez(
        folder / "growth-pairs.npz",
        R=pairs.R,
        s_indices=pairs.s_indices,
        a_indices=pairs.a_indices,
        beta=pairs.beta,
        **csr,
    )


COIN = """mdp
module coin
  s : [0..3] init 0;
  [fair] s=0 -> 1/3:(s'=1) + 2/3:(s'=2);
  [sure] s=0 -> 1:(s'=3);
  [again] s=1 -> 1/4:(s'=1) + 3/4:(s'=3);
  [] s=2 -> 1:(s'=2);
  [] s=3 -> 1:(s'=3);
endmodule
label "goal" = s=3;
rewards "gain"
  s=1 : 5/2;
  [fair] true : 1;
  [sure] true : 1/3;
endrewards
"""


def storm_files(folder):
    import stormpy
    import stormpy.io

    program = folder / "coin.nm"
    program.write_text(COIN)
    parsed = stormpy.parse_prism_program(str(program))
    program.unlink()
    exact = stormpy.build_model[stormpy.Rational](parsed)
    stormpy.io.export_to_drn(exact, folder / "coin.drn")
    options = stormpy.BuilderOptions()
    for choose in ("build_state_valuations", "build_choice_labels", "build_all_reward_models", "build_all_labels"):
        getattr(options, f"set_{choose}")()
    double = stormpy.build_model(parsed, options=options)
    stormpy.io.export_to_drn(double, folder / "coin-double.drn")


WALK = """mdp
module walk
  s : [0..3] init 0;
  [go] s=0 -> 0.25:(s'=1) + 0.75:(s'=2);
  [stay] s=0 -> 1:(s'=0);
  [go] s=1 -> 1:(s'=3);
  [] s=2 -> 1:(s'=3);
  [] s=3 -> true;
endmodule
label "goal" = s=3;
rewards "time"
  s<3 : 1;
endrewards
rewards "energy"
  [go] true : 2;
  s=2 : 5;
endrewards
"""


def storm_umb_files(folder):
    import stormpy
    import stormpy.io

    program = folder / "walk.nm"
    program.write_text(WALK)
    options = stormpy.BuilderOptions()
    for choose in ("build_state_valuations", "build_choice_labels", "build_all_reward_models", "build_all_labels"):
        getattr(options, f"set_{choose}")()
    model = stormpy.build_model(stormpy.parse_prism_program(str(program)), options=options)
    program.unlink()
    stormpy.io.export_to_umb(model, str(folder / "storm.umb"))


def umbi_files(folder):
    import gzip
    from fractions import Fraction as F

    from umbi.ats.ats_to_umb import write
    from umbi.ats.explicit_ats import ExplicitAts, TimeType

    def model():
        ats = ExplicitAts()
        ats.time, ats.num_players, ats.num_choice_actions = TimeType.DISCRETE, 1, 2
        ats.choice_action_to_name = ["go", "stay"]
        for _ in range(2):
            ats.add_state()
        ats.set_initial_states([0])
        for state, action, row in [(0, 0, {0: F(1, 3), 1: F(2, 3)}), (0, 1, {0: F(1)}), (1, 1, {1: F(1)})]:
            choice = ats.add_state_choice(state=state)
            choice.action = action
            for target, probability in row.items():
                choice.add_branch(target=target, prob=probability)
        cost = ats.add_reward_annotation(name="cost", alias="the cost")
        cost.set_state_values([F(1, 7), F(0)])
        cost.set_choice_values([F(2), F(-1, 3), F(0)])
        return ats

    write(model(), str(folder / "umbi.umb"))
    (folder / "umbi-plain.umb").write_bytes(gzip.decompress((folder / "umbi.umb").read_bytes()))
    observed = model()
    observed.add_observation_annotation(num_observations=2).set_state_values([0, 1])
    write(observed, str(folder / "umbi-observations.umb"))


def steps():
    """Twelve episodes of retry-loop in numbers, a row for each step; ids of episodes that no float64 is."""
    episodes = [
        ([0, 1, 0, 1, 0, 1], [1, 3, 1, 3, 1, 2], [0, 0, 0, 0, 0, 2]),
        ([0, 0, 1], [0, 1, 2], [-1, 0, 2]),
        ([0, 1], [1, 2], [0, 2]),
    ] * 4
    first, columns = 2**60, {name: [] for name in ("episode", "states", "actions", "rewards", "terminated")}
    for k, (states, actions, rewards) in enumerate(episodes):
        columns["episode"] += [first + k] * len(states)
        columns["states"] += states
        columns["actions"] += actions
        columns["rewards"] += [float(x) for x in rewards]
        columns["terminated"] += [False] * (len(states) - 1) + [True]
    return columns


def rows(columns):
    """The same with a list for each episode."""
    lengths = [columns["episode"].count(k) for k in dict.fromkeys(columns["episode"])]
    cut = np.cumsum([0, *lengths])
    pick = lambda column: [column[a:b] for a, b in zip(cut, cut[1:])]
    return {name: pick(column) for name, column in columns.items() if name != "episode"}


def parquet_files(folder):
    import duckdb
    import pandas
    import polars
    import pyarrow
    import pyarrow.parquet

    columns = steps()
    pyarrow.parquet.write_table(pyarrow.table(columns), folder / "trajectories-pyarrow.parquet")
    polars.DataFrame(rows(columns)).write_parquet(folder / "trajectories-polars.parquet")
    frame = pandas.DataFrame(columns).astype({"states": "Int8", "actions": "UInt16", "rewards": "float32"})
    frame["note"] = pandas.Timestamp("2026-01-01")
    frame.to_parquet(folder / "trajectories-pandas.parquet", compression="gzip", index=False)
    duckdb.sql(f"copy (select * from frame) to '{folder}/trajectories-duckdb.parquet' (codec 'lz4_raw')")


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for write in (gymnasium_files, toolbox_files, quantecon_files, storm_files, storm_umb_files, umbi_files, parquet_files):
        try:
            write(folder)
        except ImportError as missing:
            print(f"left out {write.__name__}: {missing}")
