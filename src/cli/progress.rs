//! Progress on a terminal, and Ctrl-C that stops cleanly.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use miette::{IntoDiagnostic, WrapErr};

use super::Shared;

/// A bar with a rate and the time left; hidden where standard error is no terminal.
pub fn bar(shared: &Shared, length: u64, unit: &str) -> ProgressBar {
    let seen = std::io::stderr().is_terminal() && !shared.quiet;
    let target = match seen {
        true => ProgressDrawTarget::stderr_with_hz(5),
        false => ProgressDrawTarget::hidden(),
    };
    let template =
        format!("{{wide_bar}} {{human_pos}}/{{human_len}} {unit}, {{per_sec}}, {{eta}} left");
    let bar = ProgressBar::with_draw_target(Some(length), target);
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// A flag that Ctrl-C raises. The second Ctrl-C ends the program at once.
pub fn interrupted() -> miette::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&flag);
    let handler = move || {
        if raised.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    };
    ctrlc::set_handler(handler)
        .into_diagnostic()
        .wrap_err("cannot watch for Ctrl-C")?;
    Ok(flag)
}
