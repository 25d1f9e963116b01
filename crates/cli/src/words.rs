//! Values of the library as words on the command line, with what the completions say of them.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use exact_mdp::critics::Weighting;
use exact_mdp::exchange::Format;
use exact_mdp::gradient::Route;
use exact_mdp::model::{Axes, CriterionKind};
use exact_mdp::reference::Template;
use exact_mdp::report::Variable;
use exact_mdp::study::RouteName;
use exact_mdp::{ascent, control};

use crate::solver::SolverName;

/// A value, its word, and what is said of it.
pub struct Word<T> {
    value: T,
    name: &'static str,
    alias: Option<&'static str>,
    help: &'static str,
}

/// What a flag can ask for by a word.
pub trait Words: Copy + Send + Sync + 'static {
    /// All of them, in the order of the lists that users see.
    const WORDS: &'static [Word<Self>];
}

/// Reads a word; what is none is an error that lists them.
pub fn word<T: Words>() -> impl TypedValueParser<Value = T> {
    let possible = |word: &Word<T>| {
        let value = PossibleValue::new(word.name).help(word.help);
        match word.alias {
            Some(alias) => value.alias(alias),
            None => value,
        }
    };
    PossibleValuesParser::new(T::WORDS.iter().map(possible)).try_map(|text| {
        let said = |word: &&Word<T>| word.name == text || word.alias == Some(text.as_str());
        let word = T::WORDS.iter().find(said);
        word.map(|word| word.value).ok_or("unknown word")
    })
}

macro_rules! words {
    ($type:ty { $($value:ident $($name:literal $(or $alias:literal)?)?, $help:literal;)* }) => {
        impl Words for $type {
            const WORDS: &'static [Word<Self>] = &[$(Word {
                value: <$type>::$value,
                name: words!(@name $type, $value $(, $name)?),
                alias: words!(@alias $($($alias)?)?),
                help: $help,
            }),*];
        }
    };
    // what the library has a name for is not typed again
    (@name $type:ty, $value:ident) => { <$type>::$value.name() };
    (@name $type:ty, $value:ident, $name:literal) => { $name };
    (@alias) => { None };
    (@alias $alias:literal) => { Some($alias) };
}

words! { Weighting {
    OnPolicy "on-policy", "The stationary law, or the visits of an episode";
    Occupancy "occupancy", "The discounted occupancy";
    Uniform "uniform", "All states alike";
} }

words! { SolverName {
    Auto "auto", "Chosen by size, density and fill";
    Dense "dense", "Dense LU with partial pivoting";
    Sparse "sparse", "Sparse LU with a fill-reducing ordering";
    Krylov "krylov", "BiCGSTAB with incomplete factors, stopped on a certified error";
    Lapack "lapack", "Dense LU by the system's LAPACK; needs a build with `--features lapack`";
    Distributed "petsc", "PETSc over MPI, by rows on several processes; needs a build with `--features petsc`";
} }

words! { CriterionKind {
    Discounted, "E Σₜ γᵗ Rₜ";
    FiniteHorizon, "E Σ_{t<T} γᵗ Rₜ";
    Total, "E Σₜ Rₜ until a terminal state is reached";
    Average, "The long-run average reward per step";
} }

words! { Format {
    Nested "nested", "A model file, by state and action, for people";
    Rows "rows", "A model file, one row per transition, for programs";
    Gymnasium "gymnasium", "JSON with Gymnasium's `P`";
    Pymdptoolbox "pymdptoolbox", "An archive of arrays, P [A, S, S] and R, for pymdptoolbox";
    Quantecon "quantecon", "An archive of arrays, R and Q, for QuantEcon";
    Drn "drn", "Storm's direct encoding";
    Prism "prism", "PRISM's explicit files";
    Cassandra "cassandra", "Cassandra's format";
    Umb "umb", "UMB, the binary format of Storm and umbi";
    Petsc "petsc", "PETSc's binary matrices, as madupite has them";
} }

words! { Axes {
    Ass "ass", "P[action, state, next], pymdptoolbox";
    Sas "sas", "P[state, action, next], textbooks, seals, mushroom-rl";
} }

impl Words for RouteName {
    const WORDS: &'static [Word<Self>] = &[
        route(
            RouteName::Route(Route::Bellman),
            "The Bellman equation on ∇v, forward",
        ),
        route(
            RouteName::Route(Route::Adjoint),
            "ρ^π (q∇π), from the occupancy",
        ),
        route(
            RouteName::Route(Route::NablaLog),
            "ρ^π π (q∇log π), from the scores",
        ),
        route(
            RouteName::Route(Route::Dual),
            "Dual numbers through the same algebra",
        ),
        route(
            RouteName::Route(Route::FiniteDifference),
            "Central differences of J",
        ),
        route(
            RouteName::Route(Route::ComplexStep),
            "J over complex numbers, a tiny imaginary step at a time",
        ),
        route(
            RouteName::Evolution,
            "Evaluations at θ ± σξ: the gradient of a smoothed J",
        ),
        route(RouteName::All, "Every route that there is"),
    ];
}

const fn route(value: RouteName, help: &'static str) -> Word<RouteName> {
    Word {
        value,
        name: value.name(),
        alias: None,
        help,
    }
}

words! { Variable {
    Theta, "The policy's parameters";
    P, "p(s'|s,a), on the stored entries, r(s,a) held fixed";
    R, "r(s,a)";
    Discount, "γ";
    Initial, "ρ₀(s)";
} }

