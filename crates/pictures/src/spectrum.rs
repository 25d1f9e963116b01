//! The eigenvalues of a chain in the unit disc.

use maud::{Markup, html};

use super::{At, Picture, WIDTH, float, short, title};

/// The eigenvalues of P.
pub struct Spectrum<'a> {
    /// Real and imaginary parts, the largest modulus first.
    pub eigenvalues: &'a [(f64, f64)],
    /// The largest modulus beyond one 1 for each recurrent class.
    pub subdominant: Option<f64>,
}

const CENTER: (f64, f64) = (WIDTH / 2.0, 168.0);
const RADIUS: f64 = 140.0;
const BOTTOM: f64 = CENTER.1 + RADIUS + 44.0;

impl Spectrum<'_> {
    /// The picture: the disc, a dot for each eigenvalue, a dotted ring for the one that decides how
    /// fast the chain forgets.
    pub fn draw(&self) -> Picture {
        let (x, y) = CENTER;
        let ring = self.subdominant.filter(|modulus| *modulus > 0.0);
        let marks = html! {
            line class="grid" x1=(At(x - RADIUS)) x2=(At(x + RADIUS)) y1=(At(y)) y2=(At(y)) {}
            line class="grid" x1=(At(x)) x2=(At(x)) y1=(At(y - RADIUS)) y2=(At(y + RADIUS)) {}
            circle class="disc" cx=(At(x)) cy=(At(y)) r=(At(RADIUS)) {}
            @if let Some(modulus) = ring {
                circle class="level" cx=(At(x)) cy=(At(y)) r=(At(RADIUS * modulus)) {
                    (title(&format!("|λ| = {}, the largest beyond one 1 for each recurrent class", float(modulus))))
                }
            }
            text class="m s" x=(At(x + RADIUS + 9.0)) y=(At(y + 4.0)) { "1" }
            text class="m s end" x=(At(x - RADIUS - 9.0)) y=(At(y + 4.0)) { "−1" }
            text class="m s mid" x=(At(x)) y=(At(y - RADIUS - 9.0)) { "i" }
            text class="m s mid" x=(At(x)) y=(At(y + RADIUS + 18.0)) { "−i" }
            g data-q="chain/spectrum" {
                @for (index, &value) in self.eigenvalues.iter().enumerate() { (dot(index, value)) }
            }
            text class="m s mid" x=(At(x)) y=(At(BOTTOM - 6.0)) { (self.words()) }
        };
        Picture {
            title: "the eigenvalues of P in the unit disc".to_string(),
            size: (WIDTH, BOTTOM),
            marks,
        }
    }

    fn words(&self) -> String {
        let count = self.eigenvalues.len();
        let plural = if count == 1 { "" } else { "s" };
        match self.subdominant {
            Some(modulus) if modulus > 0.0 => format!(
                "{count} eigenvalue{plural} of P; dotted: |λ₂| = {}",
                short(modulus, 4)
            ),
            _ => format!("{count} eigenvalue{plural} of P"),
        }
    }
}

fn dot(index: usize, (real, imaginary): (f64, f64)) -> Markup {
    let (x, y) = (CENTER.0 + RADIUS * real, CENTER.1 - RADIUS * imaginary);
    let sign = if imaginary < 0.0 { '−' } else { '+' };
    let words = format!(
        "λ = {} {sign} {}i, |λ| = {}",
        float(real),
        float(imaginary.abs()),
        float(real.hypot(imaginary))
    );
    html! { circle class="vertex" data-i=(index) cx=(At(x)) cy=(At(y)) r="4.5" { (title(&words)) } }
}

#[cfg(test)]
mod tests {
    use super::Spectrum;

    #[test]
    fn every_eigenvalue_is_a_dot_at_its_place() {
        let eigenvalues = [(1.0, 0.0), (0.0, 0.5), (0.0, -0.5)];
        let picture = Spectrum {
            eigenvalues: &eigenvalues,
            subdominant: Some(0.5),
        }
        .draw()
        .file();
        for place in [
            "cx=\"320\" cy=\"168\"",
            "cx=\"180\" cy=\"98\"",
            "cx=\"180\" cy=\"238\"",
        ] {
            assert!(picture.contains(place), "{place}");
        }
        assert!(picture.contains("λ = 0.0 − 0.5i, |λ| = 0.5"));
    }
}
