//! What the numbers of an evaluation are called under a criterion.

use exact_mdp::report::EvaluationReport;

/// What the letters of the columns are called under the criterion.
#[derive(Clone, Copy, Debug)]
pub struct Letters {
    /// A value.
    pub v: &'static str,
    /// An action value.
    pub q: &'static str,
    /// What stands behind J.
    pub j: &'static str,
    /// What the numbers are counted in.
    pub units: &'static str,
}

impl Letters {
    /// The letters of a report's criterion.
    pub fn of(report: &EvaluationReport) -> Letters {
        match (
            &report.gain,
            &report.v_by_time,
            report.head.criterion.horizon,
        ) {
            (Some(_), ..) => Letters {
                v: "h(s)",
                q: "q(s,a)",
                j: " per step",
                units: "g in units of reward per step; h (bias), q, A in units of reward; ρ: share of time",
            },
            (None, _, Some(_)) => Letters {
                v: "v₀(s)",
                q: "q₀(s,a)",
                j: "",
                units: "v, q, A at t = 0, in units of reward; ρ in expected visits before T",
            },
            _ => Letters {
                v: "v(s)",
                q: "q(s,a)",
                j: "",
                units: "v, q, A in units of reward; ρ in expected visits",
            },
        }
    }
}