words! { control::ControlMethod {
    Auto, "Chosen by criterion and size; the result names what was chosen";
    ValueIteration,
        "v ← T*v until the certified error is small enough (MacQueen 1966)";
    PolicyIteration,
        "Evaluate exactly, improve where it certainly helps (Howard 1960)";
    ModifiedPolicyIteration,
        "Improve, then evaluate by a few sweeps, or by a Krylov method (Puterman & Shin 1978)";
    LinearProgram,
        "The primal and the dual program, by the simplex method (d'Epenoux 1963)";
} }

/// A method of ascent, or all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodName {
    /// Every method that serves the policy.
    All,
    /// This one.
    Method(ascent::AscentMethod),
}

impl Words for MethodName {
    const WORDS: &'static [Word<Self>] = &[
        method(ascent::AscentMethod::Plain, None, "θ + η∇J with a fixed η"),
        method(
            ascent::AscentMethod::LineSearch,
            Some("armijo"),
            "The same with η halved until J rises enough, then doubled again (Armijo 1966)",
        ),
        method(
            ascent::AscentMethod::Projected,
            None,
            "Fixed steps in π, projected onto the simplices",
        ),
        method(
            ascent::AscentMethod::Natural,
            Some("npg"),
            "θ + ηF⁺∇J (Kakade 2002)",
        ),
        method(
            ascent::AscentMethod::Mirror,
            Some("pmd"),
            "π' ∝ π exp(ηA) in every state: mirror descent with the divergence KL",
        ),
        method(
            ascent::AscentMethod::Nesterov,
            None,
            "Nesterov's accelerated gradient (1983)",
        ),
        method(
            ascent::AscentMethod::Adam,
            None,
            "Adam on the exact gradient (Kingma & Ba 2015)",
        ),
        method(
            ascent::AscentMethod::TrustRegion,
            Some("trpo"),
            "The largest natural step within a mean divergence (TRPO, Schulman et al. 2015)",
        ),
        method(
            ascent::AscentMethod::Proximal,
            Some("ppo"),
            "Maximises the clipped surrogate (PPO, Schulman et al. 2017), exactly",
        ),
        method(
            ascent::AscentMethod::Newton,
            None,
            "Newton's method on the exact Hessian, its eigenvalues taken by their size",
        ),
        method(
            ascent::AscentMethod::Reinforce,
            None,
            "θ + ηĝ with a sampled estimate ĝ of ∇J",
        ),
        method(
            ascent::AscentMethod::ActorCritic,
            Some("a2c"),
            "REINFORCE with a critic that learns from the same trajectories (A2C)",
        ),
        method(
            ascent::AscentMethod::Evolution,
            Some("es"),
            "J alone at θ ± σξ: an evolution strategy (Salimans et al. 2017)",
        ),
        method(
            ascent::AscentMethod::CrossEntropy,
            Some("cem"),
            "J alone at draws around θ: mean and deviation of the best fifth",
        ),
        method(
            ascent::AscentMethod::RandomSearch,
            None,
            "J alone: the best of some draws around θ, if it raises J",
        ),
        Word {
            value: MethodName::All,
            name: "all",
            alias: None,
            help: "Every method that serves the policy",
        },
    ];
}

const fn method(
    value: ascent::AscentMethod,
    alias: Option<&'static str>,
    help: &'static str,
) -> Word<MethodName> {
    Word {
        value: MethodName::Method(value),
        name: value.name(),
        alias,
        help,
    }
}

words! { Template {
    Pytest "pytest", "Python, for pytest or by itself; the standard library suffices";
    Cargo "cargo", "Rust, for the `tests` folder of a crate with `serde_json`";
} }

/// A list of estimators: any text, with names for the completions.
#[derive(Clone, Copy, Debug)]
pub struct Estimators;

impl TypedValueParser for Estimators {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        clap::builder::StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(ESTIMATORS.into_iter().map(PossibleValue::new)))
    }
}

/// A name of every kind of estimator.
const ESTIMATORS: [&str; 26] = [
    "all",
    "total-return",
    "reward-to-go",
    "reward-to-go:dropped",
    "baseline:v",
    "baseline:optimal-constant",
    "baseline:optimal-state",
    "baseline:optimal-stationary",
    "baseline:optimal-parameter",
    "baseline:optimal-parameter-stationary",
    "q",
    "advantage",
    "td-residual",
    "gae:0.95",
    "n-step:5",
    "reward-to-go:bootstrapped",
    "lambda-return:0.95",
    "one-step-of-lambda-return:0.95",
    "gae:0.95:cut-as-end",
    "v-trace:1:1",
    "retrace:1",
    "importance:ordinary",
    "importance:self-normalised",
    "per-step-mean:gae:0.95:dropped",
    "whitened:gae:0.95:dropped:ddof-0",
    "in-sample-baseline:total-return",
];

#[cfg(test)]
mod tests {
    use exact_mdp::estimator::{all, parse_list};

    #[test]
    fn the_completions_name_every_kind_of_estimator() {
        let named = parse_list(&super::ESTIMATORS[1..].join(","), true).expect("names");
        let dropped = all(true)
            .into_iter()
            .filter(|e| !e.to_string().ends_with(":dropped"));
        for estimator in dropped {
            assert!(named.contains(&estimator), "{estimator}");
        }
    }
}
