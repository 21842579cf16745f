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

fn main() {
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
