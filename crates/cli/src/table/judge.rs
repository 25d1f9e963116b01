//! A judgment for people: the verdict in one sentence, then what it rests on.

use exact_mdp::comparison::ComparedSample;
use exact_mdp::judge::{GoodnessOfFit, MeanTest, Mistake, NotRead, Untested, Verdict};
use exact_mdp::report::{
    DiagnosisReport, FormulaReport, HeldReport, JudgeReport, MistakeList, Quantity, SampleReport,
    TrajectoryReport,
};
use exact_mdp::study::Findings;

use crate::table::{self, Columns, Readable, View};

impl Readable for Findings {
    fn table(&self, view: &View) -> String {
        match self {
            Findings::Vector(report) => report.table(view),
            Findings::Formula(report) => report.table(view),
            Findings::Sample(report) => report.table(view),
            Findings::Trajectories(report) => report.table(view),
        }
    }
}

impl Readable for JudgeReport {
    fn table(&self, view: &View) -> String {
        let verdict = view.verdict(&self.sentence(), self.verdict.is_good());
        let mut text = format!("{verdict}\n\n{}", table::title(&self.head, view));
        if self.verdict != Verdict::Right {
            text.push('\n');
            let beside = Beside {
                labels: &self.head.policy.parameters,
                given: &self.given,
                seen: &self.seen,
                exact: &self.gradient,
                names: ["parameter", "∇J"],
            };
            text.push_str(&beside.table(view));
        }
        text.push_str(&explanations(&self.diagnoses, self.told_apart_by));
        if self.verdict == Verdict::Right && !self.invisible.is_empty() {
            let names = self.invisible.join(", ");
            text.push_str(&format!(
                "\nMistakes that this model cannot show: {names}\n"
            ));
        }
        text
    }
}

impl Readable for FormulaReport {
    fn table(&self, view: &View) -> String {
        let verdict = view.verdict(&self.sentence(), self.verdict.is_good());
        let mut text = format!("{verdict}\n\n{}", table::title(&self.head, view));
        if self.verdict != Verdict::Right {
            let beside = Beside {
                labels: &self.labels,
                given: &self.given,
                seen: &self.seen,
                exact: &self.exact,
                names: ["of", "exact"],
            };
            text.push('\n');
            text.push_str(&beside.table(view));
        }
        text.push_str(&explanations(&self.diagnoses, None));
        if self.verdict == Verdict::Right && !self.invisible.is_empty() {
            let names = self.invisible.join(", ");
            text.push_str(&format!(
                "\nMistakes that this model cannot show: {names}\n"
            ));
        }
        text
    }
}

/// Names that a line lists before it counts the rest; a choice.
const NAMED: usize = 8;

/// The mistakes, where they are several, and a model that would tell them apart.
fn explanations(diagnoses: &[DiagnosisReport], told_apart_by: Option<&str>) -> String {
    let mut text = String::new();
    if diagnoses.len() > 1 {
        text.push_str("\nWhat explains it equally well\n");
        for diagnosis in diagnoses {
            text.push_str(&format!(" {}: {}\n", diagnosis.name, diagnosis.says));
        }
    }
    if let Some(model) = told_apart_by {
        text.push_str(&format!(
            "\nThey would differ on mdps/{model}.yaml with --policy random:1.\n"
        ));
    }
    text
}

impl Readable for SampleReport {
    fn table(&self, view: &View) -> String {
        let sentence = view.verdict(&self.sentence(), self.verdict.is_good());
        let rows = match self.batch {
            1 => "one trajectory each".to_string(),
            batch => format!("each the mean of {batch} trajectories"),
        };
        let against = against_gradient(self);
        let (first, last) = match &self.named {
            None => (against, String::new()),
            Some(_) => (
                decision(self),
                format!("\nbeside the verdict, which does not rest on it:\n{against}\n"),
            ),
        };
        format!(
            "{sentence}\n\n{}{} rows, {rows}\n{first}\n\n{}\n{}{}{last}",
            table::title(&self.head, view),
            table::grouped(self.samples),
            means(self, view),
            laws(self, view),
            explanations(&self.diagnoses, self.told_apart_by),
        )
    }
}

