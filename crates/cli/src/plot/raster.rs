//! A drawing library's strokes as pixels, antialiased, lettered with a font that we carry, so that a
//! machine without fonts draws the same picture.

use std::io;

use plotters::style::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontTransform,
};
use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Stroke, Transform,
};
use ttf_parser::{Face, GlyphId, OutlineBuilder};

/// DejaVu Sans; see assets/README.md.
const FONT: &[u8] = include_bytes!("../../../pictures/assets/dejavu-sans.ttf");

/// The height of its x beside its size, which its tables do not hold.
const X_HEIGHT: f32 = 0.547;

/// Pixels for one of a screen: 300 to an inch where 900 units are printed 9 inches wide.
const SCALE: f32 = 3.0;

/// The pixels of a picture.
pub(super) struct Pixels {
    map: Pixmap,
    size: (u32, u32),
}

impl Pixels {
    /// White. Errors if there is no such size.
    pub fn new(size: (u32, u32)) -> io::Result<Pixels> {
        let scaled = |x: u32| (x as f32 * SCALE) as u32;
        let map = Pixmap::new(scaled(size.0), scaled(size.1));
        let mut map = map.ok_or_else(|| io::Error::other("the picture is too large for pixels"))?;
        map.fill(Color::WHITE);
        Ok(Pixels { map, size })
    }

    /// To be drawn on.
    pub fn raster(&mut self) -> Raster<'_> {
        Raster(self)
    }

    /// The file.
    pub fn png(&self) -> io::Result<Vec<u8>> {
        self.map.encode_png().map_err(io::Error::other)
    }
}

/// Draws on pixels.
pub(super) struct Raster<'a>(&'a mut Pixels);

type Drawn = Result<(), DrawingErrorKind<io::Error>>;

impl Raster<'_> {
    fn fill(&mut self, path: Option<Path>, color: BackendColor, place: Transform) {
        if let Some(path) = path {
            let place = place.post_scale(SCALE, SCALE);
            let map = &mut self.0.map;
            map.fill_path(&path, &paint(color), FillRule::Winding, place, None);
        }
    }

    fn stroke(&mut self, path: Option<Path>, style: &impl BackendStyle) {
        if let Some(path) = path {
            let stroke = Stroke {
                width: style.stroke_width() as f32,
                line_cap: LineCap::Butt,
                line_join: LineJoin::Round,
                ..Stroke::default()
            };
            let place = Transform::from_scale(SCALE, SCALE);
            let map = &mut self.0.map;
            map.stroke_path(&path, &paint(style.color()), &stroke, place, None);
        }
    }
}

fn paint(color: BackendColor) -> Paint<'static> {
    let (r, g, b) = color.rgb;
    let mut paint = Paint::default();
    paint.set_color_rgba8(r, g, b, (color.alpha * 255.0).round() as u8);
    paint.anti_alias = true;
    paint
}

fn path(points: impl IntoIterator<Item = BackendCoord>, closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (i, (x, y)) in points.into_iter().enumerate() {
        match i {
            0 => path.move_to(x as f32, y as f32),
            _ => path.line_to(x as f32, y as f32),
        }
    }
    if closed {
        path.close();
    }
    path.finish()
}

impl DrawingBackend for Raster<'_> {
    type ErrorType = io::Error;

    fn get_size(&self) -> (u32, u32) {
        self.0.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect((x, y), (x + 1, y + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        let path = path(corners, true);
        if fill {
            self.fill(path, style.color(), Transform::identity())
        } else {
            self.stroke(path, style)
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        points: I,
        style: &S,
    ) -> Drawn {
        self.stroke(path(points, false), style);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let circle = PathBuilder::from_circle(x as f32, y as f32, radius as f32);
        if fill {
            self.fill(circle, style.color(), Transform::identity())
        } else {
            self.stroke(circle, style)
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        self.fill(path(corners, true), style.color(), Transform::identity());
        Ok(())
    }

    /// Where the SVG backend would put it, to the metrics of the font.
    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Drawn {
        let face = Face::parse(FONT, 0).expect("the font that we carry is sound");
        let size = style.size() as f32 / 1.24;
        let unit = size / f32::from(face.units_per_em());
        let mut outline = Outline::default();
        for letter in text.chars() {
            outline.letter(&face, letter);
        }
        let right = match style.anchor().h_pos {
            HPos::Left => 0.0,
            HPos::Center => -0.5 * outline.right,
            HPos::Right => -outline.right,
        };
        let half = 0.5 * X_HEIGHT * size;
        let down = match style.anchor().v_pos {
            VPos::Top => 0.76 * size,
            VPos::Center => half,
            VPos::Bottom => -half,
        };
        let angle = match style.transform() {
            FontTransform::Rotate90 => 90.0,
            FontTransform::Rotate180 => 180.0,
            FontTransform::Rotate270 => 270.0,
            _ => 0.0,
        };
        let place = Transform::from_translate(x as f32, y as f32)
            .pre_rotate(angle)
            .pre_translate(right * unit, down)
            .pre_scale(unit, -unit);
        self.fill(outline.path.finish(), style.color(), place);
        Ok(())
    }
}

/// The outline of a line of text, in units of the font.
#[derive(Default)]
struct Outline {
    path: PathBuilder,
    right: f32,
}

impl Outline {
    /// Appends a letter; one that the font lacks is a box.
    fn letter(&mut self, face: &Face, letter: char) {
        let glyph = face.glyph_index(letter).unwrap_or(GlyphId(0));
        face.outline_glyph(glyph, self); // none for a space
        self.right += f32::from(face.glyph_hor_advance(glyph).unwrap_or(0));
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.path.move_to(self.right + x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.path.line_to(self.right + x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let left = self.right;
        self.path.quad_to(left + x1, y1, left + x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let left = self.right;
        self.path
            .cubic_to(left + x1, y1, left + x2, y2, left + x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}
