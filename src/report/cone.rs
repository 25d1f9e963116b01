//! What `cone` reports: the rewards that make a policy optimal.

use std::cmp::Ordering;
use std::io;

use super::csv::{self, CsvLayout, CsvLine};
use super::entries::{Axis, Entries, Entry, Values};
use super::{Bounds, Head, Quantity, Report};
use crate::cone::{Cone, ConeNorm, Outside, Range};
use crate::linalg::{Solvable, largest};
use crate::model::Objective;

/// The cone of rewards that make a policy optimal, and the present reward.
#[derive(Clone, Debug)]
pub struct ConeReport {
    /// The model, the criterion, the policy.
    pub head: Head,
    /// Whether the policy is optimal; `None` where rounding, or proven bounds, do not tell.
    pub is_optimal: Option<bool>,
    /// Whether no other deterministic policy is; `None` as above.
    pub is_unique: Option<bool>,
    /// Whether every policy is; `None` as above.
    pub is_degenerate: Option<bool>,
    /// How many inequalities there are, none of which follows from the others.
    pub facets: usize,
    /// The dimension of the rewards at which all policies are optimal.
    pub lineality: usize,
    /// r(s, a) \[SA\].
    pub rewards: Vec<Quantity>,
    /// v(s) − q(s, a) \[SA\], for costs q − v; 0 of what the policy takes.
    pub slack: Vec<Quantity>,
    /// What rounding may have done to a slack, and so to a distance; `None` where each is rounded once, exact, or has
    /// a proven bound.
    pub slack_error: Option<f64>,
    /// The other pairs whose inequality is an equality, or is not told from one.
    pub tight: Vec<usize>,
    /// Those that are not told from one.
    pub undecided: Vec<usize>,
    /// Those whose inequality is violated.
    pub violated: Vec<usize>,
    /// By the largest change of one reward: how far away the border is.
    pub max_norm: ConeDistance,
    /// By the root of the sum of all squares.
    pub euclidean: ConeDistance,
    /// The square of that.
    pub euclidean_squared: Quantity,
    /// The nearest rewards that make the policy optimal, where the present one does not.
    pub to_cone: Option<ToCone>,
    /// How far each reward may fall alone \[SA\]; undefined where it may fall without end.
    pub decrease: Option<Vec<Quantity>>,
    /// How far each reward may rise alone \[SA\].
    pub increase: Option<Vec<Quantity>>,
    /// The coefficients of each inequality, Σ c r ≥ 0 [SA, SA]; rows of what the policy takes are 0.
    pub inequalities: Option<Vec<Vec<Quantity>>>,
    /// Proven bounds on the errors, if the numbers are certified.
    pub bounds: Option<Bounds>,
}

/// How far the present reward is from the border of the cone.
#[derive(Clone, Debug)]
pub struct ConeDistance {
    /// From the border where it lies inside; undefined if it lies outside, or if there is no border.
    pub distance: Quantity,
    /// The pair of the nearest inequality, or of the one that is violated most.
    pub nearest: Option<usize>,
    /// From each inequality's hyperplane \[SA\], negative where it is violated.
    pub by_pair: Vec<Quantity>,
}

/// How far the cone is from a reward outside, and where it is nearest.
#[derive(Clone, Debug)]
pub struct ToCone {
    /// The largest change of one reward that is needed.
    pub max_norm: Quantity,
    /// Changes of that size at most which make the policy optimal \[SA\].
    pub max_change: Vec<Quantity>,
    /// The root of the sum of the squares of all changes that is needed; of fractions where that is one.
    pub euclidean: Quantity,
    /// The square of that.
    pub euclidean_squared: Quantity,
    /// The changes with that sum \[SA\].
    pub change: Vec<Quantity>,
}

impl ToCone {
    fn new<F: Solvable>(found: &Outside<F>, objective: Objective) -> ToCone {
        let signed = |x: &F| Quantity::of(&objective.signed(x));
        let squared = Quantity::of(&found.squared);
        ToCone {
            max_norm: Quantity::of(&found.max_norm),
            max_change: found.max_change.iter().map(signed).collect(),
            euclidean: root(&squared),
            euclidean_squared: squared,
            change: found.change.iter().map(signed).collect(),
        }
    }

    fn entries(&self) -> Entries<'_> {
        let vector = |name, x| Entry::vector(name, Axis::Pair, x);
        Entries::default()
            .and(Entry::number("max_norm", &self.max_norm))
            .and(vector("max_change", &self.max_change))
            .and(Entry::number("euclidean", &self.euclidean))
            .and(Entry::number("euclidean_squared", &self.euclidean_squared))
            .and(vector("change", &self.change))
    }
}

