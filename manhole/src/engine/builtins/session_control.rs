//! The session and the application's process: `exit`, `level`, `set`, `process::exit`.

use rhai::{Dynamic, FuncRegistration, INT, Module, NativeCallContext};

use crate::engine::live::to_value;
use crate::engine::run::StopReason;
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, register, terminated, to_script};
use crate::reflect::Level;

type Call<'a> = NativeCallContext<'a>;

/// Adds the functions, without the module `process`.
pub(crate) fn bind(module: &mut Module) {
    for name in ["exit", "quit"] {
        // The engine's own only ends the script.
        register(module, name, |call: Call<'_>| stop(&call, StopReason::Exit));
    }
    register(module, "level", |call: Call<'_>| -> EvalResult<String> {
        Ok(CallContext::of(&call)?.run.level().to_string())
    });
    register(module, "level", |call: Call<'_>, level: &str| lower_level(&call, level));
    register(module, "set", |call: Call<'_>| -> EvalResult<()> {
        let context = CallContext::of(&call)?;
        context.run.print(&context.run.limits.overview());
        Ok(())
    });
    register(module, "set", |call: Call<'_>, name: &str| -> EvalResult {
        Ok(to_script(CallContext::of(&call)?.run.limits.get(name)?))
    });
    register(module, "set", |call: Call<'_>, name: &str, value: Dynamic| -> EvalResult<()> {
        let context = CallContext::of(&call)?;
        context.run.limits.set(name, &to_value(&value)?)?;
        context.run.watchdog.apply_new_timeout();
        Ok(())
    });
}

fn stop(call: &Call<'_>, reason: StopReason) -> EvalResult<()> {
    CallContext::of(call)?.run.watchdog.stop(reason);
    terminated()
}

fn lower_level(call: &Call<'_>, level: &str) -> EvalResult<()> {
    let context = CallContext::of(call)?;
    let level: Level = level.parse().map_err(|error| ScriptError::new(format!("{error}")))?;
    let current = context.run.level();
    if level > current {
        return Err(ScriptError::new(format!("cannot raise the session's level from {current} to {level}"))
            .with_help("start a new session, which has its user's level")
            .into());
    }
    context.run.level.lower(level);
    Ok(())
}

/// Creates the module `process`, whose `exit` ends the application if `allow_exit` is set.
pub(crate) fn process(allow_exit: bool) -> Module {
    let mut module = Module::new();
    FuncRegistration::new("exit").set_into_module(&mut module, move |call: Call<'_>, status: INT| {
        if !allow_exit {
            return Err(ScriptError::new("cannot end the application: process::exit is not enabled")
                .with_help("enable it with Builder::allow_exit(true); `exit` ends this session only")
                .into());
        }
        CallContext::of(&call)?.run.require(Level::Admin, "process::exit")?;
        let status = i32::try_from(status)
            .map_err(|_| ScriptError::new(format!("cannot exit with {status}: an exit status is an i32")))?;
        // At the next step, after the audit has recorded the command.
        stop(&call, StopReason::ProcessExit(status))
    });
    module
}
