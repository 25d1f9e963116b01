//! A file that a picture is written to; its name says the format, before anything is computed.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::files;
use crate::plot::{Picture, Undrawn};

/// A name that ends in `.svg` or `.png`.
#[derive(Clone, Debug)]
pub struct PictureFile {
    path: PathBuf,
    format: Picture,
}

impl FromStr for PictureFile {
    type Err = String;

    fn from_str(text: &str) -> Result<PictureFile, String> {
        let path = PathBuf::from(text);
        match Picture::of(&path) {
            Some(format) => Ok(PictureFile { path, format }),
            None => Err("pictures are SVG or PNG: end the name in .svg or .png".to_string()),
        }
    }
}

impl PictureFile {
    /// Where it goes.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes what `draw` makes of the format.
    pub fn write(
        &self,
        draw: impl FnOnce(Picture) -> Result<Vec<u8>, Undrawn>,
    ) -> miette::Result<()> {
        let picture = draw(self.format).map_err(|e| miette::miette!("cannot draw: {e}"))?;
        files::write(&self.path, |out| out.write_all(&picture))
    }
}
