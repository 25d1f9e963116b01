//! What `players` reports: each player's part, how far a profile is from an equilibrium, values of zero-sum
//! games, climbs.

mod bounds;
mod layout;

use std::io;

use layout::LAYOUT;
use nalgebra::{Complex, DMatrix};

use super::csv;
use super::entries::{Axis, Entries, Entry, Values};
use super::{Bounds, Head, Matrix, Quantity, Report};
use crate::arithmetic::Arithmetic;
use crate::error::Error;
use crate::estimator::{Estimator, Law, shown};
use crate::field::Field;
use crate::linalg::Solvable;
use crate::mdp::Space;
use crate::players::climb::{Climb, Climbed};
use crate::players::potential::Potential;
use crate::players::zero_sum::GameValue;
use crate::players::{Reply, eigenvalues, parts};
use crate::policy::{Factored, Policy};
use crate::solved::Solved;

/// A game under a profile.
#[derive(Clone, Debug)]
pub struct GameReport {
    /// The model, the criterion, the policy.
    pub head: Head,
    /// Whether one player pays what the other is paid.
    pub is_zero_sum: bool,
    /// The players, in their order.
    pub players: Vec<PlayerResult>,
    /// The value of a zero-sum game.
    pub zero_sum: Option<SaddleReport>,
    /// What is known of a potential.
    pub potential: Option<Potential>,
    /// The Jacobian of all gradients.
    pub jacobian: Option<GameJacobian>,
    /// Where all came to who climbed.
    pub climb: Option<ClimbReport>,
    /// Proven bounds on the errors, if the numbers are certified.
    pub bounds: Option<Bounds>,
}

/// One player under a profile.
#[derive(Clone, Debug)]
pub struct PlayerResult {
    /// Its name.
    pub name: String,
    /// Jᵢ.
    pub j: Quantity,
    /// vᵢ(s) \[S\]; the bias for the average reward.
    pub v: Vec<Quantity>,
    /// The names of its own parameters.
    pub parameters: Vec<String>,
    /// ∇ᵢJᵢ, by its own parameters.
    pub gradient: Vec<Quantity>,
    /// What its best reply is worth, J.
    pub reply_j: Quantity,
    /// That less Jᵢ.
    pub gain: Quantity,
    /// A bound on the error of the best reply's values and of its gain.
    pub error_bound: Option<f64>,
    /// A bound on the errors of Jᵢ and vᵢ, where rounding may show in the ninth digit of one.
    pub value_error: Option<f64>,
    /// A bound on the errors of ∇ᵢJᵢ, where rounding may show in the ninth digit of an entry.
    pub gradient_error: Option<f64>,
    /// v of the best reply \[S\].
    pub reply_v: Vec<Quantity>,
    /// The player's own pairs, `state,action`.
    pub pairs: Vec<String>,
    /// The best reply, over the own pairs; at t = 0 for a horizon.
    pub reply: Vec<Quantity>,
    /// The laws of estimators of its own gradient.
    pub laws: Vec<OwnLaw>,
}

/// The law of an estimator of a player's own gradient.
#[derive(Clone, Debug)]
pub struct OwnLaw {
    /// The estimator.
    pub name: String,
    /// E ĝ.
    pub mean: Vec<Quantity>,
    /// What rounding may have done to any entry of it, where it may show in the ninth digit of one.
    pub mean_error: Option<f64>,
    /// Var ĝ.
    pub variance: Vec<Quantity>,
    /// A bound on the errors of the variances, where rounding may show in the ninth digit of one.
    pub variance_error: Option<f64>,
}

impl OwnLaw {
    /// The report of a law.
    pub fn new<F: Solvable>(estimator: &Estimator, law: &Law<F>) -> OwnLaw {
        OwnLaw {
            name: estimator.to_string(),
            mean: Quantity::all(law.mean()),
            mean_error: None,
            variance: Quantity::all(law.variance()),
            variance_error: None,
        }
    }
}

/// `state,action` of all pairs.
fn pairs(space: &Space) -> Vec<String> {
    let name = |pair| {
        let (state, action) = space.pair_names(pair);
        format!("{state},{action}")
    };
    (0..space.pairs()).map(name).collect()
}

