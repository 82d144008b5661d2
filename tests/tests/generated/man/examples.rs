//! Examples: what the help of a command ends with.

use clap::Command;

/// The line above them.
const HEADING: &str = "Examples:";

/// What starts a line that can be typed, and one that says what it does.
const TYPED: &str = "  ";
const SAID: &str = "    ";

/// Something that can be typed, and what it does.
pub(crate) struct Example {
    pub(crate) line: String,
    pub(crate) text: String,
}

/// The examples of a command; none, if its help does not end with them.
pub(crate) fn examples(command: &Command) -> Vec<Example> {
    let help = command.get_after_help().map(ToString::to_string);
    let help = help.unwrap_or_default();
    let Some(lines) = help.strip_prefix(HEADING) else {
        return Vec::new();
    };
    let mut examples: Vec<Example> = Vec::new();
    for line in lines.lines().skip(1) {
        match (line.strip_prefix(SAID), line.strip_prefix(TYPED)) {
            (Some(said), _) => {
                let example = examples.last_mut().expect("what is said is about a line");
                if !example.text.is_empty() {
                    example.text.push(' ');
                }
                example.text.push_str(said);
            }
            (None, Some(typed)) => examples.push(Example {
                line: typed.to_owned(),
                text: String::new(),
            }),
            (None, None) => panic!("an example is indented: {line:?}"),
        }
    }
    examples
}
