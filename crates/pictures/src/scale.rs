//! From numbers to colors and to places along an axis.

use exact_mdp::report::Quantity;

use super::color::Color;
use super::short;

/// How numbers are laid along a line from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Evenly.
    Linear,
    /// By their logarithms; what is not positive stands at the low end.
    Logarithmic,
    /// Evenly, with zero in the middle.
    Diverging,
}

/// A range of numbers, laid along a line from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The number at 0.
    pub low: f64,
    /// The number at 1.
    pub high: f64,
    /// How those between lie.
    pub kind: Kind,
    /// A bound on what rounding has done to the numbers: those within it are as good as 0. 0 where none is known.
    pub rounding: f64,
}

impl Scale {
    /// The colors of these numbers, to which rounding may have done so much: with zero in the middle if they are of
    /// both signs. One color, of all that differ by rounding alone.
    pub fn of_signed(values: impl Iterator<Item = f64>, rounding: Option<f64>) -> Scale {
        let rounding = rounding.unwrap_or(0.0);
        let seen = values.map(|x| if x.abs() <= rounding { 0.0 } else { x });
        let (low, high) = range(seen).unwrap_or((0.0, 0.0));
        let most = high.abs().max(low.abs());
        // halves, since a difference of large numbers may be infinite
        if !differ(low, high) || high / 2.0 - low / 2.0 <= rounding {
            let one = low / 2.0 + high / 2.0;
            return Scale {
                low: one,
                high: one,
                kind: Kind::Linear,
                rounding,
            };
        }
        if low < 0.0 && high > 0.0 {
            return Scale {
                low: -most,
                high: most,
                kind: Kind::Diverging,
                rounding,
            };
        }
        Scale {
            low,
            high,
            kind: Kind::Linear,
            rounding,
        }
    }

    /// The colors of visits: logarithmic where they differ so much that few would be seen. What
    /// rounding has made negative is none.
    pub fn of_visits(values: impl Iterator<Item = f64> + Clone) -> Scale {
        /// From here on the smallest could not be told from none.
        const FAR: f64 = 50.0;
        /// Smaller ones than the largest by this are as good as none.
        const DEEP: f64 = 1e-6;
        let (_, high) = range(values.clone()).unwrap_or((0.0, 0.0));
        let seen = values.filter(|x| *x > high * DEEP);
        let (low, _) = range(seen).unwrap_or((0.0, 0.0));
        if high > FAR * low && low > 0.0 {
            return Scale {
                low,
                high,
                kind: Kind::Logarithmic,
                rounding: 0.0,
            };
        }
        Scale {
            low: 0.0,
            high: high.max(0.0),
            kind: Kind::Linear,
            rounding: 0.0,
        }
    }

    /// An axis that all these numbers stand on: from zero for lengths, logarithmic if so asked.
    pub fn from_zero(values: impl Iterator<Item = f64>) -> Scale {
        let (low, high) = range(values).unwrap_or((0.0, 0.0));
        let (low, high) = (low.min(0.0), high.max(0.0));
        Scale {
            low,
            // nothing but zeros stands at the low end
            high: if low == high { 1.0 } else { high },
            kind: Kind::Linear,
            rounding: 0.0,
        }
    }

    /// A number as it is shown: 0 where it is rounding alone.
    pub fn seen(&self, x: &Quantity) -> Quantity {
        match x {
            Quantity::Float(value) if value.abs() <= self.rounding => Quantity::Float(0.0),
            other => other.clone(),
        }
    }

    /// Where a number lies, from 0 to 1, those beyond at the edge; the middle if all are one.
    pub fn place(&self, x: f64) -> f64 {
        let within = match self.kind {
            Kind::Logarithmic => x.max(self.low),
            _ => x,
        };
        self.reach(within).clamp(0.0, 1.0)
    }

    /// Where a number lies, below 0 and above 1 where it is beyond the ends; the middle if all are one.
    pub fn reach(&self, x: f64) -> f64 {
        let (x, low, high) = match self.kind {
            Kind::Logarithmic => {
                let (low, high) = self.powers();
                (x.log10(), low, high)
            }
            // halves, since a difference of large numbers may be infinite
            _ => (x / 2.0, self.low / 2.0, self.high / 2.0),
        };
        if differ(low, high) {
            (x - low) / (high - low)
        } else {
            0.5
        }
    }

