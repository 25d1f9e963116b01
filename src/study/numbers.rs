//! Over which numbers a study answers.

/// The arithmetic of the answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numbers {
    /// Floating point, each number of the model rounded once.
    #[default]
    Float,
    /// Exact fractions.
    Exact,
    /// Floating point with a proven bound on the error of every number.
    Certified,
}

/// A study over the numbers that are asked for, written once with the field as `$field`; a certified
/// report has the bounds of its balls.
macro_rules! by_numbers {
    ($numbers:expr, $field:ident => $report:expr) => {
        match $numbers {
            $crate::study::Numbers::Float => {
                type $field = f64;
                $report
            }
            $crate::study::Numbers::Exact => {
                type $field = $crate::number::Rational;
                $report
            }
            $crate::study::Numbers::Certified => {
                type $field = $crate::field::Ball;
                let mut report = $report?;
                report.bounds = Some($crate::report::Bounds::of(
                    &$crate::report::Report::entries(&report),
                ));
                Ok(report)
            }
        }
    };
}
pub(super) use by_numbers;
