//! What stands beside ∇J: criteria of risk, the excursion objective of a behaviour, the surrogate of another policy.

use super::known::KnownRounding;
use crate::error::Error;
use crate::gradient::greediness::Excursion;
use crate::gradient::surrogate::{Clipped, gains, surrogate, surrogate_gradient};
use crate::linalg::Solvable;
use crate::model::Objective;
use crate::policy::Policy;
use crate::report::Quantity;
use crate::report::entries::{Axis, Entries, Entry, Values};
use crate::returns::{Risk, RiskBound, RiskValue};
use crate::solved::Solved;

/// A criterion of the return beside its mean, with its gradient.
#[derive(Clone, Debug, PartialEq)]
pub struct RiskReport {
    /// Its name, as `mean-variance:1/2`.
    pub criterion: String,
    /// Its value, in units of reward.
    pub value: Quantity,
    /// Its gradient \[d\].
    pub gradient: Vec<Quantity>,
    /// Bounds on the errors of both, where they are enclosed.
    pub bound: Option<RiskBound>,
}

impl RiskReport {
    /// The report of a criterion; of costs, whose gains it was found for, with the other sign.
    pub fn new<F: Solvable>(risk: &Risk, found: &RiskValue<F>, objective: Objective) -> RiskReport {
        let number = |x: &F| Quantity::of(&objective.signed(x));
        RiskReport {
            criterion: risk.to_string(),
            value: number(&found.value),
            gradient: found.gradient.iter().map(number).collect(),
            bound: found.bound.clone(),
        }
    }

    /// Each number rounded once.
    pub(crate) fn rounded(self) -> RiskReport {
        RiskReport {
            value: self.value.nearest(),
            gradient: Quantity::rounded(&self.gradient),
            ..self
        }
    }

    /// As a report holds it.
    pub(in crate::report) fn entries(&self) -> Entries<'_> {
        Entries::default()
            .and(Entry::text("criterion", self.criterion.as_str()))
            .and(Entry::number("value", &self.value))
            .and(Entry::vector("gradient", Axis::Parameter, &self.gradient))
            .and_some("error_bound", self.bound.as_ref(), |name, x| {
                Entry::float(name, x.value).unbounded()
            })
            .and_some("gradient_error_bound", self.bound.as_ref(), |name, x| {
                Entry::floats(name, Axis::Parameter, &x.gradient).unbounded()
            })
    }
}

/// The surrogate L_π(π') = J(π) + ρ^π π' A^π of this policy π', π another one that has acted, and its gradient.
#[derive(Clone, Debug, PartialEq)]
pub struct SurrogateReport {
    /// π.
    pub from: String,
    /// J(π), in units of reward.
    pub from_j: Quantity,
    /// L_π(π'), in units of reward.
    pub value: Quantity,
    /// ρ^π (A^π ∇π') \[d\].
    pub gradient: Vec<Quantity>,
    /// What is left of it where ratios are clipped, if that was asked for.
    pub clipped: Option<ClippedReport>,
    /// What rounding may have done.
    pub rounding: KnownRounding,
}

/// The clipped surrogate ρ^π π min(wA, clip(w, 1 ± ε)A), w = π'/π, and its gradient.
#[derive(Clone, Debug, PartialEq)]
pub struct ClippedReport {
    /// ε.
    pub clip: Quantity,
    /// The value, in units of reward.
    pub value: Quantity,
    /// Its gradient \[d\]; `None` at a kink.
    pub gradient: Option<Vec<Quantity>>,
    /// The (state, action) pairs that are clipped.
    pub pairs: Vec<(String, String)>,
    /// Those whose ratio is on the bound, so that the slopes to both sides differ.
    pub kinks: Vec<(String, String)>,
    /// What rounding may have done.
    pub rounding: KnownRounding,
}

impl ClippedReport {
    /// The report of the clipped surrogate that `at` makes of another policy; of costs that of the gains that
    /// they are, with the other sign.
    ///
    /// # Errors
    /// [`Error::OtherSpace`] for a policy of another model, [`Error::Criterion`] unless the reward is discounted or
    /// total, [`Error::Argument`] unless ε is a number from 0 on, [`Error::Overflow`].
    pub fn new<F: Solvable>(
        at: &Solved<F>,
        other: &Policy<F>,
        clip: &F,
        objective: Objective,
    ) -> Result<ClippedReport, Error> {
        let found = match objective {
            Objective::Maximize => Clipped::new(at, other, clip)?,
            Objective::Minimize => Clipped::new(&gains(at), other, clip)?,
        };
        let number = |x: &F| Quantity::of(&objective.signed(x));
        let gradient = found.gradient.as_deref();
        let space = at.mdp().space();
        let named = |pairs: &[usize]| {
            let name = |&pair: &usize| {
                let (state, action) = space.pair_names(pair);
                (state.into_owned(), action.into_owned())
            };
            pairs.iter().map(name).collect()
        };
        Ok(ClippedReport {
            clip: Quantity::of(clip),
            value: number(&found.value),
            gradient: gradient.map(|all| all.iter().map(number).collect()),
            pairs: named(&found.clipped),
            kinks: named(&found.kinks),
            rounding: KnownRounding::default(),
        })
    }

