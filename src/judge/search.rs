//! Which mistakes explain a vector: simple ones first, and all that fit equally well.
//!
//! Explanations come in levels: one mistake as it is; two mistakes, or one and a factor, or one
//! with a number of its own (a bootstrapped value, the weight of an entropy); two and a factor. The
//! first level at which something fits is reported, whole.

use std::cell::OnceCell;
use std::collections::HashSet;

use super::bench::Bench;
use super::cut;
use super::cut::{Cuts, Sought};
use super::elsewhere::{self, Elsewhere};
use super::families;
use super::fit::{Fit, largest, same, same_direction};
use super::make::Made;
use super::mistake::{FORMS, MistakeForm, rank, says, short};
use super::recipe::{Change, Order, Recipe, Score};

/// One explanation.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    /// The mistake's name, two joined by `+`.
    pub name: String,
    /// The factor by which the vector differs from what the mistake makes.
    pub scale: f64,
    /// max |given − scale · explained| over the largest entry of the given vector.
    pub residual: f64,
    /// What was done, in a sentence.
    pub says: String,
}

/// Said of the mean of a sample that is 0, of which no factor is known.
pub(super) const NOTHING: &str = "the mean is 0, as far as the rows tell: no gradient has flowed, or what is subtracted as a baseline \
     depends on the action, as q(Sₜ, Aₜ) does";

/// How many real numbers may be fitted beside the choice of a mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Single,
    PairOrScale,
    ScaledPair,
}

/// A form and what it makes.
struct Planted {
    form: MistakeForm,
    recipe: Recipe,
    made: Made,
}

/// What is first among explanations that fit equally well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Nothing was fitted.
    Bare,
    /// The right vector and a factor.
    Factor,
    /// A number was fitted.
    Fitted,
}

/// Two mistakes made together.
struct Joined {
    names: [&'static str; 2],
    vector: Vec<f64>,
    /// Whether one of the two alone would make the same direction.
    parallel: bool,
    multiple: bool,
}

/// The search for explanations of one vector.
pub(super) struct Search<'a> {
    bench: &'a Bench<'a>,
    target: &'a [f64],
    fit: Fit<'a>,
    right: Option<Made>,
    singles: Vec<Planted>,
    joined: OnceCell<Vec<Joined>>,
    at_temperature_one: OnceCell<Vec<Elsewhere>>,
    cuts: OnceCell<Cuts>,
    found: Vec<(Kind, Diagnosis)>,
}

