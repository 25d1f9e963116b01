//! What `chain` reports: the chain that a policy makes of a model, in the long run and on the way.

use std::io;

use super::csv::{self, CsvLayout, CsvLine};
use super::entries::{Axis, Entries, Entry, Values};
use super::{Bounds, Head, Quantity, Report};
use crate::chain::{Eigenvalue, MIXED, MixingTime, Passage};
use crate::linalg::Solvable;
use nalgebra::DMatrix;

/// The chain of a policy.
#[derive(Clone, Debug)]
pub struct ChainReport {
    /// The model, the criterion, the policy.
    pub head: Head,
    /// `unichain` or `multichain`.
    pub kind: &'static str,
    /// The recurrent classes in the order of their first states, terminal states among them.
    pub classes: Vec<ClassReport>,
    /// The states that are left for ever.
    pub transient: Vec<String>,
    /// r^π(s) \[S\], in units of reward per step.
    pub reward: Vec<Quantity>,
    /// ρ₀P* \[S\]: the share of time in each state in the long run.
    pub stationary: Vec<Quantity>,
    /// A bound on the errors of `stationary` and of where the chain ends from ρ₀, where rounding may show in the ninth digit
    /// of one.
    pub stationary_error: Option<f64>,
    /// P*r^π \[S\], in units of reward per step.
    pub gain: Vec<Quantity>,
    /// A bound on the errors of `reward`, where rounding may show in the ninth digit of one.
    pub reward_error: Option<f64>,
    /// The same of `gain`.
    pub gain_error: Option<f64>,
    /// fₖ(s) [S, classes]: the probability of ending in each class.
    pub absorption: Vec<Vec<Quantity>>,
    /// First passage to the states that were asked for.
    pub passage: Option<PassageReport>,
    /// How fast the chain forgets its start, and its matrices; `None` where there are too many
    /// states.
    pub dense: Option<DenseReport>,
    /// Proven bounds on the errors, if the numbers are certified.
    pub bounds: Option<Bounds>,
}

/// A recurrent class.
#[derive(Clone, Debug)]
pub struct ClassReport {
    /// The names of its states.
    pub states: Vec<String>,
    /// The greatest common divisor of the lengths of its cycles.
    pub period: usize,
    /// Whether it is a terminal state.
    pub terminal: bool,
    /// Σₖ fₖ(s) ρ₀(s): the probability of ending in it.
    pub absorption: Quantity,
    /// μ over its states, in their order.
    pub stationary: Vec<Quantity>,
    /// Kemeny's constant Σ_{j∈C} D(j, j), in steps: the expected time to a state drawn from μ, the
    /// same from every state of the class. `None` where no matrices are formed.
    pub kemeny: Option<Quantity>,
    /// Φ, in \[0, 1\]; `None` for a class of one state and for large ones.
    pub conductance: Option<Quantity>,
}

/// First passage to some states.
#[derive(Clone, Debug)]
pub struct PassageReport {
    /// Their names.
    pub to: Vec<String>,
    /// P(ever there) \[S\].
    pub probability: Vec<Quantity>,
    /// E\[steps until there\] \[S\]; undefined where it may never happen.
    pub steps: Vec<Quantity>,
}

impl PassageReport {
    /// The report of a passage.
    pub fn new<F: Solvable>(to: Vec<String>, passage: &Passage<F>) -> PassageReport {
        PassageReport {
            to,
            probability: Quantity::all(&passage.probability),
            steps: passage.steps.iter().map(optional).collect(),
        }
    }

    fn entries(&self) -> Entries<'_> {
        use Axis::{Index, State};
        Entries::default()
            .and(Entry::array("to", &[Index], Values::Texts(&self.to)))
            .and(Entry::vector("probability", State, &self.probability))
            .and(Entry::vector("steps", State, &self.steps))
    }
}

/// A number, or none.
pub(crate) fn optional<F: Solvable>(x: &Option<F>) -> Quantity {
    x.as_ref().map_or(Quantity::Undefined, Quantity::of)
}

