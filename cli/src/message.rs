//! The text of a message: from paragraphs, or from a draft with remarks in it.

/// One paragraph each.
pub fn from_paragraphs(paragraphs: &[String]) -> String {
    let paragraphs: Vec<&str> = paragraphs.iter().map(|text| text.trim_end()).collect();
    paragraphs.join("\n\n")
}

/// A draft without its remarks.
pub fn from_draft(draft: &str) -> String {
    let lines: Vec<&str> = draft
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    lines.join("\n")
}

/// The message without space around it; `None` if nothing is left.
pub fn checked(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_message_is_a_paragraph() {
        let paragraphs = ["One\n".to_owned(), "Two".to_owned()];
        assert_eq!(from_paragraphs(&paragraphs), "One\n\nTwo");
    }

    #[test]
    fn remarks_are_no_part_of_the_message() {
        let remarks = "\n# Say why.\n# These lines are left out.\n";
        assert_eq!(checked(&from_draft(remarks)), None);
        let draft = format!("Why\n\nBecause #1{remarks}");
        assert_eq!(
            checked(&from_draft(&draft)).as_deref(),
            Some("Why\n\nBecause #1")
        );
    }
}