impl PlayerResult {
    /// The report of a player. Errors where its J has no gradient, or where that leaves the field.
    pub fn new<F: Arithmetic>(
        name: &str,
        solved: &Solved<F>,
        (family, player): (&Factored<F>, usize),
        reply: &Reply<F>,
        laws: Vec<OwnLaw>,
    ) -> Result<PlayerResult, Error> {
        let factor = &family.factors()[player];
        let undefined = &solved.evaluation().undefined.states;
        let without = &reply.optimum.undefined;
        Ok(PlayerResult {
            name: name.into(),
            j: Quantity::of(solved.j()),
            v: Quantity::all_but(solved.v(), |s| undefined.binary_search(&s).is_ok()),
            parameters: solved.policy().labels()[factor.block()].to_vec(),
            gradient: Quantity::all(&solved.gradient()?[factor.block()]),
            reply_j: Quantity::of(&reply.optimum.j),
            gain: Quantity::of(&reply.gain),
            error_bound: reply.optimum.error_bound,
            value_error: None,
            gradient_error: None,
            reply_v: Quantity::all_but(&reply.optimum.v, |s| without.contains(&s)),
            pairs: pairs(factor.policy().space()),
            reply: Quantity::all(reply.optimum.policy.probabilities()),
            laws,
        })
    }

    fn entries(&self) -> Entries<'_> {
        let own = Axis::Label(&self.parameters);
        let reply = Entries::default()
            .and(Entry::number("j", &self.reply_j))
            .and(Entry::number("gain", &self.gain))
            .and(Entry::optional_float("error_bound", self.error_bound).unbounded())
            .and(Entry::vector("v", Axis::State, &self.reply_v))
            .and(Entry::vector("probabilities", Axis::Label(&self.pairs), &self.reply).unbounded());
        let laws = self.laws.iter().map(|law| {
            Entries::default()
                .and(Entry::text("name", law.name.as_str()))
                .and(Entry::vector("mean", own, &law.mean))
                .and_some("mean_error", law.mean_error, Entry::float)
                .and(Entry::vector("variance", own, &law.variance))
                .and_some("variance_error", law.variance_error, Entry::float)
        });
        let laws: Vec<Entries<'_>> = laws.collect();
        Entries::default()
            .and(Entry::text("name", self.name.as_str()))
            .and(Entry::texts("parameters", &self.parameters))
            .and(Entry::texts("pairs", &self.pairs))
            .and(Entry::number("j", &self.j))
            .and(Entry::vector("v", Axis::State, &self.v))
            .and_some("value_error", self.value_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and(Entry::vector("gradient", own, &self.gradient))
            .and_some("gradient_error", self.gradient_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and(Entry::group("best_reply", reply))
            .and((!laws.is_empty()).then(|| Entry::list("estimators", laws)))
    }
}

/// The value of a zero-sum game, of the first player.
#[derive(Clone, Debug)]
pub struct SaddleReport {
    /// v* is nowhere below \[S\].
    pub lower: Vec<Quantity>,
    /// v* is nowhere above \[S\].
    pub upper: Vec<Quantity>,
    /// Between these lies ρ₀ v*.
    pub j: [Quantity; 2],
    /// Strategies that keep to these, over each player's own pairs.
    pub strategies: [Vec<Quantity>; 2],
    /// Iterations made.
    pub iterations: usize,
    /// maxₛ |Tv − v|(s).
    pub residual: f64,
}

impl SaddleReport {
    /// The report of a value.
    pub fn new<F: crate::players::zero_sum::Proving>(found: &GameValue<F>) -> SaddleReport {
        let number = |x: &F| {
            if F::EXACT {
                Quantity::of(x)
            } else {
                Quantity::from(x.to_f64())
            }
        };
        let all = |x: &[F]| x.iter().map(number).collect();
        SaddleReport {
            lower: all(&found.lower),
            upper: all(&found.upper),
            j: [number(&found.j[0].low()), number(&found.j[1].high())],
            strategies: [all(&found.strategies[0]), all(&found.strategies[1])],
            iterations: found.iterations,
            residual: found.residual,
        }
    }

