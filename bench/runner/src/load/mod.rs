//! The load: events that are the same at each run, what they leave behind, and the frames that carry them.
//!
//! Four organizations, of which the user is a member of three; events of about 230 bytes, one in a hundred of them not
//! valid. Everything follows from the seed.

mod frames;
mod generate;
mod state;

pub use frames::{Dialect, Frames, Load, Scenario};
pub use generate::{Event, Generator, Kind};
pub use state::State;

/// The organizations of the user, in their order.
pub const OWN: [&str; 3] = ["east", "north", "west"];
/// An organization that is none of the user's, and whose events come all the same.
pub const FOREIGN: &str = "south";
/// The history of each organization.
pub const EPOCH: &str = "e1";
