//! The page that is measured: an ordinary application on the library's public interface. It keeps patients, shows how
//! many events it applied, how many patients there are, and the first of them, as the peers' pages do.
//!
//! Its address says where the server is, and how many events it waits for until it leaves its result in
//! `window.__benchResult`: `?server=ws://127.0.0.1:9000/ws&events=1000`, with `&token=…`, or with `&user=ana` for a
//! development server, which takes everybody at their word.
//!
//! # Layout
//!
//! - `settings`: what the page's address says. `session`: tokens.
//! - `progress`: the slice that counts.
//! - `board`: what is shown. `state`: all patients, for the checksum.

mod board;
mod progress;
mod session;
mod settings;
mod state;

fn main() {
    yew::Renderer::<board::Page>::new().render();
}
