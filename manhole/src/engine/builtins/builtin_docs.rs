//! The documentation of the console's own functions, methods and words.

use super::example_names::ExampleNames;

/// The documentation of one name.
pub(crate) struct BuiltinDoc {
    pub(crate) name: &'static str,
    pub(crate) kind: BuiltinKind,
    /// The arguments of each form: `["", "x"]` for `tree()` and `tree(x)`.
    forms: &'static [&'static str],
    pub(crate) doc: &'static str,
    /// A command, with the names of [`ExampleNames`].
    example: &'static str,
}

/// The kind of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BuiltinKind {
    Function,
    /// A word that is not called.
    Word,
    /// A method of collections, queries and arrays.
    CollectionMethod,
    /// A method that Rust code has, and that returns the collection as it is, or a second name.
    RustMethod,
    /// A method that changes the items of a collection or array.
    EditMethod,
    /// A method of every live value.
    LiveMethod,
    ArrayMethod,
    StringMethod,
    OptionMethod,
    /// A method of durations, times and instants.
    TimeMethod,
}

impl BuiltinDoc {
    /// Returns all forms, as they are typed.
    pub(crate) fn signature(&self) -> String {
        let forms = self.forms.iter().map(|args| match self.kind {
            BuiltinKind::Function => format!("{}({args})", self.name),
            BuiltinKind::Word => format!("{} {args}", self.name).trim_end().to_owned(),
            _ => format!("x.{}({args})", self.name),
        });
        forms.collect::<Vec<_>>().join(", ")
    }

    /// Returns whether one of the forms has `count` arguments, as far as commas show it.
    pub(crate) fn takes(&self, count: usize) -> bool {
        let arguments = |form: &&str| form.split(", ").filter(|argument| !argument.is_empty()).count();
        self.forms.iter().any(|form| arguments(form) == count)
    }

    /// Returns whether one of the forms has arguments.
    pub(crate) fn takes_arguments(&self) -> bool {
        self.forms.iter().any(|args| !args.is_empty())
    }

    /// Returns the help for the name, with an example that uses `names`.
    pub(crate) fn help(&self, names: &ExampleNames) -> String {
        format!("{}\n{}\nfor example: {}\n", self.signature(), self.doc, names.fill(self.example))
    }
}

/// Defines the table. A row has the kind, the name, the forms and the example, and the documentation on the next line.
macro_rules! builtin_docs {
    ($($kind:ident $name:literal $forms:tt $example:literal: $doc:literal,)*) => {
        &[$(BuiltinDoc {
            name: $name,
            kind: BuiltinKind::$kind,
            forms: &$forms,
            doc: $doc,
            example: $example,
        }),*]
    };
}

