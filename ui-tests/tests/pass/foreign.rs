//! Fields that are seen by their items, through a description, or by their type; trait objects, also of generic traits.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use manhole::Manhole;
use manhole::reflect::{Target, TypeKind};

#[derive(Debug, Default)]
pub struct Foreign {
    pub id: u8,
    pub names: Vec<String>,
}

mod other {
    pub struct Pair<T>(pub T, pub T);
}

#[derive(Manhole)]
#[manhole(remote = Foreign)]
struct ForeignFields {
    id: u8,
    #[manhole(rename = "labels")]
    names: Vec<String>,
}

#[derive(Manhole)]
#[manhole(remote = other::Pair::<T>)]
struct PairFields<T>(T, T);

#[manhole::dynamic]
pub trait Plugin: Manhole {}

#[manhole::dynamic]
trait Generic<'a, T: Debug, const N: usize>: Manhole
where
    T: Clone,
{
    type Out;

    fn out(&self, from: &'a [T; N]) -> Self::Out;
}

#[derive(Manhole)]
struct Own(u8);

impl Plugin for Own {}

fn length(bytes: &Vec<u8>) -> usize {
    bytes.len()
}

#[derive(Manhole)]
struct Gizmo<'a, T: 'static> {
    #[manhole(items)]
    items: Vec<T>,
    #[manhole(items)]
    locked: Arc<Mutex<HashMap<String, T>>>,
    #[manhole(keys(debug), values(opaque))]
    map: HashMap<char, Foreign>,
    #[manhole(values(get = length))]
    lens: &'static [Vec<u8>],
    #[manhole(remote = ForeignFields)]
    foreign: Foreign,
    #[manhole(values(remote = ForeignFields))]
    list: Vec<Foreign>,
    #[manhole(remote = PairFields::<u8>)]
    pair: other::Pair<u8>,
    #[manhole(opaque)]
    opaque: &'a (dyn Fn(&Foreign) -> u8 + Sync),
    plugin: Box<dyn Plugin>,
    shared: Option<Arc<dyn Plugin + Send + Sync>>,
    borrowed: &'a dyn Plugin,
}

#[derive(Manhole)]
enum Mode {
    Named {
        #[manhole(items)]
        items: Vec<u8>,
        #[manhole(opaque)]
        opaque: Foreign,
    },
    Tuple(#[manhole(values(remote = ForeignFields))] Vec<Foreign>),
}

fn main() {
    let own = Own(3);
    let gizmo = Gizmo {
        items: vec![1_u8],
        locked: Arc::new(Mutex::new(HashMap::from([("a".to_owned(), 2)]))),
        map: HashMap::from([('x', Foreign::default())]),
        lens: &[],
        foreign: Foreign { id: 7, names: Vec::new() },
        list: vec![Foreign::default()],
        pair: other::Pair(1, 2),
        opaque: &|foreign| foreign.id,
        plugin: Box::new(Own(4)),
        shared: Some(Arc::new(Own(5))),
        borrowed: &own,
    };
    let shown = Target::new("gizmo", &gizmo).snapshot().unwrap().to_string();
    for part in ["\"items\": [1]", "\"locked\": {\"a\": 2}", "\"lens\": []", "\"id\": 7, \"labels\": []", "[1, 2]", "\"plugin\": 4"] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let kind = |index: usize| &(Gizmo::<u8>::type_info().fields()[index].ty)().kind;
    assert!(matches!(kind(0), TypeKind::List(_)) && matches!(kind(2), TypeKind::Map(..)));
    for mode in [
        Mode::Named { items: vec![1], opaque: Foreign::default() },
        Mode::Tuple(vec![Foreign::default()]),
    ] {
        assert!(Target::new("mode", &mode).snapshot().is_ok());
    }
    let _ = |generic: &dyn Generic<'_, u8, 2, Out = u8>| generic.out(&[1, 2]);
}
