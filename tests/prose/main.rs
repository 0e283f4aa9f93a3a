//! Counts phrases that make prose hard to read, in Markdown and in comments.
//!
//! ```text
//! cargo run -p tests --bin prose             # the number for each file
//! cargo run -p tests --bin prose -- --list   # every place
//! ```
//!
//! Fails above a number for the whole workspace, since some of them are plain English in their place. `CONTRIBUTING.md` has the rules.

#![expect(clippy::print_stdout, reason = "it prints its counts")]

mod comments;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use ::tests::workspace;
use comments::Word;

/// The most that the workspace may have.
const MAX_PHRASES: usize = 100;

const PHRASES: &[&str] = &[
    "what came",
    "what comes",
    "what became",
    "what is",
    "what has",
    "what stands",
    "what goes",
    "told",
    "tells",
    "who",
    "whoever",
    "anew",
    "inside of",
    "in so many words",
    "meanwhile",
    "nobody",
    "somebody",
    "for ever",
    "how far",
    "of its own",
    "is to be",
];

/// A phrase, and its place.
#[derive(Debug, PartialEq, Eq)]
struct Match {
    phrase: &'static str,
    line: usize,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let lists_all = std::env::args().any(|argument| argument == "--list");
    let counts = count(&workspace::root())?;
    for (file, matches) in &counts {
        match lists_all {
            true => matches.iter().for_each(|found| println!("{file}:{}: {}", found.line, found.phrase)),
            false => println!("{:5}  {file}", matches.len()),
        }
    }
    let total: usize = counts.values().map(Vec::len).sum();
    println!("prose: {total} phrases, at most {MAX_PHRASES}");
    Ok(if total > MAX_PHRASES { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Returns the phrases of each file that has some.
fn count(root: &Path) -> Result<BTreeMap<String, Vec<Match>>, Box<dyn Error>> {
    let mut counts = BTreeMap::new();
    for file in workspace::files(root)? {
        let is_code = workspace::has_extension(&file, "rs");
        if !is_code && !workspace::has_extension(&file, "md") {
            continue;
        }
        let text = fs::read_to_string(root.join(&file))?;
        let words = if is_code { comments::words_of_comments(&text) } else { comments::words(&text) };
        let found = phrases(&words);
        if !found.is_empty() {
            counts.insert(file.display().to_string(), found);
        }
    }
    Ok(counts)
}

fn phrases(words: &[Word]) -> Vec<Match> {
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        for phrase in PHRASES {
            let mut wanted = phrase.split(' ');
            let begins = wanted.next() == Some(word.text.as_str());
            let goes_on = |(offset, wanted): (usize, &str)| {
                words.get(at + 1 + offset).is_some_and(|word| word.follows_directly && word.text == wanted)
            };
            if begins && wanted.enumerate().all(goes_on) {
                found.push(Match { phrase, line: word.line });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

    use super::*;

    #[test]
    fn phrases_are_counted_in_markdown_and_comments_alone() {
        let directory = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            fs::create_dir_all(directory.path().join(file).parent().unwrap()).unwrap();
            fs::write(directory.path().join(file), text).unwrap();
        };
        write("README.md", "Who is\nTOLD what\n  is there, and what, is not; who_may, whole, untold.");
        write(
            "src/lib.rs",
            "//! Nobody is told, how\n//! far.\n/// Who.\nfn who(told: &'a str) { let nobody = '\"'; // meanwhile\n\
             let tells = (\"// anew\", r#\"\" // anew \"#, b\"\\\" // anew\"); }",
        );
        write("src/plain.rs", "/// Plain.\nfn told() { let _ = \"who\"; }");
        write("target/README.md", "who");
        write("src/who.stderr", "who");
        let counts = count(directory.path()).unwrap();
        let seen =
            |file: &str| counts[file].iter().map(|found| (found.line, found.phrase)).collect::<Vec<_>>();
        assert_eq!(counts.len(), 2, "{counts:?}");
        assert_eq!(seen("README.md"), [(1, "who"), (2, "told"), (2, "what is")]);
        assert_eq!(
            seen("src/lib.rs"),
            [(1, "nobody"), (1, "told"), (1, "how far"), (3, "who"), (4, "meanwhile")]
        );
    }

    #[test]
    fn every_phrase_is_counted() {
        for phrase in PHRASES {
            let found = phrases(&comments::words_of_comments(&format!("/// It {phrase} it.")));
            assert_eq!(found.iter().map(|found| found.phrase).collect::<Vec<_>>(), [*phrase]);
        }
    }
}
