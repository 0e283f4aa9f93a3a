//! What programs ask for, besides running code as a person at the prompt does.

use std::sync::Arc;

use manhole_protocol::methods::{Completions, Description, Inspection, LimitInfo};
use rhai::Dynamic;

use super::inspect::Page;
use super::{describe, inspect};
use crate::engine::builtins::run_function;
use crate::engine::compile::{SourceMap, incomplete_input};
use crate::engine::complete::Completer;
use crate::engine::evaluator::{CommandResult, Evaluator, RunOptions};
use crate::engine::live::{Handle, path_parser, strip_locks, strip_wrappers};
use crate::engine::show::{Formatter, deep_copy};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, diagnostic, to_script};
use crate::reflect::{Shape, TypeKind, Value, as_key, pretty_print};

/// What is to be told of a value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ResultFields {
    pub(crate) data: bool,
    pub(crate) text: bool,
}

/// What came of code or a call.
#[derive(Debug, Default)]
pub(crate) struct RenderedResult {
    pub(crate) data: Option<Value<'static>>,
    pub(crate) text: Option<String>,
    pub(crate) type_name: Option<String>,
    /// Whether there is more than is told.
    pub(crate) cut: bool,
}

/// The width that answers are laid out for.
const WIDTH: usize = 80;

/// How many keys of a map are looked at to complete one.
const MOST_KEYS: usize = 1_000;

impl Evaluator {
    /// Runs `code` if it is a whole command.
    pub(crate) fn evaluate(
        &mut self,
        code: &str,
        options: RunOptions,
        wanted: ResultFields,
    ) -> CommandResult<RenderedResult> {
        // What is read by a path has the type that it has in the program.
        let located = path_parser::resolve_path(self.program(), &self.scope, code.trim()).ok();
        let declared = located.and_then(|handle| handle.known_type());
        let declared = declared.map(|info| strip_locks(info).to_string());
        match self.run_on(code, options, |value, context| evaluated(value, context, wanted, declared)) {
            // A watch has shown its values itself.
            CommandResult::WatchEnded => CommandResult::Done(RenderedResult::default()),
            result => result,
        }
    }

    /// Writes `value` to what `path` leads to.
    pub(crate) fn set(&mut self, path: &str, value: &Value<'_>) -> CommandResult<()> {
        self.at(path, |handle, context| handle.set(&context.run, value).map_err(Into::into))
    }

    /// Calls the method of what `path` leads to, or the function that it names.
    pub(crate) fn call(
        &mut self,
        path: &str,
        method: Option<&str>,
        args: Vec<Value<'static>>,
        wanted: ResultFields,
    ) -> CommandResult<RenderedResult> {
        let Some(method) = method else {
            let program = Arc::clone(self.program());
            let Some(function) = program.function_item(path) else {
                let message = format!("there is no function `{path}`");
                let help = "a method is called by its name, on the path of its value".to_owned();
                return CommandResult::Failed(crate::engine::Diagnostic::new(message).with_help(Some(help)));
            };
            let signature = function.signature(path);
            let returns = signature.rsplit_once(" -> ").and_then(|(_, returns)| returned(returns));
            return self.perform(|context| {
                let value = run_function(context, path, function, args)?;
                evaluated(&value, context, wanted, returns)
            });
        };
        self.at(path, |handle, context| {
            let info = handle.known_type().map(strip_wrappers);
            let info = info.and_then(|info| info.methods.iter().find(|known| known.name == method));
            let value = handle.call(&context.run, method, &args)?;
            evaluated(&value, context, wanted, info.and_then(|method| returned(method.returns)))
        })
    }

    /// One level of what `path` leads to; of the namespace without one.
    pub(crate) fn inspect(
        &mut self,
        path: Option<&str>,
        offset: Option<usize>,
        limit: Option<usize>,
    ) -> CommandResult<Inspection> {
        let page = Page::new(offset, limit);
        match path.filter(|path| !path.is_empty()) {
            Some(path) => self.at(path, |handle, context| {
                inspect::inspect(context, &handle, path, page).map_err(Into::into)
            }),
            None => self.perform(|context| Ok(inspect::roots(context, page))),
        }
    }

    /// What is known of the type of what `path` leads to; of the namespace without one.
    pub(crate) fn describe(&mut self, path: Option<&str>) -> CommandResult<Description> {
        let Some(path) = path.filter(|path| !path.is_empty()) else {
            return CommandResult::Done(describe::namespace(self.program()));
        };
        let known = describe::function_named(self.program(), path);
        if let Some(function) = known.filter(|_| !self.scope.contains(path)) {
            return CommandResult::Done(function);
        }
        self.at(path, |handle, context| {
            handle.may_be_seen(&context.run)?;
            let whole = match handle.known_type() {
                Some(info) => info,
                None => handle.look(&context.run, |found| found.reflect().info())?,
            };
            Ok(describe::of_type(path, whole, strip_wrappers(whole)))
        })
    }

