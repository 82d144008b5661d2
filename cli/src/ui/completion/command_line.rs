//! Command lines as they were typed: their words, and words with what a shell needs quoted.

/// A command line up to the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CommandLine<'a> {
    /// Its words, without quotation marks; the last one is being typed, and may be empty.
    pub(super) words: Vec<String>,
    /// The quotation mark that is open at the end.
    pub(super) open_quote: Option<char>,
    /// The last word as it was typed.
    typed: &'a str,
}

impl<'a> CommandLine<'a> {
    /// Splits a line by spaces that are not quoted. Nothing in it is replaced or run.
    pub(super) fn split(line: &'a str) -> Self {
        let mut words = vec![String::new()];
        let mut open_quote = None;
        let mut is_empty = true;
        let mut start = 0;
        let mut characters = line.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            match (open_quote, character) {
                (None, ' ' | '\t' | '\n') => {
                    if !is_empty {
                        words.push(String::new());
                    }
                    is_empty = true;
                    start = at + 1;
                    continue;
                }
                (None, '\'' | '"') => open_quote = Some(character),
                (Some(open), _) if character == open => open_quote = None,
                (None | Some('"'), '\\') => {
                    let next = characters.next_if(|(_, next)| {
                        open_quote.is_none() || matches!(next, '"' | '\\' | '$' | '`')
                    });
                    append(&mut words, next.map_or('\\', |(_, next)| next));
                }
                _ => append(&mut words, character),
            }
            is_empty = false;
        }
        Self {
            words,
            open_quote,
            typed: &line[start..],
        }
    }

    /// What is before `cut_word` in the last word, without quotation marks: bash cuts words at
    /// colons, equals signs and the like, and replaces only what follows the last of them.
    pub(super) fn kept_before(&self, cut_word: &str) -> String {
        let kept = self.typed.strip_suffix(cut_word).unwrap_or_default();
        Self::split(kept).words.concat()
    }
}

fn append(words: &mut [String], character: char) {
    if let Some(word) = words.last_mut() {
        word.push(character);
    }
}

/// The word as it can stand behind an open quotation mark, or behind none, in bash.
pub(super) fn quote(word: &str, open_quote: Option<char>) -> String {
    let is_active = |character: char| match open_quote {
        Some('\'') => false,
        Some(_) => matches!(character, '"' | '\\' | '$' | '`'),
        None => {
            character.is_ascii_punctuation() && !"%+,-./:=@_~^#{}".contains(character)
                || character == ' '
        }
    };
    let mut quoted = String::with_capacity(word.len());
    for character in word.chars() {
        if character == '\'' && open_quote == Some('\'') {
            quoted.push_str("'\\'");
        } else if is_active(character) {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        CommandLine::split(line).words
    }

    #[test]
    fn words_are_split_at_spaces_that_are_not_quoted() {
        assert_eq!(words(""), [""]);
        assert_eq!(words("muse  log ma"), ["muse", "log", "ma"]);
        assert_eq!(words("muse log "), ["muse", "log", ""]);
        assert_eq!(words("muse 'a b' c\\ d"), ["muse", "a b", "c d"]);
        assert_eq!(words(r#"muse "a\"b\n" ''"#), ["muse", "a\"b\\n", ""]);
        assert_eq!(words("muse $(rm x)"), ["muse", "$(rm", "x)"]);
    }

    #[test]
    fn an_open_quotation_mark_is_known() {
        let line = CommandLine::split(r#"muse "my fi"#);
        assert_eq!(line.words, ["muse", "my fi"]);
        assert_eq!(line.open_quote, Some('"'));
        assert_eq!(CommandLine::split("muse 'my fi'").open_quote, None);
    }

    #[test]
    fn what_bash_does_not_replace_is_kept() {
        let kept = |line, cut_word| CommandLine::split(line).kept_before(cut_word);
        assert_eq!(kept("muse show HEAD:sr", "sr"), "HEAD:");
        assert_eq!(kept("muse show HEAD:", ""), "HEAD:");
        assert_eq!(kept("muse log --author=a", "a"), "--author=");
        assert_eq!(kept("muse show \"HEAD:my fi", "HEAD:my fi"), "");
        assert_eq!(kept("muse show my\\ fi", "my\\ fi"), "");
    }

    #[test]
    fn what_a_shell_would_take_for_more_is_quoted() {
        assert_eq!(quote("v1.0-rc/a_b~2^", None), "v1.0-rc/a_b~2^");
        assert_eq!(quote("my file (1)&$x", None), r"my\ file\ \(1\)\&\$x");
        assert_eq!(quote("my $x", Some('"')), r"my \$x");
        assert_eq!(quote("it's", Some('\'')), r"it'\''s");
    }
}
