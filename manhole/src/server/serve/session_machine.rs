//! The course of a connection, from admission to the end, without I/O.
//!
//! The machine returns the next action. A driver takes it, on a thread ([`session_loop`](super::session_loop)) or on an event loop
//! (`async_session_loop`), and reports its outcome as an event.

use std::time::{Duration, Instant};

use crate::engine::AbandonedCommand;
use crate::server::admit::TOKEN_PROMPT;
use crate::session::{AfterReply, Input, Reply, Session};

/// The next thing for the driver to do.
#[derive(Debug, PartialEq)]
pub(crate) enum Action {
    /// Take this decision. It may call the application, so that an event loop leaves it to a thread.
    Decide(Decision),
    /// Run this on the connection's session, which is made for the first call.
    Run(SessionCall),
    Send(Vec<u8>),
    /// Wait for input, until the deadline if there is one.
    Receive {
        deadline: Option<Instant>,
    },
    /// Disconnect after a last line with this reason.
    Close(String),
    /// Disconnect.
    HangUp,
    /// Do nothing more: the connection belongs to another driver.
    Leave,
}

/// A decision about a client. A negative one disconnects the client, after a line with the reason.
#[derive(Debug, PartialEq)]
pub(crate) enum Decision {
    /// Admit it by its user, or up to the token prompt.
    Admit,
    /// Refuse it, for this reason.
    Refuse(String),
    /// Check whether this input is the token; `None` is the end of the input.
    CheckToken(Option<Input>),
    /// Refuse it: there was no token in time.
    RefuseLateToken,
    /// Go on with another session after a command that has not returned.
    Resume(AbandonedCommand),
}

/// A call of the session.
#[derive(Debug, PartialEq)]
pub(crate) enum SessionCall {
    Greet,
    Resume(AbandonedCommand),
    Input(Input),
    /// The end of the input, after a last line without a line end.
    Finish(Option<Input>),
    PollWatches,
}

impl SessionCall {
    pub(crate) fn run(self, session: &mut Session) -> Reply {
        match self {
            Self::Greet => session.greet(),
            Self::Resume(abandoned) => session.resume(abandoned),
            Self::Input(input) => session.input(input),
            Self::Finish(last) => session.finish(last),
            Self::PollWatches => session.poll_due_watch(),
        }
    }
}

/// The outcome of an action.
pub(crate) enum Event {
    /// The client has connected.
    Started,
    /// The client has connected, and is refused for this reason.
    Refused(String),
    /// The decision was positive.
    Accepted,
    /// All bytes are sent.
    Sent,
    /// A piece of input is complete.
    Input(Input),
    /// Input has arrived, or may have, and no piece of it is complete.
    Received,
    /// The client has finished sending; perhaps with a last line without a line end.
    InputEnded(Option<Input>),
    /// The deadline has passed.
    TimedOut,
    /// The session has replied.
    Replied(Reply),
    /// A command has not returned, and its thread was abandoned with the session.
    Abandoned(AbandonedCommand),
    /// The decision was negative, the client is gone, or there is no thread for its session.
    Failed,
}

/// How long the machine waits for a client.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Timeouts {
    /// For a token; `None` if the client needs none.
    pub(crate) token: Option<Duration>,
    /// For a command.
    pub(crate) idle: Option<Duration>,
}

pub(crate) struct SessionMachine {
    state: State,
    timeouts: Timeouts,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Admitting,
    /// Sending the token prompt.
    Prompting,
    AwaitingToken {
        deadline: Instant,
    },
    CheckingToken,
    Resuming(AbandonedCommand),
    Running,
    Sending(AfterSending),
    AwaitingInput {
        /// When to poll the session's watches.
        due: Option<Instant>,
    },
}

#[derive(Debug, Clone, Copy)]
struct AfterSending {
    next: AfterReply,
    due: Option<Instant>,
}

impl SessionMachine {
    /// Creates the machine of a connection. Its first event is [`Started`](Event::Started), or
    /// [`Abandoned`](Event::Abandoned) where it goes on after another driver.
    pub(crate) const fn new(timeouts: Timeouts) -> Self {
        Self { state: State::Admitting, timeouts }
    }

