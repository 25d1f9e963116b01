//! A game for people: who could gain what, the value of a zero-sum game, gradients, a climb.

use crate::table::{self, Columns, Readable, View};
use exact_mdp::players::potential::Potential;
use exact_mdp::report::{
    ClimbReport, GameJacobian, GameReport, PlayerResult, Quantity, SaddleReport,
};

impl Readable for GameReport {
    fn table(&self, view: &View) -> String {
        let mut text = table::title(&self.head, view);
        text += "\n";
        text += &profile(self, view);
        if let Some(saddle) = &self.zero_sum {
            text += "\n";
            text += &value(self, saddle, view);
        }
        text += &potential(self);
        for player in &self.players {
            if !player.parameters.is_empty() {
                text += "\n";
                text += &gradient(player, view);
            }
        }
        if let Some(jacobian) = &self.jacobian {
            text += "\n";
            text += &turning(self, jacobian, view);
        }
        if let Some(climb) = &self.climb {
            text += "\n";
            text += &path(self, climb, view);
        }
        text + &table::certified(self.bounds.as_ref())
    }
}

/// A row for each player: J, and what its best reply would bring.
fn profile(report: &GameReport, view: &View) -> String {
    let players = &report.players;
    let numbers = |of: fn(&PlayerResult) -> &Quantity| -> Vec<Quantity> {
        players.iter().map(|player| of(player).clone()).collect()
    };
    let names = players.iter().map(|player| player.name.clone()).collect();
    let (j, gain) = (numbers(|player| &player.j), numbers(|player| &player.gain));
    let reply = numbers(|player| &player.reply_j);
    let own: Vec<Option<f64>> = players.iter().map(|player| player.value_error).collect();
    let of_reply: Vec<Option<f64>> = players.iter().map(|player| player.error_bound).collect();
    let bounds: Vec<Quantity> = of_reply
        .iter()
        .map(|x| x.map_or(Quantity::Undefined, Quantity::from))
        .collect();
    let mut columns = Columns::new()
        .text("player", names)
        .numbers("J", &table::settled_each(&j, &own), view.digits)
        .numbers(
            "best reply",
            &table::settled_each(&reply, &of_reply),
            view.digits,
        )
        .numbers("gain", &table::settled_each(&gain, &of_reply), view.digits);
    if bounds
        .iter()
        .any(|bound| bound.value().is_some_and(|x| x > 0.0))
    {
        columns = columns.numbers("± at most", &bounds, 2);
    }
    columns.render(view)
        + &table::as_zero_each("J", &j, &own)
        + &table::as_zero_each("best reply", &reply, &of_reply)
        + &table::as_zero_each("gain", &gain, &of_reply)
        + &gaps(report)
}

/// How far the profile is from an equilibrium.
fn gaps(report: &GameReport) -> String {
    let (most, sum) = report.gaps();
    let errors = report.gap_errors();
    let shown = |x: f64, error: Option<f64>| match error.filter(|error| x.abs() <= *error) {
        // below that it is 0 to the decimals that are shown
        Some(error) if error > 5e-7 => format!("0 ± {}", table::size(&error.into())),
        _ => format!("{x:.6}"),
    };
    let most = shown(most, errors.map(|errors| errors.0));
    let sum = shown(sum, errors.map(|errors| errors.1));
    format!("Nash gap {most}, gains together {sum}\n")
}

/// The value of a zero-sum game and the strategies that prove it.
fn value(report: &GameReport, saddle: &SaddleReport, view: &View) -> String {
    let space = &report.head.space;
    let first = &report.players[0].name;
    let [low, high] = &saddle.j;
    let mut text = if low == high {
        format!("zero-sum, worth {} to {first}\n", table_number(low))
    } else {
        format!(
            "zero-sum, worth {} to {first}, at least {} and at most {}\n",
            table_number(&middle(low, high)),
            table_number(low),
            table_number(high)
        )
    };
    let (shown, note) = view.rows(space.states());
    let names = (0..shown).map(|state| space.state_names().get(state).into_owned());
    text += &Columns::new()
        .text("state", names.collect())
        .numbers("v* at least", &saddle.lower[..shown], view.digits)
        .numbers("at most", &saddle.upper[..shown], view.digits)
        .render(view);
    text += &note.unwrap_or_default();
    for (player, own) in report.players.iter().zip(&saddle.strategies) {
        let (shown, note) = view.rows(own.len());
        text += "\n";
        text += &Columns::new()
            .text(
                &format!("{}'s optimal strategy", player.name),
                player.pairs[..shown].to_vec(),
            )
            .numbers("π*", &own[..shown], view.digits)
            .render(view);
        text += &note.unwrap_or_default();
    }
    text
}

fn middle(low: &Quantity, high: &Quantity) -> Quantity {
    let ends = low.value().zip(high.value());
    ends.map_or(Quantity::Undefined, |(x, y)| {
        Quantity::from(x / 2.0 + y / 2.0)
    })
}