    fn entries<'a>(&'a self, players: &'a [PlayerResult]) -> Entries<'a> {
        let strategies = players.iter().zip(&self.strategies).map(|(player, own)| {
            Entries::default()
                .and(Entry::text("name", player.name.as_str()))
                .and(Entry::vector("probabilities", Axis::Label(&player.pairs), own).unbounded())
        });
        let strategies = strategies.collect();
        Entries::default()
            .and(Entry::number("j_lower", &self.j[0]).unbounded())
            .and(Entry::number("j_upper", &self.j[1]).unbounded())
            .and(Entry::vector("lower", Axis::State, &self.lower).unbounded())
            .and(Entry::vector("upper", Axis::State, &self.upper).unbounded())
            .and(Entry::list("strategies", strategies))
            .and(Entry::whole("iterations", self.iterations as u64))
            .and(Entry::float("residual", self.residual).unbounded())
    }
}

/// The Jacobian of all players' gradients, and its parts.
#[derive(Clone, Debug)]
pub struct GameJacobian {
    /// ∂ₗ(∂ₖJᵢ), k of player i [d, d].
    pub whole: Matrix,
    /// What rounding has done to an entry at most, where that may show.
    pub error: Option<f64>,
    /// (M + Mᵀ)/2.
    pub symmetric: Matrix,
    /// (M − Mᵀ)/2: 0 where the game has a potential.
    pub antisymmetric: Matrix,
    /// The largest entry of the antisymmetric part, by modulus.
    pub turning: Quantity,
    /// The eigenvalues, in floating point, the largest real part first.
    pub eigenvalues: Option<Vec<Complex<f64>>>,
}

impl GameJacobian {
    /// The report of a Jacobian, whose entries may be off by so much where that shows.
    pub fn new<F: Arithmetic>(jacobian: DMatrix<F>, error: Option<f64>) -> GameJacobian {
        let (symmetric, antisymmetric) = parts(&jacobian);
        let turning = antisymmetric.iter().map(Field::abs);
        let turning = turning.reduce(|x, y| if y > x { y } else { x });
        GameJacobian {
            turning: turning.map_or(Quantity::from(0.0), |x| Quantity::of(&x)),
            eigenvalues: eigenvalues(&jacobian),
            whole: Matrix::new(jacobian),
            error,
            symmetric: Matrix::new(symmetric),
            antisymmetric: Matrix::new(antisymmetric),
        }
    }

    fn entries(&self) -> Entries<'_> {
        let axes = [Axis::Parameter, Axis::Parameter];
        let part = |of: fn(&Complex<f64>) -> f64| -> Option<Vec<Quantity>> {
            let all = self.eigenvalues.as_ref()?.iter();
            Some(all.map(|z| Quantity::from(of(z))).collect())
        };
        let floats = |name, x: Option<Vec<Quantity>>| {
            Entry::or_null(name, x, |name, x| {
                Entry::array(name, &[Axis::Index], Values::Numbers(x.into()))
            })
        };
        Entries::default()
            .and(Entry::cells("matrix", axes, &self.whole))
            .and_some("error", self.error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and(Entry::cells("symmetric", axes, &self.symmetric))
            .and(Entry::cells("antisymmetric", axes, &self.antisymmetric))
            .and(Entry::number("largest_antisymmetric", &self.turning))
            .and(floats("eigenvalues_real", part(|z| z.re)).unbounded())
            .and(floats("eigenvalues_imaginary", part(|z| z.im)).unbounded())
    }
}

/// Players who climbed.
#[derive(Clone, Debug)]
pub struct ClimbReport {
    /// What was asked: the rule, its step η and how many iterations.
    pub how: Climb,
    /// The path.
    pub climbed: Climbed,
    /// The names of [`ClimbStep::probabilities`](crate::players::climb::ClimbStep::probabilities):
    /// `player,state,action`.
    pub pairs: Vec<String>,
    iterations: Vec<usize>,
    j: Vec<Vec<f64>>,
    gain: Vec<Vec<f64>>,
    gradient_norm: Vec<Vec<f64>>,
    probabilities: Vec<Vec<f64>>,
}

impl ClimbReport {
    /// The report of a climb.
    pub fn new(how: &Climb, climbed: Climbed, space: &Space) -> ClimbReport {
        let mut names = Vec::new();
        for (player, name) in space
            .players()
            .iter()
            .flat_map(|all| all.names().iter().enumerate())
        {
            let part = space
                .players()
                .map(|players| players.part(space, player).space);
            let own = part.iter().flat_map(|space| pairs(space));
            names.extend(own.map(|pair| format!("{name},{pair}")));
        }
        let trace = &climbed.trace;
        let rows = |of: fn(&crate::players::climb::ClimbStep) -> &Vec<f64>| {
            trace.iter().map(|x| of(x).clone()).collect()
        };
        ClimbReport {
            iterations: trace.iter().map(|x| x.iteration).collect(),
            j: rows(|x| &x.j),
            gain: rows(|x| &x.gain),
            gradient_norm: rows(|x| &x.gradient_norm),
            probabilities: rows(|x| &x.probabilities),
            pairs: names,
            how: how.clone(),
            climbed,
        }
    }

    /// The policy at the end.
    pub fn policy(&self) -> &Policy {
        &self.climbed.policy
    }

