//! The trees of tasks that a library of the application keeps, such as `async-backtrace`.

use std::sync::Arc;

use crate::reflect::{shorten, thousands};

/// How many trees one look makes.
const MAX_TREES: usize = 1_000;
/// How many bytes all trees of a look have, and a line of one.
const MAX_BYTES: usize = 64 * 1024;
const MAX_LINE_BYTES: usize = 512;

/// Makes the trees.
#[derive(Clone)]
pub(crate) struct TreeSource(Arc<Make>);

/// Passes each tree, as a text, as long as the function that it gets returns true.
type Make = dyn Fn(&mut dyn FnMut(String) -> bool) + Send + Sync;

impl TreeSource {
    pub(crate) fn new<I>(trees: impl Fn() -> I + Send + Sync + 'static) -> Self
    where
        I: IntoIterator<Item = String>,
    {
        Self(Arc::new(move |take| {
            // It may hold a lock of the library until it is dropped.
            let _ = trees().into_iter().all(take);
        }))
    }

    /// Returns the lines of each tree that contains `text`.
    pub(super) fn lines(&self, text: &str) -> Vec<Vec<String>> {
        let (mut trees, mut bytes, mut left_out) = (Vec::new(), 0, 0_usize);
        (self.0)(&mut |tree| {
            if !tree.contains(text) {
                return true;
            }
            bytes += tree.len();
            if bytes > MAX_BYTES || trees.len() == MAX_TREES {
                left_out += 1;
                return left_out < MAX_TREES;
            }
            trees.push(tree);
            true
        });
        let lines =
            |tree: &String| tree.lines().map(|line| shorten(line, MAX_LINE_BYTES).into_owned()).collect();
        let mut trees: Vec<Vec<String>> = trees.iter().map(lines).collect();
        if left_out > 0 {
            let more = if left_out < MAX_TREES {
                thousands(left_out)
            } else {
                format!("{} or more", thousands(left_out))
            };
            trees.push(vec![format!("… {more} are left out; name a function: tasks.trees_of(\"query\")")]);
        }
        trees
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn trees_are_bounded() {
        let source = TreeSource::new(|| (0..5_000).map(|number| format!("╼ task {number}\n  └╼ query")));
        let trees = source.lines("");
        assert_eq!(trees.len(), MAX_TREES + 1);
        assert_eq!(trees[7], ["╼ task 7", "  └╼ query"]);
        assert_eq!(
            trees[MAX_TREES],
            ["… 1,000 or more are left out; name a function: tasks.trees_of(\"query\")"]
        );
        assert_eq!(source.lines("task 4321").len(), 1);
        let long = TreeSource::new(|| ["x".repeat(MAX_BYTES), "y".to_owned()]);
        assert_eq!(long.lines("").len(), 2);
        assert!(long.lines("")[0][0].len() < 1_000);
        assert_eq!(long.lines("")[1], ["… 1 are left out; name a function: tasks.trees_of(\"query\")"]);
    }

    #[test]
    fn no_more_are_made_than_are_shown() {
        let made = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&made);
        let source = TreeSource::new(move || {
            let counted = Arc::clone(&counted);
            std::iter::from_fn(move || {
                counted.fetch_add(1, Ordering::Relaxed);
                Some("tree".to_owned())
            })
        });
        assert_eq!(source.lines("").len(), MAX_TREES + 1);
        assert!(made.load(Ordering::Relaxed) <= 2 * MAX_TREES);
    }
}