impl ConeReport {
    /// The report of a cone; of costs its mirror image. The inequalities are written out if wanted.
    pub fn new<F: Solvable>(
        head: Head,
        gains: &[F],
        cone: &Cone<F>,
        outside: Option<&Outside<F>>,
        wanted: bool,
    ) -> ConeReport {
        let objective = head.criterion.objective;
        let signs = cone.signs();
        let those = |of: &dyn Fn(Option<Ordering>) -> bool| -> Vec<usize> {
            let pairs = cone.others().iter().zip(signs);
            pairs
                .filter(|(_, sign)| of(**sign))
                .map(|(&pair, _)| pair)
                .collect()
        };
        let all = |wanted: Ordering| {
            if signs.iter().all(|sign| *sign == Some(wanted)) {
                return Some(true);
            }
            let other = |sign: &Option<Ordering>| sign.is_some_and(|sign| sign != wanted);
            signs.iter().any(other).then_some(false)
        };
        let holds = cone.holds();
        let inside = holds != Some(false);
        let ranges = inside.then(|| cone.ranges());
        let ends = |end: fn(&Range<F>) -> &Option<F>| {
            let ends = ranges.as_ref()?.iter().map(end);
            let number = |x: &Option<F>| x.as_ref().map_or(Quantity::Undefined, Quantity::of);
            Some(ends.map(number).collect())
        };
        let (down, up) = (ends(|x| &x.decrease), ends(|x| &x.increase));
        let (decrease, increase) = match objective {
            Objective::Maximize => (down, up),
            Objective::Minimize => (up, down),
        };
        let squares = ConeDistance::new(cone, ConeNorm::Euclidean, inside, gains.len());
        ConeReport {
            head,
            is_optimal: holds,
            is_unique: all(Ordering::Greater),
            is_degenerate: all(Ordering::Equal),
            facets: cone.others().len(),
            lineality: cone.lineality(),
            rewards: gains
                .iter()
                .map(|x| Quantity::of(&objective.signed(x)))
                .collect(),
            slack: spread(cone, cone.slack(), gains.len()),
            slack_error: cone.slack_errors().map(largest),
            tight: those(&|sign| sign.is_none_or(|sign| sign == Ordering::Equal)),
            undecided: those(&|sign| sign.is_none()),
            violated: those(&|sign| sign == Some(Ordering::Less)),
            max_norm: ConeDistance::new(cone, ConeNorm::Max, inside, gains.len()),
            euclidean_squared: squares.distance.clone(),
            euclidean: squares.rooted(),
            to_cone: outside.map(|found| ToCone::new(found, objective)),
            decrease,
            increase,
            inequalities: wanted.then(|| inequalities(cone, gains.len(), objective)),
            bounds: None,
        }
    }
}

/// Each inequality at its pair \[SA\]\[SA\], as the rewards that are written have it; 0 at the pairs of the policy.
fn inequalities<F: Solvable>(
    cone: &Cone<F>,
    pairs: usize,
    objective: Objective,
) -> Vec<Vec<Quantity>> {
    let mut rows = vec![vec![Quantity::of(&F::zero()); pairs]; pairs];
    for (which, &pair) in cone.others().iter().enumerate() {
        let row = cone.inequality(which).unwrap_or_default();
        let row = row.iter().map(|x| Quantity::of(&objective.signed(x)));
        rows[pair] = row.collect();
    }
    rows
}

/// Numbers of the inequalities at their pairs \[SA\], 0 elsewhere.
fn spread<F: Solvable>(cone: &Cone<F>, x: &[F], pairs: usize) -> Vec<Quantity> {
    let mut all = vec![Quantity::of(&F::zero()); pairs];
    for (&pair, x) in cone.others().iter().zip(x) {
        all[pair] = Quantity::of(x);
    }
    all
}

impl ConeDistance {
    fn new<F: Solvable>(
        cone: &Cone<F>,
        norm: ConeNorm,
        inside: bool,
        pairs: usize,
    ) -> ConeDistance {
        let by_pair = spread(cone, &cone.distances(norm), pairs);
        let nearest = cone.distance(norm);
        let least = nearest
            .as_ref()
            .map(|(pair, x)| enclosing(&by_pair, *pair, cone, x));
        ConeDistance {
            distance: least.filter(|_| inside).unwrap_or(Quantity::Undefined),
            nearest: nearest.map(|(pair, _)| pair),
            by_pair,
        }
    }

    /// The distances whose squares these are; of fractions those that are fractions.
    fn rooted(self) -> ConeDistance {
        ConeDistance {
            distance: root(&self.distance),
            by_pair: self.by_pair.iter().map(root).collect(),
            ..self
        }
    }
}

/// The least of the distances, which one of them is; of certified ones what encloses the least.
fn enclosing<F: Solvable>(all: &[Quantity], pair: usize, cone: &Cone<F>, least: &F) -> Quantity {
    match all[pair] {
        Quantity::Certified { value, bound } => {
            let lowest = cone.others().iter().filter_map(|&other| match all[other] {
                Quantity::Certified { value, bound } => Some(value - bound),
                _ => None,
            });
            let lowest = lowest.fold(value, f64::min);
            let bound = bound.max((value - lowest) * (1.0 + 4.0 * f64::EPSILON));
            Quantity::Certified { value, bound }
        }
        // inside it is below 0 for rounding alone
        Quantity::Float(x) => Quantity::from(x.max(0.0)),
        _ => Quantity::of(least),
    }
}

