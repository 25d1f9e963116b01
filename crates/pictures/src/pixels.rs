//! A picture as pixels, its letters those of the font that we carry, so that a machine without fonts
//! draws the same ones.

use std::fmt::Write;
use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use resvg::tiny_skia::{Color, FilterQuality, Pixmap, PixmapPaint, Transform};
use resvg::usvg::{self, roxmltree};
use roxmltree::{Document, Node};
use ttf_parser::{Face, GlyphId, OutlineBuilder};

use super::{Picture, STYLE};

/// DejaVu Sans; see assets/README.md.
const FONT: &[u8] = include_bytes!("../assets/dejavu-sans.ttf");
/// Pixels for one of a screen, where the picture is not larger than [`MOST`].
const SCALE: f32 = 3.0;
/// The longest side, in pixels.
const MOST: f32 = 16_000.0;
/// The size of letters where a text does not say one, in CSS pixels, and that of small ones.
const SIZE: f32 = 12.0;
const SMALL: f32 = 11.0;
/// How wide and high a letter is that the font lacks, where 1 is the size of letters.
const LACKING: (f32, f32) = (0.6, 0.75);

/// The picture in its light colors, as a PNG.
pub fn png(picture: &Picture) -> io::Result<Vec<u8>> {
    drawn(&picture.document(light()))
}

/// A picture that [`Picture::file`] wrote, in its light colors, as a PNG. Errors where this is no SVG.
pub fn png_of_file(svg: &str) -> io::Result<Vec<u8>> {
    drawn(&svg.replacen(STYLE, light(), 1))
}

/// The letters of a picture that the font of a PNG lacks, each once, in the order in which they stand: they are drawn as boxes.
pub fn lacking(picture: &Picture) -> String {
    lacking_in_file(&picture.document(light()))
}

/// The pixels of a picture that [`Picture::file`] wrote.
pub fn lacking_in_file(svg: &str) -> String {
    let (Ok(face), Ok(read)) = (Face::parse(FONT, 0), Document::parse(svg)) else {
        return String::new();
    };
    let mut lacking = String::new();
    for text in read.descendants().filter(|node| node.has_tag_name("text")) {
        for letter in words(text).chars() {
            if face.glyph_index(letter).is_none() && !lacking.contains(letter) {
                lacking.push(letter);
            }
        }
    }
    lacking
}

/// The letters of a text, in one line.
fn words(text: Node) -> String {
    let words = text.children().filter(|child| child.is_text());
    let words: String = words.filter_map(|child| child.text()).collect();
    words.trim().to_string()
}

/// The looks without the dark colors, which are for readers who ask for them.
fn light() -> &'static str {
    STYLE.split("@media").next().unwrap_or_default()
}

/// The document as a PNG.
fn drawn(svg: &str) -> io::Result<Vec<u8>> {
    let read = Document::parse(svg).map_err(io::Error::other)?;
    let lettered = lettered(svg, &read)?;
    let tree = usvg::Tree::from_str(&lettered, &usvg::Options::default());
    let tree = tree.map_err(io::Error::other)?;
    let size = tree.size();
    let scale = SCALE.min(MOST / size.width().max(size.height()));
    let map = Pixmap::new(
        (size.width() * scale).ceil() as u32,
        (size.height() * scale).ceil() as u32,
    );
    let mut map = map.ok_or_else(|| io::Error::other("the picture has no size"))?;
    map.fill(Color::WHITE);
    resvg::render(
        &tree,
        Transform::from_scale(scale, scale),
        &mut map.as_mut(),
    );
    for image in read.descendants().filter(|node| node.has_tag_name("image")) {
        paste(&mut map, image, scale)?;
    }
    map.encode_png().map_err(io::Error::other)
}

/// A number of an attribute.
fn number(node: Node, name: &str) -> Option<f32> {
    node.attribute(name)?.parse().ok()
}

