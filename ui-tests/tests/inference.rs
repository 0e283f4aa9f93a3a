//! Type inference in a crate that depends on manhole.
//!
//! Rust infers a type where only one implementation of a trait fits. An implementation that a dependency brings for a type of the
//! standard library can end that, in code that names neither. Each line here compiles without manhole and must compile with it, with
//! all features.
//!
//! Two kinds are missing. `5_u32 == "5".parse().unwrap()`: `serde_json` compares numbers, texts and booleans with its own `Value`, and
//! the console needs it for its protocol, as most clients and servers do. `'a' < b'b'.into()`: so does `url` for characters, with the
//! feature of that name, in an application that has it already.

#![allow(clippy::unwrap_used, clippy::bool_comparison)]

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use manhole as _;

#[test]
fn texts() {
    let (name, boxed, cow) = ("b".to_owned(), Box::<str>::from("b"), Cow::from("b"));
    let letter: char = b'c'.into();
    assert_eq!("a".to_owned() + &name + "c", "abc");
    assert_eq!("a".to_owned() + &boxed + &cow, "abb");
    let mut text = String::new();
    text += &name;
    text += &cow;
    text.push_str(&String::from(letter));
    text.extend(["d", "e"]);
    text.extend(['f'].iter());
    assert_eq!(text, "bbcdef");
    assert!(text.contains(&name) && text.starts_with(&*boxed));
    assert!('c' == letter);
    assert_eq!(text.split(',').map(Into::into).collect::<Vec<String>>(), [text.as_str()]);
    assert_eq!(["a", "b"].concat() + &["c", "d"].join("-"), "abc-d");
    assert_eq!(&text[1..3], "bc");
}

#[test]
fn numbers() {
    assert!(5_u32 < "7".parse().unwrap());
    assert!(5.5 < "7".parse().unwrap());
    let (small, large) = (7_u32, u64::from(8_u32));
    assert!(large > small.into());
    assert_eq!([1_u64, 2].iter().sum::<u64>(), [1_u64, 2].into_iter().product::<u64>() + 1);
    assert_eq!(u8::try_from(small).unwrap(), 7);
    assert_eq!(1_u64 << small, 128);
    assert_eq!(-i64::from(small) as f64 * 0.5, -3.5);
}

#[test]
fn times() {
    let second = Duration::from_secs(1);
    assert_eq!(second * 2_u8.into(), 2 * second);
    assert_eq!(second / 2_u8.into(), Duration::from_millis(500));
    assert_eq!([second, second].iter().sum::<Duration>() - second, second);
    assert!(second < "2".parse().map(Duration::from_secs).unwrap());
    assert!(SystemTime::UNIX_EPOCH + second > SystemTime::UNIX_EPOCH);
}

#[test]
fn collections() {
    let map: HashMap<String, u32> = [("a".into(), 1)].into();
    assert_eq!((map["a"], map.get("a"), map.contains_key("b")), (1, Some(&1), false));
    let sorted: BTreeMap<_, _> = map.iter().map(|(key, value)| (key.as_str(), *value)).collect();
    assert_eq!(sorted.get("a").copied().unwrap_or_default(), 1);
    let set: HashSet<String> = ["a".into()].into();
    assert!(set.contains("a") && !set.is_subset(&["b".into()].into()));
    let bytes: Vec<u8> = "ab".into();
    assert!(bytes == b"ab" && bytes[..] == *b"ab" && bytes.starts_with("a".as_ref()));
    let mut all = vec![1];
    all.extend(&[2, 3]);
    assert_eq!(all, [1, 2, 3]);
    assert!(Some(7_u32) == "7".parse().ok() && Some(7_u32) > "6".parse().ok());
    assert!(vec![Some("a".to_owned())] == [Some("a".into())]);
}

#[test]
fn others() {
    let (path, os): (PathBuf, OsString) = ("/a".into(), "/a".into());
    assert!(path == os && path.join("b").ends_with("b"));
    let address: IpAddr = [127, 0, 0, 1].into();
    assert!(address == "127.0.0.1".parse::<IpAddr>().unwrap() && address.is_loopback());
    assert!(true > "false".parse().unwrap());
    let error: Box<dyn std::error::Error + Send + Sync> = "text".into();
    assert_eq!(error.to_string(), "text");
    let parsed = (|| -> Result<u32, Box<dyn std::error::Error>> { Ok("7".parse::<u32>()? + 1) })();
    assert_eq!(parsed.unwrap(), 8);
}
