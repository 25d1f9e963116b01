//! A file that a picture is written to; its name says the format, before anything is computed.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::{Shared, files};
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

    /// Writes the picture, and says which of its letters no PNG has.
    pub fn write(&self, picture: &Picture, shared: &Shared) -> miette::Result<()> {
        let bytes = self.bytes(picture)?;
        self.say_lacking(picture, shared);
        files::write(&self.0, |out| out.write_all(&bytes))
    }

    #[cfg(feature = "plot")]
    fn is_png(&self) -> bool {
        let ending = self.0.extension();
        ending.is_some_and(|end| end.eq_ignore_ascii_case("png"))
    }

    #[cfg(feature = "plot")]
    fn say_lacking(&self, picture: &Picture, shared: &Shared) {
        let lacking = if self.is_png() {
            crate::picture::pixels::lacking(picture)
        } else {
            String::new()
        };
        if !lacking.is_empty() {
            shared.note(&format!(
                "warning: the font of PNG pictures lacks `{}`, drawn as boxes; .svg has the fonts of who looks at it",
                exact_mdp::model::visible(&lacking)
            ));
        }
    }

    #[cfg(not(feature = "plot"))]
    fn say_lacking(&self, _: &Picture, _: &Shared) {}

    #[cfg(feature = "plot")]
    fn bytes(&self, picture: &Picture) -> miette::Result<Vec<u8>> {
        if self.is_png() {
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
