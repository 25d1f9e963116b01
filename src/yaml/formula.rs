//! Formulas in the numbers of a model: `9/10*s + a/2 + w`, `-(s^2 + a^2/2)`, `sin(angle)`.
//!
//! ```text
//! sum     = product {(+|-) product}
//! product = factor {(*|/) factor}
//! factor  = - factor | + factor | power
//! power   = atom [^ whole number]
//! atom    = number | name | name(sum, …) | (sum)
//! ```
//!
//! What is rational is exact; roots, exponentials and the like are rounded to twelve decimals, so that
//! a model of them is one of fractions too.

mod decimals;

pub(crate) use self::decimals::Undefined;
use self::decimals::{exponential, root, rounded, turned};
use crate::field::Field;
use crate::model::names::nearest;
use crate::number::{Number, Rational};

/// Most parentheses, signs and calls inside each other; a choice.
const DEPTH: usize = 100;
/// Most operators in all, each of which may stand inside the next; a choice.
const OPERATORS: usize = 1000;
/// Most that powers of powers may come to: numbers stay short.
const DEGREE: u32 = 64;

/// A formula in some variables.
#[derive(Clone, Debug)]
pub(crate) enum Formula {
    Number(Rational),
    Variable(usize),
    Binary(Operator, Box<[Formula; 2]>),
    Power(Box<Formula>, u32),
    Call(Function, Vec<Formula>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Plus,
    Minus,
    Times,
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Abs,
    Min,
    Max,
    /// clip(x, from, to).
    Clip,
    Sqrt,
    Exp,
    Ln,
    Sin,
    Cos,
    Tan,
    Tanh,
}

/// Functions by name, with how many arguments they take.
const FUNCTIONS: [(&str, Function, usize); 11] = [
    ("abs", Function::Abs, 1),
    ("min", Function::Min, 2),
    ("max", Function::Max, 2),
    ("clip", Function::Clip, 3),
    ("sqrt", Function::Sqrt, 1),
    ("exp", Function::Exp, 1),
    ("ln", Function::Ln, 1),
    ("sin", Function::Sin, 1),
    ("cos", Function::Cos, 1),
    ("tan", Function::Tan, 1),
    ("tanh", Function::Tanh, 1),
];

/// Whether a variable may have this name: letters, digits and `_`, and no function's.
pub(crate) fn may_name_a_variable(name: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || c == '_';
    let is_function = FUNCTIONS.iter().any(|(word, ..)| *word == name);
    name.starts_with(char::is_alphabetic) && name.chars().all(fits) && !is_function
}

impl Formula {
    /// Reads a formula in these variables; in words what is wrong with it.
    pub(crate) fn read(text: &str, variables: &[&str]) -> Result<Formula, String> {
        let mut reader = Reader {
            rest: text.trim_start(),
            variables,
            depth: 0,
            operators: 0,
        };
        let formula = reader.sum()?;
        match reader.rest {
            "" => Ok(formula),
            rest => Err(format!("`{}` does not belong here", word(rest))),
        }
    }

    /// Its value where the variables have these.
    pub(crate) fn value(&self, at: &[Rational]) -> Result<Rational, Undefined> {
        Ok(match self {
            Formula::Number(x) => x.clone(),
            Formula::Variable(i) => at[*i].clone(),
            Formula::Binary(operator, sides) => {
                let (x, y) = (sides[0].value(at)?, sides[1].value(at)?);
                match operator {
                    Operator::Plus => x + y,
                    Operator::Minus => x - y,
                    Operator::Times => x * y,
                    Operator::Over if y.is_zero() => return Err(Undefined::Zero),
                    Operator::Over => x / y,
                }
            }
            Formula::Power(base, exponent) => {
                let base = base.value(at)?;
                (0..*exponent).fold(Rational::ONE, |power, _| power * &base)
            }
            Formula::Call(function, arguments) => {
                let arguments = arguments.iter().map(|x| x.value(at));
                function.value(arguments.collect::<Result<Vec<_>, _>>()?)?
            }
        })
    }

    /// What powers of powers come to.
    fn degree(&self) -> u32 {
        match self {
            Formula::Number(_) | Formula::Variable(_) => 1,
            Formula::Binary(_, sides) => sides[0].degree().max(sides[1].degree()),
            Formula::Power(base, exponent) => base.degree().saturating_mul(*exponent),
            Formula::Call(_, arguments) => arguments.iter().map(Formula::degree).max().unwrap_or(1),
        }
    }
}

impl Function {
    fn value(self, mut x: Vec<Rational>) -> Result<Rational, Undefined> {
        let real = |f: fn(f64) -> f64, x: &Rational| rounded(f(x.to_f64().value()));
        match self {
            Function::Abs => Ok(Field::abs(&x[0])),
            Function::Min => Ok(x.swap_remove(0).min(x.swap_remove(0))),
            Function::Max => Ok(x.swap_remove(0).max(x.swap_remove(0))),
            Function::Clip => {
                let (to, from) = (x.swap_remove(2), x.swap_remove(1));
                Ok(x.swap_remove(0).min(to).max(from))
            }
            Function::Sqrt => root(&x[0]),
            Function::Exp => exponential(&x[0]),
            Function::Ln => real(f64::ln, &x[0]),
            Function::Sin => rounded(turned(&x[0])?.1),
            Function::Cos => rounded(turned(&x[0])?.0),
            Function::Tan => {
                let (cos, sin) = turned(&x[0])?;
                rounded(sin / cos)
            }
            Function::Tanh => real(f64::tanh, &x[0]),
        }
    }
}

struct Reader<'t, 'v> {
    /// What has not been read, without leading spaces.
    rest: &'t str,
    variables: &'v [&'v str],
    depth: usize,
    operators: usize,
}