/// The documentation of every name, by subject.
pub(crate) const BUILTIN_DOCS: &[BuiltinDoc] = builtin_docs! {
    Function "help" ["", "x", "\"name\""] "help(\"sort_by\")":
        "lists the names, or describes a value of the application or a name",
    Function "doc" ["x", "\"Type.name\""] "doc(\"help\")":
        "does the same as help",
    Function "dir" ["", "x"] "dir($root)":
        "returns the names of the application, the fields and methods of a value, or the keys of a map, as an array",
    Function "vars" [""] "vars()":
        "lists the variables of this session, with their values at the beginning of the command",
    Function "functions" [""] "functions()":
        "lists the functions of this session and of the application",
    Function "history" [""] "history()":
        "lists the last commands of this session",
    Word "it" [""] "it":
        "the result of the last command that returned a value",
    Word "import" ["\"script\" as name"] "import \"checks\" as checks":
        "loads a script from the application's directory of scripts; call its functions with name::function()",
    Function "type_of" ["x"] "type_of($root)":
        "returns the name of the type, as a string",
    Word "None" [""] "None":
        "an empty option",
    Function "Some" ["x"] "Some(1)":
        "returns x: an option that is not empty is its value",
    Function "Ok" ["x"] "Ok(1)":
        "returns x: a result that is no error is its value",
    Function "Err" ["x"] "try { Err(\"busy\") } catch (error) { error }":
        "throws x",
    OptionMethod "is_none" [""] "None.is_none()":
        "returns true if x is an empty option or ()",
    OptionMethod "is_some" [""] "Some(1).is_some()":
        "returns true if x is neither an empty option nor ()",
    OptionMethod "unwrap" [""] "Some(1).unwrap()":
        "returns x, or fails if it is an empty option",
    OptionMethod "unwrap_or" ["default"] "None.unwrap_or(0)":
        "returns x, or the default if it is an empty option",
    Function "table" ["x"] "table($items)":
        "prints a list or map with a row for each item and a column for each field",
    Function "tree" ["x", "x, depth"] "tree($root, 2)":
        "prints a value as a tree",
    Function "sizes" ["", "x"] "sizes($root).take(5)":
        "returns the collections in a value, or in all roots, with an estimate of their memory, the largest first; the next call also shows what has changed",
    Function "grep" ["\"text\"", "x, \"text\""] "grep($root, \"a\").take(5)":
        "returns the places in a value, or in all roots, where a text, a key or a name contains the text",
    Function "locks" [""] "locks()":
        "returns the locks below all roots that another thread holds now, and the owners that do not serve the console, with the time since when each call has found them so",
    Function "json" ["x"] "json($root)":
        "prints a copy of a value as JSON",
    Function "to_json" ["x"] "to_json($value)":
        "returns a copy of a value as JSON on one line, as a string",
    Function "parse_json" ["text"] "parse_json(\"[1, null]\")":
        "returns the value of a JSON text",
    Function "range" ["start, end", "start, end, step"] "range(0, 10, 3)":
        "returns the integers from the start to before the end",
    Function "to_string" ["x"] "to_string($value)":
        "returns the value as the console shows it, as a string",
    Function "to_debug" ["x"] "to_debug($value)":
        "returns the value as the console shows it, as a string",
    Function "dbg" ["a, b, …"] "dbg($value, $value)":
        "prints up to 8 values, and returns the last one",
    Function "print" ["x"] "print($value)":
        "prints a value at once, while the command runs",
    Function "debug" ["x"] "debug($value)":
        "prints a value at once, with strings in quotes",
    Function "time" ["|| …"] "time(|| $items.count(|item| $number > 1))":
        "prints how long a function takes, and returns its result; a query runs only if the function uses its items",
    Function "watch" ["interval, || …", "interval, || …, lines"] "watch(\"1s\", || $value)":
        "prints the result of a function whenever it changes, with the time in UTC, until you cancel it or for that many lines",
    Function "sleep" ["time"] "sleep(\"500ms\")":
        "waits for a number of seconds or a duration such as \"50ms\"",
    OptionMethod "contains_key" ["key"] "{80: \"http\"}.contains_key(80)":
        "returns true if the map has the key",
    TimeMethod "elapsed" [""] "Instant::now().elapsed()":
        "returns the duration since the instant or time",
    TimeMethod "duration_since" ["earlier"] "SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)":
        "returns the duration between two instants or times",
    TimeMethod "as_secs" [""] "Duration::from_millis(1500).as_secs()":
        "returns the whole seconds of the duration",
    TimeMethod "as_millis" [""] "Duration::from_secs(3).as_millis()":
        "returns the whole milliseconds of the duration",
    TimeMethod "as_micros" [""] "Duration::from_secs(3).as_micros()":
        "returns the whole microseconds of the duration",
    TimeMethod "as_nanos" [""] "Duration::from_secs(3).as_nanos()":
        "returns the nanoseconds of the duration",
    TimeMethod "as_secs_f64" [""] "Duration::from_millis(1500).as_secs_f64()":
        "returns the duration in seconds, with a fraction",
    TimeMethod "is_zero" [""] "Duration::ZERO.is_zero()":
        "returns true if the duration is zero",
    Function "set" ["", "\"limit\"", "\"limit\", value"] "set(\"timeout\", \"30s\")":
        "lists the limits of this session, returns one, or changes one",
    Function "level" ["", "\"level\""] "level(\"observe\")":
        "returns the access level of this session, or lowers it; a session cannot raise its level",
    LiveMethod "update" ["field, |value| …"] "$update":
        "replaces a field by the function's result, and tries again if the application changed the field",
    LiveMethod "snapshot" [""] "let before = $root.snapshot()":
        "returns a copy of everything in a value of the application, taken at one moment",
    CollectionMethod "filter" ["|item| …"] "$items.filter(|item| $number > 1)":
        "returns the items for which the function returns true",
    CollectionMethod "map" ["|item| …"] "$items.map(|item| $number)":
        "returns the function's result for each item",
    CollectionMethod "filter_map" ["|item| …"] "$items.filter_map(|item| $number)":
        "returns the function's results that are not None or ()",
    CollectionMethod "flat_map" ["|item| …"] "[[1, 2], [3]].flat_map(|list| list)":
        "returns the items of all lists that the function returns",
    CollectionMethod "flatten" [""] "[[1, 2], [3]].flatten()":
        "returns the items of all lists in a list, without those that are None",
    CollectionMethod "sort" [""] "$items.map(|item| $number).sort()":
        "returns the items in ascending order; sorts an array in place",
    CollectionMethod "sort_by" ["|item| …", "|a, b| …"] "$items.sort_by(|item| $number).take(10)":
        "returns the items in the order of the function's results; on a list |a, b| compares two items: a negative number, or true if a comes first",
    CollectionMethod "sort_by_key" ["|item| …"] "$items.sort_by_key(|item| $number).take(10)":
        "returns the items in the order of the function's results",
    CollectionMethod "rev" [""] "$items.rev().take(2)":
        "returns the items in reverse order",
    CollectionMethod "reverse" [""] "$items.sort_by(|item| $number).reverse()":
        "returns the items in reverse order; reverses an array in place",
    CollectionMethod "enumerate" [""] "$items.enumerate().take(2)":
        "returns pairs of a position and an item; a function with two parameters gets both",
    CollectionMethod "zip" ["list"] "$items.zip([1, 2])":
        "returns pairs of an item and one of another list",
    CollectionMethod "chain" ["list"] "$items.chain([1, 2]).len()":
        "returns the items, and then those of another list",
    CollectionMethod "chunks" ["n"] "[1, 2, 3].chunks(2)":
        "returns arrays of n items",
    CollectionMethod "windows" ["n"] "[1, 2, 3].windows(2)":
        "returns an array of each item and those behind it, n together",
    CollectionMethod "dedup" [""] "[1, 1, 2].dedup()":
        "returns the items without those that are the same as the one before; changes an array in place",
    CollectionMethod "dedup_by_key" ["|item| …"] "[1, 3, 2].dedup_by_key(|n| n % 2)":
        "returns the items without those for which the function returns the same as for the one before",
    CollectionMethod "unique" [""] "[1, 2, 1].unique()":
        "returns each item once",
    CollectionMethod "unique_by" ["|item| …"] "$items.unique_by(|item| $number % 2)":
        "returns the first item for each result of the function",
    CollectionMethod "partition" ["|item| …"] "[1, 2, 3].partition(|n| n > 1)":
        "returns an array of the items for which the function returns true, and one of the others",
    ArrayMethod "order" ["", "|a, b| …"] "[3, 1, 2].order()":
        "returns a sorted copy of an array; the function returns a negative number or true if a comes first",
    ArrayMethod "order_by" ["|a, b| …"] "[3, 1, 2].order_by(|a, b| b - a)":
        "returns a sorted copy of an array; the function returns a negative number or true if a comes first",
    ArrayMethod "order_desc" [""] "[3, 1, 2].order_desc()":
        "returns a copy of an array in descending order",
    ArrayMethod "sort_desc" [""] "let a = [3, 1, 2]; a.sort_desc(); a":
        "sorts an array in place, in descending order",
    CollectionMethod "group_by" ["|item| …"] "$items.group_by(|item| $number % 2)":
        "returns a map from each result of the function to its items; the number in each group: .map(|key, group| [key, group.len()])",
    CollectionMethod "take" ["n"] "$items.take(10)":
        "returns the first n items",
    CollectionMethod "skip" ["n"] "$items.skip(1)":
        "returns all items but the first n",
    CollectionMethod "step_by" ["n"] "$items.step_by(2)":
        "returns the first item, and every nth one behind it",
    CollectionMethod "take_while" ["|item| …"] "$items.take_while(|item| $number < 9)":
        "returns the items before the first one for which the function returns false",
    CollectionMethod "skip_while" ["|item| …"] "$items.skip_while(|item| $number < 2)":
        "returns the items from the first one for which the function returns false",
    CollectionMethod "inspect" ["|item| …"] "$items.inspect(|item| print($number)).len()":
        "calls a function for each item that passes, and returns the items",
    CollectionMethod "first" [""] "$items.first()":
        "returns the first item, or None",
    CollectionMethod "last" [""] "$items.last()":
        "returns the last item, or None",
    CollectionMethod "nth" ["n"] "$items.nth(1)":
        "returns the item at a position, or None; a negative position counts from the end",
    CollectionMethod "find" ["|item| …"] "$items.find(|item| $number == 1)":
        "returns the first item for which the function returns true, or None",
    CollectionMethod "find_map" ["|item| …"] "$items.find_map(|item| $number)":
        "returns the first result of the function that is not None or ()",
    CollectionMethod "position" ["|item| …"] "$items.position(|item| $number == 1)":
        "returns the position of the first item for which the function returns true, or None",
    ArrayMethod "index_of" ["x", "|item| …"] "[1, 2].index_of(2)":
        "returns the index of the first item that is x, or for which the function returns true, or -1",
    CollectionMethod "any" ["|item| …"] "$items.any(|item| $number == 1)":
        "returns true if the function returns true for an item",
    CollectionMethod "all" ["|item| …"] "$items.all(|item| $number > 0)":
        "returns true if the function returns true for every item",
    CollectionMethod "count" ["", "|item| …"] "$items.count(|item| $number > 1)":
        "returns the number of items, or of those for which the function returns true",
    CollectionMethod "sum" ["", "|item| …"] "$items.sum(|item| $number)":
        "returns the sum of the items, or of the function's results",
    CollectionMethod "product" ["", "|item| …"] "[2, 3].product()":
        "returns the product of the items, or of the function's results",
    CollectionMethod "avg" ["", "|item| …"] "$items.avg(|item| $number)":
        "returns the average of the items, or of the function's results",
    CollectionMethod "min" ["", "|item| …"] "$items.min(|item| $number)":
        "returns the smallest item, or the smallest result of the function",
    CollectionMethod "max" ["", "|item| …"] "$items.max(|item| $number)":
        "returns the largest item, or the largest result of the function",
    CollectionMethod "min_by" ["|item| …", "|a, b| …"] "$items.min_by(|item| $number)":
        "returns the item with the smallest result of the function; on a list |a, b| compares two items",
    CollectionMethod "max_by" ["|item| …", "|a, b| …"] "$items.max_by(|item| $number)":
        "returns the item with the largest result of the function; on a list |a, b| compares two items",
    CollectionMethod "min_by_key" ["|item| …"] "$items.min_by_key(|item| $number)":
        "returns the item with the smallest result of the function",
    CollectionMethod "max_by_key" ["|item| …"] "$items.max_by_key(|item| $number)":
        "returns the item with the largest result of the function",
    CollectionMethod "fold" ["init, |result, item| …"] "$items.fold(0, |sum, item| sum + $number)":
        "combines the items: the function gets the result so far and an item",
    CollectionMethod "reduce" ["|result, item| …"] "[1, 2, 3].reduce(|a, b| a * b)":
        "combines the items, and begins with the first one",
    ArrayMethod "reduce_rev" ["|result, item| …", "|result, item| …, init"] "[1, 2, 3].reduce_rev(|a, b| a * b)":
        "combines the items of an array, and begins with the last one",
    CollectionMethod "join" ["", "separator"] "[1, 2].join(\", \")":
        "returns the texts of the items as one string",
    CollectionMethod "for_each" ["|item| …"] "$items.for_each(|item| print($number))":
        "calls a function for each item, which may change something",
    CollectionMethod "retain" ["|item| …"] "let a = [1, 2, 3]; a.retain(|item| item > 1); a":
        "removes the items for which the function returns false; returns their number, or the items of an array or a script's map",
    ArrayMethod "drain" ["|item| …"] "let a = [1, 2, 3]; a.drain(|item| item > 1)":
        "removes the items for which the function returns true, and returns them",
    CollectionMethod "to_array" [""] "$items.take(9).to_array()":
        "returns the items as an array, at most 4,096",
    CollectionMethod "len" [""] "$items.len()":
        "returns the number of items, or of the characters of a string",
    CollectionMethod "is_empty" [""] "$items.is_empty()":
        "returns true if there are no items",
    CollectionMethod "keys" [""] "$map.keys()":
        "returns the keys of a map, or the positions of a list",
    CollectionMethod "values" [""] "$map.values()":
        "returns the items of a map or list",
    CollectionMethod "contains" ["x"] "$map.keys().contains(\"a\")":
        "returns true if a map has the key, or a list or set has the item",
    CollectionMethod "contains_key" ["key"] "$map.contains_key(\"a\")":
        "returns true if a map has the key, or a list has the position",
    CollectionMethod "get" ["key"] "$map.get(\"a\")":
        "returns the item at a key or position, or None",
    EditMethod "push" ["item"] "[1, 2].push(3)":
        "appends an item to a list, or adds it to a set",
    EditMethod "insert" ["item", "key, item"] "[1, 2].insert(0, 3)":
        "adds an item to a set, to a map under a key, or to a list at a position",
    EditMethod "remove" ["key"] "[1, 2].remove(0)":
        "removes an item by its key or position, and returns it",
    EditMethod "pop" [""] "[1, 2].pop()":
        "removes the last item, and returns it",
    EditMethod "truncate" ["n"] "[1, 2].truncate(1)":
        "removes all items but the first n",
    EditMethod "clear" [""] "[1, 2].clear()":
        "removes all items",
    LiveMethod "key" [""] "$map.first().key()":
        "returns the key or position of an item in its collection",
    RustMethod "iter" [""] "$items.iter()": "returns the collection as it is",
    RustMethod "iter_mut" [""] "$items.iter_mut()": "returns the collection as it is",
    RustMethod "into_iter" [""] "$items.into_iter()": "returns the collection as it is",
    RustMethod "collect" [""] "$items.skip(1).collect()": "returns the collection as it is",
    RustMethod "cloned" [""] "$items.cloned()": "returns the collection as it is",
    RustMethod "copied" [""] "$items.copied()": "returns the collection as it is",
    RustMethod "to_vec" [""] "$items.to_vec()": "returns the collection as it is",
    RustMethod "some" ["|item| …"] "$items.some(|item| $number == 1)": "does the same as any",
    LiveMethod "variant" [""] "$enum.variant()":
        "returns the name of an enum's variant",
    StringMethod "replace" ["old, new"] "\"a-b\".replace(\"-\", \"+\")":
        "returns the string with every occurrence replaced",
    StringMethod "split" ["", "separator", "separator, n"] "\"a,b\".split(\",\")":
        "returns the parts of a string as an array, at most n",
    StringMethod "split_rev" ["separator", "separator, n"] "\"a,b\".split_rev(\",\")":
        "returns the parts of a string as an array from its end, at most n",
    StringMethod "to_chars" [""] "\"abc\".to_chars()":
        "returns the characters of a string as an array",
    Word "exit" [""] "exit":
        "ends this session; the application keeps running",
    Word "quit" [""] "quit":
        "ends this session; the application keeps running",
    Function "process::exit" ["status"] "process::exit(0)":
        "ends the application, if it allows that with Builder::allow_exit",
};