    /// The logarithms of the ends; where air around the numbers has made one 0 or infinite, that of the last
    /// number there is.
    fn powers(&self) -> (f64, f64) {
        const LEAST: f64 = f64::from_bits(1);
        let power = |x: f64| x.clamp(LEAST, f64::MAX).log10();
        (power(self.low), power(self.high))
    }

    /// The number at a place.
    pub fn at(&self, place: f64) -> f64 {
        match self.kind {
            Kind::Logarithmic => {
                let (low, high) = self.powers();
                10f64.powf(low + place * (high - low))
            }
            _ => self.low * (1.0 - place) + self.high * place,
        }
    }

    /// The color of a number.
    pub fn color(&self, x: f64) -> Color {
        self.color_at(self.place(x))
    }

    /// The color at a place.
    pub fn color_at(&self, place: f64) -> Color {
        match self.kind {
            Kind::Diverging => Color::in_divergence(place),
            _ => Color::in_sequence(place),
        }
    }

    /// Round numbers along the axis, some four to seven of them.
    pub fn ticks(&self) -> Vec<f64> {
        match self.kind {
            Kind::Logarithmic => {
                let ends = self.powers();
                let powers = decades(ends);
                if powers.len() > 1 {
                    return powers;
                }
                let few = within_decades(ends, &[1, 2, 5]);
                if few.len() > 3 {
                    return few;
                }
                let more = within_decades(ends, &[1, 2, 3, 4, 6, 8]);
                if more.len() > 1 {
                    more
                } else {
                    even(self.low, self.high)
                }
            }
            _ => even(self.low, self.high),
        }
    }

    /// The ticks with their numbers, in so many digits, or as many as tell neighbours apart.
    pub fn labels(&self, digits: usize) -> Vec<(f64, String)> {
        labelled(self.ticks(), digits)
    }
}

/// The least and the greatest of the finite numbers.
pub fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let finite = values.filter(|x| x.is_finite());
    finite.fold(None, |range, x| {
        let (low, high) = range.unwrap_or((x, x));
        Some((f64::min(low, x), f64::max(high, x)))
    })
}

/// Whether the ends of a range differ by more than rounding.
pub fn differ(low: f64, high: f64) -> bool {
    /// Of the largest.
    const SHARE: f64 = 1e-12;
    // halves, since a difference of large numbers may be infinite
    high / 2.0 - low / 2.0 > SHARE / 2.0 * high.abs().max(low.abs())
}

/// So many units of a power of ten, as the decimal is read; a product with a power of floating point may be another
/// number, and has none where the power is 0.
fn decimal(units: f64, power: i32) -> f64 {
    // what is written so is a number
    format!("{units:.0}e{power}").parse().unwrap_or(0.0)
}

/// The power of ten of the leading digit.
fn leading(x: f64) -> i32 {
    x.log10().floor() as i32
}

/// Powers of ten between numbers with these logarithms, every so many.
fn decades((low, high): (f64, f64)) -> Vec<f64> {
    const MOST: i32 = 6;
    let from = (low - 1e-9).ceil() as i32;
    let to = (high + 1e-9).floor() as i32;
    let step = ((to - from) / MOST + 1).max(1) as usize;
    let powers = (from..=to).step_by(step).map(|power| decimal(1.0, power));
    powers.collect()
}

/// So many times powers of ten between numbers with these logarithms.
fn within_decades((low, high): (f64, f64), units: &[u8]) -> Vec<f64> {
    let powers = low.floor() as i32..=high.floor() as i32;
    let ticks =
        powers.flat_map(|power| units.iter().map(move |&units| decimal(units.into(), power)));
    let is_within = |x: &f64| (low - 1e-9..=high + 1e-9).contains(&x.log10());
    ticks.filter(is_within).collect()
}

