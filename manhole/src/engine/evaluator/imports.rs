//! `import`, which only reads the one directory that the application names.
//!
//! A script sees the roots and functions of the application, as a command does.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rhai::{AST, Engine, EvalAltResult, Expr, Module, ModuleResolver, Position, Scope, Shared, Stmt};

use crate::engine::builtins::collections;
use crate::engine::compile::{Compiler, SourceMap};
use crate::engine::state::{CachedScript, CallContext, EXTENSION, script_files};
use crate::engine::value::{EvalResult, ScriptError};

/// The maximum number of scripts that a command imports, with those that scripts import.
pub(crate) const MAX_IMPORTED_SCRIPTS: usize = 64;

/// The scripts that a session has imported, each with its name. The engine forgets them after a command, so each command imports
/// them again: from memory, unless the file has changed.
#[derive(Default)]
pub(crate) struct Imports(Vec<(String, String)>);

impl Imports {
    /// The maximum number of imports of a session.
    const MAX_IMPORTS: usize = 32;

    /// Adds the imports of a command outside blocks.
    pub(crate) fn add(&mut self, command: &AST) {
        for statement in command.statements() {
            let Stmt::Import(import, _) = statement else { continue };
            let (Expr::StringConstant(path, _), alias) = &**import else { continue };
            self.0.retain(|(known, _)| *known != *alias.name);
            if !alias.name.is_empty() && self.0.len() < Self::MAX_IMPORTS {
                self.0.push((alias.name.to_string(), path.to_string()));
            }
        }
    }

    /// Returns the names of the imports, each with its script.
    pub(crate) fn names(&self) -> &[(String, String)] {
        &self.0
    }

    /// Returns the program with all imports before it, except those that fail now.
    pub(crate) fn before(&mut self, program: Arc<AST>, engine: &Engine, context: &CallContext) -> Arc<AST> {
        if self.0.is_empty() {
            return program;
        }
        self.0.retain(|(alias, path)| match resolve(context, engine, path) {
            Ok(_) => true,
            Err(error) => {
                let error = match &*error {
                    EvalAltResult::ErrorRuntime(error, _) => error
                        .read_lock::<ScriptError>()
                        .map_or_else(String::new, |error| error.message.clone()),
                    _ => format!("{path:?} has an error; import it again to see it"),
                };
                context.run.watchdog.send_note(&format!("cannot import `{alias}` again: {error}"));
                false
            }
        });
        let imports = self.0.iter().map(|(alias, path)| format!("import {path:?} as {alias};"));
        match engine.compile(imports.collect::<String>()) {
            Ok(imports) => imports.merge(&program).into(),
            Err(_) => program,
        }
    }
}

fn resolve(context: &CallContext, engine: &Engine, path: &str) -> EvalResult<Shared<Module>> {
    let Some(directory) = &context.scripts.directory else {
        return Err(ScriptError::new("cannot import scripts: the application names no directory of scripts")
            .with_help("name one in the application with Builder::scripts_dir")
            .into());
    };
    let name = path.strip_suffix(&format!(".{EXTENSION}")).unwrap_or(path);
    let file = script_files::open(directory, name)?;
    let meta = file.metadata().map_err(|error| script_files::unreadable(name, &error))?;
    let version = (meta.modified().ok(), meta.len());
    {
        let mut state = context.scripts.state();
        if let Some(position) = state.loading.iter().position(|known| known == name) {
            let chain = state.loading[position..].iter().map(String::as_str).chain([name]);
            let chain = chain.collect::<Vec<_>>().join(" → ");
            return Err(
                ScriptError::new(format!("cannot import {name:?}: it imports itself: {chain}")).into()
            );
        }
        if state.is_fresh(name, version, directory) {
            return Ok(Shared::clone(&state.loaded[name].module));
        }
        if state.loading.len() >= MAX_IMPORTED_SCRIPTS {
            return Err(
                ScriptError::new("cannot import the script: the imports are nested too deeply").into()
            );
        }
        state.loading.push(name.to_owned());
    }
    let loaded = script_files::read(file, name).map_err(Into::into);
    let loaded = loaded.and_then(|text| evaluate(context, engine, name, &text));
    let mut state = context.scripts.state();
    state.loading.pop();
    let module = loaded?;
    if let Some(mut loaded) = state.loaded.remove(name) {
        loaded.module = Shared::clone(&module);
        loaded.version = version;
        for (import, version) in &mut loaded.imports {
            *version = state.loaded.get(import).map_or((None, 0), |import| import.version);
        }
        state.loaded.insert(name.to_owned(), loaded);
    }
    Ok(module)
}

fn evaluate(context: &CallContext, engine: &Engine, name: &str, text: &str) -> EvalResult<Shared<Module>> {
    let failed = |error: Box<EvalAltResult>| -> Box<EvalAltResult> {
        EvalAltResult::ErrorInModule(name.to_owned(), error, Position::NONE).into()
    };
    let known = |source: SourceMap| {
        // Without a version, so that it is read again if an error follows.
        let loaded = CachedScript {
            module: Shared::new(Module::new()),
            version: (None, 0),
            source: Arc::new(source),
            functions: Shared::new(Module::new()),
            imports: HashMap::new(),
        };
        context.scripts.state().loaded.insert(name.to_owned(), loaded);
    };
    if text.contains('|') {
        context.closures.store(true, Ordering::Relaxed);
    }
    let compiler = Compiler {
        engine,
        guard: &context.parse_guard,
        scope: &Scope::new(),
        program: &context.program(),
        has_last_value: false,
        is_collection_method: collections::is_known,
    };
    let mut script = match compiler.compile(text) {
        Ok((source, script)) => {
            known(source);
            script
        }
        Err(error) => {
            known(SourceMap::uncompiled(text));
            return Err(failed(error.into()));
        }
    };
    script.set_source(name);
    if let Some(loaded) = context.scripts.state().loaded.get_mut(name) {
        loaded.functions = script.shared_lib().clone();
    }
    let mut module = Module::eval_ast_as_new(Scope::new(), &script, engine).map_err(failed)?;
    module.set_id(name);
    Ok(module.into())
}

/// Resolves the imports of one session.
pub(crate) struct Resolver(pub(crate) CallContext);

impl ModuleResolver for Resolver {
    fn resolve(
        &self,
        engine: &Engine,
        source: Option<&str>,
        path: &str,
        position: Position,
    ) -> Result<Shared<Module>, Box<EvalAltResult>> {
        let scripts = &self.0.scripts;
        if let Some(parent) = source {
            if let Some(parent) = scripts.state().loaded.get_mut(parent) {
                parent.imports.insert(path.strip_suffix(".rhai").unwrap_or(path).to_owned(), (None, 0));
            }
        }
        resolve(&self.0, engine, path).map_err(|mut error| {
            if matches!(*error, EvalAltResult::ErrorRuntime(..)) {
                error.set_position(position);
            }
            error
        })
    }
}
