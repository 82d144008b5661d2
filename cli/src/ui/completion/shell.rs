//! The shells: the script that each one loads, what it asks with, and the form of the answer.

use std::fmt::Write as _;

use clap_complete::engine::CompletionCandidate;

use super::command_line::{CommandLine, quote};
use crate::ui::escape::one_line;

/// What bash calls completing by inserting one candidate after the other, and inserting all.
const INSERTING: [&str; 2] = ["37", "42"];

/// Columns of a terminal of which the shell does not know how wide it is.
const USUAL_COLUMNS: usize = 80;

/// A shell that `muse` can complete its command line in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Shell {
    /// GNU Bash, from version 4 on.
    Bash,
    /// Elvish, from version 0.18 on.
    Elvish,
    /// Fish, from version 3.1 on.
    Fish,
    /// PowerShell, from version 5 on.
    Powershell,
    /// Zsh.
    Zsh,
}

impl Shell {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Bash,
        Self::Elvish,
        Self::Fish,
        Self::Powershell,
        Self::Zsh,
    ];

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Elvish => "elvish",
            Self::Fish => "fish",
            Self::Powershell => "powershell",
            Self::Zsh => "zsh",
        }
    }

    /// What it loads in order to ask.
    pub const fn script(self) -> &'static str {
        match self {
            Self::Bash => include_str!("scripts/muse.bash"),
            Self::Elvish => include_str!("scripts/muse.elv"),
            Self::Fish => include_str!("scripts/muse.fish"),
            Self::Powershell => include_str!("scripts/muse.ps1"),
            Self::Zsh => include_str!("scripts/muse.zsh"),
        }
    }

    /// Where its script lies in `completions/`, by the name under which the shell looks for it.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Bash => "muse.bash",
            Self::Elvish => "muse.elv",
            Self::Fish => "muse.fish",
            Self::Powershell => "muse.ps1",
            Self::Zsh => "_muse",
        }
    }

    fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shell| shell.name() == name)
    }
}

/// What a shell asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    shell: Shell,
    words: Vec<String>,
    insertion: Insertion,
}

/// How bash inserts what it is given, and shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Insertion {
    /// The quotation mark that is open.
    open_quote: Option<char>,
    /// What is typed of the last word and stays, since the shell replaces only what follows.
    kept: String,
    /// The width of the terminal, where candidates are listed with what they are.
    columns: Option<usize>,
}

impl Request {
    /// What the shell `shell` asks with these arguments; `None` if it is none that is known, or
    /// they are not what its script gives.
    ///
    /// The arguments are the words of the command line up to the cursor, the program's name first.
    /// Bash gives this text as it was typed, the last word as bash has cut it, the type of
    /// completion and the terminal's width; fish gives the last word as it was typed, and
    /// PowerShell an equals sign before it.
    pub fn parse(shell: &str, arguments: &[String]) -> Option<Self> {
        let shell = Shell::find(shell)?;
        let mut words = arguments.to_vec();
        let mut insertion = Insertion::default();
        match shell {
            Shell::Bash => {
                let [text, cut_word, completion_type, columns] = arguments else {
                    return None;
                };
                let line = CommandLine::split(text);
                insertion = Insertion {
                    open_quote: line.open_quote,
                    kept: line.kept_before(cut_word),
                    columns: (!INSERTING.contains(&completion_type.as_str()))
                        .then(|| columns.parse().unwrap_or(USUAL_COLUMNS)),
                };
                words = line.words;
            }
            Shell::Fish => {
                let typed = words.pop()?;
                words.push(CommandLine::split(&typed).words.concat());
            }
            Shell::Powershell => {
                let last = words.pop()?;
                words.push(last.strip_prefix('=')?.to_owned());
            }
            Shell::Elvish | Shell::Zsh => {}
        }
        (!words.is_empty()).then_some(Self {
            shell,
            words,
            insertion,
        })
    }

    /// The words of the command line, the program's name first; the last one is being typed.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The candidates in the form that the shell's script expects, one a line.
    pub fn render(&self, answers: &[Answer]) -> Vec<u8> {
        let mut text = String::new();
        match self.shell {
            Shell::Bash => self.insertion.render(answers, &mut text),
            Shell::Zsh => answers.iter().for_each(|one| one.render_zsh(&mut text)),
            Shell::Elvish | Shell::Fish | Shell::Powershell => {
                for Answer { value, help } in answers {
                    text.push_str(value);
                    if !help.is_empty() {
                        text.push('\t');
                        text.push_str(help);
                    }
                    text.push('\n');
                }
            }
        }
        text.into_bytes()
    }
}