/// Multiples of 1, 2 or 5 times a power of ten; one number where the ends differ by rounding alone.
fn even(low: f64, high: f64) -> Vec<f64> {
    const WANTED: f64 = 5.0;
    let span = high - low;
    if !differ(low, high) {
        return vec![low + (high / 2.0 - low / 2.0)];
    }
    if span.is_infinite() {
        return vec![low, 0.0, high];
    }
    let power = leading(span / WANTED);
    let unit = decimal(1.0, power);
    if unit == 0.0 {
        return vec![low];
    }
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * unit);
    let fits = |step: &f64| span / *step <= WANTED + 0.5;
    let step = steps.into_iter().find(fits).unwrap_or(10.0 * unit);
    let first = (low / step - 1e-9).ceil();
    let last = (high / step + 1e-9).floor();
    let count = (last - first).clamp(0.0, 20.0) as usize;
    // rounded to the digits that the step has, so that 0.1 + 0.2 is 0.3
    let units = |i: usize| ((first + i as f64) * (step / unit)).round() + 0.0;
    (0..=count).map(|i| decimal(units(i), power)).collect()
}

/// Ticks with their numbers.
fn labelled(ticks: Vec<f64>, digits: usize) -> Vec<(f64, String)> {
    let steps = ticks.windows(2).map(|pair| (pair[1] - pair[0]).abs());
    let step = steps.fold(f64::INFINITY, f64::min);
    let largest = ticks.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    let usual = |&tick: &f64| {
        if tick == 0.0 || (1e-4..1e5).contains(&tick.abs()) {
            short(tick, digits)
        } else {
            format!("{tick:.0e}")
        }
    };
    let told = |tick: &f64| {
        let read = usual(tick).replace('−', "-").parse::<f64>();
        read.is_ok_and(|read| (read - tick).abs() <= step / 100.0)
    };
    let all_told = !step.is_finite() || ticks.iter().all(told);
    let label = |tick: &f64| {
        if all_told {
            usual(tick)
        } else {
            to_the_step(*tick, step, largest)
        }
    };
    ticks.iter().map(|tick| (*tick, label(tick))).collect()
}

