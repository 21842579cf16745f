//! Frames far over the limit never reach wasm.

use yewdux_socket_e2e::Failure;
use yewdux_socket_e2e::browser::Driver;
use yewdux_socket_e2e::lab::{self, LabPage};
use yewdux_socket_e2e::report;

/// Bytes of each frame.
const BYTES: usize = 64 << 20;
/// Frames after which the page has made all that it makes once.
const WARM_UP: u64 = 2;
/// What these may take of wasm's memory, which grows by 64 KiB at a time: an error, a reconnection.
const NOISE: u64 = 2 * 64 * 1024;

/// A frame as a server writes it.
fn frame(is_binary: bool) -> Vec<u8> {
    let kind = if is_binary { 0x82 } else { 0x81 };
    // 127: the length follows in eight bytes.
    let head = [&[kind, 127][..], &(BYTES as u64).to_be_bytes()].concat();
    [head, vec![b'7'; BYTES]].concat()
}

async fn memory(page: &LabPage) -> Result<u64, Failure> {
    let bytes = page.page().read("lab.memory()", &[]).await?;
    bytes.as_u64().ok_or_else(|| "a size is a number".into())
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_of_64_mib_are_refused_and_wasm_memory_stays_as_it_is() -> Result<(), Failure> {
    let frames = report::cycles(4, 100);
    let (driver, ward) = (Driver::new(), lab::open().await?);
    let link = ward.link_to(ward.address())?;
    let page = LabPage::open(&driver, &ward, &link, "ana", "&backoff=10-50&stable=10").await?;
    let clean = memory(&page).await?;
    let mut before = 0;
    for number in 0..WARM_UP + frames {
        if number == WARM_UP {
            before = memory(&page).await?;
            assert!(before <= clean + NOISE, "wasm memory grew from {clean} to {before}");
        }
        let connections = page.connections().await?;
        link.insert(frame(number % 2 == 0));
        // Its ack is what the frame comes before.
        page.emit(number, 1).await?;
        page.until("state.errors.includes('frame_too_large')").await?;
        page.reconnected(connections).await?;
        // The event is acknowledged on the new connection: the page works, and nothing is lost.
        page.until(&format!("state.queued === 0 && state.settled === {}", number + 1)).await?;
    }
    let after = memory(&page).await?;
    report::found(
        &format!("wasm memory over {frames} frames of 64 MiB, all refused"),
        "as before",
        &format!("{before} B, later {after} B"),
    );
    assert_eq!(before, after, "wasm memory grew");
    page.close().await
}
