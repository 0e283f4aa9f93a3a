//! Processes that tokio starts. Nothing here waits for one.

use tokio::process::Child;

use crate::reflect::impls::computed_fields::computed_fields;
#[cfg(unix)]
use crate::reflect::impls::std_thread::is_running;

#[cfg(unix)]
computed_fields!([] Child, "Child", "", |this| {
    pid: Option<u32> = this.id(), "The process ID, unless the application has seen it end.";
    running: bool = this.id().is_some_and(is_running), "Whether it has not ended yet.";
});

#[cfg(not(unix))]
computed_fields!([] Child, "Child", "", |this| {
    pid: Option<u32> = this.id(), "The process ID, unless the application has seen it end.";
});

#[cfg(all(test, unix))]
mod tests {
    use tokio::process::Command;

    use crate::reflect::ops::shown;

    #[test]
    fn a_child_is_not_waited_for() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut child = Command::new("sleep").arg("60").spawn().unwrap();
            let pid = child.id().unwrap();
            assert_eq!(shown(&child), format!("Child {{ pid: Some({pid}), running: true }}"));
            child.start_kill().unwrap();
            while shown(&child).contains("true") {
                std::thread::yield_now();
            }
            assert!(!child.wait().await.unwrap().success(), "its status is left");
            assert_eq!(shown(&child), "Child { pid: None, running: false }");
        });
    }
}
