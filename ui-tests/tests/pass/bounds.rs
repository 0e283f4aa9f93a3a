//! Bounds of generic types: only those that the fields need.

#![deny(warnings)]

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::{Arc, RwLock, mpsc};

use manhole::{Manhole, manhole};

/// A type without `Manhole`.
pub struct Foreign;

pub trait Transport {
    type Stream;
    type Address;
}

pub struct Tcp;

impl Transport for Tcp {
    type Stream = Foreign;
    type Address = String;
}

#[derive(Manhole)]
struct Handle<T: Transport> {
    streams: mpsc::Sender<T::Stream>,
    address: Option<T::Address>,
    marker: PhantomData<T>,
}

/// Neither `T` nor `T::Stream` implements `Manhole`.
#[derive(Manhole)]
pub struct Server<T: Transport> {
    // The type is more private than the struct.
    handles: Arc<RwLock<HashMap<String, Handle<T>>>>,
    senders: (u8, [mpsc::SyncSender<T>; 1]),
    #[manhole(debug)]
    debugged: Option<mpsc::Sender<T>>,
    #[manhole(skip)]
    on_accept: Arc<dyn Fn(T) + Send + Sync>,
}

#[derive(Manhole)]
enum Stored<T, U, V> {
    List(Vec<T>),
    Map { map: HashMap<String, U>, phantom: PhantomData<V> },
}

#[derive(Manhole)]
struct Node<T> {
    value: mpsc::Sender<T>,
    next: Option<Box<Self>>,
    children: Vec<Node<T>>,
}

// A bound on the other type would depend on itself.
#[derive(Manhole)]
#[manhole(bound = "T: Manhole")]
struct Statement<T> {
    value: Vec<Expression<T>>,
}

#[derive(Manhole)]
enum Expression<T> {
    Value(T),
    Block(Vec<Statement<T>>),
}

fn main() {
    assert_eq!(Server::<Tcp>::type_info().to_string(), "Server");
    assert_eq!(Stored::<u8, bool, Foreign>::type_info().to_string(), "Stored<u8, bool>");
    assert_eq!(Node::<u8>::type_info().to_string(), "Node<u8>");
    assert_eq!(Expression::<u8>::type_info().to_string(), "Expression<u8>");
    let _ = (Stored::<u8, u8, u8>::List(vec![]), Stored::<u8, u8, u8>::Map { map: HashMap::new(), phantom: PhantomData });
    let _ = (Expression::Value(1), Expression::Block(vec![Statement::<u8> { value: vec![] }]));

    let (streams, _received) = mpsc::channel();
    let handle = Handle::<Tcp> { streams, address: None, marker: PhantomData };
    let server = Server::<Tcp> {
        handles: Arc::new(RwLock::new(HashMap::from([("a".to_owned(), handle)]))),
        senders: (1, [mpsc::sync_channel(1).0]),
        debugged: None,
        on_accept: Arc::new(|_| ()),
    };
    (server.on_accept)(Tcp);
    let server = Arc::new(server);
    drop(manhole! { server => server });

    let leaf = Node { value: mpsc::channel::<u8>().0, next: None, children: vec![] };
    let _ = Node { value: mpsc::channel().0, next: Some(Box::new(leaf)), children: vec![] };
}
