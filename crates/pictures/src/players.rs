//! Players who climb: one player's probability against the other's, or all in time.

use exact_mdp::report::{ClimbReport, GameReport};

use super::curves::{Curve, Curves};
use super::scale::Kind;
use super::{Picture, stacked};

/// The path of a climb; an empty picture where nobody climbed.
pub fn draw(report: &GameReport) -> Picture {
    let title = format!("{}: players who climb", report.head.model);
    let parts = match &report.climb {
        Some(climb) => vec![
            plane(climb).unwrap_or_else(|| in_time(climb)),
            gains(report, climb),
        ],
        None => Vec::new(),
    };
    stacked(title, parts)
}

fn curve(name: &str, points: Vec<(f64, f64)>) -> Curve {
    Curve {
        name: name.into(),
        points,
        band: Vec::new(),
        marks: Vec::new(),
    }
}

/// Where two players have two actions in one state: the first action of one against that of the other.
fn plane(climb: &ClimbReport) -> Option<Picture> {
    let [one, _, two, _] = &climb.pairs[..] else {
        return None;
    };
    let trace = &climb.climbed.trace;
    let points: Vec<(f64, f64)> = trace
        .iter()
        .map(|x| (x.probabilities[0], x.probabilities[2]))
        .collect();
    let start = *points.first()?;
    let mut path = curve("the path, which begins at the mark", points);
    path.marks = vec![start];
    let curves = Curves {
        title: format!("the chance of {two} against that of {one}"),
        x: (format!("chance of {one}"), Kind::Linear),
        y: (format!("chance of {two}"), Kind::Linear),
        curves: vec![path],
        levels: Vec::new(),
        window: (0.0, 1.0),
    };
    Some(curves.draw())
}

/// Every player's probabilities against the iteration.
fn in_time(climb: &ClimbReport) -> Picture {
    let trace = &climb.climbed.trace;
    let moves = |k: &usize| {
        let first = trace.first().map(|x| x.probabilities[*k]);
        trace.iter().any(|x| Some(x.probabilities[*k]) != first)
    };
    let of = |k: usize| {
        let points = trace
            .iter()
            .map(|x| (x.iteration as f64, x.probabilities[k]));
        curve(&climb.pairs[k], points.collect())
    };
    let curves = Curves {
        title: "chances of actions against the iteration".into(),
        x: ("iteration".into(), Kind::Linear),
        y: ("chance".into(), Kind::Linear),
        curves: (0..climb.pairs.len()).filter(moves).map(of).collect(),
        levels: Vec::new(),
        window: (0.0, 1.0),
    };
    curves.draw()
}

/// What each player's best reply gains against the iteration.
fn gains(report: &GameReport, climb: &ClimbReport) -> Picture {
    let of = |(i, name): (usize, &str)| {
        let points = climb
            .climbed
            .trace
            .iter()
            .map(|x| (x.iteration as f64, x.gain[i]));
        curve(name, points.collect())
    };
    let names = report.players.iter().map(|player| player.name.as_str());
    let curves = Curves {
        title: "what a best reply gains against the iteration".into(),
        x: ("iteration".into(), Kind::Linear),
        y: ("gain".into(), Kind::Linear),
        curves: names.enumerate().map(of).collect(),
        levels: vec![("an equilibrium".to_string(), 0.0).into()],
        window: (f64::NEG_INFINITY, f64::INFINITY),
    };
    curves.draw()
}
