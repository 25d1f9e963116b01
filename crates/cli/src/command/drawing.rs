//! A file that a picture is written to; its name says the format, before anything is computed.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::files;
use crate::picture::Picture;

/// A name that ends in `.svg` or `.png`.
#[derive(Clone, Debug)]
pub struct Drawing(PathBuf);

impl FromStr for Drawing {
    type Err = String;

    fn from_str(text: &str) -> Result<Drawing, String> {
        let path = PathBuf::from(text);
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending.map(str::to_ascii_lowercase).as_deref() {
            Some("svg") => Ok(Drawing(path)),
            Some("png") if cfg!(feature = "plot") => Ok(Drawing(path)),
            Some("png") => Err("this build draws SVG alone: end the name in .svg, or build with the feature `plot`".into()),
            _ => Err("pictures are SVG or PNG: end the name in .svg or .png".into()),
        }
    }
}

impl Drawing {
    /// Where it goes.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes the picture.
    pub fn write(&self, picture: &Picture) -> miette::Result<()> {
        let bytes = self.bytes(picture)?;
        files::write(&self.0, |out| out.write_all(&bytes))
    }

    #[cfg(feature = "plot")]
    fn bytes(&self, picture: &Picture) -> miette::Result<Vec<u8>> {
        let is_png = self
            .0
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("png"));
        if is_png {
            let drawn = crate::picture::pixels::png(picture);
            return drawn.map_err(|error| miette::miette!("cannot draw: {error}"));
        }
        Ok(picture.file().into_bytes())
    }

    #[cfg(not(feature = "plot"))]
    fn bytes(&self, picture: &Picture) -> miette::Result<Vec<u8>> {
        Ok(picture.file().into_bytes())
    }
}
