//! Text as man pages show it: what help has in backticks is bold.

use clap_mangen::roff::{Inline, Roff, bold, roman};

/// One line of text.
pub(super) fn phrase(text: &str) -> Vec<Inline> {
    let pieces = text.split('`').enumerate();
    let inlines = pieces.filter(|(_, piece)| !piece.is_empty());
    let inlines = inlines.map(|(number, piece)| match number % 2 {
        0 => roman(piece),
        _ => bold(piece),
    });
    inlines.collect()
}

/// Sentences, in paragraphs with the request `between` between them. The last one gets the full
/// stop that help leaves out.
pub(super) fn paragraphs(text: &str, between: &str, roff: &mut Roff) {
    for (number, paragraph) in text.trim().split("\n\n").enumerate() {
        if number > 0 {
            roff.control(between, []);
        }
        let mut paragraph = paragraph.replace('\n', " ");
        if !paragraph.ends_with(['.', ')', ':']) {
            paragraph.push('.');
        }
        roff.text(phrase(&paragraph));
    }
}
