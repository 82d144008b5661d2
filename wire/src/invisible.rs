//! Characters that nobody sees: two texts may look alike and differ in them alone.

/// Whether the character is shown as nothing: Unicode's `Default_Ignorable_Code_Point`
/// (`DerivedCoreProperties.txt`, version 16).
///
/// Case-folding ext4 and f2fs directories drop these when they compare names. The code points that
/// HFS+ ignores (Apple TN1150) are among them, and so is what joins or varies the characters around
/// it.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}
