//! A page for scripted tests: a small application on the library's public interface, which emits and records
//! what a test asks it to, by the functions on `window.lab`.
//!
//! # Layout
//!
//! - `settings`: what the page's address says. `session`: tokens.
//! - `mark`: the event type of this application.
//! - `page`: provider and probe. `record`: what the probe saw. `script`: the functions on `window.lab`.

mod mark;
mod page;
mod record;
mod script;
mod session;
mod settings;

use tracing_subscriber::filter::LevelFilter;

/// What is freed is overwritten, so that a test can look for what a sign-out should have left nowhere.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() {
    log();
    std::panic::set_hook(Box::new(|info| {
        let root = web_sys::window()
            .and_then(|window| window.document())
            .and_then(|document| document.document_element());
        if let Some(root) = root {
            // Nothing can be done about it here. The tests look at this attribute.
            let _ = root.set_attribute("data-panic", &info.to_string());
        }
    }));
    yew::Renderer::<page::Lab>::new().render();
}

/// Logs everything to the console, where `lab.js` keeps it.
fn log() {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .without_time()
        .with_writer(tracing_web::MakeWebConsoleWriter::new())
        .finish();
    // An error means that there is one already.
    let _ = tracing_subscriber::util::SubscriberInitExt::try_init(subscriber);
}
