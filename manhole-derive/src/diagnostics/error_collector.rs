//! Where errors are collected.

use std::cell::RefCell;
use std::fmt::Display;
use std::thread;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::Error;

/// Collects every error of one macro call before any of them is reported.
///
/// It must be consumed by [`finish`](Self::finish): dropping it otherwise panics, so that no error can be forgotten.
pub(crate) struct ErrorCollector {
    // `None` once they have been handed out.
    errors: RefCell<Option<Vec<Error>>>,
}

impl ErrorCollector {
    /// A context without errors.
    pub(crate) fn new() -> Self {
        Self { errors: RefCell::new(Some(Vec::new())) }
    }

    /// Adds an error that covers all of `tokens`.
    pub(crate) fn error_spanned(&self, tokens: impl ToTokens, message: impl Display) {
        self.push(Error::new_spanned(tokens, message));
    }

    /// Adds an error at `span`.
    pub(crate) fn error(&self, span: Span, message: impl Display) {
        self.push(Error::new(span, message));
    }

    /// Adds an error as the parser made it.
    pub(crate) fn push(&self, error: Error) {
        if let Some(errors) = &mut *self.errors.borrow_mut() {
            errors.push(error);
        }
    }

    /// Ends the collecting.
    ///
    /// # Errors
    ///
    /// The errors there were, as calls of `compile_error!`.
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
            "errors of the macro were collected and not reported"
        );
    }
}
