//! The generated code uses the standard library's items, even where their names have another meaning.

#![allow(dead_code, non_camel_case_types)]

mod hostile {
    pub struct Option;
    pub struct Result;
    pub struct Some;
    pub struct None;
    pub struct Ok;
    pub struct Err;
    pub struct Vec;
    pub struct String;
    pub struct Box;
    pub struct TypeInfo;
    pub struct Struct;
    pub struct Enum;
    pub struct usize;
    pub mod core {}
    pub mod std {}
}

mod victim {
    use super::hostile::*;
    use ::manhole::{Manhole as Derive, manhole as console};

    #[derive(Derive)]
    pub struct Gizmo {
        count: u8,
        #[manhole(secret)]
        unused: (Option, Result, Some, None, Ok, Err, Vec, String, Box, TypeInfo, Struct, Enum, usize),
    }

    #[derive(Derive)]
    pub struct Accesses {
        #[manhole(debug)]
        debug: u8,
        #[manhole(display)]
        display: u8,
        #[manhole(get = get, set = set)]
        got: u8,
        #[manhole(validate = check)]
        checked: u8,
        #[manhole(serde, validate = check)]
        data: u8,
    }

    #[derive(Derive)]
    #[manhole(transparent)]
    pub struct Transparent(u8);

    #[derive(Derive)]
    #[manhole(opaque)]
    pub struct Opaque(Vec);

    fn get(value: &u8) -> u8 {
        *value
    }

    fn set(_: &mut u8, _: u8) -> ::std::result::Result<(), u8> {
        ::std::result::Result::Ok(())
    }

    fn check(_: &u8) -> ::std::result::Result<(), u8> {
        ::std::result::Result::Ok(())
    }

    #[::manhole::methods]
    impl Gizmo {
        pub fn with(&mut self, _text: &str, _parts: &[u8]) -> ::std::option::Option<u8> {
            ::std::option::Option::None
        }

        pub async fn wait(&self, _text: &str) {}

        // Names of methods of the traits in the generated code.
        pub fn type_info(&self) -> u8 {
            1
        }

        pub fn field(&self) -> u8 {
            2
        }

        pub fn reflect(&self) -> u8 {
            3
        }

        pub fn call(&self) -> u8 {
            4
        }
    }

    #[derive(Derive)]
    pub enum Mode {
        Some,
        None,
        Ok(u8),
    }

    pub fn namespace() -> ::manhole::Namespace {
        console! { gizmo => ::std::sync::Mutex::new(5_u8), add => |a: u8| a }
    }
}

fn main() {
    let _ = victim::namespace();
}
