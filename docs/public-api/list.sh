#!/usr/bin/env bash
# Lists what is public of each library, one item a line, so that a change of it is seen in a diff. Needs a nightly compiler and
# `cargo install cargo-public-api`. Of other crates' types only that they are supported is listed.
set -euo pipefail
cd "$(dirname "$0")/../.."
for package in manhole manhole-protocol manhole-derive manhole-client; do
    cargo +nightly public-api -p "$package" --all-features -sss |
        grep -E '^(#\[non_exhaustive\] )?pub .*manhole(_derive|_protocol|_client)?::|^pub (proc )?macro |^impl.*manhole::reflect::Manhole for ' |
        grep -vE '^pub fn (core|alloc|std|tokio|bytes|chrono|jiff|dashmap|indexmap|smallvec|serde_json|url|uuid|arc_swap|lock_api|tokio_util|tokio_stream|http|once_cell|&|[([]|[uif][0-9s]|bool|char|str|never|fn\(|dyn )' \
        >"docs/public-api/$package.txt"
done
