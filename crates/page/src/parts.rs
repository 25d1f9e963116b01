//! What the sections of a page are made of.

use exact_mdp::report::Quantity;
use maud::{Markup, html};

use exact_mdp_pictures::numerals;
use exact_mdp_pictures::{Picture, digits, shown};

/// A section with its title.
pub fn section(id: &str, title: &str, body: Markup) -> Markup {
    html! { section id=(id) { h2 { (title) } (body) } }
}

/// A picture with what it is and how to read it.
pub fn figure(picture: &Picture, heading: &str, note: &str) -> Markup {
    html! {
        figure {
            figcaption { strong { (heading) } @if !note.is_empty() { " " (note) } }
            (picture.inline())
        }
    }
}

/// A picture that takes the whole width, in a box that scrolls where there is less.
pub fn wide(picture: &Picture, heading: &str, note: &str) -> Markup {
    html! {
        figure class="wide" {
            figcaption { strong { (heading) } @if !note.is_empty() { " " (note) } }
            div class="scroll" tabindex="0" role="region" aria-label=(heading) { (picture.inline()) }
        }
    }
}

/// Pictures side by side as far as there is room.
pub fn figures(figures: Markup) -> Markup {
    html! { div class="figs" { (figures) } }
}

/// One number with its name, large.
///
/// Where its error is no smaller than the number, it is 0 and the error.
pub fn figure_of(name: &str, (value, error): (&Quantity, Option<f64>), unit: &str) -> Markup {
    let size = value.value().map_or(0.0, f64::abs);
    let told = match error.filter(|error| size > 0.0 && size <= *error) {
        Some(error) => format!("0 ± {error:.1e}"),
        None => numerals::short(value, 6),
    };
    html! {
        div { dt { (name) } dd class="n" title=(digits(value)) { (told) (unit) } }
    }
}

/// A table in a box that scrolls where it is too wide; columns from `numbers` on stand at the right. The
/// last cell of a short row takes the rest of it.
pub fn table(label: &str, columns: &[&str], numbers: usize, rows: &[Vec<Markup>]) -> Markup {
    let class = |column: usize| (column >= numbers).then_some("n");
    html! {
        div class="scroll" tabindex="0" role="region" aria-label=(label) {
            table {
                thead { tr { @for (i, name) in columns.iter().enumerate() { th scope="col" class=[class(i)] { (name) } } } }
                tbody {
                    @for row in rows {
                        @let rest = columns.len() + 1 - row.len();
                        tr {
                            @for (i, cell) in row.iter().enumerate() {
                                @if i + 1 == row.len() && rest > 1 { td colspan=(rest) class="why" { (cell) } }
                                @else { td class=[class(i)] { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A number in a table: few digits, all of them for whoever points at it.
pub fn number(value: &Quantity, few: usize) -> Markup {
    html! { span title=(digits(value)) { (numerals::short(value, few)) } }
}

/// Why something is not there.
pub fn absent(what: &str, why: &str) -> Markup {
    html! { p class="absent" { (what) ": " (shown(why)) "." } }
}
