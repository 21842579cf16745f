//! Who has a user's outbox: this tab or another.

use std::rc::Rc;

use web_sys::CryptoKey;
use yewdux_socket_core::UserId;
use yewdux_socket_core::error::StorageError;

use super::lock::{Lock, Patience};
use super::record::Owner;

/// The outbox of a user, as far as this tab has it.
pub(super) enum Hold {
    /// Another tab has it.
    Waiting { owner: Rc<Owner>, _patience: Patience },
    /// It came free, and waits to be loaded.
    Granted { owner: Rc<Owner>, lock: Lock },
    /// It was loaded. Without a key, none was needed yet.
    Held { owner: Rc<Owner>, lock: Lock, key: Option<CryptoKey> },
    /// It could not be loaded, or not be written to. What this tab had of it, it keeps: it still has the events, and
    /// two tabs that send them are one too many.
    Refused { user: UserId, error: StorageError, held: Option<(Rc<Owner>, Lock)> },
}

impl Hold {
    pub(super) fn user(&self) -> &UserId {
        match self {
            Self::Waiting { owner, .. }
            | Self::Granted { owner, .. }
            | Self::Held { owner, .. } => &owner.user,
            Self::Refused { user, .. } => user,
        }
    }
}
