//! Methods that a script cannot call, and methods that are not exposed, whose signature does not matter.

#![allow(unused)]

use std::borrow::Cow;
use std::pin::Pin;
use std::rc::Rc;

use manhole::Manhole;

#[derive(Manhole)]
struct Gizmo {
    count: u64,
    name: String,
}

#[manhole::methods]
impl Gizmo {
    pub fn consume(self) {}

    pub fn consume_mut(mut self, _a: u8) {}

    pub fn boxed(self: Box<Self>) {}

    pub fn pinned(self: Pin<&mut Self>) {}

    pub fn counted(self: &Rc<Self>) {}

    pub fn generic<T: Clone, const N: usize>(&self, value: [T; N]) {}

    pub fn of_any(&self, value: impl Clone, many: Vec<impl Clone>) {}

    pub fn patterns(&self, (a, b): (u8, u8), _: u8, ref c: u8) {}

    pub fn references(&self, a: &u8, b: &mut str, c: &'static str, d: Option<&str>, e: &[&str], f: &String) {}

    pub fn borrowed(&self) -> &str {
        &self.name
    }

    pub fn borrowed_inside<'a>(&'a self) -> Result<Option<&'a u64>, Cow<'a, str>> {
        Ok(Some(&self.count))
    }

    pub async fn wait(&mut self) {}

    pub unsafe fn dangerous(&self) {}

    /// All mistakes at once.
    pub async unsafe fn all<T>(self, &a: &u8) -> &u8 {
        loop {}
    }

    #[rustfmt::skip]
    pub fn sixteen(
        &self,
        a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: u8, j: u8, k: u8, l: u8, m: u8, n: u8, o: u8, p: u8,
    ) {}

    #[rustfmt::skip]
    pub fn seventeen(
        &self,
        a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: u8, j: u8, k: u8, l: u8, m: u8, n: u8, o: u8, p: u8,
        q: u8,
    ) {}

    #[manhole(skip)]
    pub async fn skipped<T>(self, _: &T) {}

    fn private<T>(self, _: &T) {}

    pub fn associated<T>(_: &T) {}
}

fn main() {}