/// Puts a raster map at its place, each of its pixels a rectangle.
fn paste(map: &mut Pixmap, image: Node, scale: f32) -> io::Result<()> {
    let source = image
        .attribute("href")
        .and_then(|x| x.split_once("base64,"));
    let place = || {
        let at = |name| number(image, name);
        Some((at("x")?, at("y")?, at("width")?, at("height")?))
    };
    let (Some((_, bytes)), Some((x, y, width, height))) = (source, place()) else {
        return Ok(());
    };
    let bytes = STANDARD.decode(bytes).map_err(io::Error::other)?;
    let pixels = Pixmap::decode_png(&bytes).map_err(io::Error::other)?;
    let paint = PixmapPaint {
        quality: FilterQuality::Nearest,
        ..PixmapPaint::default()
    };
    let (wide, high) = (pixels.width() as f32, pixels.height() as f32);
    let shift = shift(image);
    let place = Transform::from_translate(x * scale, (y + shift) * scale)
        .pre_scale(width * scale / wide, height * scale / high);
    map.draw_pixmap(0, 0, pixels.as_ref(), &paint, place, None);
    Ok(())
}

/// How far down the pictures that a mark is in have been moved.
fn shift(mark: Node) -> f32 {
    let moves = mark.ancestors().filter_map(|node| {
        let numbers = node.attribute("transform")?.strip_prefix("translate(0 ")?;
        numbers.strip_suffix(')')?.parse::<f32>().ok()
    });
    moves.sum()
}

/// The same document with the outlines of letters in place of texts.
fn lettered(svg: &str, read: &Document) -> io::Result<String> {
    let face = Face::parse(FONT, 0).map_err(io::Error::other)?;
    let (mut made, mut end) = (String::with_capacity(2 * svg.len()), 0);
    for text in read.descendants().filter(|node| node.has_tag_name("text")) {
        let range = text.range();
        made += &svg[end..range.start];
        let classes = text.attribute("class").unwrap_or_default();
        // a presentation attribute, which every class stands above
        let _ = write!(
            made,
            "<path fill=\"#1d2329\" class=\"{classes}\" d=\"{}\"/>",
            outline(&face, text, classes)
        );
        end = range.end;
    }
    Ok(made + &svg[end..])
}

/// The outline of a text at its place.
fn outline(face: &Face, text: Node, classes: &str) -> String {
    let has = |class: &str| classes.split(' ').any(|own| own == class);
    let usual = if has("s") { SMALL } else { SIZE };
    let size = number(text, "font-size").unwrap_or(usual);
    let unit = size / f32::from(face.units_per_em());
    let words = words(text);
    let advance = |glyph: Option<GlyphId>| match glyph {
        Some(glyph) => unit * f32::from(face.glyph_hor_advance(glyph).unwrap_or(0)),
        None => LACKING.0 * size,
    };
    let width: f32 = (words.chars())
        .map(|letter| advance(face.glyph_index(letter)))
        .sum();
    let before = match (has("mid"), has("end")) {
        (true, _) => 0.5 * width,
        (_, true) => width,
        _ => 0.0,
    };
    let mut outline = Outline {
        path: String::new(),
        at: (
            number(text, "x").unwrap_or(0.0) - before,
            number(text, "y").unwrap_or(0.0),
        ),
        unit,
    };
    for letter in words.chars() {
        let glyph = face.glyph_index(letter);
        match glyph {
            // none for a space
            Some(glyph) => drop(face.outline_glyph(glyph, &mut outline)),
            None => outline.frame(LACKING.0 * size / unit, LACKING.1 * size / unit),
        }
        outline.at.0 += advance(glyph);
    }
    outline.path
}

/// The path of letters, one after the other.
struct Outline {
    path: String,
    at: (f32, f32),
    unit: f32,
}

