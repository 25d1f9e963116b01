//! A file that an SVG picture is written to.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::files;
use crate::picture::Picture;

/// A name that ends in `.svg`.
#[derive(Clone, Debug)]
pub struct SvgFile(PathBuf);

impl FromStr for SvgFile {
    type Err = String;

    fn from_str(text: &str) -> Result<SvgFile, String> {
        let path = PathBuf::from(text);
        if path.extension().is_some_and(|ending| ending == "svg") {
            Ok(SvgFile(path))
        } else {
            Err("this picture is SVG: end the name in .svg".to_string())
        }
    }
}

impl SvgFile {
    /// Where it goes.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes the picture.
    pub fn write(&self, picture: &Picture) -> miette::Result<()> {
        files::write(&self.0, |out| out.write_all(picture.file().as_bytes()))
    }
}
