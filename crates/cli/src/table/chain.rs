//! A chain for people: its classes, what happens in each state, how fast it mixes.

use exact_mdp::report::{ChainReport, ClassReport, DenseReport, PassageReport, Quantity};

use super::{Columns, Readable, View, as_zero, certified, settled, short, title, within};

impl Readable for ChainReport {
    fn table(&self, view: &View) -> String {
        let mut text = title(&self.head, view);
        text += &format!("{}\n\n", in_words(self));
        text += &classes(&self.classes, self.stationary_error, view);
        text += "\n";
        text += &states(self, view);
        if let Some(dense) = &self.dense {
            text += "\n";
            text += &mixing(dense, self.classes.len(), view);
            text += "JSON, CSV and npz hold P, P*, D, Z and all first-passage times\n";
        }
        text + &certified(self.bounds.as_ref())
    }
}

/// How many classes there are, and what is left for ever.
fn in_words(report: &ChainReport) -> String {
    let transient = match report.transient.len() {
        0 => "no transient state".to_string(),
        1 => "1 transient state".to_string(),
        some => format!("{some} transient states"),
    };
    let classes = match report.classes.len() {
        1 => "1 recurrent class".to_string(),
        some => format!("{some} recurrent classes"),
    };
    format!("{}: {classes}, {transient}", report.kind)
}

/// A row for each recurrent class.
fn classes(classes: &[ClassReport], error: Option<f64>, view: &View) -> String {
    let (shown, note) = view.rows(classes.len());
    let classes = &classes[..shown];
    let text = |cell: fn(&ClassReport) -> String| classes.iter().map(cell).collect::<Vec<_>>();
    let some =
        |of: fn(&ClassReport) -> Option<Quantity>| classes.iter().map(of).collect::<Vec<_>>();
    let absorption = classes.iter().map(|class| class.absorption.clone());
    let absorption: Vec<Quantity> = absorption.collect();
    let mut columns = Columns::new()
        .text("class", text(names))
        .right("states", text(|class| class.states.len().to_string()))
        .right(
            "period",
            text(|class| {
                if class.terminal {
                    "end".to_string()
                } else {
                    class.period.to_string()
                }
            }),
        )
        .numbers("P(ends here)", &settled(&absorption, error), view.digits);
    let kemeny = some(|class| class.kemeny.clone().filter(|_| !class.terminal));
    if kemeny.iter().any(Option::is_some) {
        columns = columns.some_numbers("Kemeny", kemeny, view.digits);
    }
    let conductance = some(|class| class.conductance.clone());
    if conductance.iter().any(Option::is_some) {
        columns = columns.some_numbers("conductance", conductance, view.digits);
    }
    columns.render(view)
        + &note.unwrap_or_default()
        + &as_zero(&[("P(ends here)", &absorption, error)])
}

/// The first names of a class.
fn names(class: &ClassReport) -> String {
    const SHOWN: usize = 4;
    let shown = class.states.iter().take(SHOWN).map(String::as_str);
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if class.states.len() > SHOWN {
        text += ", …";
    }
    text
}

/// A row for each state.
fn states(report: &ChainReport, view: &View) -> String {
    let space = &report.head.space;
    let (shown, note) = view.rows(space.states());
    let name = |s: usize| space.state_names().get(s).into_owned();
    let (share, of_share) = (&report.stationary[..shown], report.stationary_error);
    let (reward, of_reward) = (&report.reward[..shown], report.reward_error);
    let (gain, of_gain) = (&report.gain[..shown], report.gain_error);
    let mut columns = Columns::new()
        .text("state", (0..shown).map(name).collect())
        .numbers("long run", &settled(share, of_share), view.digits)
        .numbers("reward", &settled(reward, of_reward), view.digits)
        .numbers("gain", &settled(gain, of_gain), view.digits);
    let mut what = "long run: share of time from the start's distribution\n".to_string();
    what += &as_zero(&[
        ("long run", share, of_share),
        ("reward", reward, of_reward),
        ("gain", gain, of_gain),
    ]);
    if let Some(PassageReport {
        to,
        probability,
        steps,
    }) = &report.passage
    {
        columns = columns
            .numbers("P(reached)", &probability[..shown], view.digits)
            .numbers("steps", &steps[..shown], view.digits);
        what += &format!("reached, and steps until then: {}\n", to.join(" or "));
    }
    columns.render(view) + &note.unwrap_or_default() + &what
}

/// An error of the largest modulus below this is not worth a word.
const DOUBTFUL: f64 = 1e-6;

/// Spectrum and mixing time.
fn mixing(dense: &DenseReport, classes: usize, view: &View) -> String {
    let mut text = String::new();
    if let Some((modulus, error)) = dense.subdominant(classes) {
        let number = |x: f64| short(&Quantity::from(x), view.digits);
        text += &format!(
            "spectrum: beyond the eigenvalue 1 the largest modulus is {}, gap {}\n",
            number(modulus),
            within(&(1.0 - modulus).into(), Some(error), view)
        );
        if error > DOUBTFUL {
            text += &format!(
                "          known to within {} only: rounding moves eigenvalues that meet\n",
                number(error)
            );
        }
    }
    if dense.spectrum.is_none() {
        text += "spectrum: not found, the iteration for the eigenvalues did not converge\n";
    }
    if let Some(time) = dense.mixing_time {
        let steps = match time.upper {
            Some(upper) if upper == time.lower => format!("{upper} steps"),
            Some(upper) => format!("{} to {upper} steps", time.lower),
            None => format!("at least {} steps", time.lower),
        };
        text += &format!("mixing time: {steps} until within 1/4 of the long run, from anywhere\n");
    }
    text
}
