//! Which candidates match what is typed, and in which order.

use manhole_protocol::methods::{Candidate, CandidateKind};

/// The maximum number of candidates.
const MAX_CANDIDATES: usize = 200;

/// How a name matches what is typed: the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum MatchClass {
    Prefix,
    PrefixInOtherCase,
    /// The beginning of a word in the name.
    Word,
    Substring,
    /// All characters, in this order, from the beginning of a word on.
    Subsequence,
}

impl MatchClass {
    /// Returns how `name` matches `typed`, or `None` if it does not.
    pub(super) fn of(name: &str, typed: &str) -> Option<Self> {
        if name.starts_with(typed) {
            return Some(Self::Prefix);
        }
        let (name, typed) = (name.to_lowercase(), typed.to_lowercase());
        if name.starts_with(&typed) {
            return Some(Self::PrefixInOtherCase);
        }
        let starts_word = |at: usize| !name[..at].ends_with(char::is_alphanumeric);
        if let Some((first, _)) = name.match_indices(&typed).next() {
            let is_word = starts_word(first) || name.match_indices(&typed).any(|(at, _)| starts_word(at));
            return Some(if is_word { Self::Word } else { Self::Substring });
        }
        let first = typed.chars().next()?;
        let mut starts = name.char_indices().filter(|(at, char)| *char == first && starts_word(*at));
        let has_all = |start: usize| {
            let mut rest = name[start..].chars();
            typed.chars().all(|wanted| rest.any(|char| char == wanted))
        };
        starts.any(|(at, _)| has_all(at)).then_some(Self::Subsequence)
    }
}

/// Returns the candidates that match `typed`, the best first, and how many others are left out.
///
/// Loose matches are left out where they would be noise: those of one or two characters beside names that begin with them, and
/// subsequences beside anything else.
pub(super) fn select(candidates: Vec<Candidate>, typed: &str) -> (Vec<Candidate>, usize) {
    let matches = candidates.into_iter().filter_map(|candidate| {
        let class = MatchClass::of(name_of(&candidate), typed)?;
        Some((class, candidate))
    });
    let mut matches: Vec<_> = matches.collect();
    matches.sort_by_key(|(class, _)| *class);
    if let Some((best, _)) = matches.first() {
        let begins = *best <= MatchClass::PrefixInOtherCase;
        let worst = match typed.chars().count() {
            0 | 1 if begins => MatchClass::PrefixInOtherCase,
            2 if begins => MatchClass::Word,
            _ => (*best).max(MatchClass::Substring),
        };
        matches.retain(|(class, _)| *class <= worst);
    }
    let more = matches.len().saturating_sub(MAX_CANDIDATES);
    (matches.into_iter().take(MAX_CANDIDATES).map(|(_, candidate)| candidate).collect(), more)
}

/// Returns the part of a candidate that is compared with what is typed.
fn name_of(candidate: &Candidate) -> &str {
    let text = candidate.text.strip_prefix('.').unwrap_or(&candidate.text);
    match candidate.kind {
        CandidateKind::Key => text.trim_start_matches(['[', '"']).trim_end_matches([']', '"']),
        CandidateKind::Text => text,
        _ => text.split(['(', ' ']).next().unwrap_or(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::complete::candidate::candidate;

    fn selected(names: &[&str], typed: &str) -> Vec<String> {
        let candidates = names.iter().map(|name| candidate(*name, CandidateKind::Field)).collect();
        select(candidates, typed).0.into_iter().map(|candidate| candidate.text).collect()
    }

    #[test]
    fn a_name_matches_by_its_beginning_a_part_or_its_letters() {
        for (name, typed, class) in [
            ("count", "", Some(MatchClass::Prefix)),
            ("count", "cou", Some(MatchClass::Prefix)),
            ("Count", "cou", Some(MatchClass::PrefixInOtherCase)),
            ("count", "COU", Some(MatchClass::PrefixInOtherCase)),
            ("request_count", "Count", Some(MatchClass::Word)),
            ("a_count_of_unt", "unt", Some(MatchClass::Word)),
            ("count", "ount", Some(MatchClass::Substring)),
            ("count", "cnt", Some(MatchClass::Subsequence)),
            ("request_count", "cnt", Some(MatchClass::Subsequence)),
            ("account", "cnt", None),
            ("count", "tnc", None),
            ("Größe", "GRÖ", Some(MatchClass::PrefixInOtherCase)),
        ] {
            assert_eq!(MatchClass::of(name, typed), class, "{name} {typed}");
        }
    }

    #[test]
    fn the_best_matches_come_first_and_noise_is_left_out() {
        let names = ["discount", "Counter", "count", "current", "per_count"];
        assert_eq!(selected(&names, ""), names);
        assert_eq!(selected(&names, "co"), ["count", "Counter", "per_count"]);
        assert_eq!(selected(&names, "cou"), ["count", "Counter", "per_count", "discount"]);
        assert_eq!(selected(&names, "c"), ["count", "current", "Counter"]);
        assert_eq!(selected(&names, "ount"), ["discount", "Counter", "count", "per_count"]);
        assert_eq!(selected(&names, "cnt"), ["Counter", "count", "current", "per_count"]);
        assert!(selected(&names, "x").is_empty());
    }

    #[test]
    fn the_rest_is_counted() {
        let names = (0..1_000).map(|number| candidate(format!("name_{number}"), CandidateKind::Key));
        let (found, more) = select(names.collect(), "name");
        assert_eq!((found.len(), more), (MAX_CANDIDATES, 1_000 - MAX_CANDIDATES));
    }
}