    fn entries<'a>(&'a self, names: &'a [String]) -> Entries<'a> {
        let rows = |name, x: &'a [Vec<f64>]| {
            let axes = [Axis::Index, Axis::Label(names)];
            Entry::array(name, &axes, Values::FloatRows(x)).unbounded()
        };
        let theta = self.climbed.policy.theta().unwrap_or_default();
        let axes = [Axis::Index, Axis::Label(&self.pairs)];
        Entries::default()
            .and(Entry::text("method", self.how.method.name()))
            .and(Entry::float("step", self.how.step).unbounded())
            .and(Entry::flag("alternating", self.how.alternating))
            .and(Entry::array(
                "iteration",
                &[Axis::Index],
                Values::Wholes(&self.iterations),
            ))
            .and(rows("j", &self.j))
            .and(rows("gain", &self.gain))
            .and(rows("gradient_norm", &self.gradient_norm))
            .and(Entry::texts("pairs", &self.pairs))
            .and(
                Entry::array(
                    "probabilities",
                    &axes,
                    Values::FloatRows(&self.probabilities),
                )
                .unbounded(),
            )
            .and(Entry::floats("theta", Axis::Parameter, theta).unbounded())
    }
}

/// What is known of a potential, in words.
fn potential_entries(known: &Potential) -> Entries<'_> {
    let (verdict, scope) = match known {
        Potential::Exists => ("exists", "one step, all strategies"),
        Potential::CyclesClose => ("cycles-close", "deterministic stationary policies"),
        Potential::Refuted(_) => ("none", "all strategies"),
        Potential::Undecided(why) => ("undecided", why.as_str()),
    };
    let entries = Entries::default()
        .and(Entry::text("verdict", verdict))
        .and(Entry::text("scope", scope));
    match known {
        Potential::Refuted(cycle) => entries.and(Entry::group(
            "cycle",
            Entries::default()
                .and(Entry::array(
                    "players",
                    &[Axis::Index],
                    Values::Wholes(&cycle.players),
                ))
                .and(Entry::text("from", cycle.from.as_str()))
                .and(Entry::text("to", cycle.to.as_str()))
                .and(Entry::text("sum", cycle.sum.to_string())),
        )),
        _ => entries,
    }
}

impl GameReport {
    /// The largest that a best reply gains, and what all gain together.
    pub fn gaps(&self) -> (f64, f64) {
        let gains = self.players.iter().filter_map(|player| player.gain.value());
        gains.fold((0.0, 0.0), |(most, sum), gain| {
            (f64::max(most, gain), sum + gain)
        })
    }

    /// What rounding may have done to them, where it may show in the ninth digit of one; `None` too where some reply has no
    /// bound.
    pub fn gap_errors(&self) -> Option<(f64, f64)> {
        let errors = self.players.iter().map(|player| player.error_bound);
        let errors: Vec<f64> = errors.collect::<Option<_>>()?;
        let ((most, sum), all) = (self.gaps(), errors.iter().sum::<f64>());
        let each = errors.iter().fold(0.0, |most: f64, error| most.max(*error));
        shown(&[each, all], &[most, sum]).map(|_| (each, all))
    }

    fn names(&self) -> &[String] {
        self.head
            .space
            .players()
            .map_or(&[], |players| players.names())
    }
}

impl Report for GameReport {
    fn entries(&self) -> Entries<'_> {
        let players = self.players.iter().map(PlayerResult::entries).collect();
        let (most, sum) = self.gaps();
        let errors = self.gap_errors();
        let float = |name, x| Entry::float(name, x).unbounded();
        self.head
            .entries()
            .and(Entry::list("players", players))
            .and(Entry::float("nash_gap", most).unbounded())
            .and(Entry::float("nash_gap_sum", sum).unbounded())
            .and_some("nash_gap_error", errors.map(|errors| errors.0), float)
            .and_some("nash_gap_sum_error", errors.map(|errors| errors.1), float)
            .and(Entry::flag("is_zero_sum", self.is_zero_sum))
            .and_some("zero_sum", self.zero_sum.as_ref(), |name, x| {
                Entry::group(name, x.entries(&self.players))
            })
            .and_some("potential", self.potential.as_ref(), |name, x| {
                Entry::group(name, potential_entries(x))
            })
            .and_some("jacobian", self.jacobian.as_ref(), |name, x| {
                Entry::group(name, x.entries())
            })
            .and_some("climb", self.climb.as_ref(), |name, x| {
                Entry::group(name, x.entries(self.names()))
            })
            .and_some("bounds", self.bounds.as_ref(), Entry::bounds)
    }

    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()> {
        LAYOUT.write(&self.head, &self.entries(), rows)
    }

    fn bounds(&self) -> Option<&Bounds> {
        self.bounds.as_ref()
    }
}