/// The methods of strings, numbers, options and durations that have their meaning in Rust, or in the script language.
pub(crate) const VALUE_METHODS: &[&str] = &[
    "abs",
    "abs_diff",
    "and",
    "and_then",
    "as_array",
    "as_bool",
    "as_bytes",
    "as_f64",
    "as_i64",
    "as_micros",
    "as_millis",
    "as_nanos",
    "as_object",
    "as_secs",
    "as_secs_f64",
    "as_str",
    "as_u64",
    "atan2",
    "binary_search",
    "binary_search_by_key",
    "bytes",
    "cbrt",
    "ceil",
    "ceiling",
    "char_indices",
    "chars",
    "checked_abs",
    "checked_add",
    "checked_div",
    "checked_div_euclid",
    "checked_mul",
    "checked_neg",
    "checked_pow",
    "checked_rem",
    "checked_rem_euclid",
    "checked_sub",
    "chunk_by",
    "chunks_exact",
    "clamp",
    "cmp",
    "components",
    "concat",
    "copysign",
    "cos",
    "count_ones",
    "count_zeros",
    "crop",
    "cycle",
    "dedup_by",
    "difference",
    "div_ceil",
    "div_euclid",
    "div_f64",
    "drop",
    "ends_with",
    "eq",
    "eq_ignore_ascii_case",
    "err",
    "escape_debug",
    "exp",
    "expect",
    "extend",
    "extension",
    "file_name",
    "file_stem",
    "fill",
    "floor",
    "fract",
    "from_digit",
    "from_u32",
    "from_utf8",
    "from_utf8_lossy",
    "get_index",
    "ilog10",
    "ilog2",
    "index_of",
    "insert_str",
    "intersection",
    "into_sorted_vec",
    "ip",
    "is_absolute",
    "is_alphabetic",
    "is_alphanumeric",
    "is_array",
    "is_ascii",
    "is_ascii_alphabetic",
    "is_ascii_alphanumeric",
    "is_ascii_control",
    "is_ascii_digit",
    "is_ascii_graphic",
    "is_ascii_hexdigit",
    "is_ascii_lowercase",
    "is_ascii_punctuation",
    "is_ascii_uppercase",
    "is_ascii_whitespace",
    "is_boolean",
    "is_broadcast",
    "is_control",
    "is_disjoint",
    "is_eq",
    "is_err",
    "is_err_and",
    "is_f64",
    "is_ge",
    "is_gt",
    "is_i64",
    "is_ipv4",
    "is_ipv6",
    "is_le",
    "is_link_local",
    "is_loopback",
    "is_lowercase",
    "is_lt",
    "is_multicast",
    "is_ne",
    "is_negative",
    "is_none_or",
    "is_number",
    "is_numeric",
    "is_object",
    "is_ok",
    "is_ok_and",
    "is_positive",
    "is_power_of_two",
    "is_private",
    "is_relative",
    "is_sign_negative",
    "is_sign_positive",
    "is_some_and",
    "is_sorted",
    "is_sorted_by_key",
    "is_string",
    "is_subset",
    "is_superset",
    "is_unique_local",
    "is_unspecified",
    "is_uppercase",
    "is_whitespace",
    "isqrt",
    "leading_ones",
    "leading_zeros",
    "len_utf8",
    "lines",
    "ln",
    "log",
    "log10",
    "log2",
    "make_ascii_lowercase",
    "make_ascii_uppercase",
    "make_lower",
    "make_upper",
    "map_err",
    "map_or",
    "map_or_else",
    "map_while",
    "match_indices",
    "matches",
    "mul_add",
    "mul_f64",
    "ne",
    "next_power_of_two",
    "octets",
    "ok",
    "ok_or",
    "ok_or_else",
    "or",
    "or_else",
    "overflowing_abs",
    "overflowing_add",
    "overflowing_div",
    "overflowing_div_euclid",
    "overflowing_mul",
    "overflowing_neg",
    "overflowing_pow",
    "overflowing_rem",
    "overflowing_rem_euclid",
    "overflowing_sub",
    "parent",
    "parse",
    "partial_cmp",
    "partition_point",
    "peek",
    "port",
    "pow",
    "powf",
    "powi",
    "push_str",
    "rchunks",
    "recip",
    "rem_euclid",
    "repeat",
    "replace_range",
    "replacen",
    "resize",
    "reverse_bits",
    "rfind",
    "rotate_left",
    "rotate_right",
    "round",
    "rposition",
    "rsplit",
    "rsplit_once",
    "rsplitn",
    "saturating_abs",
    "saturating_add",
    "saturating_div",
    "saturating_div_euclid",
    "saturating_duration_since",
    "saturating_mul",
    "saturating_neg",
    "saturating_pow",
    "saturating_rem",
    "saturating_rem_euclid",
    "saturating_sub",
    "scan",
    "segments",
    "shift",
    "signum",
    "sin",
    "splice",
    "split_at",
    "split_first",
    "split_last",
    "split_off",
    "split_once",
    "split_whitespace",
    "splitn",
    "sqrt",
    "starts_with",
    "strip_prefix",
    "strip_suffix",
    "subsec_micros",
    "subsec_millis",
    "subsec_nanos",
    "swap",
    "swap_bytes",
    "swap_remove",
    "symmetric_difference",
    "tan",
    "then",
    "then_some",
    "then_with",
    "to_ascii_lowercase",
    "to_ascii_uppercase",
    "to_canonical",
    "to_digit",
    "to_lowercase",
    "to_owned",
    "to_uppercase",
    "total_cmp",
    "trailing_ones",
    "trailing_zeros",
    "trim",
    "trim_end",
    "trim_end_matches",
    "trim_matches",
    "trim_start",
    "trim_start_matches",
    "trunc",
    "try_fold",
    "union",
    "unsigned_abs",
    "unwrap_err",
    "unwrap_or_default",
    "unwrap_or_else",
    "unzip",
    "value",
    "with_extension",
    "with_file_name",
    "wrapping_abs",
    "wrapping_add",
    "wrapping_div",
    "wrapping_div_euclid",
    "wrapping_mul",
    "wrapping_neg",
    "wrapping_pow",
    "wrapping_rem",
    "wrapping_rem_euclid",
    "wrapping_shl",
    "wrapping_shr",
    "wrapping_sub",
    "xor",
];