impl<'t> Reader<'t, '_> {
    fn sum(&mut self) -> Result<Formula, String> {
        let mut left = self.product()?;
        loop {
            let operator = match self.rest.chars().next() {
                Some('+') => Operator::Plus,
                Some('-') => Operator::Minus,
                _ => return Ok(left),
            };
            self.operator()?;
            left = Formula::Binary(operator, Box::new([left, self.product()?]));
        }
    }

    fn product(&mut self) -> Result<Formula, String> {
        let mut left = self.factor()?;
        loop {
            let operator = match self.rest.chars().next() {
                Some('*') => Operator::Times,
                Some('/') => Operator::Over,
                _ => return Ok(left),
            };
            self.operator()?;
            left = Formula::Binary(operator, Box::new([left, self.factor()?]));
        }
    }

    /// Passes an operator between two sides.
    fn operator(&mut self) -> Result<(), String> {
        self.operators += 1;
        if self.operators > OPERATORS {
            return Err(format!("more than {OPERATORS} operators"));
        }
        self.skip(1);
        Ok(())
    }

    fn factor(&mut self) -> Result<Formula, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(format!(
                "more than {DEPTH} signs or parentheses inside each other"
            ));
        }
        let read = match self.rest.chars().next() {
            Some('-') => {
                self.skip(1);
                let zero = Formula::Number(Rational::ZERO);
                let negated = self.factor()?;
                Formula::Binary(Operator::Minus, Box::new([zero, negated]))
            }
            Some('+') => {
                self.skip(1);
                self.factor()?
            }
            _ => self.power()?,
        };
        self.depth -= 1;
        Ok(read)
    }

    fn power(&mut self) -> Result<Formula, String> {
        let base = self.atom()?;
        if !self.rest.starts_with('^') {
            return Ok(base);
        }
        self.skip(1);
        let digits = self.take(|c| c.is_ascii_digit());
        let exponent: u32 = digits
            .parse()
            .map_err(|_| "after `^` comes a whole number, as in `s^2`".to_string())?;
        let power = Formula::Power(Box::new(base), exponent);
        if power.degree() > DEGREE {
            return Err(format!("a power may be at most {DEGREE}"));
        }
        Ok(power)
    }

    fn atom(&mut self) -> Result<Formula, String> {
        match self.rest.chars().next() {
            Some('(') => {
                self.skip(1);
                let inner = self.sum()?;
                self.close()?;
                Ok(inner)
            }
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if c.is_alphabetic() => self.named(),
            Some(_) => Err(format!("`{}` does not belong here", word(self.rest))),
            None => Err("it ends where a number or a name should come".into()),
        }
    }

    /// An integer, a decimal or a scientific literal.
    fn number(&mut self) -> Result<Formula, String> {
        let is_mantissa = |c: char| c.is_ascii_digit() || c == '.';
        let end = |from: &str| from.find(|c| !is_mantissa(c)).unwrap_or(from.len());
        let mut length = end(self.rest);
        if let Some(exponent) = self.rest[length..].strip_prefix(['e', 'E']) {
            let sign = usize::from(exponent.starts_with(['+', '-']));
            let digits = exponent[sign..].find(|c: char| !c.is_ascii_digit());
            let digits = digits.unwrap_or(exponent.len() - sign);
            if digits > 0 {
                length += 1 + sign + digits;
            }
        }
        let text = &self.rest[..length];
        let number: Number = text.parse().map_err(|_| format!("`{text}` is no number"))?;
        self.skip(length);
        Ok(Formula::Number(number.to_rational()))
    }

    fn named(&mut self) -> Result<Formula, String> {
        let name = self.take(|c| c.is_alphanumeric() || c == '_');
        if let Some(at) = self.variables.iter().position(|word| *word == name) {
            return Ok(Formula::Variable(at));
        }
        let Some((_, function, count)) = FUNCTIONS.iter().find(|(word, ..)| *word == name) else {
            let functions = FUNCTIONS.iter().map(|(word, ..)| *word);
            let words: Vec<&str> = self.variables.iter().copied().chain(functions).collect();
            return Err(match nearest(name, &words) {
                Some(mend) => format!("`{name}` has no meaning; {mend}"),
                None => {
                    let known = self.variables.join(", ");
                    format!("`{name}` is neither a function nor one of {known}")
                }
            });
        };
        if !self.rest.starts_with('(') {
            return Err(format!("after `{name}` come its arguments, `{name}(…)`"));
        }
        self.skip(1);
        let mut arguments = vec![self.sum()?];
        while self.rest.starts_with(',') {
            self.skip(1);
            arguments.push(self.sum()?);
        }
        self.close()?;
        if arguments.len() != *count {
            let found = arguments.len();
            return Err(format!("`{name}` takes {count} arguments, not {found}"));
        }
        Ok(Formula::Call(*function, arguments))
    }

    fn close(&mut self) -> Result<(), String> {
        if !self.rest.starts_with(')') {
            return Err("a parenthesis is left open".into());
        }
        self.skip(1);
        Ok(())
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest[bytes..].trim_start();
    }

    fn take(&mut self, fits: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|c| !fits(c)).unwrap_or(self.rest.len());
        let taken = &self.rest[..end];
        self.skip(end);
        taken
    }
}

