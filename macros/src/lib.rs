//! The derive macro of yewdux-socket. Use it by the name `SocketEvent` of the crates `yewdux-socket` and
//! `yewdux-socket-core`, where it is documented.
//!
//! # Layout
//!
//! - `attributes`: what `#[socket_event(…)]` says. `duration`: times with their units.
//! - `expand`: the implementation that follows from it.

mod attributes;
mod duration;
mod expand;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a type an event: implements `SocketEvent` by what the attribute `socket_event` says.
///
/// On the type:
///
/// | key | meaning | default |
/// |---|---|---|
/// | `type = "bed_changed"` | the `type` in the envelope | required |
/// | `scope = global` | the event belongs to everybody who is signed in | `organization` |
/// | `direction = inbound` or `outbound` | it travels one way | `both` |
/// | `time_to_live = "10min"` | how long an emitted event is worth delivering: a number with `ms`, `s`, `min` or `h` | `24h` |
/// | `lane = high` or `low` | its priority in the outbox | `normal` |
/// | `rate(per_second = 5.0, burst = 10)` | how fast it may be emitted | as all together |
/// | `volatile` | it is written at once or not at all | no |
/// | `subject = user_id` | the field that holds the user whom it is about: `user_id`, `user.id` | nobody |
/// | `garde` | its values are checked by `#[derive(garde::Validate)]` | not checked |
/// | `validate = path` | its values are checked by a function from a reference to `Result<(), ValidationError>`, after `garde` | not checked |
/// | `crate = "path"` | where the library is, if not at `::yewdux_socket` | |
///
/// On a field:
///
/// | key | meaning |
/// |---|---|
/// | `sensitive` | the field is seen by those whom `PermissionPolicy::see` names; its type is a `Sensitive` |
/// | `sensitive = "diagnosis"` | as above, for a field at this path within this one |
///
/// The names of fields are those that serde gives them. A sensitive field is known by its name, so it has one only: neither
/// `flatten` nor `alias`, and the same name both ways. One that is not a `Sensitive` does not compile:
///
/// ```compile_fail,E0308
/// #[derive(serde::Serialize, serde::Deserialize, yewdux_socket_core::SocketEvent)]
/// #[socket_event(type = "a", crate = "yewdux_socket_core")]
/// struct A {
///     #[socket_event(sensitive)]
///     printed: String,
/// }
/// ```
#[proc_macro_derive(SocketEvent, attributes(socket_event))]
pub fn socket_event(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::expand(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}
