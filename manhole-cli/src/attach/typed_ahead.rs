//! Keeps the keys that the user presses while a command runs, for the next prompt.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyModifiers};

/// The most events that are kept, and read at once.
const MAX_EVENTS: usize = 65_536;

/// The keys that the editor has not got yet.
#[derive(Default)]
pub(super) struct TypedAhead(RefCell<VecDeque<Event>>);

impl TypedAhead {
    /// Reads the keys that have arrived, without a wait. Returns whether one of them is Ctrl-C, which drops those before it.
    pub(super) fn read(&self) -> io::Result<bool> {
        let mut has_ctrl_c = false;
        let mut events = self.0.borrow_mut();
        for _ in 0..MAX_EVENTS {
            if !event::poll(Duration::ZERO)? {
                break;
            }
            match event::read()? {
                Event::Key(KeyEvent {
                    code: KeyCode::Char('c'), modifiers: KeyModifiers::CONTROL, ..
                }) => {
                    has_ctrl_c = true;
                    events.clear();
                }
                event @ (Event::Key(_) | Event::Paste(_)) if events.len() < MAX_EVENTS => {
                    events.push_back(event);
                }
                // The editor asks for the size of the terminal when it begins.
                _ => {}
            }
        }
        Ok(has_ctrl_c)
    }

    /// Returns the next event.
    pub(super) fn pop(&self) -> Option<Event> {
        self.0.borrow_mut().pop_front()
    }
}
