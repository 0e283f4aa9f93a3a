//! Formats the application's `Debug` and `Display` output, and limits its length.
//!
//! At its limit a text ends the application's code. An error is not enough: the builders of `Debug` pass over all further elements
//! after one. So the writer unwinds, without a panic's message, where the application is built to unwind.

use std::any::Any;
#[cfg(feature = "console")]
use std::borrow::Cow;
use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::placeholder;

/// The maximum length of the application's text. Nothing else limits the output of the application's formatting code.
pub(crate) const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Formats up to 64 KiB, and ends a longer text with `…`.
pub(crate) fn sanitize(text: fmt::Arguments<'_>) -> String {
    sanitize_within(MAX_TEXT_BYTES, text)
}

/// Formats up to `max_bytes`, at most 64 KiB, and ends a longer text with `…`.
pub(crate) fn sanitize_within(max_bytes: usize, text: fmt::Arguments<'_>) -> String {
    let max_bytes = max_bytes.min(MAX_TEXT_BYTES);
    let mut writer = TruncatingWriter { text: String::new(), max_bytes, cut: false };
    let result = run_to_limit(|| writer.write_fmt(text));
    match result {
        Err(_) if !writer.cut => placeholder::text(placeholder::FORMAT_ERROR),
        _ => writer.text + if writer.cut { "…" } else { "" },
    }
}

/// Returns the longest beginning of `text` that has at most `max_bytes` and ends between two characters.
pub(crate) fn prefix(text: &str, max_bytes: usize) -> &str {
    let mut end = text.len().min(max_bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Returns `text`, without its middle if it has more than `max_bytes`: nothing at its end can hide behind its beginning.
#[cfg(feature = "console")]
pub(crate) fn shorten(text: &str, max_bytes: usize) -> Cow<'_, str> {
    const ELLIPSIS: &str = "…";
    if text.len() <= max_bytes {
        return text.into();
    }
    let half = max_bytes.saturating_sub(ELLIPSIS.len()) / 2;
    let mut rest = text.len() - half;
    while !text.is_char_boundary(rest) {
        rest += 1;
    }
    [prefix(text, half), ELLIPSIS, &text[rest..]].concat().into()
}

/// Keeps the beginning of a text, and ends the formatting code at the limit.
struct TruncatingWriter {
    text: String,
    max_bytes: usize,
    cut: bool,
}

impl Write for TruncatingWriter {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let left = self.max_bytes.saturating_sub(self.text.len());
        if !self.cut && more.len() <= left {
            self.text.push_str(more);
            return Ok(());
        }
        if !self.cut {
            self.text.push_str(prefix(more, left));
            self.cut = true;
        }
        if CAN_UNWIND {
            resume_unwind(Box::new(LimitReached));
        }
        Err(fmt::Error)
    }
}

/// Whether code can be ended by unwinding.
const CAN_UNWIND: bool = cfg!(panic = "unwind");

/// The payload with which the writer unwinds at its limit.
struct LimitReached;

/// Runs formatting code until it returns or the writer unwinds.
///
/// A guard of a `std` lock poisons the lock if unwinding begins while the guard exists: the application would find its lock poisoned.
/// So the code runs while this thread unwinds already.
fn run_to_limit(mut format: impl FnMut() -> fmt::Result) -> fmt::Result {
    if !CAN_UNWIND {
        return format();
    }
    let mut result = Ok(Err(fmt::Error));
    // The outer unwinding always ends here.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let _run = RunOnDrop(|| result = catch_unwind(AssertUnwindSafe(&mut format)));
        resume_unwind(Box::new(LimitReached));
    }));
    result.unwrap_or_else(
        |panic: Box<dyn Any + Send>| {
            if panic.is::<LimitReached>() { Err(fmt::Error) } else { resume_unwind(panic) }
        },
    )
}

/// Runs a function when it is dropped.
struct RunOnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for RunOnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Writes without end, until it is stopped.
    struct Endless;

    impl fmt::Display for Endless {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            loop {
                f.write_str("äöü")?;
            }
        }
    }

    struct Broken;

    impl fmt::Display for Broken {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            Err(fmt::Error)
        }
    }

    #[test]
    fn a_formatting_error_is_a_placeholder() {
        assert_eq!(sanitize(format_args!("a {Broken}")), "<format error>");
    }

    #[test]
    fn a_long_text_is_cut_between_characters_and_its_writer_stopped() {
        let text = sanitize(format_args!("Err({Endless})"));
        assert!(text.starts_with("Err(äöü") && text.ends_with('…'), "{}", text.len());
        assert!(text.len() <= MAX_TEXT_BYTES + '…'.len_utf8());
        let exact = "a".repeat(MAX_TEXT_BYTES);
        assert_eq!(sanitize(format_args!("{exact}")), exact);
        assert_eq!(sanitize(format_args!("{exact}a")), exact.clone() + "…");
        assert_eq!(sanitize(format_args!("{}..{}", 1, 2)), "1..2");
        assert_eq!(sanitize_within(3, format_args!("abc")), "abc");
        assert_eq!(sanitize_within(3, format_args!("abcd")), "abc…");
        assert_eq!(sanitize_within(usize::MAX, format_args!("{exact}a")), exact + "…");
    }

    /// Counts how often it is formatted.
    struct Counted<'a>(&'a AtomicUsize);

    impl fmt::Debug for Counted<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.fetch_add(1, Ordering::Relaxed);
            f.write_str("x")
        }
    }

    /// Passes over all its elements, whatever the writer returns.
    struct Stubborn<'a>(&'a AtomicUsize);

    impl fmt::Debug for Stubborn<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            for _ in 0..1_000 {
                self.0.fetch_add(1, Ordering::Relaxed);
                let _ = f.write_str("x");
            }
            Ok(())
        }
    }

    #[test]
    fn code_that_ignores_the_writers_error_ends_at_the_limit() {
        let calls = AtomicUsize::new(0);
        let list: Vec<_> = std::iter::repeat_with(|| Counted(&calls)).take(1_000).collect();
        assert_eq!(sanitize_within(7, format_args!("{list:?}")), "[x, x, …");
        assert_eq!(calls.swap(0, Ordering::Relaxed), 3);
        assert_eq!(sanitize_within(4, format_args!("{:?}", Stubborn(&calls))), "xxxx…");
        assert_eq!(calls.load(Ordering::Relaxed), 5);
        assert!(!std::thread::panicking());
    }

    #[test]
    fn a_lock_inside_a_long_text_is_not_poisoned() {
        let lock = Mutex::new(vec![1; 1_000]);
        let text = sanitize_within(30, format_args!("{lock:?}"));
        assert!(text.starts_with("Mutex { data: [1, 1, ") && text.ends_with('…'), "{text}");
        assert!(!lock.is_poisoned());
        assert!(lock.try_lock().is_ok());
    }
}
