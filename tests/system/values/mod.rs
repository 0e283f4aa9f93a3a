//! Tests of reading, writing and calling what the application exposes.

mod async_methods;
mod async_types;
mod collection_edits;
mod field_adapters;
mod foreign_types;
mod http_types;
mod items;
mod locks;
mod roots;
mod scalar_round_trip;
mod shown_round_trip;
mod third_party_types;
mod validation;
