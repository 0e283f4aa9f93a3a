//! The collection of errors.

use std::cell::RefCell;
use std::fmt::Display;
use std::thread;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::Error;

/// Collects all errors of one macro call, so that they are reported together.
///
/// [`finish`](Self::finish) must consume it. Otherwise dropping it panics, so that no error is lost.
pub(crate) struct ErrorCollector {
    // `None` after `finish`.
    errors: RefCell<Option<Vec<Error>>>,
}

impl ErrorCollector {
    /// Creates a collector without errors.
    pub(crate) fn new() -> Self {
        Self { errors: RefCell::new(Some(Vec::new())) }
    }

    /// Returns whether there is no error so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.errors.borrow().as_ref().is_none_or(Vec::is_empty)
    }

    /// Adds an error that covers all of `tokens`.
    pub(crate) fn error_spanned(&self, tokens: impl ToTokens, message: impl Display) {
        self.push(Error::new_spanned(tokens, message));
    }

    /// Adds an error at `span`.
    pub(crate) fn error(&self, span: Span, message: impl Display) {
        self.push(Error::new(span, message));
    }

    /// Adds an error of the parser.
    pub(crate) fn push(&self, error: Error) {
        if let Some(errors) = &mut *self.errors.borrow_mut() {
            errors.push(error);
        }
    }

    /// Ends the collection.
    ///
    /// # Errors
    ///
    /// Returns the collected errors as calls of `compile_error!`.
    pub(crate) fn finish(self) -> Result<(), TokenStream> {
        let errors = self.errors.borrow_mut().take().unwrap_or_default();
        if errors.is_empty() {
            return Ok(());
        }
        Err(errors.iter().map(Error::to_compile_error).collect())
    }
}

impl Drop for ErrorCollector {
    fn drop(&mut self) {
        assert!(
            thread::panicking() || self.errors.borrow().is_none(),
            "the errors of a macro call were collected but not reported"
        );
    }
}
