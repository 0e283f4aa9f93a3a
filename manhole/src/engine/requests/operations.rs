//! The operations that clients request over JSON-RPC.

use manhole_protocol::methods::{Completions, Description, Inspection, LimitInfo};
use rhai::Dynamic;

use super::inspect::{InspectTarget, Page};
use super::{describe, inspect};
use crate::engine::builtins::NamedFunction;
use crate::engine::complete::{Completer, SessionNames};
use crate::engine::evaluator::{CommandResult, Evaluator, RunOptions};
use crate::engine::live::{Handle, path_parser, strip_locks, strip_wrappers};
use crate::engine::show::{self, Formatter, deep_copy};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, plain_type, to_script};
use crate::reflect::{Value, pretty_print};

/// The parts of a result that the client wants.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ResultFields {
    pub(crate) data: bool,
    pub(crate) text: bool,
}

/// The result of code or of a call.
#[derive(Debug, Default)]
pub(crate) struct RenderedResult {
    pub(crate) data: Option<Value<'static>>,
    pub(crate) text: Option<String>,
    pub(crate) type_name: Option<String>,
    /// Whether a part of the value is left out.
    pub(crate) cut: bool,
}

/// A call of the function `path`, or of a method of the value at `path`.
pub(crate) struct CallRequest<'a> {
    pub(crate) path: &'a str,
    pub(crate) method: Option<&'a str>,
    pub(crate) args: Vec<Value<'static>>,
}

impl Evaluator {
    /// Runs `code` if it is a whole command. Returns the `fields` of its result.
    pub(crate) fn evaluate(
        &mut self,
        code: &str,
        options: RunOptions,
        fields: ResultFields,
    ) -> CommandResult<RenderedResult> {
        // A path has the type that the application declares.
        let handle = self.with_variables(|session| {
            path_parser::resolve_path(session.program(), &session.scope, code.trim()).ok()
        });
        let declared = handle.and_then(|handle| handle.static_type());
        let declared = declared.map(|info| strip_locks(info).to_string());
        match self.run_on(code, options, |value, context| fields.render(value, context, declared)) {
            // A watch has printed its values.
            CommandResult::WatchEnded => CommandResult::Done(RenderedResult::default()),
            result => result,
        }
    }

    /// Writes `value` at `path`.
    pub(crate) fn set(&mut self, path: &str, value: &Value<'_>) -> CommandResult<()> {
        self.at(path, |handle, context| handle.set(&context.run, value).map_err(Into::into))
    }

    /// Calls a function or method. Returns the `fields` of the result.
    pub(crate) fn call(
        &mut self,
        request: CallRequest<'_>,
        fields: ResultFields,
    ) -> CommandResult<RenderedResult> {
        let CallRequest { path, method, args } = request;
        let Some(method) = method else {
            let Some(item) = self.program().function_item(path).cloned() else {
                let message = format!("there is no function `{path}`");
                let help = "pass the path of a value and the name of its method, or the name of a function";
                return CommandResult::Failed(ScriptError::new(message).with_help(help).into());
            };
            let returns = returned(item.returns());
            let function = NamedFunction { name: path.to_owned(), item };
            return self.perform(|context| fields.render(&function.call(context, args)?, context, returns));
        };
        self.at(path, |handle, context| {
            let info = handle.static_type().map(strip_wrappers);
            let info = info.and_then(|info| info.methods.iter().find(|known| known.name == method));
            let value = show::call_method(context, &handle, method, &args)?;
            fields.render(&value, context, info.and_then(|method| returned(method.returns)))
        })
    }

    /// Returns a page of the children of the value at `path`, or of the namespace.
    pub(crate) fn inspect(
        &mut self,
        path: Option<&str>,
        offset: Option<usize>,
        limit: Option<usize>,
    ) -> CommandResult<Inspection> {
        let page = Page::new(offset, limit);
        match path.filter(|path| !path.is_empty()) {
            Some(path) => self.at(path, |handle, context| {
                Ok(inspect::inspect(context, &InspectTarget { path, handle }, page)?)
            }),
            None => self.perform(|context| Ok(inspect::roots(context, page))),
        }
    }

