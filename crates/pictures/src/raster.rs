//! A map of so many cells that each is a pixel, in a PNG that stands in the picture.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use exact_mdp::mdp::GridLayout;
use maud::html;

use super::color::Color;
use super::states::States;
use super::{At, Picture, WIDTH, key, title};

/// Walls and ends, which have no number.
const WALL: Color = Color([0x3a, 0x42, 0x4c]);
const END: Color = Color([0xe8, 0xd9, 0x9a]);

/// The map, a pixel for each cell.
pub fn draw(map: &States, layout: &GridLayout) -> Picture {
    let (columns, rows) = (layout.columns.max(1), layout.rows.max(1));
    let width = WIDTH - 16.0;
    let height = width * rows as f64 / columns as f64;
    let source = format!(
        "data:image/png;base64,{}",
        STANDARD.encode(png(map, layout))
    );
    let words = format!("{}; dark: walls, yellow: ends", map.caption());
    let marks = html! {
        image class="raster" x="8" y="8" width=(At(width)) height=(At(height)) href=(source) preserveAspectRatio="none" {
            (title(&words))
        }
        (key::key(&map.scale, map.letter, (8.0, WIDTH - 8.0), 8.0 + height))
    };
    Picture {
        title: map.caption(),
        size: (WIDTH, 8.0 + height + key::HEIGHT),
        marks,
    }
}

/// The pixels as a PNG.
fn png(map: &States, layout: &GridLayout) -> Vec<u8> {
    let color = |state: &Option<usize>| match state {
        None => WALL,
        Some(state) if map.scene.space.is_terminal(*state) => END,
        Some(state) => map.values[*state]
            .value()
            .map_or(WALL, |x| map.scale.color(x)),
    };
    let pixels: Vec<u8> = layout
        .state
        .iter()
        .flat_map(|state| color(state).0)
        .collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, layout.columns as u32, layout.rows as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    let written = encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&pixels));
    debug_assert!(
        written.is_ok(),
        "memory takes every picture of rows × columns pixels"
    );
    bytes
}
