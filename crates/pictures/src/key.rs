//! The key of the colors of a map: a strip from the least to the most, with numbers below.

use maud::{Markup, html};

use super::scale::{Kind, Scale};
use super::{At, short};

/// The height of the key with the space above it.
pub const HEIGHT: f64 = 44.0;
/// Thickness of the strip.
const STRIP: f64 = 8.0;
/// How many colors it shows.
const STEPS: usize = 18;

/// The key from `left` to `right`, below `top`; `name` is what the colors mean.
pub fn key(scale: &Scale, name: &str, (left, right): (f64, f64), top: f64) -> Markup {
    let y = top + 12.0;
    let width = (right - left) / STEPS as f64;
    let steps = (0..STEPS).map(|i| (i, (i as f64 + 0.5) / STEPS as f64));
    let label = |place: f64| short(scale.at(place), 3);
    let log = if scale.kind == Kind::Logarithmic {
        " (log)"
    } else {
        ""
    };
    if scale.low == scale.high {
        // one number is one color
        return html! {
            g class="key" {
                rect x=(At(left)) y=(At(y)) width=(At(right - left)) height=(At(STRIP)) fill=(scale.color_at(0.5).hex()) {}
                text x=(At((left + right) / 2.0)) y=(At(y + 22.0)) class="m s mid" { (name) " = " (label(0.5)) }
            }
        };
    }
    html! {
        g class="key" {
            @for (i, place) in steps {
                rect x=(At(left + i as f64 * width)) y=(At(y)) width=(At(width + 0.4)) height=(At(STRIP)) fill=(scale.color_at(place).hex()) {}
            }
            text x=(At(left)) y=(At(y + 22.0)) class="m s" { (label(0.0)) }
            text x=(At((left + right) / 2.0)) y=(At(y + 22.0)) class="m s mid" { (name) (log) }
            text x=(At(right)) y=(At(y + 22.0)) class="m s end" { (label(1.0)) }
        }
    }
}
