//! What was done behind the last steps of trajectories, where residuals within them are known.

use std::collections::BTreeSet;

use super::credit::Credit;
use super::schemes::Scheme;
use crate::judge::mistake::{rank, says, short};
use crate::reference::Steps;

/// What stands behind the last step of a trajectory.
#[derive(Clone, Copy, PartialEq)]
enum Behind {
    /// 0 for v(S_T) of a cut.
    Nothing,
    /// This value of a terminal state.
    Worth(f64),
    /// v(S₀) of the next trajectory.
    Start,
    /// Its Â₀ as well.
    Joined,
    /// Both.
    JoinedStart,
}

/// Residuals, all of which one mistake may have made.
pub(super) struct Residuals {
    pub name: Option<&'static str>,
    pub rows: Vec<Vec<f64>>,
    /// What stands before v(Sₜ₊₁) in them.
    pub discount: f64,
}

/// The given numbers, and how far their last residuals are off.
pub(super) struct Lasts<'a> {
    own: &'a [Vec<f64>],
    scheme: Scheme,
    residuals: &'a Residuals,
    steps: &'a Steps<'a>,
    /// The largest difference that says nothing.
    least: f64,
    off: Vec<f64>,
    /// The trajectories whose last residual is off.
    wrong: Vec<usize>,
}

/// What may stand behind a last step whatever it ends in; a value of its own where it ends a trajectory comes after these.
const WHATS: [Behind; 4] = [
    Behind::Nothing,
    Behind::Start,
    Behind::Joined,
    Behind::JoinedStart,
];