/// Returns the documentation of `name`.
pub(crate) fn find(name: &str) -> Option<&'static BuiltinDoc> {
    let name = if name == "process" { "process::exit" } else { name };
    BUILTIN_DOCS.iter().find(|entry| entry.name == name)
}

/// Returns all names.
pub(crate) fn names<'a>() -> impl Iterator<Item = &'a str> {
    BUILTIN_DOCS.iter().map(|entry| entry.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::live::reserved_names::BUILTINS;
    use crate::engine::live::{BUILTIN_ROOT, Program};
    use crate::engine::value::register::registered_names;
    use crate::engine::value::token_hooks;
    use crate::namespace::Namespace;

    #[test]
    fn every_registered_function_and_reserved_word_is_documented() {
        let program = Program::new(Namespace::new(), "test".to_owned(), false, None, None);
        let _ = crate::engine::builtins::module(&program);
        let registered = registered_names();
        assert!(registered.contains("filter") && registered.contains("dbg"));
        let registered = registered.iter().map(String::as_str).filter(|name| *name != token_hooks::TYPE_OF);
        let reserved = BUILTINS.iter().copied().filter(|name| *name != BUILTIN_ROOT);
        let names = registered.chain(reserved);
        let mut missing = Vec::new();
        let names = names.filter(|name| !VALUE_METHODS.contains(name));
        for name in names.filter(|name| name.starts_with(|first: char| first.is_alphabetic())) {
            missing.extend(find(name).is_none().then_some(name));
        }
        assert!(missing.is_empty(), "{missing:?}");
    }
}
