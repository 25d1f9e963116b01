//! Colors of cells, and whether a text on one is black or white.

/// A color in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color(pub [u8; 3]);

/// From little to much.
const SEQUENCE: [Color; 6] = [
    Color([0xf3, 0xf6, 0xfa]),
    Color([0xcb, 0xdd, 0xee]),
    Color([0x93, 0xbb, 0xdd]),
    Color([0x54, 0x8f, 0xc4]),
    Color([0x24, 0x5f, 0x9c]),
    Color([0x0c, 0x2f, 0x5a]),
];

/// From much below zero, over zero, to much above: orange and blue, which color-blind readers tell
/// apart.
const DIVERGENCE: [Color; 7] = [
    Color([0x7f, 0x34, 0x08]),
    Color([0xcc, 0x6f, 0x25]),
    Color([0xf2, 0xbf, 0x8c]),
    Color([0xf6, 0xf5, 0xf2]),
    Color([0xa9, 0xcb, 0xe6]),
    Color([0x3f, 0x7f, 0xb9]),
    Color([0x0c, 0x3d, 0x73]),
];

impl Color {
    /// The color at a place from 0, little, to 1, much.
    pub fn in_sequence(place: f64) -> Color {
        between(&SEQUENCE, place)
    }

    /// The color at a place from 0 over 1/2, which stands for zero, to 1.
    pub fn in_divergence(place: f64) -> Color {
        between(&DIVERGENCE, place)
    }

    /// `#rrggbb`.
    pub fn hex(self) -> String {
        let [r, g, b] = self.0;
        format!("#{r:02x}{g:02x}{b:02x}")
    }

    /// The class of texts and lines on this color: `k` for black, `w` for white, whichever is read
    /// better. One of the two always has a contrast of 4.5 or more.
    pub fn ink(self) -> &'static str {
        let (black, white) = (Color([0; 3]), Color([255; 3]));
        if self.contrast(black) >= self.contrast(white) {
            "k"
        } else {
            "w"
        }
    }

    /// The contrast of two colors, from 1 to 21 (WCAG 2.2).
    pub fn contrast(self, other: Color) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// The relative luminance, from 0 to 1 (WCAG 2.2).
    fn luminance(self) -> f64 {
        let linear = |x: u8| {
            let x = f64::from(x) / 255.0;
            if x <= 0.04045 {
                x / 12.92
            } else {
                ((x + 0.055) / 1.055).powf(2.4)
            }
        };
        let [r, g, b] = self.0.map(linear);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    fn mixed(self, other: Color, share: f64) -> Color {
        let mix = |i: usize| {
            let (a, b) = (f64::from(self.0[i]), f64::from(other.0[i]));
            (a + share * (b - a)).round() as u8
        };
        Color([mix(0), mix(1), mix(2)])
    }
}

fn between(stops: &[Color], place: f64) -> Color {
    let place = place.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
    let below = (place.floor() as usize).min(stops.len() - 2);
    stops[below].mixed(stops[below + 1], place - below as f64)
}

#[cfg(test)]
mod tests {
    use super::Color;

    #[test]
    fn every_text_on_every_color_has_a_contrast_of_4_5_or_more() {
        for step in 0..=1000 {
            let place = f64::from(step) / 1000.0;
            for color in [Color::in_sequence(place), Color::in_divergence(place)] {
                let ink = match color.ink() {
                    "k" => Color([0; 3]),
                    _ => Color([255; 3]),
                };
                assert!(color.contrast(ink) >= 4.5, "{place}: {}", color.hex());
            }
        }
    }

    /// The example of the standard: #777 on white is just too little.
    #[test]
    fn the_contrast_is_that_of_the_standard() {
        let gray = Color([0x77; 3]).contrast(Color([255; 3]));
        assert!((gray - 4.478).abs() < 1e-3, "{gray}");
        assert_eq!(Color([0; 3]).contrast(Color([255; 3])), 21.0);
    }
}
