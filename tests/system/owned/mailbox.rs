//! Actors, which serve the console by a message in their mailbox.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use manhole::reflect::{MailboxError, VisitMessage};
use manhole::{Manhole as Inspect, Remote, manhole};

use crate::support::{LONG, Manhole};

#[derive(Inspect, Default)]
struct Account {
    balance: i64,
    names: Vec<String>,
}

#[manhole::methods]
impl Account {
    pub fn deposit(&mut self, amount: i64) -> i64 {
        self.balance += amount;
        self.balance
    }

    pub fn explode(&self) {
        panic!("out of order");
    }
}

/// What an actor receives. Messages of applications have these two traits.
#[derive(Clone, Debug)]
enum Message {
    Deposit(i64),
    End,
    Visit(VisitMessage<Account>),
}

/// Works until the message that ends it, or all senders are gone.
fn act(mailbox: mpsc::Receiver<Message>) -> Account {
    let mut account = Account::default();
    for message in mailbox {
        match message {
            Message::Deposit(amount) => account.balance += amount,
            Message::End => break,
            Message::Visit(visit) => visit.serve(&mut account),
        }
    }
    account
}

#[test]
fn an_actor_serves_the_console_by_a_message() {
    let (sender, mailbox) = mpsc::sync_channel(1);
    let actor = thread::spawn(move || act(mailbox));
    let address = sender.clone();
    let account = Remote::with_mailbox(move |visit| Ok(address.try_send(Message::Visit(visit))?));
    let manhole = Manhole::new(manhole! { account => account });
    let mut client = manhole.connect();
    sender.send(Message::Deposit(7)).unwrap();
    assert_eq!(client.ask("account.balance"), "7");
    assert_eq!(client.ask("account.balance += 1; account.deposit(2)"), "10");
    assert_eq!(client.ask("account.names.push(\"a\"); account"), "Account { balance: 10, names: [\"a\"] }");
    assert!(client.first_line("account.explode()").contains("out of order"));
    // Several sessions at once.
    let mut clients = [manhole.connect(), manhole.connect(), manhole.connect()];
    for client in &mut clients {
        client.send("for _ in 0..50 { account.deposit(1) }\n");
    }
    for client in &mut clients {
        assert_eq!(client.prompt(), "");
    }
    assert_eq!(client.ask("account.balance"), "160");
    let shown = format!("{:?}", Message::Deposit(1));
    assert_eq!(shown, "Deposit(1)");
    sender.send(Message::End).unwrap();
    assert_eq!(actor.join().unwrap().balance, 160);
}

#[test]
fn an_actor_that_has_ended_is_named() {
    let (sender, mailbox) = mpsc::sync_channel(1);
    let (tokio_sender, tokio_mailbox) = tokio::sync::mpsc::unbounded_channel();
    let closed = Remote::<Account>::with_mailbox(|_| Err(MailboxError::Closed));
    let account = Remote::with_mailbox(move |visit| Ok(sender.try_send(Message::Visit(visit))?));
    let other = Remote::with_mailbox(move |visit| Ok(tokio_sender.send(Message::Visit(visit))?));
    let manhole =
        Manhole::with(manhole! { account => account, other => other, closed => closed }, |builder| {
            builder.limits(|limits| limits.lock_wait = LONG)
        });
    let mut client = manhole.connect();
    assert_eq!(client.first_line("closed.balance"), "error: cannot reach closed: its owner has ended");
    // One ends while the message is in its mailbox.
    client.send("print(1); account.balance\n");
    client.until("1\n");
    thread::sleep(Duration::from_millis(20));
    drop(mailbox);
    assert!(client.prompt().starts_with("error: cannot reach account: its owner has ended"));
    drop(tokio_mailbox);
    assert_eq!(client.first_line("other.balance"), "error: cannot reach other: its owner has ended");
}

#[test]
fn a_full_mailbox_is_tried_again() {
    let (sender, mailbox) = mpsc::sync_channel(1);
    let address = sender.clone();
    let account = Remote::with_mailbox(move |visit| Ok(address.try_send(Message::Visit(visit))?));
    let manhole = Manhole::with(manhole! { account => account }, |builder| {
        builder.limits(|limits| limits.lock_wait = LONG)
    });
    let mut client = manhole.connect();
    sender.send(Message::Deposit(7)).unwrap();
    client.send("print(1); account.balance\n");
    client.until("1\n");
    // The console waits, and does not take the actor for one that has ended.
    thread::sleep(Duration::from_millis(50));
    thread::spawn(move || act(mailbox));
    assert_eq!(client.prompt(), "7\n");
}

#[test]
fn the_mailbox_of_a_stuck_actor_does_not_grow() {
    let (sender, mailbox) = mpsc::channel();
    let account = Remote::with_mailbox(move |visit| Ok(sender.send(Message::Visit(visit))?));
    let manhole = Manhole::with(manhole! { account => account }, |builder| {
        builder.limits(|limits| limits.lock_wait = Duration::from_millis(20))
    });
    let mut client = manhole.connect();
    for _ in 0..20 {
        let answer = client.first_line("account.balance += 1");
        assert!(answer.contains("its owner has not served the console for 20ms"), "{answer}");
    }
    let mut account = Account::default();
    let messages: Vec<_> = mailbox.try_iter().collect();
    assert_eq!(messages.len(), 1);
    // None of the requests is there any more.
    for message in messages {
        if let Message::Visit(visit) = message {
            visit.serve(&mut account);
        }
    }
    assert_eq!(account.balance, 0);
    // The actor works again, and one message is enough.
    thread::spawn(move || act(mailbox));
    client.ask("set(\"lock_wait\", \"1s\")");
    assert_eq!(client.ask("account.balance += 1; account.balance"), "1");
}

#[test]
fn a_message_that_the_actor_throws_away_is_sent_again() {
    let (sender, mailbox) = mpsc::channel();
    let account = Remote::with_mailbox(move |visit| Ok(sender.send(Message::Visit(visit))?));
    let manhole = Manhole::with(manhole! { account => account }, |builder| {
        builder.limits(|limits| limits.lock_wait = LONG)
    });
    let mut client = manhole.connect();
    client.send("account.balance\n");
    drop(mailbox.recv().unwrap());
    thread::spawn(move || act(mailbox));
    assert_eq!(client.prompt(), "0\n");
}
