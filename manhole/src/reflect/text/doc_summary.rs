//! The beginning of a doc comment.

/// Returns the first sentence of a doc comment on one line, or its first paragraph if that has one sentence.
pub(crate) fn doc_summary(doc: &str) -> String {
    let paragraph: Vec<_> = doc.trim().lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    let paragraph = paragraph.join(" ");
    let end = paragraph.match_indices(['.', '!', '?']).map(|(at, _)| at + 1).find(|end| {
        // An abbreviation goes on in lower case.
        let rest = paragraph[*end..].strip_prefix(' ');
        rest.is_some_and(|rest| rest.starts_with(|next: char| !next.is_lowercase() && !next.is_ascii_digit()))
    });
    paragraph[..end.unwrap_or(paragraph.len())].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doc_comment_is_cut_after_its_first_sentence() {
        for (doc, summary) in [
            ("", ""),
            ("Requests.", "Requests."),
            ("Requests since\nthe start.", "Requests since the start."),
            ("Requests since the\nstart. Reset by `reset`.", "Requests since the start."),
            ("Requests since the start\n\nReset by `reset`.", "Requests since the start"),
            ("Settings, e.g. of v1.5 and 2. of all", "Settings, e.g. of v1.5 and 2. of all"),
            ("Is it on? Then work.", "Is it on?"),
        ] {
            assert_eq!(doc_summary(doc), summary);
        }
    }
}
