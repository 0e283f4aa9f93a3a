//! The candidates of a completion for the line editor.

use manhole_protocol::methods::{Candidate, Completions};
use manhole_protocol::text::clean;
use reedline::{CompletionResult, Partial, Span, Suggestion};

/// Returns the candidates for the line up to `pos`, with what all that begin with the typed text have in common.
pub(super) fn suggestions(completions: Completions, line: &str, pos: usize) -> CompletionResult {
    let start = line.char_indices().nth(completions.start).map_or(line.len(), |(start, _)| start);
    let span = Span::new(start.min(pos), pos);
    let typed = line.get(span.start..span.end).unwrap_or_default();
    let suggestions = completions.candidates.into_iter();
    let suggestions: Vec<_> = suggestions.map(|candidate| suggestion(candidate, span, typed)).collect();
    let partial = partial(&suggestions, typed).map(|insert| Partial { span, insert });
    CompletionResult::fresh(suggestions).with_partial(partial)
}

fn suggestion(candidate: Candidate, span: Span, typed: &str) -> Suggestion {
    let description = match (candidate.r#type, candidate.doc) {
        (Some(ty), Some(doc)) => Some(format!("{ty}: {doc}")),
        (ty, doc) => ty.or(doc),
    };
    let description = description.map(|text| clean(&text).into_owned());
    let value = clean(&candidate.text).into_owned();
    // The dot is part of the text where a key in brackets may replace it.
    let shown = value.strip_prefix('.').map(str::to_owned);
    let matched = matched(shown.as_ref().unwrap_or(&value), typed.strip_prefix('.').unwrap_or(typed));
    Suggestion {
        value,
        description,
        span,
        display_override: shown,
        match_indices: Some(matched),
        ..Suggestion::default()
    }
}

/// Returns the longest beginning that all suggestions which begin with `typed` have in common, if that is more than `typed`.
fn partial(suggestions: &[Suggestion], typed: &str) -> Option<String> {
    let mut values = suggestions.iter().map(|found| &*found.value).filter(|value| value.starts_with(typed));
    // A single one is chosen by the user, who may mean a looser match.
    let (first, second) = (values.next()?, values.next()?);
    let common = |a: &str, b: &str| a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let shared = values.fold(common(first, second), |shared, value| shared.min(common(first, value)));
    let shared: String = first.chars().take(shared).collect();
    (!typed.is_empty() && shared.len() > typed.len()).then_some(shared)
}

/// Returns the places of the typed characters in a candidate, to underline them.
fn matched(value: &str, typed: &str) -> Vec<usize> {
    let lower = |text: &str| text.chars().flat_map(|char| char.to_lowercase().next()).collect::<Vec<_>>();
    let (value, typed) = (lower(value), lower(typed));
    if typed.is_empty() {
        return Vec::new();
    }
    if let Some(start) = value.windows(typed.len()).position(|part| part == typed) {
        return (start..start + typed.len()).collect();
    }
    let mut rest = value.iter().enumerate();
    typed.iter().map_while(|wanted| rest.find(|(_, char)| *char == wanted).map(|(at, _)| at)).collect()
}

#[cfg(test)]
mod tests {
    use manhole_protocol::methods::CandidateKind;

    use super::*;

    fn complete(line: &str, start: usize, texts: &[&str]) -> CompletionResult {
        let candidate = |text: &&str| Candidate {
            text: (*text).to_owned(),
            kind: CandidateKind::Field,
            r#type: None,
            doc: None,
        };
        let candidates = texts.iter().map(candidate).collect();
        suggestions(Completions { start, candidates, more: None }, line, line.len())
    }

    #[test]
    fn what_all_beginnings_have_in_common_is_inserted() {
        for (typed, texts, expected) in [
            ("by", &["by_name", "by_id", "nearby"][..], Some("by_")),
            ("by", &["by_name", "nearby"], None),
            ("by_", &["by_name", "by_id"], None),
            ("", &["by_name", "by_id"], None),
            ("cnt", &["count", "current"], None),
        ] {
            let partial = complete(typed, 0, texts).partial().map(|partial| partial.insert.clone());
            assert_eq!(partial.as_deref(), expected, "{typed}");
        }
    }

    #[test]
    fn the_typed_characters_are_found_in_a_candidate() {
        assert_eq!(matched("request_count", "Cou"), [8, 9, 10]);
        assert_eq!(matched("count", "cnt"), [0, 3, 4]);
        assert!(matched("count", "").is_empty());
    }

    #[test]
    fn a_dot_that_is_replaced_is_not_shown() {
        let found = complete("map.a", 3, &[".alpha", "[\"a b\"]"]);
        let shown: Vec<_> =
            found.suggestions().iter().map(|found| found.display_value().to_owned()).collect();
        assert_eq!(shown, ["alpha", "[\"a b\"]"]);
        assert_eq!(found.suggestions()[0].match_indices, Some(vec![0]));
    }
}