/// √|x| with the sign of x; of a fraction only where that is one.
fn root(x: &Quantity) -> Quantity {
    let float = |x: f64| x.signum() * x.abs().sqrt();
    match x {
        Quantity::Undefined => Quantity::Undefined,
        Quantity::Float(x) => Quantity::from(float(*x)),
        Quantity::Certified { value, bound } => {
            let root = float(*value);
            let ends = [value - bound, value + bound].map(|x| (float(x) - root).abs());
            let bound =
                ends[0].max(ends[1]) * (1.0 + 8.0 * f64::EPSILON) + root.abs() * f64::EPSILON;
            Quantity::Certified { value: root, bound }
        }
        Quantity::Exact(x) => {
            exact_root(x).map_or(Quantity::Undefined, |x| Quantity::Exact(Box::new(x)))
        }
    }
}

/// The root of a square of a fraction, with the sign of x.
fn exact_root(x: &crate::number::Rational) -> Option<crate::number::Rational> {
    use crate::number::Rational;
    use dashu_base::{SquareRoot, UnsignedAbs};
    let part = |n: dashu_int::UBig| {
        let root = n.sqrt();
        (&root * &root == n).then_some(root)
    };
    let numerator = part(x.numerator().clone().unsigned_abs())?;
    let denominator = part(x.denominator().clone())?;
    let root = Rational::from(numerator) / Rational::from(denominator);
    Some(if *x < Rational::ZERO { -root } else { root })
}

impl ConeReport {
    fn pairs<'a>(&'a self, name: &'static str, pairs: &'a [usize]) -> Entry<'a> {
        Entry::array(
            name,
            &[Axis::Index, Axis::Index],
            Values::PairsAt(&self.head.space, pairs),
        )
    }

    fn distance<'a>(&'a self, name: &'static str, of: &'a ConeDistance) -> Entry<'a> {
        let nearest = of.nearest.as_ref().map(std::slice::from_ref);
        let entries = Entries::default()
            .and(Entry::number("distance", &of.distance))
            .and(Entry::or_null("nearest", nearest, |name, pairs| {
                self.pairs(name, pairs)
            }))
            .and(Entry::vector("by_pair", Axis::Pair, &of.by_pair));
        Entry::group(name, entries)
    }
}

impl Report for ConeReport {
    fn entries(&self) -> Entries<'_> {
        let vector = |name, x| Entry::vector(name, Axis::Pair, x);
        self.head
            .entries()
            .and(Entry::or_null("is_optimal", self.is_optimal, Entry::flag))
            .and(Entry::or_null("is_unique", self.is_unique, Entry::flag))
            .and(Entry::or_null(
                "is_degenerate",
                self.is_degenerate,
                Entry::flag,
            ))
            .and(Entry::whole("facets", self.facets as u64))
            .and(Entry::whole("lineality", self.lineality as u64))
            .and(vector("rewards", &self.rewards))
            .and(vector("slack", &self.slack))
            .and_some("slack_error", self.slack_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and(self.pairs("tight", &self.tight))
            .and(self.pairs("undecided", &self.undecided))
            .and(self.pairs("violated", &self.violated))
            .and(self.distance("max_norm", &self.max_norm))
            .and(self.distance("euclidean", &self.euclidean))
            .and(Entry::number("euclidean_squared", &self.euclidean_squared))
            .and_some("to_cone", self.to_cone.as_ref(), |name, x| {
                Entry::group(name, x.entries()).unbounded()
            })
            .and(Entry::or_null(
                "decrease",
                self.decrease.as_ref(),
                |name, x| Entry::vector(name, Axis::Pair, x),
            ))
            .and(Entry::or_null(
                "increase",
                self.increase.as_ref(),
                |name, x| Entry::vector(name, Axis::Pair, x),
            ))
            .and_some("inequalities", self.inequalities.as_ref(), |name, x| {
                Entry::matrix(name, [Axis::Pair, Axis::Pair], x)
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

/// The rows of its table.
const LAYOUT: CsvLayout = CsvLayout {
    columns: &["state", "action"],
    lines: &[
        CsvLine::Of("policy/probabilities", "probability"),
        CsvLine::Of("rewards", "reward"),
        CsvLine::Of("slack", "slack"),
        CsvLine::Of("max_norm/distance", "max_norm_distance"),
        CsvLine::Of("euclidean/distance", "euclidean_distance"),
        CsvLine::Of("euclidean_squared", "euclidean_squared"),
        CsvLine::Of("max_norm/by_pair", "max_norm_by_pair"),
        CsvLine::Of("euclidean/by_pair", "euclidean_by_pair"),
        CsvLine::Of("to_cone/max_norm", "to_cone_max_norm"),
        CsvLine::Of("to_cone/euclidean", "to_cone_euclidean"),
        CsvLine::Of("to_cone/max_change", "to_cone_max_change"),
        CsvLine::Of("to_cone/change", "to_cone_change"),
        CsvLine::Of("decrease", "decrease"),
        CsvLine::Of("increase", "increase"),
    ],
};
