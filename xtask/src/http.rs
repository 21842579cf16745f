//! Just enough HTTP to ask a local server whether it is up.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

const CONNECT: Duration = Duration::from_millis(500);
const ANSWER: Duration = Duration::from_secs(5);

/// The status that `GET path` on 127.0.0.1 answers with, or why there is no answer.
pub(crate) fn status(port: u16, path: &str) -> io::Result<u16> {
    let mut stream =
        TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), CONNECT)?;
    stream.set_read_timeout(Some(ANSWER))?;
    stream.set_write_timeout(Some(ANSWER))?;
    // `Accept` as a browser sends it: trunk gives the page only to those who want HTML.
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
    )?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    parse_status(&line)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("not HTTP: {line:?}")))
}

fn parse_status(line: &str) -> Option<u16> {
    let (protocol, rest) = line.split_once(' ')?;
    if !protocol.starts_with("HTTP/1.") {
        return None;
    }
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn status_lines() {
        assert_eq!(parse_status("HTTP/1.1 200 OK\r\n"), Some(200));
        assert_eq!(parse_status("HTTP/1.0 404\r\n"), Some(404));
        assert_eq!(parse_status("SSH-2.0-OpenSSH 9.2\r\n"), None);
        assert_eq!(parse_status(""), None);
    }

    #[test]
    fn asks_for_the_path_and_reads_the_status() -> io::Result<()> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let server = thread::spawn(move || -> io::Result<String> {
            let (stream, _) = listener.accept()?;
            // A request may come in pieces; its head ends with an empty line.
            let lines = BufReader::new(&stream).lines();
            let head: Vec<String> = lines
                .take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty()))
                .collect::<io::Result<_>>()?;
            (&stream).write_all(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")?;
            Ok(head.join("\n"))
        });
        assert_eq!(status(port, "/healthz")?, 503);
        let request = server.join().map_err(|_| io::Error::other("the server panicked"))??;
        assert!(request.starts_with("GET /healthz HTTP/1.1\n"), "{request}");
        Ok(())
    }

    #[test]
    fn nobody_there_is_an_error() -> io::Result<()> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        assert!(status(port, "/").is_err());
        Ok(())
    }
}