    /// Takes an event, and returns the next action. Reads the clock `now` only for a deadline.
    pub(crate) fn next(&mut self, event: Event, now: impl FnOnce() -> Instant) -> Action {
        match (self.state, event) {
            (State::Admitting, Event::Started) => Action::Decide(Decision::Admit),
            (State::Admitting, Event::Refused(reason)) => Action::Decide(Decision::Refuse(reason)),
            (State::Admitting, Event::Accepted) if self.timeouts.token.is_some() => {
                self.enter(State::Prompting, Action::Send(TOKEN_PROMPT.to_vec()))
            }
            (State::Admitting | State::CheckingToken, Event::Accepted) => self.run(SessionCall::Greet),
            (State::Prompting, Event::Sent) => {
                self.await_token(now() + self.timeouts.token.unwrap_or_default())
            }
            (State::AwaitingToken { deadline }, Event::Received) => self.await_token(deadline),
            (State::AwaitingToken { .. }, Event::Input(input)) => {
                self.check_token(Decision::CheckToken(Some(input)))
            }
            (State::AwaitingToken { .. }, Event::InputEnded(last)) => {
                self.check_token(Decision::CheckToken(last))
            }
            (State::AwaitingToken { .. }, Event::TimedOut) => self.check_token(Decision::RefuseLateToken),
            (State::Resuming(abandoned), Event::Accepted) => self.run(SessionCall::Resume(abandoned)),
            (State::Running, Event::Replied(Reply { bytes, next, due })) => {
                let after = AfterSending { next, due };
                if next == AfterReply::Abandoned {
                    Action::Leave
                } else if bytes.is_empty() {
                    self.after_sending(after, now)
                } else {
                    self.enter(State::Sending(after), Action::Send(bytes))
                }
            }
            (_, Event::Abandoned(abandoned)) => {
                self.enter(State::Resuming(abandoned), Action::Decide(Decision::Resume(abandoned)))
            }
            (State::Sending(after), Event::Sent) => self.after_sending(after, now),
            (State::AwaitingInput { due }, Event::Received) => self.await_input(due, now),
            (State::AwaitingInput { .. }, Event::Input(input)) => self.run(SessionCall::Input(input)),
            (State::AwaitingInput { .. }, Event::InputEnded(last)) => self.run(SessionCall::Finish(last)),
            (State::AwaitingInput { due: Some(_) }, Event::TimedOut) => self.run(SessionCall::PollWatches),
            (State::AwaitingInput { due: None }, Event::TimedOut) => {
                let idle = self.timeouts.idle.unwrap_or_default();
                Action::Close(format!("closed after {idle:?} without a command"))
            }
            // The event is `Failed`; no driver reports any other out of its turn.
            _ => Action::HangUp,
        }
    }

    fn enter(&mut self, state: State, action: Action) -> Action {
        self.state = state;
        action
    }

    fn run(&mut self, call: SessionCall) -> Action {
        self.enter(State::Running, Action::Run(call))
    }

    fn await_token(&mut self, deadline: Instant) -> Action {
        self.enter(State::AwaitingToken { deadline }, Action::Receive { deadline: Some(deadline) })
    }

    fn check_token(&mut self, decision: Decision) -> Action {
        self.enter(State::CheckingToken, Action::Decide(decision))
    }

    fn after_sending(
        &mut self,
        AfterSending { next, due }: AfterSending,
        now: impl FnOnce() -> Instant,
    ) -> Action {
        if next == AfterReply::Input { self.await_input(due, now) } else { Action::HangUp }
    }

