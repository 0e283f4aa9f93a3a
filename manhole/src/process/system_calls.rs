//! The names of the system calls in which a thread may stay.

/// Returns the name of a system call, or its number.
pub(super) fn name(number: i64) -> String {
    known(number).map_or_else(|| format!("system call {number}"), str::to_owned)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn known(number: i64) -> Option<&'static str> {
    use nix::libc;

    macro_rules! names {
        ($($(#[$attribute:meta])* $constant:ident)*) => {
            match libc::c_long::try_from(number).ok()? {
                $($(#[$attribute])* libc::$constant => Some(&stringify!($constant)[4..]),)*
                _ => None,
            }
        };
    }
    names! {
        #[cfg(target_arch = "x86_64")] SYS_accept SYS_accept4 SYS_connect SYS_clock_nanosleep SYS_close
        SYS_epoll_pwait #[cfg(target_arch = "x86_64")] SYS_epoll_wait SYS_epoll_pwait2 SYS_exit SYS_exit_group
        SYS_fallocate SYS_fcntl SYS_fdatasync SYS_flock SYS_fsync #[cfg(target_arch = "x86_64")] SYS_ftruncate SYS_futex SYS_getdents64 SYS_getrandom
        SYS_io_getevents SYS_io_uring_enter SYS_ioctl SYS_madvise SYS_mmap SYS_mprotect SYS_munmap SYS_nanosleep
        #[cfg(target_arch = "x86_64")] SYS_open SYS_openat #[cfg(target_arch = "x86_64")] SYS_pause
        #[cfg(target_arch = "x86_64")] SYS_poll SYS_ppoll SYS_pread64 SYS_preadv SYS_pselect6 SYS_pwrite64 SYS_pwritev
        SYS_read SYS_readlinkat SYS_readv SYS_recvfrom SYS_recvmmsg SYS_recvmsg SYS_restart_syscall SYS_rt_sigsuspend
        SYS_rt_sigtimedwait SYS_sched_yield #[cfg(target_arch = "x86_64")] SYS_select #[cfg(target_arch = "x86_64")] SYS_sendfile SYS_sendmmsg
        SYS_sendmsg SYS_sendto SYS_splice SYS_statx SYS_sync_file_range SYS_unlinkat SYS_wait4 SYS_waitid SYS_write
        SYS_writev
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn known(_number: i64) -> Option<&'static str> {
    None
}