/// The p-value that the verdict rests on.
fn decision(report: &SampleReport) -> String {
    let rate = p_value(report.false_alarm_rate);
    match report.decision() {
        None => "no test decides: there is no law".to_string(),
        Some((p, of)) => format!(
            "p = {} decides, of {of}; up to {rate} is inconsistent",
            p_value(p)
        ),
    }
}

/// The mean against ∇J by its own spread, and the coordinates that this leaves out.
fn against_gradient(report: &SampleReport) -> String {
    let test = &report.mean_test;
    let bound = match test.by_bound {
        0 => String::new(),
        1 => {
            "\n1 coordinate with heavy tails, or that never varies, enters p by a bound".to_string()
        }
        n => {
            format!("\n{n} coordinates with heavy tails, or that never vary, enter p by a bound")
        }
    };
    let found = mean_test(test);
    format!("its mean against ∇J: {found}{bound}{}", untested(report))
}

/// What the test of the mean found; without a degree of freedom T² says nothing.
fn mean_test(test: &MeanTest) -> String {
    let p = p_value(test.p_value);
    match (test.degrees_of_freedom, test.by_bound) {
        (0, 0) => "no test asks for it".to_string(),
        (0, _) => format!("p = {p}, without T²: no coordinate has tails that it takes"),
        (1, _) => format!("T² {} with 1 degree of freedom, p = {p}", statistic(test)),
        (n, _) => format!(
            "T² {} with {n} degrees of freedom, p = {p}",
            statistic(test)
        ),
    }
}

fn statistic(test: &MeanTest) -> String {
    table::short(&Quantity::from(test.statistic), 4)
}

/// Three decimals, and below 0.01 two digits: where a limit is smaller, decimals alone do not tell on which side.
fn p_value(p: f64) -> String {
    match p {
        0.0 => "0".to_string(),
        p if p >= 0.01 => format!("{p:.3}"),
        p if p >= 1e-3 => format!("{p:.4}"),
        p if p >= 1e-4 => format!("{p:.5}"),
        p => format!("{p:.1e}"),
    }
}

/// The parameters that the test of the mean leaves out, and why, a line for each reason.
fn untested(report: &SampleReport) -> String {
    let mut text = String::new();
    for reason in [Untested::Tails, Untested::Rows, Untested::Constant] {
        let of = report.untested.iter().filter(|(_, why)| *why == reason);
        let labels: Vec<&str> = of.map(|(label, _)| label.as_str()).collect();
        let names = match labels.as_slice() {
            [] => continue,
            few if few.len() <= NAMED => few.join(", "),
            many => format!(
                "{} and {} more",
                many[..NAMED].join(", "),
                many.len() - NAMED
            ),
        };
        text.push_str(&format!(
            "\nnot tested, {} of {} coordinates: {names}: {}",
            labels.len(),
            report.mean.len(),
            reason.says()
        ));
    }
    text
}

impl Readable for TrajectoryReport {
    fn table(&self, view: &View) -> String {
        let sentence = view.verdict(&self.sentence(), self.verdict.is_good());
        let mut text = format!(
            "{sentence}\n\n{}{} trajectories, {} steps\n",
            table::title(&self.head, view),
            table::grouped(self.trajectories as u64),
            table::grouped(self.steps as u64),
        );
        text.push_str(&not_read(self));
        text.push_str(&impossible(self));
        text.push_str(&tests(self, view));
        text.push_str(&given(self, view));
        text.push_str(&explanations(&self.diagnoses, None));
        if let Some(left_out) = &self.left_out {
            text.push_str(&format!("\nnot computed: {left_out}\n"));
        }
        text
    }
}

