//! The proxy does what the tests of faults rely on.

use std::io::ErrorKind;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Duration, Instant, timeout};
use yewdux_socket_e2e::Failure;
use yewdux_socket_e2e::proxy::{Direction, Proxy};

/// Long enough to tell that nothing comes, on a busy machine too: what should come is awaited without limit.
const SILENCE: Duration = Duration::from_millis(200);

/// A proxy, and both ends of a connection through it.
async fn connected() -> Result<(Proxy, TcpListener, TcpStream, TcpStream), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let proxy = Proxy::open(listener.local_addr()?).await?;
    let page = TcpStream::connect(proxy.address()).await?;
    let (server, _) = listener.accept().await?;
    Ok((proxy, listener, page, server))
}

async fn reads(stream: &mut TcpStream, expected: &[u8]) -> Result<(), Failure> {
    let mut buffer = vec![0; expected.len()];
    stream.read_exact(&mut buffer).await?;
    assert_eq!(buffer, expected);
    Ok(())
}

async fn is_reset(stream: &mut TcpStream) {
    let end = stream.read(&mut [0]).await.map_err(|error| error.kind());
    assert_eq!(end, Err(ErrorKind::ConnectionReset));
}

#[tokio::test]
async fn bytes_and_ends_pass_both_ways() -> Result<(), Failure> {
    let (_proxy, _listener, mut page, mut server) = connected().await?;
    page.write_all(b"up").await?;
    reads(&mut server, b"up").await?;
    server.write_all(b"down").await?;
    drop(server);
    reads(&mut page, b"down").await?;
    assert_eq!(page.read(&mut [0]).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_cut_resets_both_sides_and_new_connections_pass() -> Result<(), Failure> {
    let (proxy, listener, mut page, mut server) = connected().await?;
    proxy.cut();
    is_reset(&mut page).await;
    is_reset(&mut server).await;
    let mut page = TcpStream::connect(proxy.address()).await?;
    let (mut server, _) = listener.accept().await?;
    page.write_all(b"again").await?;
    reads(&mut server, b"again").await
}

#[tokio::test]
async fn planned_cuts_come_after_the_bytes_before_them() -> Result<(), Failure> {
    let (proxy, _listener, mut page, mut server) = connected().await?;
    proxy.cut_after(Direction::Up, 5);
    page.write_all(b"123").await?;
    reads(&mut server, b"123").await?;
    server.write_all(b"the other direction does not count").await?;
    page.write_all(b"456").await?;
    reads(&mut server, b"45").await?;
    is_reset(&mut server).await;
    proxy.was_cut(1).await;

    let (proxy, _listener, mut page, mut server) = connected().await?;
    proxy.cut_inside_a_frame(Direction::Down);
    server.write_all(b"frame").await?;
    reads(&mut page, b"fram").await?;
    is_reset(&mut page).await;
    assert_eq!(proxy.cuts(), 1);
    Ok(())
}

#[tokio::test]
async fn a_black_hole_answers_nothing_and_tells_nobody() -> Result<(), Failure> {
    let (proxy, listener, mut page, mut server) = connected().await?;
    proxy.black_hole();
    page.write_all(b"lost").await?;
    server.write_all(b"lost").await?;
    assert!(timeout(SILENCE, page.read(&mut [0])).await.is_err());
    drop(page);
    assert!(timeout(SILENCE, server.read(&mut [0])).await.is_err());

    let mut page = TcpStream::connect(proxy.address()).await?;
    let (mut server, _) = listener.accept().await?;
    page.write_all(b"a fresh path").await?;
    reads(&mut server, b"a fresh path").await
}

#[tokio::test]
async fn what_was_held_back_comes_later_and_in_order() -> Result<(), Failure> {
    let (proxy, _listener, mut page, mut server) = connected().await?;
    proxy.stall(true);
    page.write_all(b"one ").await?;
    assert!(timeout(SILENCE, server.read(&mut [0])).await.is_err());
    page.write_all(b"two").await?;
    proxy.stall(false);
    reads(&mut server, b"one two").await
}

#[tokio::test]
async fn a_slow_link_takes_its_time() -> Result<(), Failure> {
    let (proxy, _listener, mut page, mut server) = connected().await?;
    proxy.throttle(Some(10_000));
    let started = Instant::now();
    page.write_all(&[7; 2_000]).await?;
    reads(&mut server, &[7; 2_000]).await?;
    assert!(started.elapsed() >= Duration::from_millis(190), "{:?}", started.elapsed());
    Ok(())
}

#[tokio::test]
async fn refused_connections_are_reset() -> Result<(), Failure> {
    let (proxy, listener, _page, _server) = connected().await?;
    proxy.refuse(true);
    let mut page = TcpStream::connect(proxy.address()).await?;
    is_reset(&mut page).await;
    assert!(timeout(SILENCE, listener.accept()).await.is_err());
    proxy.refuse(false);
    let _page = TcpStream::connect(proxy.address()).await?;
    listener.accept().await?;
    Ok(())
}

#[tokio::test]
async fn dropping_the_proxy_ends_its_connections() -> Result<(), Failure> {
    let (proxy, _listener, mut page, mut server) = connected().await?;
    let address = proxy.address();
    drop(proxy);
    // However it ends, it ends.
    assert!(matches!(page.read(&mut [0]).await, Ok(0) | Err(_)));
    assert!(matches!(server.read(&mut [0]).await, Ok(0) | Err(_)));
    assert!(TcpStream::connect(address).await.is_err());
    Ok(())
}
