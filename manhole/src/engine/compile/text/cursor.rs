//! A place in the tokens of a command.

use super::token::{Token, TokenKind};

/// The tokens of a text, with the next one.
pub(crate) struct Cursor<'a> {
    pub(crate) text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    /// The end of the brackets around the next token.
    end: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str, tokens: Vec<Token>) -> Self {
        let end = tokens.len();
        Self { text, tokens, at: 0, end }
    }

    /// Returns the token after `skipped` others.
    pub(crate) fn token(&self, skipped: usize) -> Option<Token> {
        let index = self.at + skipped;
        if index < self.end { self.tokens.get(index).copied() } else { None }
    }

    /// Returns the text of the token after `skipped` others, or an empty text at the end.
    pub(crate) fn peek_at(&self, skipped: usize) -> &'a str {
        self.token(skipped).map_or("", |token| &self.text[token.start..token.end])
    }

    /// Returns the text of the token at `index`.
    pub(crate) fn text_at(&self, index: usize) -> &'a str {
        self.tokens.get(index).map_or("", |token| &self.text[token.start..token.end])
    }

    pub(crate) fn peek(&self) -> &'a str {
        self.peek_at(0)
    }

    pub(crate) fn kind_at(&self, skipped: usize) -> Option<TokenKind> {
        self.token(skipped).map(|token| token.kind)
    }

    pub(crate) fn kind(&self) -> Option<TokenKind> {
        self.kind_at(0)
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at >= self.end
    }

    /// Returns the number of tokens before the next one.
    pub(crate) const fn index(&self) -> usize {
        self.at
    }

    /// Returns the token before the next one.
    pub(crate) fn last(&self) -> Option<Token> {
        self.tokens.get(self.at.checked_sub(1)?).copied()
    }

    /// Returns where the next token begins, or where the text ends.
    pub(crate) fn start(&self) -> usize {
        self.tokens.get(self.at).map_or(self.text.len(), |token| token.start)
    }

    /// Goes to a token.
    pub(crate) const fn go_to(&mut self, index: usize) {
        self.at = index;
    }

    /// Goes to the next token, but not out of the bracket that was entered.
    pub(crate) const fn advance(&mut self) {
        if self.at < self.end {
            self.at += 1;
        }
    }

    /// Enters the bracket at the cursor. Returns the end of the brackets around it.
    pub(crate) fn enter(&mut self) -> usize {
        let outer = self.end;
        self.end = self.tokens[self.at].partner;
        self.at += 1;
        outer
    }

    /// Leaves the bracket, of which `outer` is the result of [`enter`](Self::enter). The next token is the closing one.
    pub(crate) const fn leave(&mut self, outer: usize) {
        self.at = self.end;
        self.end = outer;
    }

    /// Returns the index after the token at `index`, or after the bracket that begins there.
    pub(crate) fn after(&self, index: usize) -> usize {
        let bracket = self.tokens.get(index).filter(|token| token.kind == TokenKind::Open);
        bracket.map_or(index, |open| open.partner.max(index)) + 1
    }

    /// Returns how many tokens the bracket has that begins after `skipped` tokens, with both ends; 1 for another token.
    pub(crate) fn len_at(&self, skipped: usize) -> usize {
        match self.token(skipped) {
            Some(token) if token.kind == TokenKind::Open => token.partner + 1 - (self.at + skipped),
            _ => 1,
        }
    }

    /// Returns whether a token that `matches` is in the bracket that begins after `skipped` tokens, but in no bracket inside it.
    pub(crate) fn contains(&self, skipped: usize, matches: impl Fn(&str) -> bool) -> bool {
        let end = skipped + self.len_at(skipped) - 1;
        let mut inner = skipped + 1;
        while inner < end {
            if matches(self.peek_at(inner)) {
                return true;
            }
            inner += self.len_at(inner);
        }
        false
    }
}
