//! Type parameters without the bounds that the fields require.

use std::marker::PhantomData;

use manhole::Manhole;

struct Foreign;

#[derive(Manhole)]
struct Gizmo<T, S, M> {
    value: Vec<T>,
    #[manhole(skip)]
    skipped: Option<S>,
    marker: PhantomData<M>,
}

#[derive(Manhole)]
struct Projected<I: Iterator> {
    last: Option<I::Item>,
}

fn assert_manhole<T: Manhole>() {}

fn main() {
    assert_manhole::<Gizmo<u8, Foreign, Foreign>>();
    assert_manhole::<Projected<std::vec::IntoIter<u8>>>();
    assert_manhole::<Gizmo<Foreign, u8, u8>>();
    assert_manhole::<Projected<std::vec::IntoIter<Foreign>>>();
    assert_manhole::<Outer<u8>>();
}

struct Inner<T>(T);

// The derive cannot know whether `Inner<T>` implements `Manhole` for some `T`, so the error is at the use.
#[derive(Manhole)]
struct Outer<T> {
    inner: Vec<Inner<T>>,
}