    /// Describes the type of the value at `path`, or the namespace.
    pub(crate) fn describe(&mut self, path: Option<&str>) -> CommandResult<Description> {
        let Some(path) = path.filter(|path| !path.is_empty()) else {
            self.follow_names();
            return CommandResult::Done(describe::namespace(self.program()));
        };
        let known = describe::function_named(self.program(), path);
        let is_variable = self.with_variables(|session| session.scope.contains(path));
        if let Some(function) = known.filter(|_| !is_variable) {
            return CommandResult::Done(function);
        }
        self.at(path, |handle, context| {
            handle.check_visible(&context.run)?;
            let whole = match handle.static_type() {
                Some(info) => info,
                None => handle.read(&context.run, |found| found.reflect().info())?,
            };
            Ok(describe::of_type(path, whole, strip_wrappers(whole)))
        })
    }

    /// Runs `act` on the value at `path` as a command.
    fn at<T>(
        &mut self,
        path: &str,
        act: impl FnOnce(Handle, &CallContext) -> EvalResult<T>,
    ) -> CommandResult<T> {
        self.with_variables(|session| {
            match path_parser::resolve_path(session.program(), &session.scope, path) {
                Ok(handle) => session.perform(|context| act(handle, context)),
                Err(error) => CommandResult::Failed(error.into()),
            }
        })
    }

    /// Returns a copy of the names, to complete while the session is busy.
    pub(crate) fn completer(&mut self) -> Completer {
        self.with_variables(|session| session.completer_now())
    }

    fn completer_now(&self) -> Completer {
        let (scope, functions) = (&self.scope, &self.functions);
        Completer::new(&self.context, &SessionNames { scope, functions, imports: self.imported_names() })
    }

    /// Returns what can follow the first `cursor` characters of `code`.
    pub(crate) fn complete(&mut self, code: &str, cursor: usize) -> CommandResult<Completions> {
        self.with_variables(|session| {
            let completer = session.completer_now();
            let scope = session.scope.clone();
            session.perform(|context| Ok(completer.complete_in(context, &scope, code, cursor)))
        })
    }

    /// Returns the limits of the session.
    pub(crate) fn limits(&self) -> Vec<LimitInfo> {
        self.context.run.limits.infos()
    }

    /// Returns the name of the application.
    pub(crate) fn application(&self) -> &str {
        &self.program().name
    }
}

/// Returns the type of a call's result, if it is the declared one: the error of a `Result` is an error here.
fn returned(written: &str) -> Option<String> {
    let differs = written.is_empty() || written.starts_with("EvalResult<");
    (!differs).then(|| written.to_owned())
}

impl ResultFields {
    /// Renders `value`, which has the type `declared` in the application if that is known.
    fn render(
        self,
        value: &Dynamic,
        context: &CallContext,
        declared: Option<String>,
    ) -> EvalResult<RenderedResult> {
        let type_name = type_name(value, context, declared)?;
        let mut result = RenderedResult { type_name, ..RenderedResult::default() };
        if self.data {
            let (data, cut) = deep_copy::excerpt(value, context)?;
            result.cut |= cut;
            result.data = Some(data);
        }
        let is_empty = value.is_unit() && !to_script::is_none(value);
        if self.text && !is_empty {
            let preview = Formatter::new(context).preview(value)?;
            result.cut |= preview.is_cut();
            result.text = Some(pretty_print(&preview, context.run.limits.width()));
        }
        Ok(result)
    }
}

/// Returns the type of a value: of a live value, its type in the application.
fn type_name(value: &Dynamic, context: &CallContext, declared: Option<String>) -> EvalResult<Option<String>> {
    if declared.is_some() {
        return Ok(declared);
    }
    if value.is_unit() {
        return Ok(None);
    }
    let Some(handle) = value.read_lock::<Handle>().map(|handle| handle.clone()) else {
        let name = if value.is_string() { "String" } else { value.type_name() };
        return Ok(Some(plain_type(name)));
    };
    let info = match handle.static_type() {
        Some(info) => info,
        None => handle.read(&context.run, |found| found.reflect().info())?,
    };
    Ok(Some(strip_locks(info).to_string()))
}
