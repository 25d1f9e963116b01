//! ∂J with respect to what was asked for: θ or a part of the model.

use serde::{Deserialize, Serialize};

use super::known::KnownRounding;
use crate::evaluation::Evaluation;
use crate::gradient::sensitivity::Sensitivity;
use crate::linalg::Solvable;
use crate::mdp::{Mdp, Space};
use crate::report::Quantity;
use crate::report::entries::{Axis, Entries, Entry, Values};

/// What J is differentiated with respect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Variable {
    /// The policy's parameters.
    Theta,
    /// p(s'|s,a), on the stored entries, r(s,a) held fixed.
    P,
    /// r(s,a).
    R,
    /// γ.
    Discount,
    /// ρ₀(s).
    Initial,
}

impl Variable {
    /// The name, as flags and files spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Variable::Theta => "theta",
            Variable::P => "p",
            Variable::R => "r",
            Variable::Discount => "discount",
            Variable::Initial => "initial",
        }
    }
}

/// ∂J with respect to one variable, entry by entry.
#[derive(Clone, Debug, PartialEq)]
pub struct SensitivityReport {
    /// With respect to what.
    pub variable: Variable,
    /// `p[next|state,action]`, `r[state,action]`, `discount`, `initial[state]`, or the labels of θ.
    pub labels: Vec<String>,
    /// ∂J, in the order of the labels.
    pub derivative: Vec<Quantity>,
    /// What rounding may have done.
    pub rounding: KnownRounding,
}

impl SensitivityReport {
    /// With respect to a part of the model; `None` where it has no such part: θ, or the discount
    /// of the average reward.
    pub fn new<F: Solvable>(
        variable: Variable,
        mdp: &Mdp<F>,
        evaluation: &Evaluation<F>,
        sensitivity: &Sensitivity<F>,
    ) -> Option<SensitivityReport> {
        let space = mdp.space();
        let undefined = |state: usize| evaluation.undefined.states.binary_search(&state).is_ok();
        let (labels, derivative) = match variable {
            Variable::Theta => return None,
            Variable::R => (
                (0..space.pairs())
                    .map(|pair| format!("r[{}]", pair_name(space, pair)))
                    .collect(),
                Quantity::all(&sensitivity.rewards),
            ),
            Variable::P => (
                transition_labels(mdp),
                Quantity::all(sensitivity.transitions.values()),
            ),
            Variable::Discount => {
                let slope = sensitivity.discount.as_ref()?;
                (vec!["discount".to_string()], vec![Quantity::of(slope)])
            }
            Variable::Initial => {
                let names = space.state_names().iter();
                let labels = names.map(|name| format!("initial[{name}]"));
                (
                    labels.collect(),
                    Quantity::all_but(&sensitivity.initial, undefined),
                )
            }
        };
        Some(SensitivityReport {
            variable,
            labels,
            derivative,
            rounding: KnownRounding::default(),
        })
    }

    /// Each number rounded once.
    pub(crate) fn rounded(self) -> SensitivityReport {
        SensitivityReport {
            rounding: KnownRounding::of(&[("derivative_error", &self.derivative[..])]),
            derivative: Quantity::rounded(&self.derivative),
            ..self
        }
    }

    /// As a report holds it.
    pub(super) fn entries(&self) -> Entries<'_> {
        let axis = Axis::Label(&self.labels);
        let found = Entries::default()
            .and(Entry::array("labels", &[axis], Values::Texts(&self.labels)))
            .and(Entry::vector("derivative", axis, &self.derivative));
        self.rounding.entries(found)
    }
}

fn pair_name(space: &Space, pair: usize) -> String {
    let (state, action) = space.pair_names(pair);
    format!("{state},{action}")
}

/// `p[next|state,action]` of the stored entries.
fn transition_labels<F: Solvable>(mdp: &Mdp<F>) -> Vec<String> {
    let space = mdp.space();
    let mut labels = Vec::with_capacity(mdp.p().stored());
    for pair in 0..space.pairs() {
        let own = pair_name(space, pair);
        let row = mdp.p().row(pair);
        labels.extend(row.map(|(next, _)| format!("p[{}|{own}]", space.state_names().get(next))));
    }
    labels
}