/// The first word of what is left, for a message.
fn word(text: &str) -> String {
    text.chars()
        .take(12)
        .take_while(|c| !c.is_whitespace())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<String, String> {
        let at = [Rational::from(3u8), Rational::from(2u8)];
        let formula = Formula::read(text, &["s", "a"])?;
        let value = formula.value(&at).map_err(|why| why.to_string())?;
        Ok(Number::from(value).to_string())
    }

    #[test]
    fn what_is_rational_is_exact() {
        let cases = [
            ("9/10*s + a/2", "37/10"),
            ("-(s^2 + a^2/2)", "-11"),
            ("-s^2", "-9"),
            ("2 - 3 - 4", "-5"),
            ("12/2/3", "2"),
            (
                "clip(s, -1, 1) + min(s, a) * max(1, 1e-1) - abs(-.5)",
                "5/2",
            ),
            ("sqrt(s + 1)", "2"),
            ("sin(0) + cos(0)", "1"),
            ("exp(1)", "2718281828459/1000000000000"),
            (&format!("s{}", "+s".repeat(1000)), "3003"),
        ];
        for (text, expected) in cases {
            let expected: Number = expected.parse().unwrap();
            let found: Number = value(text).unwrap().parse().unwrap();
            assert_eq!(found, expected, "{text}");
        }
    }

    /// mpmath 1.3, 60 digits.
    #[test]
    fn angles_count_with_all_their_digits() {
        for (text, expected) in [
            ("sin(1000000000000000.03)", 0.842493096513),
            ("sin(10^30)", -0.090116901912),
            ("cos(10^40/3)", -0.979663283448),
            ("tan(10^20 + 1/3)", -0.38558568936),
        ] {
            let found = value(text).unwrap().parse::<Number>().unwrap().to_f64();
            assert_eq!(found, expected, "{text}");
        }
        let steep = value("tan(1.5707963267948966192)").unwrap();
        let steep = steep.parse::<Number>().unwrap().to_f64();
        assert!((steep / 3.192675579280863e19 - 1.0).abs() < 1e-9, "{steep}");
    }

    /// mpmath 1.3, 60 digits: roots and exponentials have twelve digits however small they are, these also the decimals of large numbers.
    #[test]
    fn roots_and_exponentials_have_their_digits() {
        for (text, expected) in [
            ("10^20*sqrt(1e-30)", "100000"),
            ("sqrt(2e-20)", "1.41421356237e-10"),
            ("sqrt(10^30 + 1)", "1000000000000000"),
            ("sqrt(2)", "1.414213562373"),
            ("sqrt(0)", "0"),
            ("exp(30)", "10686474581524.462146990469"),
            ("exp(-1/2)", "0.606530659713"),
            ("exp(-30)", "935762296884e-25"),
            ("exp(-700)", "985967654376e-316"),
        ] {
            let found: Number = value(text).unwrap().parse().unwrap();
            let expected: Number = expected.parse().unwrap();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let deep = "(".repeat(1000);
        let long = ["+s", "-s", "*s", "/s"].map(|side| format!("s{}", side.repeat(1001)));
        let cases = [
            ("", "it ends"),
            ("s +", "it ends"),
            ("b", "neither a function nor one of s, a"),
            ("sin s", "come its arguments"),
            ("min(s)", "takes 2 arguments, not 1"),
            ("(s", "left open"),
            ("s a", "`a` does not belong here"),
            ("s^a", "whole number"),
            ("(s^30)^30", "at most 64"),
            ("1/(s - 3)", "divides by 0"),
            ("ln(-s)", "no real number"),
            ("exp(1000)", "no real number"),
            (deep.as_str(), "inside each other"),
            (&long[0], "more than 1000 operators"),
            (&long[1], "more than 1000 operators"),
            (&long[2], "more than 1000 operators"),
            (&long[3], "more than 1000 operators"),
        ];
        for (text, expected) in cases {
            let why = value(text).unwrap_err();
            assert!(why.contains(expected), "{text}: {why}");
        }
    }
}