/// What takes the matrices of a chain.
#[derive(Clone, Debug)]
pub struct DenseReport {
    /// p(s'|s, a) [SA, S].
    pub p: Vec<Vec<Quantity>>,
    /// P = p^π [S, S]; terminal states lead to themselves.
    pub transition: Vec<Vec<Quantity>>,
    /// P* [S, S].
    pub limiting: Vec<Vec<Quantity>>,
    /// D = (I − P + P*)⁻¹ − P* [S, S], in steps.
    pub deviation: Vec<Vec<Quantity>>,
    /// What rounding may have done to any entry of `deviation` and `fundamental`, where it may show.
    pub deviation_error: Option<f64>,
    /// Z = (I − P + P*)⁻¹ = D + P* [S, S].
    pub fundamental: Vec<Vec<Quantity>>,
    /// m(s, s') [S, S]: expected steps from s until s' is first reached, from s' itself until it is
    /// reached again; undefined where that may never happen.
    pub first_passage: Vec<Vec<Quantity>>,
    /// The eigenvalues of P, the largest modulus first; `None` if they were not found.
    pub spectrum: Option<Vec<Eigenvalue>>,
    /// When P is within 1/4 of μ; `None` where it never is.
    pub mixing_time: Option<MixingTime>,
}

impl DenseReport {
    /// The largest modulus of the eigenvalues beyond one 1 for each recurrent class, and a bound on
    /// its error; 1 if one of them is periodic.
    pub fn subdominant(&self, classes: usize) -> Option<(f64, f64)> {
        let others = self.spectrum.as_ref()?.get(classes..)?;
        let modulus = others.first()?.modulus().0;
        let least = others.iter().map(|z| {
            let (modulus, error) = z.modulus();
            modulus - error
        });
        let most = others.iter().map(|z| z.most.min(1.0));
        let least = least.fold(0.0, f64::max);
        let most = most.fold(0.0, f64::max);
        Some((modulus, (modulus - least).max(most - modulus)))
    }

    fn entries(&self, classes: usize) -> Entries<'_> {
        use Axis::{Pair, State};
        Entries::default()
            .and(Entry::matrix("p", [Pair, State], &self.p))
            .and(Entry::matrix(
                "transition",
                [State, State],
                &self.transition,
            ))
            .and(Entry::matrix("limiting", [State, State], &self.limiting))
            .and(Entry::matrix("deviation", [State, State], &self.deviation))
            .and_some("deviation_error", self.deviation_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and(Entry::matrix(
                "fundamental",
                [State, State],
                &self.fundamental,
            ))
            .and(Entry::matrix(
                "first_passage",
                [State, State],
                &self.first_passage,
            ))
            .and(Entry::or_null(
                "spectrum",
                self.spectrum.as_deref(),
                |name, x| Entry::group(name, spectrum(x, self.subdominant(classes))),
            ))
            .and(Entry::or_null(
                "mixing_time",
                self.mixing_time,
                |name, time| {
                    let entries = Entries::default()
                        .and(Entry::float("distance", MIXED))
                        .and(Entry::whole("lower", time.lower))
                        .and(Entry::or_null("upper", time.upper, Entry::whole));
                    Entry::group(name, entries.unbounded())
                },
            ))
    }
}

/// The eigenvalues and what is read off them.
fn spectrum(eigenvalues: &[Eigenvalue], subdominant: Option<(f64, f64)>) -> Entries<'static> {
    let numbers = |name, of: fn(&Eigenvalue) -> f64| {
        let numbers: Vec<Quantity> = eigenvalues.iter().map(|z| of(z).into()).collect();
        Entry::array(name, &[Axis::Index], Values::Numbers(numbers.into()))
    };
    let modulus = subdominant.map(|(modulus, _)| modulus);
    let error = subdominant.map(|(_, error)| error);
    let gap = modulus.map(|modulus| 1.0 - modulus);
    // of a gap that rounding may explain there is no inverse
    let told = gap.filter(|gap| *gap > error.unwrap_or(0.0));
    Entries::default()
        .and(numbers("real", |z| z.value.re))
        .and(numbers("imaginary", |z| z.value.im))
        .and(numbers("error", |z| z.error))
        .and(Entry::or_null("subdominant", modulus, Entry::float))
        .and(Entry::or_null("subdominant_error", error, Entry::float))
        .and(Entry::or_null("gap", gap, Entry::float))
        .and(Entry::or_null(
            "relaxation_time",
            told.map(|gap| 1.0 / gap),
            Entry::float,
        ))
        .unbounded()
}

/// The rows of a dense matrix.
pub(crate) fn rows_of<F: Solvable>(matrix: &DMatrix<F>) -> Vec<Vec<Quantity>> {
    let row = |i: usize| (0..matrix.ncols()).map(move |j| Quantity::of(&matrix[(i, j)]));
    (0..matrix.nrows()).map(|i| row(i).collect()).collect()
}