impl Lasts<'_> {
    /// What was done behind the last steps, if that and the residuals within make what is given, and something is wrong.
    pub fn credits(
        own: &[Vec<f64>],
        scheme: Scheme,
        residuals: &Residuals,
        (steps, least): (&Steps, f64),
    ) -> Vec<Credit> {
        // at the last step the inverse is the number itself
        let rows = own.iter().zip(&residuals.rows);
        let off = rows.map(|(own, exact)| {
            let last = own.last().zip(exact.last());
            last.map_or(0.0, |(own, exact)| own - exact)
        });
        let off: Vec<f64> = off.collect();
        if off.iter().any(|x| !x.is_finite()) {
            return Vec::new();
        }
        let lasts = Lasts {
            wrong: (0..off.len()).filter(|&i| off[i].abs() > least).collect(),
            own,
            scheme,
            residuals,
            steps,
            least,
            off,
        };
        // more than two at once is no explanation
        let credits = lasts.ways().into_iter().map(|way| lasts.made(&way));
        credits
            .filter(|credit| credit.name.matches('+').count() < 2)
            .collect()
    }

    fn is_cut(&self, i: usize) -> bool {
        self.steps.fixtures.truncated[i].last() == Some(&true)
    }

    fn is_end(&self, i: usize) -> bool {
        self.steps.fixtures.terminated[i].last() == Some(&true)
    }

    /// The next trajectory, behind the last the first.
    fn follows(&self, i: usize) -> usize {
        (i + 1) % self.own.len()
    }

    /// What stands before v(Sₜ₊₁) in the last residual times v of the state behind it.
    fn bootstrapped(&self, i: usize) -> f64 {
        let v = self.steps.fixtures.v_next[i].last();
        self.residuals.discount * v.copied().unwrap_or(0.0)
    }

    /// What stands before v(Sₜ₊₁) times v of the first state of the next trajectory in its place.
    fn start(&self, i: usize) -> f64 {
        let v = self.steps.fixtures.v[self.follows(i)].first();
        self.residuals.discount * v.copied().unwrap_or(0.0) - self.bootstrapped(i)
    }

    fn joined(&self, i: usize) -> Option<f64> {
        let first = self.own[self.follows(i)].first().copied();
        match self.scheme {
            Scheme::Gae(lambda) => Some(self.steps.discount * lambda * first?),
            Scheme::Steps(_) => None,
        }
    }

    /// How far off the last residual is then.
    fn expected(&self, i: usize, what: Behind) -> Option<f64> {
        match what {
            Behind::Nothing => self.is_cut(i).then(|| -self.bootstrapped(i)),
            Behind::Worth(c) => self.is_end(i).then_some(self.residuals.discount * c),
            Behind::Start => Some(self.start(i)),
            Behind::Joined => self.joined(i),
            Behind::JoinedStart => Some(self.joined(i)? + self.start(i)),
        }
    }

    fn fits(&self, i: usize, what: Behind) -> bool {
        let expected = self.expected(i, what);
        expected.is_some_and(|x| (x - self.off[i]).abs() <= 2.0 * self.least)
    }

    /// What may have been done behind each of the wrong ones: the same behind all, or else one of several.
    fn ways(&self) -> Vec<Vec<Behind>> {
        let wrong = &self.wrong;
        if wrong.is_empty() {
            let is_wrong = self.residuals.name.is_some();
            return is_wrong.then(Vec::new).into_iter().collect();
        }
        let one = WHATS.into_iter().chain(self.worth());
        let one = one.filter(|&what| wrong.iter().all(|&i| self.fits(i, what)));
        let mut ways: Vec<Vec<Behind>> = one.map(|what| vec![what; wrong.len()]).collect();
        if ways.is_empty() {
            let each = |&i: &usize| WHATS.into_iter().find(|what| self.fits(i, *what));
            ways.extend(wrong.iter().map(each).collect::<Option<Vec<Behind>>>());
        }
        ways
    }

    /// The value of a terminal state by the first that is off. One number explains one step: a state that is worth something is so
    /// wherever it ends a trajectory.
    fn worth(&self) -> Option<Behind> {
        let last = |i: usize| self.steps.fixtures.states[i].last();
        let finals: BTreeSet<_> = self.wrong.iter().map(|&i| last(i)).collect();
        let all = 0..self.own.len();
        let mut ended = all.filter(|&i| self.is_end(i) && finals.contains(&last(i)));
        let is_everywhere = self.wrong.len() > 1 && ended.all(|i| self.off[i].abs() > self.least);
        let first = self.wrong.first().filter(|_| is_everywhere);
        first.map(|&i| Behind::Worth(self.off[i] / self.residuals.discount))
    }

    fn made(&self, way: &[Behind]) -> Credit {
        Credit {
            psi: self.psi(way),
            ..self.named(way)
        }
    }

    /// Ψₜ with this behind the last steps that are off.
    fn psi(&self, way: &[Behind]) -> Vec<Vec<f64>> {
        let own = self.own;
        let mut psi: Vec<Vec<f64>> = vec![Vec::new(); own.len()];
        let mut done: Vec<Option<Behind>> = vec![None; own.len()];
        let whats = self.wrong.iter().zip(way);
        whats.for_each(|(&i, what)| done[i] = Some(*what));
        for i in (0..own.len()).rev() {
            let mut row = self.residuals.rows[i].clone();
            let mut after = 0.0;
            if let (Some(what), Some(last)) = (done[i], row.last_mut()) {
                match what {
                    Behind::Joined => {}
                    Behind::JoinedStart => *last += self.start(i),
                    what => *last += self.expected(i, what).unwrap_or(0.0),
                }
                if matches!(what, Behind::Joined | Behind::JoinedStart) {
                    let made = psi[self.follows(i)].first();
                    let first = made.or(own[self.follows(i)].first());
                    after = first.copied().unwrap_or(0.0);
                }
            }
            psi[i] = self.scheme.sums(&row, self.steps.discount, after);
        }
        psi
    }

    /// The names of what was done, and what they say; without numbers.
    fn named(&self, way: &[Behind]) -> Credit {
        let whats = self.wrong.iter().zip(way);
        let whats: BTreeSet<(usize, &str, String)> = whats
            .map(|(&i, what)| told(*what, self.is_cut(i)))
            .map(|(name, says)| (rank(name), name, says))
            .collect();
        let mut names: Vec<&str> = self.residuals.name.into_iter().collect();
        let mut sentence: Vec<String> = names.iter().map(|name| says(name).to_string()).collect();
        for (_, name, says) in &whats {
            if !names.contains(name) {
                names.push(*name);
                sentence.push(says.clone());
            }
        }
        let (scheme, all) = (self.scheme.name(), self.own.len());
        let of = match self.wrong.len() {
            0 => scheme,
            n => format!("{scheme}, behind {n} of {all} trajectories"),
        };
        Credit {
            name: names.join("+"),
            says: format!("{} (of {of})", sentence.join("; ")),
            psi: Vec::new(),
        }
    }
}

pub(super) const JOINED: &str =
    "the sum runs on into the next trajectory: it is not masked where one is over";

/// The name, and what was done.
fn told(what: Behind, is_cut: bool) -> (&'static str, String) {
    match (what, is_cut) {
        (Behind::Nothing, _) => ("cut-as-end", says("cut-as-end").to_string()),
        (Behind::Worth(c), _) => {
            let ended = says("end-bootstrapped");
            ("end-bootstrapped", format!("{ended}; it is {}", short(c)))
        }
        (Behind::Start, true) => (
            "autoreset-same-step",
            "v of the first state of the next trajectory stands behind a cut, as where `next_obs` of vector environments with \
             autoreset is bootstrapped: take v of `final_observation` there"
                .into(),
        ),
        (Behind::Start, false) => {
            let ended = says("end-bootstrapped");
            let detail = "it is v of the first state of the next trajectory";
            ("end-bootstrapped", format!("{ended}; {detail}"))
        }
        (Behind::Joined | Behind::JoinedStart, _) => ("episodes-joined", JOINED.to_string()),
    }
}