    fn rounded(self) -> ClippedReport {
        let gradient = self.gradient.as_deref();
        ClippedReport {
            rounding: KnownRounding::of(&[
                ("value_error", std::slice::from_ref(&self.value)),
                ("gradient_error", gradient.unwrap_or_default()),
            ]),
            clip: self.clip.nearest(),
            value: self.value.nearest(),
            gradient: gradient.map(Quantity::rounded),
            ..self
        }
    }

    fn entries(&self) -> Entries<'_> {
        let pairs = |name, pairs| Entry::array(name, &[Axis::Index], Values::SomePairs(pairs));
        let gradient = self.gradient.as_deref();
        let found = Entries::default()
            .and(Entry::number("clip", &self.clip).unbounded())
            .and(Entry::number("value", &self.value))
            .and(Entry::or_null("gradient", gradient, |name, x| {
                Entry::vector(name, Axis::Parameter, x)
            }))
            .and(pairs("pairs", &self.pairs))
            .and(pairs("kinks", &self.kinks));
        self.rounding.entries(found)
    }
}

impl SurrogateReport {
    /// The report of the surrogate that `at` makes of another policy.
    ///
    /// # Errors
    /// [`Error::OtherSpace`] for a policy of another model, [`Error::Criterion`] unless the reward is discounted or
    /// total.
    pub fn new<F: Solvable>(
        from: String,
        at: &Solved<F>,
        other: &Policy<F>,
    ) -> Result<SurrogateReport, Error> {
        Ok(SurrogateReport {
            from,
            from_j: Quantity::of(at.j()),
            value: Quantity::of(&surrogate(at, other)?),
            gradient: Quantity::all(&surrogate_gradient(at, other)?),
            clipped: None,
            rounding: KnownRounding::default(),
        })
    }

    /// Each number rounded once.
    pub(crate) fn rounded(self) -> SurrogateReport {
        SurrogateReport {
            rounding: KnownRounding::of(&[
                ("from_j_error", std::slice::from_ref(&self.from_j)),
                ("value_error", std::slice::from_ref(&self.value)),
                ("gradient_error", &self.gradient[..]),
            ]),
            from: self.from,
            from_j: self.from_j.nearest(),
            value: self.value.nearest(),
            gradient: Quantity::rounded(&self.gradient),
            clipped: self.clipped.map(ClippedReport::rounded),
        }
    }

    /// As a report holds it.
    pub(in crate::report) fn entries(&self) -> Entries<'_> {
        let found = Entries::default()
            .and(Entry::text("from", self.from.as_str()))
            .and(Entry::number("from_j", &self.from_j))
            .and(Entry::number("value", &self.value))
            .and(Entry::vector("gradient", Axis::Parameter, &self.gradient))
            .and_some("clipped", self.clipped.as_ref(), |name, x| {
                Entry::group(name, x.entries())
            });
        self.rounding.entries(found)
    }
}

/// The excursion objective J_b = d_b v of the states that a behaviour meets, and its gradients.
#[derive(Clone, Debug, PartialEq)]
pub struct ExcursionReport {
    /// Who acts.
    pub behavior: String,
    /// d_b \[S\].
    pub state_weights: Vec<Quantity>,
    /// J_b.
    pub j: Quantity,
    /// m = d_b (I − γP)⁻¹ \[S\], the emphatic weights.
    pub emphasis: Vec<Quantity>,
    /// ∇J_b = m (q∇π) \[d\].
    pub gradient: Vec<Quantity>,
    /// d_b (q∇π) \[d\], which leaves the emphasis out.
    pub semi_gradient: Vec<Quantity>,
    /// What rounding may have done.
    pub rounding: KnownRounding,
}

impl ExcursionReport {
    /// The report of an excursion objective.
    pub fn new<F: Solvable>(
        behavior: String,
        weights: &[F],
        found: &Excursion<F>,
    ) -> ExcursionReport {
        ExcursionReport {
            behavior,
            state_weights: Quantity::all(weights),
            j: Quantity::of(&found.j),
            emphasis: Quantity::all(&found.emphasis),
            gradient: Quantity::all(&found.gradient),
            semi_gradient: Quantity::all(&found.degris),
            rounding: KnownRounding::default(),
        }
    }

    /// Each number rounded once.
    pub(crate) fn rounded(self) -> ExcursionReport {
        ExcursionReport {
            rounding: KnownRounding::of(&[
                ("state_weights_error", &self.state_weights[..]),
                ("j_error", std::slice::from_ref(&self.j)),
                ("emphasis_error", &self.emphasis[..]),
                ("gradient_error", &self.gradient[..]),
                ("semi_gradient_error", &self.semi_gradient[..]),
            ]),
            behavior: self.behavior,
            state_weights: Quantity::rounded(&self.state_weights),
            j: self.j.nearest(),
            emphasis: Quantity::rounded(&self.emphasis),
            gradient: Quantity::rounded(&self.gradient),
            semi_gradient: Quantity::rounded(&self.semi_gradient),
        }
    }

    /// As a report holds it.
    pub(in crate::report) fn entries(&self) -> Entries<'_> {
        use Axis::{Parameter, State};
        let found = Entries::default()
            .and(Entry::text("behavior", self.behavior.as_str()))
            .and(Entry::vector("state_weights", State, &self.state_weights))
            .and(Entry::number("j", &self.j))
            .and(Entry::vector("emphasis", State, &self.emphasis))
            .and(Entry::vector("gradient", Parameter, &self.gradient))
            .and(Entry::vector(
                "semi_gradient",
                Parameter,
                &self.semi_gradient,
            ));
        self.rounding.entries(found)
    }
}