impl Outline {
    /// A box, in units of the font, in place of a letter that the font lacks.
    fn frame(&mut self, width: f32, height: f32) {
        let (line, gap) = (0.06 * width, 0.12 * width);
        let (left, right) = (gap, width - gap);
        let outer = [(left, 0.0), (right, 0.0), (right, height), (left, height)];
        let (low, high) = (left + line, right - line);
        // the other way round, so that it is a hole
        let inner = [
            (low, line),
            (low, height - line),
            (high, height - line),
            (high, line),
        ];
        for corners in [outer, inner] {
            self.go('M', &corners[..1]);
            corners[1..]
                .iter()
                .for_each(|corner| self.go('L', &[*corner]));
            self.path.push('Z');
        }
    }

    fn go(&mut self, letter: char, points: &[(f32, f32)]) {
        self.path.push(letter);
        for (x, y) in points {
            let (x, y) = (self.at.0 + self.unit * x, self.at.1 - self.unit * y);
            // a String takes everything
            let _ = write!(self.path, "{x:.2} {y:.2} ");
        }
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.go('M', &[(x, y)]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.go('L', &[(x, y)]);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.go('Q', &[(x1, y1), (x, y)]);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.go('C', &[(x1, y1), (x2, y2), (x, y)]);
    }

    fn close(&mut self) {
        self.path.push('Z');
    }
}

#[cfg(test)]
mod tests {
    use maud::html;
    use resvg::tiny_skia::Pixmap;

    use super::super::Picture;
    use super::png;

    fn pixels(marks: maud::Markup) -> Pixmap {
        let picture = Picture {
            title: "a & b".into(),
            size: (100.0, 40.0),
            marks,
        };
        let drawn = png(&picture).expect("a picture");
        Pixmap::decode_png(&drawn).expect("a PNG")
    }

    fn dark(map: &Pixmap) -> usize {
        let pixels = map.pixels().iter();
        pixels.filter(|pixel| pixel.red() < 128).count()
    }

    #[test]
    fn shapes_have_the_colors_of_their_classes_and_texts_have_letters() {
        let map = pixels(html! { rect class="wall" x="10" y="10" width="20" height="10" {} });
        assert_eq!((map.width(), map.height()), (300, 120));
        let pixel = map.pixel(60, 45).expect("a pixel");
        assert_eq!(
            (pixel.red(), pixel.green(), pixel.blue()),
            (0x45, 0x4e, 0x58)
        );
        let empty = dark(&pixels(html! { text x="5" y="30" { " " } }));
        let one = dark(&pixels(html! { text x="5" y="30" { "∇" } }));
        let many = dark(&pixels(
            html! { text x="5" y="30" class="n" { "a < b ‖γᵗ‖" title { "none of this" } } },
        ));
        assert!(
            empty == 0 && one > 30 && many > 3 * one,
            "{empty} {one} {many}"
        );
    }

    #[test]
    fn a_letter_that_the_font_lacks_is_a_box_and_is_named() {
        let picture = |words: &str| Picture {
            title: "電 title".into(),
            size: (100.0, 40.0),
            marks: html! { text x="5" y="30" { (words) title { "高" } } },
        };
        assert_eq!(super::lacking(&picture("a é ∇ γᵗ")), "");
        assert_eq!(super::lacking(&picture("电a量电")), "电量");
        let ink = |words: &str| dark(&pixels(html! { text x="5" y="30" { (words) } }));
        assert!(ink("电") > 30 && ink("电量") > ink("电"));
    }

    #[test]
    fn a_text_stands_where_its_class_says() {
        let left = |classes: &str| {
            let map = pixels(html! { text x="50" y="30" class=(classes) { "MMM" } });
            let columns = (0..map.width()).filter(|&x| {
                (0..map.height()).any(|y| map.pixel(x, y).is_some_and(|pixel| pixel.red() < 128))
            });
            columns.min().expect("ink")
        };
        assert!(left("end") < left("mid") && left("mid") < left("n"));
        assert!(left("n") >= 150);
    }
}