/// The columns that nothing was made of.
fn not_read(report: &TrajectoryReport) -> String {
    let column = |column: &NotRead| match &column.why {
        Some(why) => format!("{} ({why})", column.name),
        None => column.name.clone(),
    };
    let names: Vec<String> = report.not_read.iter().map(column).collect();
    match names.as_slice() {
        [] => String::new(),
        few if few.len() <= NAMED => format!("not read: {}\n", few.join(", ")),
        many => format!(
            "not read: {} and {} more\n",
            many[..NAMED].join(", "),
            many.len() - NAMED
        ),
    }
}

/// What cannot have happened, by name.
fn impossible(report: &TrajectoryReport) -> String {
    let mut text = String::new();
    for thing in &report.impossible {
        text.push_str(&format!(
            " {} at trajectory {}, step {}: {}\n",
            thing.kind, thing.trajectory, thing.step, thing.says
        ));
    }
    let more = report.impossible_count - report.impossible.len();
    if more > 0 {
        text.push_str(&format!(" and {} more\n", table::grouped(more as u64)));
    }
    if text.is_empty() {
        text
    } else {
        format!("\nImpossible\n{text}")
    }
}

/// What chance chose, against its law.
fn tests(report: &TrajectoryReport, view: &View) -> String {
    if report.tests.is_empty() {
        return String::new();
    }
    let tests = || report.tests.iter();
    let short = |x: f64| table::short(&Quantity::from(x), 4);
    let furthest = |test: &GoodnessOfFit| match &test.furthest {
        Some(cell) => format!(
            "{}: {} times for {}",
            cell.place,
            cell.observed,
            short(cell.expected)
        ),
        None => String::new(),
    };
    let table = Columns::new()
        .text(
            "chosen by chance",
            tests().map(|test| format!(" {}", test.name)).collect(),
        )
        .right("χ²", tests().map(|test| short(test.statistic)).collect())
        .right(
            "df",
            tests()
                .map(|test| test.degrees_of_freedom.to_string())
                .collect(),
        )
        .right(
            "p",
            tests()
                .map(|test| format!("{:.2e}", test.p_value))
                .collect(),
        )
        .text("furthest off", tests().map(furthest).collect())
        .render(view);
    format!(
        "\n{table}right data are called inconsistent in 1 of {} cases\n",
        table::grouped((1.0 / report.false_alarm_rate).round() as u64)
    )
}

/// The user's numbers, each kind with its verdict.
fn given(report: &TrajectoryReport, view: &View) -> String {
    if report.given.is_empty() {
        return String::new();
    }
    let held = || report.given.iter();
    let told = |held: &HeldReport| match (held.matches.as_slice(), &held.named) {
        ([], Some(name)) if held.verdict == Verdict::CannotBeTold => {
            format!("{name} is not computed")
        }
        ([], Some(name)) => format!("not {name}"),
        ([], None) => "none".to_string(),
        (matches, _) => matches.join(", "),
    };
    let table = Columns::new()
        .text(
            "given",
            held().map(|held| format!(" {}", held.of)).collect(),
        )
        .text(
            "verdict",
            held().map(|held| held.verdict.name().to_string()).collect(),
        )
        .right(
            "digits",
            held().map(|held| held.digits.to_string()).collect(),
        )
        .text(
            "furthest at",
            held()
                .map(|held| held.place.clone().unwrap_or_default())
                .collect(),
        )
        .text("is", held().map(told).collect())
        .render(view);
    format!("\n{table}{}", tried(report))
}

/// The estimators that were tried, where numbers are those of none.
fn tried(report: &TrajectoryReport) -> String {
    let is_nobodys = |held: &HeldReport| {
        held.matches.is_empty() && held.named.is_none() && held.diagnoses.is_empty()
    };
    let mut nobodys = report
        .given
        .iter()
        .filter(|held| is_nobodys(held))
        .peekable();
    if nobodys.peek().is_none() {
        return String::new();
    }
    let numbers = if nobodys.all(|held| held.numbers_sought) {
        "; with a number that would fit gae:λ, n-step:n, lambda-return:λ, baseline:b"
    } else {
        ""
    };
    let names: Vec<&str> = report
        .estimates
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    format!(
        "tried: {}{numbers}\n--as NAME asks for one estimator\n",
        names.join(", ")
    )
}