impl ClassReport {
    fn entries(&self) -> Entries<'_> {
        use Axis::Index;
        let own = &self.stationary;
        Entries::default()
            .and(Entry::array(
                "states",
                &[Index],
                Values::Texts(&self.states),
            ))
            .and(Entry::whole("period", self.period as u64))
            .and(Entry::flag("terminal", self.terminal))
            .and(Entry::number("absorption", &self.absorption))
            .and(Entry::vector("stationary", Index, own))
            .and(Entry::or_null(
                "kemeny",
                self.kemeny.as_ref(),
                Entry::number,
            ))
            .and(
                Entry::or_null("conductance", self.conductance.as_ref(), Entry::number).unbounded(),
            )
    }
}

impl Report for ChainReport {
    fn entries(&self) -> Entries<'_> {
        use Axis::{Index, State};
        let classes = self.classes.iter().map(ClassReport::entries).collect();
        let dense = self.dense.as_ref();
        self.head
            .entries()
            .and(Entry::text("kind", self.kind))
            .and(Entry::list("classes", classes))
            .and(Entry::array(
                "transient",
                &[Index],
                Values::Texts(&self.transient),
            ))
            .and(Entry::vector("reward", State, &self.reward))
            .and(Entry::vector("stationary", State, &self.stationary))
            .and_some("stationary_error", self.stationary_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and_some("reward_error", self.reward_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and(Entry::vector("gain", State, &self.gain))
            .and_some("gain_error", self.gain_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and(Entry::matrix(
                "absorption",
                [State, Index],
                &self.absorption,
            ))
            .and_some("passage", self.passage.as_ref(), |name, x| {
                Entry::group(name, x.entries())
            })
            .with(dense.map_or_else(Vec::new, |x| x.entries(self.classes.len()).0))
            .and_some("bounds", self.bounds.as_ref(), Entry::bounds)
    }

    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()> {
        LAYOUT.write(&self.head, &self.entries(), rows)
    }

    fn bounds(&self) -> Option<&Bounds> {
        self.bounds.as_ref()
    }
}

/// What is written of each recurrent class.
const CLASS: &[CsvLine] = &[
    CsvLine::Of("period", "period"),
    CsvLine::Of("absorption", "class_absorption"),
    CsvLine::Of("kemeny", "kemeny"),
    CsvLine::Of("conductance", "conductance"),
];

/// The rows of its table.
/// The column `to` holds the state of a matrix's column, `number` the place of a class.
const LAYOUT: CsvLayout = CsvLayout {
    columns: &["state", "action", "to", "number"],
    lines: &[
        CsvLine::Of("reward", "reward"),
        CsvLine::Of("stationary", "stationary"),
        CsvLine::Of("stationary_error", "stationary_error"),
        CsvLine::Of("reward_error", "reward_error"),
        CsvLine::Of("gain", "gain"),
        CsvLine::Of("gain_error", "gain_error"),
        CsvLine::Of("absorption", "absorption"),
        CsvLine::Placed("classes", "number", CLASS),
        CsvLine::Of("policy/probabilities", "probability"),
        CsvLine::Of("passage/probability", "passage_probability"),
        CsvLine::Of("passage/steps", "passage_steps"),
        CsvLine::Of("p", "p"),
        CsvLine::Of("transition", "transition"),
        CsvLine::Of("limiting", "limiting"),
        CsvLine::Of("deviation", "deviation"),
        CsvLine::Of("deviation_error", "deviation_error"),
        CsvLine::Of("fundamental", "fundamental"),
        CsvLine::Of("first_passage", "first_passage"),
        CsvLine::Of("spectrum/real", "eigenvalue_real"),
        CsvLine::Of("spectrum/imaginary", "eigenvalue_imaginary"),
        CsvLine::Of("spectrum/error", "eigenvalue_error"),
        CsvLine::Of("spectrum/subdominant", "subdominant"),
        CsvLine::Of("spectrum/subdominant_error", "subdominant_error"),
        CsvLine::Of("spectrum/gap", "spectral_gap"),
        CsvLine::Of("spectrum/relaxation_time", "relaxation_time"),
        CsvLine::Of("mixing_time/distance", "mixing_time_distance"),
        CsvLine::Of("mixing_time/lower", "mixing_time_lower"),
        CsvLine::Of("mixing_time/upper", "mixing_time_upper"),
    ],
};