/// A multiple of a step with the digits that the step has.
fn to_the_step(tick: f64, step: f64, largest: f64) -> String {
    let is_plain = (1e-4..1e5).contains(&largest);
    if tick == 0.0 && !is_plain {
        return "0".to_string();
    }
    let power = leading(step * (1.0 + 1e-9));
    // 0.25 has one place more than its power of ten says
    let units = step / decimal(1.0, power);
    let last = power - i32::from((units - units.round()).abs() > 1e-6);
    if is_plain {
        return format!("{tick:.*}", (-last).max(0) as usize);
    }
    let digits = (leading(tick.abs() * (1.0 + 1e-9)) - last).max(0) as usize;
    format!("{tick:.digits$e}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_both_signs_have_zero_in_the_middle() {
        let scale = Scale::of_signed([-1.0, 3.0].into_iter(), None);
        assert_eq!((scale.kind, scale.place(0.0)), (Kind::Diverging, 0.5));
        assert_eq!(scale.place(3.0), 1.0);
    }

    #[test]
    fn extreme_and_equal_numbers_have_a_place() {
        let scale = Scale::of_signed([-1e308, 1e308].into_iter(), None);
        assert_eq!(scale.place(-1e308), 0.0);
        assert_eq!(
            Scale::of_signed([2.0, 2.0].into_iter(), None).place(2.0),
            0.5
        );
        assert_eq!(Scale::of_signed([].into_iter(), None).place(1.0), 0.5);
    }

    #[test]
    fn what_differs_by_rounding_is_one_color() {
        let one = |values: [f64; 2], rounding| {
            let scale = Scale::of_signed(values.into_iter(), rounding);
            (scale.low == scale.high).then_some(scale.low)
        };
        assert_eq!(one([1e-17, -2e-17], Some(1e-14)), Some(0.0));
        assert_eq!(
            one([-606.5, -606.5 - 1e-11], None).map(|x| x as f32),
            Some(-606.5)
        );
        assert_eq!(one([2.0, 2.25], Some(0.5)), Some(2.125));
        assert_eq!(one([2.0, 2.25], Some(1e-3)), None);
        assert_eq!(one([2.0, 2.25], None), None);
        let scale = Scale::of_signed([1e-17, 1.0].into_iter(), Some(1e-14));
        assert_eq!(scale.seen(&Quantity::from(1e-17)), Quantity::from(0.0));
        assert_eq!(scale.seen(&Quantity::from(1.0)), Quantity::from(1.0));
    }

    #[test]
    fn visits_that_differ_much_are_logarithmic_and_negative_ones_are_none() {
        let scale = Scale::of_visits([-1e-33, 1e-3, 1.0].into_iter());
        assert_eq!((scale.kind, scale.low), (Kind::Logarithmic, 1e-3));
        assert_eq!(scale.place(-1e-33), 0.0);
        let scale = Scale::of_visits([-1e-33, 0.5, 1.0].into_iter());
        assert_eq!((scale.kind, scale.low), (Kind::Linear, 0.0));
    }

    #[test]
    fn ticks_are_round_and_within() {
        assert_eq!(even(0.0, 1.0), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        assert_eq!(even(-3.0, 7.0), [-2.0, 0.0, 2.0, 4.0, 6.0]);
        assert_eq!(even(2.0, 2.0), [2.0]);
    }

    fn labels(low: f64, high: f64) -> Vec<String> {
        let ticks = labelled(even(low, high), 3);
        ticks.into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ranges_that_floating_point_hardly_has_have_ticks() {
        assert_eq!(even(-1e-40, 0.0)[1..3], [-8e-41, -6e-41]);
        assert_eq!(
            labels(-1e-40, 0.0)[1..],
            ["-8e-41", "-6e-41", "-4e-41", "-2e-41", "0"]
        );
        assert_eq!(labels(-1.2e-295, 1e-300), ["-1e-295", "-5e-296", "0"]);
        assert_eq!(labels(0.0, 3e-310)[3], "3e-310");
        assert_eq!(labels(0.0, 5e-324), ["0"]);
        assert_eq!(labels(-1.7e308, 1.7e308)[1], "0");
        // what differs by rounding alone is one number
        assert_eq!(labels(1333.333333333332, 1333.333333333334), ["1333"]);
        assert_eq!(labels(-3e-40, -3e-40 * (1.0 + 1e-13)), ["-3e-40"]);
        for exponent in -323..=308 {
            for (low, high) in [(0.0, 1.0), (-1.0, 1.0), (1.0, 1.7), (1.0, 1.0 + 2e-12)] {
                let size: f64 = format!("1e{exponent}").parse().expect("a number");
                let kinds = [Kind::Linear, Kind::Logarithmic];
                for kind in kinds.into_iter().take(if low > 0.0 { 2 } else { 1 }) {
                    let scale = Scale {
                        low: low * size,
                        high: high * size,
                        kind,
                        rounding: 0.0,
                    };
                    for (tick, label) in scale.labels(3) {
                        assert!(label.len() < 22, "{low} {high} {size} {label}");
                        let place = scale.place(tick);
                        assert!((0.0..=1.0).contains(&place), "{low} {high} {size} {tick}");
                    }
                }
            }
        }
    }

    #[test]
    fn logarithmic_axes_have_numbers_all_along() {
        let ticks = |low, high| {
            let kind = Kind::Logarithmic;
            let rounding = 0.0;
            let labels = Scale {
                low,
                high,
                kind,
                rounding,
            }
            .labels(3);
            let labels = labels.into_iter().map(|(_, label)| label);
            labels.collect::<Vec<_>>()
        };
        assert_eq!(ticks(0.12, 6.6), ["0.2", "0.5", "1", "2", "5"]);
        assert_eq!(
            ticks(1.1e104, 6e105),
            ["2e104", "5e104", "1e105", "2e105", "5e105"]
        );
        assert_eq!(ticks(0.9, 4.7), ["1", "2", "3", "4"]);
        assert_eq!(ticks(0.08, 20.0), ["0.1", "1", "10"]);
        assert_eq!(ticks(2.1, 4.9), ["3", "4"]);
    }

    #[test]
    fn neighbours_have_different_numbers() {
        assert_eq!(labels(1.014e6, 1.018e6)[..2], ["1.014e6", "1.015e6"]);
        assert_eq!(
            labels(-2e6, 0.0),
            ["-2.0e6", "-1.5e6", "-1.0e6", "-5e5", "0"]
        );
        assert_eq!(labels(1.2e-5, 2.0e-5)[..2], ["1.2e-5", "1.4e-5"]);
        assert_eq!(labels(0.9, 0.9001)[1], "0.90002");
        assert_eq!(labels(999.0, 999.2)[1], "999.05");
        assert_eq!(labels(5001.0, 5003.0)[1], "5001.5");
        // those of every day as they were
        assert_eq!(labels(0.0, 1.0)[1], short(0.2, 3));
    }
}