    /// Waits for input. A session with watches is not idle. Otherwise each piece of input restarts the idle timeout.
    fn await_input(&mut self, due: Option<Instant>, now: impl FnOnce() -> Instant) -> Action {
        let deadline = due.or_else(|| self.timeouts.idle.map(|idle| now() + idle));
        self.enter(State::AwaitingInput { due }, Action::Receive { deadline })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::StopReason;

    const TIMEOUT: Duration = Duration::from_secs(10);

    fn line(text: &str) -> Input {
        Input::Line(text.into())
    }

    fn reply(text: &str) -> Event {
        Event::Replied(Reply { bytes: text.into(), next: AfterReply::Input, due: None })
    }

    fn end() -> Event {
        Event::Replied(Reply { bytes: b"bye".to_vec(), next: AfterReply::End, due: None })
    }

    fn send(text: &str) -> Action {
        Action::Send(text.into())
    }

    /// Feeds the events, and compares the actions.
    #[track_caller]
    fn check(mut machine: SessionMachine, now: Instant, steps: Vec<(Event, Action)>) {
        for (number, (event, action)) in steps.into_iter().enumerate() {
            assert_eq!(machine.next(event, || now), action, "step {number}");
        }
    }

    /// Returns the steps up to the first wait for input.
    fn steps_to_first_input(deadline: Option<Instant>) -> Vec<(Event, Action)> {
        vec![
            (Event::Started, Action::Decide(Decision::Admit)),
            (Event::Accepted, Action::Run(SessionCall::Greet)),
            (reply(">>> "), send(">>> ")),
            (Event::Sent, Action::Receive { deadline }),
        ]
    }

    #[test]
    fn runs_each_input_and_sends_its_reply() {
        let mut steps = steps_to_first_input(None);
        steps.extend([
            (Event::Received, Action::Receive { deadline: None }),
            (Event::Input(line("1")), Action::Run(SessionCall::Input(line("1")))),
            (reply("1\n>>> "), send("1\n>>> ")),
            (Event::Sent, Action::Receive { deadline: None }),
            (Event::InputEnded(Some(line("2"))), Action::Run(SessionCall::Finish(Some(line("2"))))),
            (end(), send("bye")),
            (Event::Sent, Action::HangUp),
        ]);
        check(SessionMachine::new(Timeouts::default()), Instant::now(), steps);
    }

    #[test]
    fn waits_for_a_token_until_one_deadline() {
        let timeouts = Timeouts { token: Some(TIMEOUT), idle: Some(Duration::from_secs(1)) };
        let now = Instant::now();
        let receive = || Action::Receive { deadline: Some(now + TIMEOUT) };
        let prompted = || {
            vec![
                (Event::Started, Action::Decide(Decision::Admit)),
                (Event::Accepted, send("token: ")),
                (Event::Sent, receive()),
            ]
        };
        let mut steps = prompted();
        steps.extend([
            (Event::Input(line("secret")), Action::Decide(Decision::CheckToken(Some(line("secret"))))),
            (Event::Accepted, Action::Run(SessionCall::Greet)),
        ]);
        check(SessionMachine::new(timeouts), now, steps);
        for (event, decision) in [
            (Event::InputEnded(None), Decision::CheckToken(None)),
            (Event::TimedOut, Decision::RefuseLateToken),
        ] {
            let mut steps = prompted();
            steps.extend([(event, Action::Decide(decision)), (Event::Failed, Action::HangUp)]);
            check(SessionMachine::new(timeouts), now, steps);
        }
        // Input without a line end does not extend it.
        let mut machine = SessionMachine::new(timeouts);
        for (event, _) in prompted() {
            machine.next(event, || now);
        }
        assert_eq!(machine.next(Event::Received, || now + TIMEOUT / 2), receive());
    }

    #[test]
    fn polls_watches_when_they_are_due_and_is_not_idle_meanwhile() {
        let now = Instant::now();
        let due = Some(now + Duration::from_millis(100));
        let mut steps = steps_to_first_input(Some(now + TIMEOUT));
        steps.extend([
            (Event::Input(line("watch")), Action::Run(SessionCall::Input(line("watch")))),
            (
                Event::Replied(Reply { bytes: Vec::new(), next: AfterReply::Input, due }),
                Action::Receive { deadline: due },
            ),
            (Event::TimedOut, Action::Run(SessionCall::PollWatches)),
        ]);
        check(SessionMachine::new(Timeouts { token: None, idle: Some(TIMEOUT) }), now, steps);
    }

    #[test]
    fn closes_an_idle_session_and_restarts_its_timeout_with_any_input() {
        let (now, timeouts) = (Instant::now(), Timeouts { token: None, idle: Some(TIMEOUT) });
        let mut machine = SessionMachine::new(timeouts);
        for (event, action) in steps_to_first_input(Some(now + TIMEOUT)) {
            assert_eq!(machine.next(event, || now), action);
        }
        let later = now + TIMEOUT / 2;
        assert_eq!(
            machine.next(Event::Received, || later),
            Action::Receive { deadline: Some(later + TIMEOUT) }
        );
        let closed = Action::Close("closed after 10s without a command".to_owned());
        assert_eq!(machine.next(Event::TimedOut, || later + TIMEOUT), closed);
    }

    #[test]
    fn goes_on_after_an_abandoned_command_which_leaves_when_it_returns() {
        let abandoned =
            AbandonedCommand { stop: StopReason::Cancelled, abandoned_threads: 1, holds_lock: false };
        let resumed = |event| {
            vec![
                (event, Action::Decide(Decision::Resume(abandoned))),
                (Event::Accepted, Action::Run(SessionCall::Resume(abandoned))),
                (reply(">>> "), send(">>> ")),
            ]
        };
        let now = Instant::now();
        check(SessionMachine::new(Timeouts::default()), now, resumed(Event::Abandoned(abandoned)));
        let mut steps = steps_to_first_input(None);
        steps.push((Event::Input(line("x")), Action::Run(SessionCall::Input(line("x")))));
        steps.extend(resumed(Event::Abandoned(abandoned)));
        check(SessionMachine::new(Timeouts::default()), now, steps);
        let left = Reply { bytes: Vec::new(), next: AfterReply::Abandoned, due: None };
        let mut steps = steps_to_first_input(None);
        steps.push((Event::Input(line("x")), Action::Run(SessionCall::Input(line("x")))));
        steps.push((Event::Replied(left), Action::Leave));
        check(SessionMachine::new(Timeouts::default()), now, steps);
    }

    #[test]
    fn a_client_that_is_refused_at_the_gate_gets_no_session() {
        let (now, reason) = (Instant::now(), || "user 7 has no access".to_owned());
        let steps = vec![
            (Event::Refused(reason()), Action::Decide(Decision::Refuse(reason()))),
            (Event::Failed, Action::HangUp),
        ];
        check(SessionMachine::new(Timeouts::default()), now, steps);
    }

    #[test]
    fn hangs_up_when_anything_fails() {
        let now = Instant::now();
        let steps = steps_to_first_input(None);
        for len in 0..steps.len() {
            let mut machine = SessionMachine::new(Timeouts::default());
            for (event, _) in steps_to_first_input(None).into_iter().take(len + 1) {
                machine.next(event, || now);
            }
            assert_eq!(machine.next(Event::Failed, || now), Action::HangUp, "after step {len}");
        }
    }
}
