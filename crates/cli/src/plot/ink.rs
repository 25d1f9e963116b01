//! What pictures are drawn on: the same strokes as SVG or as pixels.

use std::io;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind,
};

use super::raster::{Pixels, Raster};

/// The file format of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// Lines and text; the reader's fonts.
    Svg,
    /// Pixels, fine enough for print; lettered with a font of our own.
    Png,
}

impl Picture {
    /// The format that a file's name ends in, if it is one of the two.
    pub fn of(path: &std::path::Path) -> Option<Picture> {
        let ending = path.extension()?.to_str()?;
        match ending.to_ascii_lowercase().as_str() {
            "svg" => Some(Picture::Svg),
            "png" => Some(Picture::Png),
            _ => None,
        }
    }

    /// The bytes of the file that `draw` fills, `size` wide and high in units of a pixel on screen.
    pub(super) fn drawn(
        self,
        size: (u32, u32),
        draw: impl FnOnce(&Canvas) -> Result<(), Undrawn>,
    ) -> Result<Vec<u8>, Undrawn> {
        let finish = |ink: Ink| {
            let root = ink.into_drawing_area();
            root.fill(&WHITE)?;
            draw(&root)?;
            root.present()
        };
        match self {
            Picture::Svg => {
                let mut text = String::new();
                finish(Ink::Svg(SVGBackend::with_string(&mut text, size)))?;
                Ok(text.into_bytes())
            }
            Picture::Png => {
                let undrawn =
                    |e| DrawingAreaErrorKind::BackendError(DrawingErrorKind::DrawingError(e));
                let mut pixels = Pixels::new(size).map_err(undrawn)?;
                finish(Ink::Raster(pixels.raster()))?;
                pixels.png().map_err(undrawn)
            }
        }
    }
}

/// Why a picture was not drawn, in the words of the drawing library.
pub type Undrawn = DrawingAreaErrorKind<io::Error>;

/// What is drawn on.
pub(super) type Canvas<'a> = DrawingArea<Ink<'a>, Shift>;

/// One of the two.
pub(super) enum Ink<'a> {
    Svg(SVGBackend<'a>),
    Raster(Raster<'a>),
}

type Drawn = Result<(), DrawingErrorKind<io::Error>>;

/// Hands a call on to the one that is there.
macro_rules! either {
    ($ink:expr, $backend:ident => $call:expr) => {
        match $ink {
            Ink::Svg($backend) => $call,
            Ink::Raster($backend) => $call,
        }
    };
}

impl DrawingBackend for Ink<'_> {
    type ErrorType = io::Error;

    fn get_size(&self) -> (u32, u32) {
        either!(self, backend => backend.get_size())
    }

    fn ensure_prepared(&mut self) -> Drawn {
        either!(self, backend => backend.ensure_prepared())
    }

    fn present(&mut self) -> Drawn {
        either!(self, backend => backend.present())
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn {
        either!(self, backend => backend.draw_pixel(point, color))
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        either!(self, backend => backend.draw_line(from, to, style))
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        either!(self, backend => backend.draw_rect(upper_left, bottom_right, style, fill))
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        either!(self, backend => backend.draw_path(path, style))
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        either!(self, backend => backend.draw_circle(center, radius, style, fill))
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        either!(self, backend => backend.fill_polygon(corners, style))
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Drawn {
        either!(self, backend => backend.draw_text(text, style, at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plotters::style::text_anchor::{HPos, Pos, VPos};

    /// Black pixels of a picture with one word in it, none of them from a font of the machine.
    #[test]
    fn a_png_is_lettered_without_fonts_of_the_machine() {
        let style = TextStyle::from(("sans-serif", 20).into_font())
            .color(&BLACK)
            .pos(Pos::new(HPos::Center, VPos::Center));
        let word = |word: &'static str| {
            let style = style.clone();
            let png = Picture::Png.drawn((120, 40), move |root| {
                root.draw(&Text::new(word, (60, 20), style))
            });
            let png = png.unwrap();
            assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n");
            let pixels = tiny_skia::Pixmap::decode_png(&png).unwrap();
            let dark = pixels.pixels().iter().filter(|pixel| pixel.red() < 128);
            dark.count()
        };
        assert_eq!(word(" "), 0);
        let (one, many) = (word("∇"), word("∇J ‖γᵗ‖ √Σ 10⁻⁶"));
        assert!(one > 50 && many > 5 * one, "{one} {many}");
    }

    #[test]
    fn the_ending_of_a_name_is_its_format() {
        let of = |name: &str| Picture::of(std::path::Path::new(name));
        assert_eq!(of("a.svg"), Some(Picture::Svg));
        assert_eq!(of("a.b.PNG"), Some(Picture::Png));
        assert_eq!((of("a.pdf"), of("png")), (None, None));
    }
}