/// A number with all its digits; of a long fraction the nearest of those.
fn table_number(x: &Quantity) -> String {
    match x {
        Quantity::Exact(exact) if exact.to_string().len() <= 24 => exact.to_string(),
        _ => x.value().map_or_else(|| "–".into(), |x| x.to_string()),
    }
}

fn potential(report: &GameReport) -> String {
    let names = |players: [usize; 2]| {
        players
            .map(|i| report.players[i].name.as_str())
            .join(" and ")
    };
    match &report.potential {
        None => String::new(),
        Some(Potential::Exists) => "\nan exact potential exists: all four-cycles close\n".into(),
        Some(Potential::CyclesClose) => {
            "\nall four-cycles of deterministic policies close: a potential for these\n".into()
        }
        Some(Potential::Refuted(cycle)) => format!(
            "\nno potential: {} gain {} around the cycle\n  between ({})\n  and ({})\n",
            names(cycle.players),
            cycle.sum,
            cycle.from,
            cycle.to
        ),
        Some(Potential::Undecided(why)) => {
            format!("\nwhether there is a potential is open: {why}\n")
        }
    }
}

/// ∇ᵢJᵢ, and the laws of its estimators beside it.
fn gradient(player: &PlayerResult, view: &View) -> String {
    let (shown, note) = view.rows(player.parameters.len());
    let title = format!("∇J of {}", player.name);
    let slopes = &player.gradient[..shown];
    let mut columns = Columns::new()
        .text("parameter", player.parameters[..shown].to_vec())
        .numbers(
            &title,
            &table::settled(slopes, player.gradient_error),
            view.digits,
        );
    let mut hidden = table::as_zero(&[(&title, slopes, player.gradient_error)]);
    for law in &player.laws {
        let (mean, variance) = (&law.mean[..shown], &law.variance[..shown]);
        let title = format!("E {}", law.name);
        columns = columns
            .numbers(&title, &table::settled(mean, law.mean_error), view.digits)
            .numbers(
                "Var",
                &table::settled(variance, law.variance_error),
                view.digits,
            );
        hidden += &table::as_zero(&[
            (&title, mean, law.mean_error),
            (&format!("Var {}", law.name), variance, law.variance_error),
        ]);
    }
    columns.render(view) + &note.unwrap_or_default() + &hidden
}

fn turning(report: &GameReport, jacobian: &GameJacobian, view: &View) -> String {
    let labels = &report.head.policy.parameters;
    let (shown, note) = view.rows(labels.len());
    let mut columns = Columns::new().text("Jacobian of the gradients", labels[..shown].to_vec());
    for k in 0..shown {
        let column: Vec<Quantity> = jacobian
            .whole
            .rows()
            .take(shown)
            .map(|row| row[k].clone())
            .collect();
        let column = table::settled(&column, jacobian.error);
        columns = columns.numbers(&labels[k], &column, view.digits.min(4));
    }
    let mut text = columns.render(view) + &note.unwrap_or_default();
    text += &format!(
        "largest entry of the antisymmetric part: {}\n",
        table_number(&table::seen(&jacobian.turning, jacobian.error))
    );
    let all: Vec<Quantity> = jacobian.whole.rows().flatten().collect();
    text += &table::as_zero(&[("Jacobian", &all, jacobian.error)]);
    if let Some(all) = &jacobian.eigenvalues {
        let rounded = |x: f64| (x * 1e5).round() / 1e5 + 0.0;
        let words = all.iter().take(shown).map(|z| match rounded(z.im) {
            0.0 => format!("{:.5}", rounded(z.re)),
            im => format!("{:.5}{im:+.5}i", rounded(z.re)),
        });
        text += &format!("eigenvalues: {}\n", words.collect::<Vec<_>>().join(", "));
    } else {
        text += "eigenvalues: not found, the iteration for them did not converge\n";
    }
    text
}

fn path(report: &GameReport, climb: &ClimbReport, view: &View) -> String {
    let trace = &climb.climbed.trace;
    let picked = |i: usize| {
        trace.len() <= 12 || i.is_multiple_of(trace.len().div_ceil(11)) || i + 1 == trace.len()
    };
    let rows: Vec<_> = (0..trace.len())
        .filter(|&i| picked(i))
        .map(|i| &trace[i])
        .collect();
    let turns = if climb.how.alternating {
        "in turns"
    } else {
        "at once"
    };
    let mut text = format!(
        "{} steps of {}, {turns}\n",
        climb.how.method.name(),
        climb.how.step
    );
    let iterations = rows.iter().map(|row| row.iteration.to_string()).collect();
    let mut columns = Columns::new().text("iteration", iterations);
    for (i, player) in report.players.iter().enumerate() {
        let of = |x: f64| Quantity::from(x);
        let j: Vec<Quantity> = rows.iter().map(|row| of(row.j[i])).collect();
        let gain: Vec<Quantity> = rows.iter().map(|row| of(row.gain[i])).collect();
        columns = columns
            .numbers(&format!("J of {}", player.name), &j, view.digits)
            .numbers("gain", &gain, view.digits);
    }
    text += &columns.render(view);
    text
}