    /// Does something with what `path` leads to, under the watch of a command.
    fn at<T>(
        &mut self,
        path: &str,
        act: impl FnOnce(Handle, &CallContext) -> EvalResult<T>,
    ) -> CommandResult<T> {
        self.copy_shared_in();
        match path_parser::resolve_path(self.program(), &self.scope, path) {
            Ok(handle) => self.perform(|context| act(handle, context)),
            Err(fault) => CommandResult::Failed(fault.into()),
        }
    }

    /// What is needed to complete while the session is busy.
    pub(crate) fn completer(&self) -> Completer {
        Completer::new(Arc::clone(self.program()), &self.scope, &self.functions)
    }

    /// What could be typed after the first `cursor` characters of `code`. The keys of maps are looked at where no lock has to be
    /// waited for.
    pub(crate) fn complete(&mut self, code: &str, cursor: usize) -> CommandResult<Completions> {
        self.copy_shared_in();
        let completer = self.completer();
        let scope = self.scope.clone();
        self.perform(|context| {
            let keys = |path: &str, begun: &str| keys(context, &scope, path, begun);
            Ok(completer.complete_with(code, cursor, &keys))
        })
    }

    /// Whether `code` is a whole command: `None` if more could make one of it.
    pub(crate) fn is_complete(
        &self,
        code: &str,
    ) -> std::result::Result<bool, Box<crate::engine::Diagnostic>> {
        if incomplete_input::ends_in_comment(&self.engine, code) {
            return Ok(false);
        }
        match SourceMap::compile(&self.engine, &self.scope, code, 0, self.program().scalar_roots()) {
            Ok(_) => Ok(true),
            Err(error) if incomplete_input::is_incomplete(code, &error) => Ok(false),
            Err(_) => self.check(code).map(|()| true),
        }
    }

    /// The limits of the session.
    pub(crate) fn limits(&self) -> Vec<LimitInfo> {
        self.context.run.limits.infos()
    }

    /// What the application is called.
    pub(crate) fn application(&self) -> &str {
        &self.program().name
    }
}

/// The type that a call gives, where that is the one of what it returns.
fn returned(written: &str) -> Option<String> {
    let another = written.is_empty() || written.starts_with("EvalResult<");
    (!another).then(|| written.to_owned())
}

fn evaluated(
    value: &Dynamic,
    context: &CallContext,
    wanted: ResultFields,
    declared: Option<String>,
) -> EvalResult<RenderedResult> {
    let mut evaluated =
        RenderedResult { type_name: type_name(value, context, declared)?, ..RenderedResult::default() };
    let nothing = value.is_unit() && !to_script::is_none(value);
    if wanted.data {
        let (data, cut) = deep_copy::excerpt(value, context)?;
        evaluated.cut |= cut;
        evaluated.data = Some(data);
    }
    if wanted.text && !nothing {
        let preview = Formatter::new(context).preview(value)?;
        evaluated.cut |= preview.is_cut();
        evaluated.text = Some(pretty_print(&preview, WIDTH));
    }
    Ok(evaluated)
}

/// The type of a value, as it is in the program if it is there.
fn type_name(value: &Dynamic, context: &CallContext, declared: Option<String>) -> EvalResult<Option<String>> {
    if declared.is_some() {
        return Ok(declared);
    }
    if value.is_unit() {
        return Ok(None);
    }
    let Some(handle) = value.read_lock::<Handle>().map(|handle| handle.clone()) else {
        let name = if value.is_string() { "String" } else { value.type_name() };
        return Ok(Some(diagnostic::plain_types(name.rsplit("::").next().unwrap_or(name))));
    };
    let info = match handle.known_type() {
        Some(info) => info,
        None => handle.look(&context.run, |found| found.reflect().info())?,
    };
    Ok(Some(strip_locks(info).to_string()))
}

/// The keys that begin with `begun` of the live map that `path` leads to, with the type of its items.
fn keys(context: &CallContext, scope: &rhai::Scope<'_>, path: &str, begun: &str) -> Vec<(String, String)> {
    let Ok(handle) = path_parser::resolve_path(&context.program, scope, path) else { return Vec::new() };
    let mut found = Vec::new();
    let _ = handle.glance(&context.run, |value| {
        let node = value.reflect();
        let Shape::Map(map) = node.shape() else { return };
        let item = match strip_wrappers(node.info()).kind {
            TypeKind::Map(_, item) => item().to_string(),
            _ => String::new(),
        };
        let mut left = MOST_KEYS;
        map.entries(&mut |key, _| {
            if let Some(Value::Text(key)) = as_key(key)
                && key.starts_with(begun)
            {
                let quoted = format!("{key:?}");
                found.push((quoted[1..quoted.len() - 1].to_owned(), item.clone()));
            }
            left -= 1;
            left > 0
        });
    });
    found.sort();
    found
}
