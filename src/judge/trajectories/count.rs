//! Counts against probabilities: Pearson's χ² and each cell by its exact binomial law.

use statrs::distribution::{Binomial, DiscreteCDF};

use crate::comparison::upper_tail;
use crate::judge::Verdict;

/// What happened how often at one place, beside its law.
#[derive(Clone, Debug)]
pub(super) struct Counts {
    /// Of what: a state, or a state and an action.
    pub of: String,
    /// Of each possibility its name, its probability and how often it happened.
    pub cells: Vec<(String, f64, u64)>,
}

/// Goodness of fit of one kind of choice that chance makes, over all places together.
#[derive(Clone, Debug)]
pub struct GoodnessOfFit {
    /// `starts`, `actions`, `transitions` or `rewards`.
    pub name: &'static str,
    /// How often chance chose among several.
    pub draws: u64,
    /// Σ (observed − expected)²/expected, cells that are expected seldom taken together.
    pub statistic: f64,
    /// Cells that count less one for each place.
    pub degrees_of_freedom: usize,
    /// That of χ² or of the cell that is furthest off, the smaller one times two.
    pub p_value: f64,
    /// Whether it is above its share of the false-alarm rate.
    pub verdict: Verdict,
    /// The cell that is furthest off.
    pub furthest: Option<Furthest>,
}

/// A cell and how far it is from what is expected.
#[derive(Clone, Debug)]
pub struct Furthest {
    /// Where, by name.
    pub place: String,
    /// How often it happened.
    pub observed: u64,
    /// How often it should have, on average.
    pub expected: f64,
    /// How often there was a choice.
    pub draws: u64,
    /// The probability of a count that is as far off on the same side, times two.
    pub p_value: f64,
}

/// Cells that are expected less often than that are taken together; a choice.
const SELDOM: f64 = 25.0;

impl GoodnessOfFit {
    /// Tests the counts of all places at a false-alarm rate.
    pub(super) fn new(name: &'static str, places: &[Counts], rate: f64) -> GoodnessOfFit {
        let mut test = GoodnessOfFit {
            name,
            draws: 0,
            statistic: 0.0,
            degrees_of_freedom: 0,
            p_value: 1.0,
            verdict: Verdict::Consistent,
            furthest: None,
        };
        let mut cells = 0;
        for place in places.iter().filter(|place| place.cells.len() > 1) {
            test.take(place);
            cells += place.cells.len();
        }
        if cells == 0 {
            return test; // nothing was left to chance
        }
        let fit = upper_tail(test.statistic, test.degrees_of_freedom);
        let cell = test.furthest.as_ref().map_or(1.0, |cell| cell.p_value);
        test.p_value = (2.0 * fit.min(cell * cells as f64)).min(1.0);
        if test.p_value < rate {
            test.verdict = Verdict::Inconsistent;
        }
        test
    }

    fn take(&mut self, place: &Counts) {
        let draws: u64 = place.cells.iter().map(|(_, _, count)| count).sum();
        self.draws += draws;
        let (statistic, freedom) = pearson(&place.cells, draws as f64);
        self.statistic += statistic;
        self.degrees_of_freedom += freedom;
        for (name, probability, count) in &place.cells {
            let p_value = two_sided(*count, draws, *probability);
            if self
                .furthest
                .as_ref()
                .is_none_or(|cell| p_value < cell.p_value)
            {
                self.furthest = Some(Furthest {
                    place: match place.of.as_str() {
                        "" => name.clone(),
                        of => format!("{of} → {name}"),
                    },
                    observed: *count,
                    expected: draws as f64 * probability,
                    draws,
                    p_value,
                });
            }
        }
    }
}

/// Pearson's statistic and its degrees of freedom; the seldom cells are one, which joins the least
/// of the others where it is seldom itself.
fn pearson(cells: &[(String, f64, u64)], draws: f64) -> (f64, usize) {
    let mut often: Vec<(f64, f64)> = Vec::new();
    let mut seldom = (0.0, 0.0);
    for (_, probability, count) in cells {
        let cell = (draws * probability, *count as f64);
        if cell.0 < SELDOM {
            seldom = (seldom.0 + cell.0, seldom.1 + cell.1);
        } else {
            often.push(cell);
        }
    }
    often.sort_by(|x, y| y.0.total_cmp(&x.0));
    if seldom.0 >= SELDOM {
        often.push(seldom);
    } else if let Some(least) = often.last_mut() {
        *least = (least.0 + seldom.0, least.1 + seldom.1);
    }
    let terms = often
        .iter()
        .map(|(expected, count)| (count - expected).powi(2) / expected);
    (terms.sum(), often.len().saturating_sub(1))
}

/// Twice the smaller tail of the binomial law at a count, at most 1.
fn two_sided(count: u64, draws: u64, probability: f64) -> f64 {
    let Ok(law) = Binomial::new(probability.clamp(0.0, 1.0), draws) else {
        return 1.0;
    };
    let below = law.cdf(count);
    let above = match count.checked_sub(1) {
        Some(less) => law.sf(less),
        None => 1.0,
    };
    (2.0 * below.min(above)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(cells: &[(f64, u64)]) -> Counts {
        let cells = cells.iter().zip('a'..);
        Counts {
            of: "s".into(),
            cells: cells
                .map(|((p, n), name)| (name.to_string(), *p, *n))
                .collect(),
        }
    }

    /// (60 − 50)²/50 + (40 − 50)²/50 = 4.
    #[test]
    fn a_fair_coin_that_shows_heads_sixty_times_has_statistic_four() {
        let test = GoodnessOfFit::new("starts", &[counts(&[(0.5, 60), (0.5, 40)])], 1e-4);
        assert!((test.statistic - 4.0).abs() < 1e-12);
        assert_eq!((test.degrees_of_freedom, test.draws), (1, 100));
        assert_eq!(test.verdict, Verdict::Consistent);
    }

    /// P(X = 0) = 0.9⁵⁰⁰⁰ for something that happens once in ten.
    #[test]
    fn what_never_happens_is_seen_by_name() {
        let test = GoodnessOfFit::new("actions", &[counts(&[(0.9, 5000), (0.1, 0)])], 1e-4);
        assert_eq!(test.verdict, Verdict::Inconsistent);
        assert_eq!(test.furthest.unwrap().draws, 5000);
    }

    /// Seldom cells: 3 × 10 expected make one of 30, so that two count.
    #[test]
    fn seldom_cells_are_one() {
        let cells = counts(&[(0.97, 970), (0.01, 12), (0.01, 9), (0.01, 9)]);
        let test = GoodnessOfFit::new("transitions", &[cells], 1e-4);
        assert_eq!(test.degrees_of_freedom, 1);
        assert!(test.statistic < 1e-20);
    }
}
