//! Files, and readers and writers with a buffer. Nothing is read, written or flushed, and no position moves.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};

use super::computed_fields::computed_fields;
use super::shape_macro::shape_methods;
use crate::reflect::model::{
    FieldInfo, Manhole, Struct, StructStyle, TypeInfo, TypeKind, ValueMut, ValueRef,
};

computed_fields!([] File, "File", "", |this| {
    len: Option<u64> = length(this), "The length, in bytes, as far as it is known without asking another machine.";
    position: Option<u64> = position(this), "The place at which the next byte is read or written.";
});

/// Returns the length as the kernel knows it, so that a file system that does not answer is not waited for.
#[cfg(all(target_os = "linux", feature = "console"))]
fn length(file: &File) -> Option<u64> {
    use rustix::fs::{AtFlags, StatxFlags, statx};

    let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
    statx(file, c"", flags, StatxFlags::SIZE).ok().map(|status| status.stx_size)
}

#[cfg(not(all(target_os = "linux", feature = "console")))]
fn length(file: &File) -> Option<u64> {
    file.metadata().ok().map(|metadata| metadata.len())
}

/// Returns the position as `/proc` knows it: `lseek` would wait for a read or write of another thread.
#[cfg(target_os = "linux")]
fn position(file: &File) -> Option<u64> {
    use std::os::fd::AsRawFd;

    let info = std::fs::read_to_string(format!("/proc/self/fdinfo/{}", file.as_raw_fd())).ok()?;
    info.lines().find_map(|line| line.strip_prefix("pos:"))?.trim().parse().ok()
}

#[cfg(not(target_os = "linux"))]
fn position(_file: &File) -> Option<u64> {
    None
}

/// Shows a buffer with what it reads from or writes to.
macro_rules! buffered {
    ($([$($bounds:tt)*] $ty:ty, $name:literal;)+) => {$(
        impl<T: Manhole $($bounds)*> Manhole for $ty {
            fn type_info() -> &'static TypeInfo {
                const {
                    &TypeInfo::new(
                        $name,
                        TypeKind::Struct(
                            StructStyle::Named,
                            const { &[
                                FieldInfo::new("inner", "Where it reads from or writes to.", T::type_info),
                                FieldInfo::new("buffered", "The number of bytes in the buffer.", usize::type_info)
                                    .readonly(),
                            ] },
                        ),
                    )
                    .with_params(&[T::type_info])
                }
            }

            shape_methods!(@read Struct);
        }

        impl<T: Manhole $($bounds)*> Struct for $ty {
            fn field(&self, index: usize) -> Option<ValueRef<'_>> {
                match index {
                    0 => Some(ValueRef::from(self.get_ref())),
                    1 => Some(ValueRef::owned(self.buffer().len())),
                    _ => None,
                }
            }

            fn field_mut(&mut self, index: usize) -> Option<ValueMut<'_>> {
                (index == 0).then(|| ValueMut::from(self.get_mut()))
            }
        }
    )+};
}

buffered! {
    [] BufReader<T>, "BufReader";
    [+ Write] BufWriter<T>, "BufWriter";
}

#[cfg(feature = "tokio")]
buffered! {
    [+ tokio::io::AsyncRead] tokio::io::BufReader<T>, "BufReader";
    [+ tokio::io::AsyncWrite] tokio::io::BufWriter<T>, "BufWriter";
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::reflect::ops::shown;

    #[test]
    fn a_file_is_shown_with_its_length_and_position() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"hello").unwrap();
        let position = if cfg!(target_os = "linux") { "Some(5)" } else { "None" };
        assert_eq!(shown(&file), format!("File {{ len: Some(5), position: {position} }}"));
    }

    #[test]
    fn a_buffer_is_shown_with_what_it_holds() {
        let mut writer = BufWriter::new(Vec::<u8>::new());
        writer.write_all(b"abc").unwrap();
        assert_eq!(shown(&writer), "BufWriter { inner: b\"\", buffered: 3 }");
        let mut reader = BufReader::new(&[1_u8, 2, 3][..]);
        reader.read_exact(&mut [0]).unwrap();
        assert!(shown(&reader).ends_with("buffered: 2 }"));
    }
}