impl<'a> Search<'a> {
    /// Makes the vector of every form that is visible on this model.
    pub fn new(bench: &'a Bench<'a>, target: &'a [f64], fit: Fit<'a>) -> Search<'a> {
        let planted = |form: &MistakeForm| {
            let recipe = Recipe::default().with(form.change)?;
            let made = bench.make(&recipe)?;
            let visible = !same(&made.vector, target);
            visible.then_some(Planted {
                form: *form,
                recipe,
                made,
            })
        };
        let forms = if bench.is_long() { &[] } else { FORMS };
        Search {
            bench,
            target,
            fit,
            right: (!bench.is_long())
                .then(|| bench.make(&Recipe::default()))
                .flatten(),
            singles: forms.iter().filter_map(planted).collect(),
            joined: OnceCell::new(),
            at_temperature_one: OnceCell::new(),
            cuts: OnceCell::new(),
            found: Vec::new(),
        }
    }

    /// Whether every vector of the dictionary is ∇J, or 0 but for this much.
    pub fn sees_nothing(&self, noise: f64) -> bool {
        let mut made = self.singles.iter().map(|single| &single.made.vector);
        made.all(|vector| largest(vector) <= noise)
    }

    /// The names of the dictionary whose every form leaves ∇J as it is on this model.
    pub fn invisible(&self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = Vec::new();
        if self.bench.is_long() {
            return names;
        }
        for form in FORMS {
            let seen = |planted: &Planted| planted.form.name == form.name;
            if !self.singles.iter().any(seen) && !names.contains(&form.name) {
                names.push(form.name);
            }
        }
        names.sort_by_key(|name| rank(name));
        names
    }

    /// The explanations of the first level, up to `most`, that has any; best first.
    pub fn run(&mut self, most: Level, tolerance: f64) -> Vec<Diagnosis> {
        self.fit.tolerance = tolerance;
        let levels = [Level::Single, Level::PairOrScale, Level::ScaledPair];
        for level in levels.into_iter().filter(|level| *level <= most) {
            match level {
                Level::Single => self.single(),
                Level::PairOrScale if self.bench.is_long() => {
                    let target = self.target.to_vec();
                    self.hold(&["scale"], None, &target, true);
                }
                Level::PairOrScale => {
                    self.pairs(false);
                    self.scaled();
                    self.families();
                    self.at_temperature_one(Level::PairOrScale);
                    if self.found.is_empty() {
                        self.cut_pairs(); // the dearest, where nothing else fits
                    }
                }
                Level::ScaledPair => {
                    self.pairs(true);
                    self.at_temperature_one(Level::ScaledPair);
                }
            }
            if !self.found.is_empty() {
                break;
            }
        }
        self.ranked()
    }

    fn ranked(&mut self) -> Vec<Diagnosis> {
        let mut found = std::mem::take(&mut self.found);
        // what fits far better than the rest is no coincidence, and the rest is
        let residuals = found.iter().map(|(_, found)| found.residual);
        let floor = (4.0 * residuals.fold(f64::INFINITY, f64::min)).max(1e-11);
        let ranks = |found: &Diagnosis| -> Vec<usize> { found.name.split('+').map(rank).collect() };
        if self.fit.is_exact() {
            found.retain(|(_, found)| found.residual <= floor);
            found.sort_by_key(|(kind, found)| (*kind, ranks(found)));
        } else {
            // vectors that are the same but for rounding stand in the order of the dictionary
            let coarse = |found: &Diagnosis| (found.residual * 1e9).round();
            found.sort_by(|(a, x), (b, y)| {
                let fitted = a.cmp(b).then(coarse(x).total_cmp(&coarse(y)));
                fitted.then_with(|| ranks(x).cmp(&ranks(y)))
            })
        }
        let mut seen = HashSet::new();
        found.retain(|(_, found)| seen.insert(found.name.clone()));
        found.into_iter().map(|(_, found)| found).collect()
    }

    fn add(&mut self, names: &[&'static str], detail: Option<String>, scale: f64, residual: f64) {
        let mut names = names.to_vec();
        names.sort_by_key(|name| rank(name));
        let mut sentence: Vec<String> = names.iter().map(|name| says(name).to_string()).collect();
        sentence.extend(detail);
        let kind = match (names.as_slice(), scale) {
            (["scale"], _) => Kind::Factor,
            (_, 1.0) => Kind::Bare,
            _ => Kind::Fitted,
        };
        match kind {
            Kind::Bare => {}
            Kind::Factor => sentence.push(format!("it is {} times ∇J", short(scale))),
            Kind::Fitted => {
                sentence.push(format!("and all of it is multiplied by {}", short(scale)));
            }
        }
        let diagnosis = Diagnosis {
            name: names.join("+"),
            scale,
            residual,
            says: sentence.join("; "),
        };
        self.found.push((kind, diagnosis));
    }

    /// Holds a vector against the given one, up to a factor or as it is.
    fn hold(&mut self, names: &[&'static str], detail: Option<String>, x: &[f64], scaled: bool) {
        if !scaled {
            if let Some(residual) = self.fit.explains(x) {
                self.add(names, detail, 1.0, residual);
            }
        } else if let Some((scale, residual)) = self.fit.explains_up_to_scale(x) {
            self.add(names, detail, scale, residual);
        }
    }

    fn single(&mut self) {
        if largest(self.fit.given) == 0.0 && self.fit.is_exact() {
            self.add(&["zero"], None, 1.0, 0.0);
        }
        self.each_single(false);
        self.around_target(false);
        if let Some(residual) = self.fit.explains_as_nothing(self.target) {
            let found = Diagnosis {
                name: "zero".into(),
                scale: 1.0,
                residual,
                says: NOTHING.into(),
            };
            self.found.push((Kind::Bare, found));
        } else if !self.fit.is_exact() {
            // under noise a mistake that is only not refuted would hide it
            let target = self.target.to_vec();
            self.hold(&["scale"], None, &target, true);
        }
        if self.bench.is_long() {
            let negated: Vec<f64> = self.target.iter().map(|x| -x).collect();
            self.hold(&["sign"], None, &negated, false);
            return;
        }
        self.at_temperature_one(Level::Single);
        if let Some(vector) = families::mean_of_ratio(self.bench) {
            let detail = "the ratio of one episode, in the mean".to_string();
            self.hold(&["per-step-mean"], Some(detail), &vector, false);
        }
        self.cuts(false, 1);
        self.short_cuts();
    }

    fn each_single(&mut self, scaled: bool) {
        for at in 0..self.singles.len() {
            let Planted { form, recipe, made } = &self.singles[at];
            if scaled && recipe.is_multiple() {
                continue;
            }
            let (name, change, vector) = (form.name, form.change, made.vector.clone());
            self.hold(&[name], detail_of(change), &vector, scaled);
        }
    }

    /// What is missing from ∇J, or stands in another place.
    fn around_target(&mut self, scaled: bool) {
        let target = self.target.to_vec();
        if let Some(right) = self.right.take() {
            self.missing(&[], &Recipe::default(), &right, scaled);
            self.right = Some(right);
        }
        self.moved(&[], &target, scaled);
    }

    /// What is missing from ∇J, the rest in another order.
    fn missing_and_moved(&mut self, scaled: bool) {
        let Some(right) = self.right.take().filter(|_| self.fit.is_exact()) else {
            return;
        };
        for missing in families::missing(self.bench, &Recipe::default(), &right, self.fit, true) {
            self.moved(&[missing.name], &missing.vector, scaled);
        }
        self.right = Some(right);
    }

    fn scaled(&mut self) {
        let target = self.target.to_vec();
        self.hold(&["scale"], None, &target, true);
        self.each_single(true);
        self.around_target(true);
        self.cuts(false, 2);
        self.cuts(true, 1);
    }

    /// Every two mistakes that can be made together.
    fn pairs(&mut self, scaled: bool) {
        let joined = self.joined.take().unwrap_or_else(|| self.join());
        for pair in &joined {
            if !scaled || !(pair.parallel || pair.multiple) {
                self.hold(&pair.names, None, &pair.vector, scaled);
            }
        }
        self.joined = OnceCell::from(joined);
        let singles = std::mem::take(&mut self.singles);
        for Planted { form, recipe, made } in &singles {
            self.missing(&[form.name], recipe, made, scaled);
            if !matches!(form.change, Change::Order(_)) {
                self.moved(&[form.name], &made.vector, scaled);
            }
        }
        self.singles = singles;
        self.missing_and_moved(scaled);
    }

    /// The vectors of all pairs that say more than one of the two.
    fn join(&self) -> Vec<Joined> {
        let mut joined = Vec::new();
        for (at, first) in self.singles.iter().enumerate() {
            for second in &self.singles[at + 1..] {
                if first.form.name != second.form.name {
                    joined.extend(self.joined_pair(first, second));
                }
            }
        }
        joined
    }

    fn joined_pair(&self, first: &Planted, second: &Planted) -> Option<Joined> {
        let both = first.recipe.with(second.form.change)?;
        let vector = self.bench.make(&both)?.vector;
        let singles = [&first.made.vector, &second.made.vector];
        if same(self.target, &vector) || singles.iter().any(|single| same(single, &vector)) {
            return None;
        }
        let alone = |single: &&Vec<f64>| same_direction(single, &vector);
        Some(Joined {
            names: [first.form.name, second.form.name],
            parallel: singles.iter().any(alone),
            multiple: both.is_multiple(),
            vector,
        })
    }

    /// One state, one action or one entry of a vector left out.
    fn missing(&mut self, with: &[&'static str], recipe: &Recipe, made: &Made, scaled: bool) {
        for missing in families::missing(self.bench, recipe, made, self.fit, false) {
            let names: Vec<&'static str> = with.iter().copied().chain([missing.name]).collect();
            self.hold(&names, Some(missing.detail), &missing.vector, scaled);
        }
    }

    /// The entries of a vector in another order.
    fn moved(&mut self, with: &[&'static str], x: &[f64], scaled: bool) {
        let in_place = if scaled {
            self.fit.explains_up_to_scale(x).is_some()
        } else {
            self.fit.explains(x).is_some()
        };
        if in_place || !self.fit.is_exact() {
            return;
        }
        let names: Vec<&'static str> = with.iter().copied().chain(["permuted"]).collect();
        for sign in [1.0, -1.0] {
            if sign < 0.0 && !scaled {
                continue;
            }
            if let Some(vector) = sorted_like(self.fit.given, x, sign) {
                self.hold(&names, None, &vector, scaled);
            }
        }
    }

    /// Cuts after some T, those that take so many mistakes.
    fn cuts(&mut self, scaled: bool, mistakes: usize) {
        if !self.fit.is_exact() {
            return;
        }
        let sought = Sought {
            given: self.fit.given,
            scaled,
            tolerance: self.fit.tolerance,
        };
        let cuts = self.cuts.get_or_init(|| Cuts::new(self.bench));
        for cut in cuts.explaining(self.bench, &sought) {
            let (names, detail) = families::cut_names(self.bench, cut.kind, cut.steps);
            if names.len() == mistakes && !same(&cut.vector, self.target) {
                self.hold(names, Some(detail), &cut.vector, scaled);
            }
        }
    }

    /// Cuts after a few steps, of which a sample may be.
    fn short_cuts(&mut self) {
        if self.fit.is_exact() {
            return;
        }
        for cut in cut::short(self.bench) {
            let (names, detail) = families::cut_names(self.bench, cut.kind, cut.steps);
            if names.len() == 1 && !same(&cut.vector, self.target) {
                self.hold(names, Some(detail), &cut.vector, false);
            }
        }
    }

    /// The policy at temperature 1, alone and beside another mistake.
    fn at_temperature_one(&mut self, level: Level) {
        let made = self.at_temperature_one.take();
        let made = made.unwrap_or_else(|| elsewhere::at_temperature_one(self.bench, self.fit));
        for one in &made {
            let scaled = match (one.names.len(), level) {
                (1, Level::Single) | (2, Level::PairOrScale) => false,
                (1, Level::PairOrScale) | (2, Level::ScaledPair) if !one.has_own_factor => true,
                _ => continue,
            };
            self.hold(&one.names, one.detail.clone(), &one.vector, scaled);
        }
        self.at_temperature_one = OnceCell::from(made);
    }

    /// Cuts after some T beside another mistake.
    fn cut_pairs(&mut self) {
        if !self.fit.is_exact() {
            return;
        }
        for one in elsewhere::cut(self.bench, self.fit) {
            if !same(&one.vector, self.target) {
                self.hold(&one.names, one.detail, &one.vector, false);
            }
        }
    }

    /// Mistakes with a number of their own.
    fn families(&mut self) {
        for family in families::lines(self.bench) {
            let Some((factor, residual)) = self.fit.explains_along(self.target, &family.along)
            else {
                continue;
            };
            let (name, detail) = (family.named)(factor);
            self.add(&[name], Some(detail), 1.0, residual);
            if let Some((kind, _)) = self.found.last_mut() {
                *kind = Kind::Fitted;
            }
        }
    }
}

/// The entries of x, times a sign, put into the order that the entries of `like` have among
/// themselves.
fn sorted_like(like: &[f64], x: &[f64], sign: f64) -> Option<Vec<f64>> {
    let order = |x: &[f64]| {
        let mut places: Vec<usize> = (0..x.len()).collect();
        places.sort_by(|i, j| x[*i].total_cmp(&x[*j]));
        places
    };
    let signed: Vec<f64> = x.iter().map(|x| sign * x).collect();
    let mut moved = vec![0.0; x.len()];
    for (to, from) in order(like).into_iter().zip(order(&signed)) {
        moved[to] = sign * signed[from];
    }
    Some(moved)
}

/// What tells the forms of one name apart.
fn detail_of(change: Change) -> Option<String> {
    use super::recipe::{Discount, End, Flow, Norm, Psi, Start};
    let detail = match change {
        Change::Weight(Discount::LongRun) => "states are weighed by the law of the long run",
        Change::Norm(Norm::Horizon) => "the factor is 1 − γ",
        Change::Norm(Norm::Mass) => "the factor is 1 over the mass of the occupancy",
        Change::Norm(Norm::MassAndEnd) => "the mass counts the terminal states too",
        Change::Norm(Norm::StepsAndEnd) => "the terminal state counts as a step",
        Change::Start(Start::Alive) => "uniform over the states that are not terminal",
        Change::Start(Start::All) => "uniform over all states, terminal ones included",
        Change::Psi(Psi::ReturnFromNext) => "Gₜ₊₁ stands for Gₜ",
        Change::Psi(Psi::DiscountedFromNext) => "γGₜ₊₁ stands for Gₜ",
        Change::End(End::Start) => "it is given ρ₀v, the value of the next episode's start",
        Change::End(End::Restart) => "the values are those of a task that starts anew at its end",
        Change::SignalReversed => "the action values are, not the policy's entries",
        Change::Order(Order::ColumnMajor) => "action by action, column-major",
        Change::Order(Order::StatesReversed) => "the states from the last to the first",
        Change::MeasureFlow(Flow::Flipped) => "in the occupancy",
        Change::SignalFlow(Flow::Flipped) => "in the values",
        Change::BothFlows(Flow::Flipped) => "p^π in occupancy and values",
        Change::MeasureFlow(Flow::PerAction) => "the matrix of each action, in the occupancy",
        Change::SignalFlow(Flow::PerAction) => "the matrix of each action, in the values",
        Change::BothFlows(Flow::PerAction) => "the matrix of each action",
        Change::Score(Score::OfNextByValue) => "beside q(Sₜ, Aₜ)",
        _ => return None,
    };
    Some(detail.to_string())
}