/// A candidate as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    value: String,
    help: String,
}

impl Answer {
    /// The candidate; `None` if it is no text, or would not stay on one line.
    pub(super) fn of(candidate: CompletionCandidate) -> Option<Self> {
        let value = candidate.get_value().to_str()?.to_owned();
        if value.contains(char::is_control) {
            return None;
        }
        let help = candidate.get_help().map(ToString::to_string);
        let help = help.unwrap_or_default();
        let first_line = help.lines().next().unwrap_or_default();
        Some(Self {
            value,
            help: one_line(first_line).into_owned(),
        })
    }

    /// Whether more of the same word is to come, so that no space follows.
    fn goes_on(&self) -> bool {
        self.value.ends_with(['/', ':', '='])
    }

    /// A plus sign where no space follows, else a space; then the value and, behind a colon, what
    /// it is, as `_describe` takes both.
    fn render_zsh(&self, text: &mut String) {
        text.push(if self.goes_on() { '+' } else { ' ' });
        for character in self.value.chars() {
            if matches!(character, '\\' | ':') {
                text.push('\\');
            }
            text.push(character);
        }
        if !self.help.is_empty() {
            let _ = write!(text, ":{}", self.help.replace('\\', "\\\\"));
        }
        text.push('\n');
    }
}

impl Insertion {
    /// The values as they are inserted. Of several, bash inserts what they have in common and lists
    /// them, so that what each of them is can stand behind it.
    fn render(&self, answers: &[Answer], text: &mut String) {
        let is_list = answers.len() > 1;
        for answer in answers {
            let Some(value) = answer.value.strip_prefix(&*self.kept) else {
                continue;
            };
            let value = quote(value, self.open_quote);
            text.push_str(&value);
            if let (true, Some(columns), false) = (is_list, self.columns, answer.help.is_empty()) {
                let shown = value.chars().count();
                // Two spaces, the parentheses, and a column that stays free.
                let room = columns.saturating_sub(shown + 5);
                let help: String = answer.help.chars().take(room).collect();
                if help == answer.help {
                    let _ = write!(text, "  ({help})");
                } else if room > 1 {
                    let (end, _) = help.char_indices().next_back().unwrap_or_default();
                    let _ = write!(text, "  ({}…)", &help[..end]);
                }
            }
            text.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(value: &str, help: &str) -> Answer {
        let candidate = CompletionCandidate::new(value).help(Some(help.to_owned().into()));
        Answer::of(candidate).expect("one line")
    }

    fn rendered(shell: &str, arguments: &[&str], answers: &[Answer]) -> String {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let request = Request::parse(shell, &arguments).expect("a request");
        String::from_utf8(request.render(answers)).expect("text")
    }

    #[test]
    fn every_shell_has_a_script_that_names_it() {
        for shell in Shell::ALL {
            let script = shell.script();
            assert!(script.contains(shell.name()), "{shell:?}");
            assert!(script.contains("muse completions"), "{shell:?}");
            assert_eq!(Shell::find(shell.name()), Some(shell));
        }
    }

    #[test]
    fn what_would_take_several_lines_is_not_offered() {
        assert_eq!(Answer::of(CompletionCandidate::new("a\nb")), None);
        assert_eq!(answer("a", "one\ntwo").help, "one");
    }

    #[test]
    fn bash_gets_words_as_they_are_inserted() {
        let answers = [answer("HEAD:a b", "file"), answer("HEAD:a/", "directory")];
        let ask =
            |kind, columns| rendered("bash", &["muse show HEAD:", "", kind, columns], &answers);
        assert_eq!(ask("9", "80"), "a\\ b  (file)\na/  (directory)\n");
        assert_eq!(ask("9", "12"), "a\\ b  (fi…)\na/  (dire…)\n");
        assert_eq!(ask("9", "8"), "a\\ b\na/\n");
        assert_eq!(ask("42", "80"), "a\\ b\na/\n");
        let one = rendered("bash", &["muse show HEAD:", "", "9", "80"], &answers[..1]);
        assert_eq!(one, "a\\ b\n");
    }

    #[test]
    fn zsh_is_told_what_goes_on() {
        let answers = [answer("a:b", "x: y"), answer("d/", "")];
        let text = rendered("zsh", &["muse", ""], &answers);
        assert_eq!(text, " a\\:b:x: y\n+d/\n");
    }
}
