// Sends one command to the console at a path, and returns its result.
|path: &std::path::Path, command: &str| -> String {
    use std::io::{Read, Write};
    let mut stream = std::os::unix::net::UnixStream::connect(path).unwrap();
    writeln!(stream, "{command}").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.trim_start_matches(">>> ").trim_end().trim_end_matches(">>>").trim_end().to_owned()
}
