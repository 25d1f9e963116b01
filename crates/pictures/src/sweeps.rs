//! What a sweep found, as curves against the quantity that is swept.

use exact_mdp::report::{Quantity, SweepReport, Swept, SweptNumber};

use super::Picture;
use super::curves::{Curve, Curves, LOOKS, Level};
use super::scale::Kind;

/// The picture of a sweep: of ∇J its largest entries, else every curve.
pub fn draw(report: &SweepReport) -> Picture {
    let x = match &report.swept {
        Swept::Discount => "discount γ".to_string(),
        Swept::Lambda => "λ".to_string(),
        Swept::Trajectories => "trajectories n".to_string(),
        Swept::Step => "step α".to_string(),
        Swept::Parameter(_) => report.parameter.clone(),
    };
    let kind = if report.swept.is_geometric() {
        Kind::Logarithmic
    } else {
        Kind::Linear
    };
    let against = match report.swept {
        Swept::Discount => "the discount",
        _ => &x,
    };
    let y = match report.labels.len() {
        0 => report.quantity.letter().to_string(),
        few if few <= LOOKS => "∂J/∂θ".to_string(),
        all => format!("∂J/∂θ, the {LOOKS} of {all} that grow largest"),
    };
    let height = match report.quantity {
        SweptNumber::RootMeanSquaredError if report.swept.is_geometric() => Kind::Logarithmic,
        _ => Kind::Linear,
    };
    let curves = Curves {
        title: format!("{}: {y} against {against}", report.model),
        x: (x, kind),
        y: (y, height),
        curves: lines(report),
        levels: report.levels.iter().cloned().map(Level::from).collect(),
        window: (floor(report), f64::INFINITY),
    };
    curves.draw()
}

/// A loss of more than twice the largest gain stands at the edge: steps that are far too long would flatten all
/// others.
fn floor(report: &SweepReport) -> f64 {
    let values = report.curves.iter().flat_map(|(_, values)| values);
    let best = values.filter_map(Quantity::value).fold(0.0, f64::max);
    if report.quantity == SweptNumber::ExpectedChange && best > 0.0 {
        -2.0 * best
    } else {
        f64::NEG_INFINITY
    }
}

fn lines(report: &SweepReport) -> Vec<Curve> {
    if !report.labels.is_empty() {
        return slopes(report);
    }
    let of_one = |(name, values): &(Option<String>, Vec<Quantity>)| {
        let name = match name {
            Some(name) => name.clone(),
            None => format!("{} of {}", report.quantity.letter(), report.model),
        };
        line(report, name, values.iter())
    };
    report.curves.iter().map(of_one).collect()
}

/// The entries of ∇J that grow largest, as many as can be told apart.
fn slopes(report: &SweepReport) -> Vec<Curve> {
    let size = |d: &usize| {
        let column = report.gradient.iter().filter_map(|row| row[*d].value());
        column.map(f64::abs).fold(0.0, f64::max)
    };
    let mut entries: Vec<usize> = (0..report.labels.len()).collect();
    entries.sort_by(|a, b| size(b).total_cmp(&size(a)));
    entries.truncate(LOOKS);
    entries.sort_unstable();
    let of_one = |d: usize| {
        let column = report.gradient.iter().map(|row| &row[d]);
        line(report, report.labels[d].clone(), column)
    };
    entries.into_iter().map(of_one).collect()
}

fn line<'a>(
    report: &SweepReport,
    name: String,
    values: impl Iterator<Item = &'a Quantity>,
) -> Curve {
    let points = report.at.iter().zip(values);
    let points = points.filter_map(|(x, y)| Some((*x, y.value()?)));
    Curve {
        name,
        points: points.collect(),
        band: Vec::new(),
        marks: Vec::new(),
    }
}