/// The sampled mean beside ∇J.
fn means(report: &SampleReport, view: &View) -> String {
    let (shown, note) = view.rows(report.mean.len());
    let labels = report.head.policy.parameters[..shown].iter();
    let table = Columns::new()
        .text(
            "parameter",
            labels.map(|label| format!(" {label}")).collect(),
        )
        .numbers("mean", &report.mean[..shown], view.digits)
        .numbers("∇J", &report.gradient[..shown], view.digits)
        .numbers("standard error", &report.standard_error[..shown], 3)
        .render(view);
    table + &note.unwrap_or_default()
}

/// The sample against the exact law of each estimator.
fn laws(report: &SampleReport, view: &View) -> String {
    if report.estimators.is_empty() {
        return String::new();
    }
    let judged = || report.estimators.iter();
    let samples = || judged().map(|e| e.sample.as_ref());
    let p = |x: Option<f64>| x.map_or("–".to_string(), |p| table::short(&Quantity::from(p), 3));
    // χ² is not taken where coordinates are rare, and its p would decide nothing
    let of_mean = |own: &ComparedSample| own.rare.is_empty().then_some(own.p_value);
    let is_bounded = samples().flatten().any(|own| !own.rare.is_empty());
    let note = if is_bounded {
        "–: the mean varies too seldom for χ² at this N, and is held to bounds that hold always; more rows would tell more\n"
    } else {
        ""
    };
    let table = Columns::new()
        .text(
            "estimator",
            judged().map(|e| format!(" {}", e.name)).collect(),
        )
        .right(
            "decisive p",
            samples()
                .map(|x| p(x.map(|x| x.decision_p_value)))
                .collect(),
        )
        .right(
            "of the mean alone",
            samples().map(|x| p(x.and_then(of_mean))).collect(),
        )
        .right(
            "of the variances",
            samples()
                .map(|x| p(x.and_then(|x| x.variance_p_value)))
                .collect(),
        )
        .text(
            "its exact law",
            judged()
                .map(|e| e.verdict.word().unwrap_or_default().into_owned())
                .collect(),
        )
        .render(view);
    format!(
        "{table}{note}a right sample is called inconsistent in 1 of {} cases\n",
        table::grouped((1.0 / report.false_alarm_rate).round() as u64)
    )
}

/// Given numbers beside exact ones.
struct Beside<'a> {
    labels: &'a [String],
    given: &'a [Quantity],
    /// What of them the exact ones are subtracted from.
    seen: &'a [Quantity],
    exact: &'a [Quantity],
    /// What the labels and the exact numbers are.
    names: [&'static str; 2],
}

impl Beside<'_> {
    fn table(&self, view: &View) -> String {
        let (shown, note) = view.rows(self.given.len());
        let difference = |(x, y): (&Quantity, &Quantity)| {
            Quantity::from(x.value().unwrap_or(0.0) - y.value().unwrap_or(0.0))
        };
        let apart = self.seen.iter().zip(self.exact).map(difference);
        let apart: Vec<Quantity> = apart.take(shown).collect();
        let labels = self.labels[..shown].iter();
        let [of, exact] = self.names;
        let table = Columns::new()
            .text(of, labels.map(|label| format!(" {label}")).collect())
            .numbers("given", &self.given[..shown], view.digits)
            .numbers(exact, &self.exact[..shown], view.digits)
            .numbers("difference", &apart, view.digits)
            .render(view);
        table + &note.unwrap_or_default()
    }
}

impl Readable for MistakeList {
    fn table(&self, view: &View) -> String {
        let column = |f: fn(&Mistake) -> String| self.mistakes.iter().map(f).collect();
        let table = Columns::new()
            .text("mistake", column(|m| format!(" {}", m.name)))
            .text("what was done", column(|m| m.says.to_string()))
            .render(view);
        let count = self.mistakes.len();
        format!("{table}\n{count} mistakes; a pair joins two with `+`\n")
    }
}
