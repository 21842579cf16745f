//! What of the user's changes is unsent, in words that are true wherever they are kept.

use yew::prelude::*;
use yewdux_socket::{OutboxStatus, SocketSlice, StorageState, use_slice};

use crate::limits::use_limits;

/// The changes on their way, and what is not to be counted on.
#[component]
pub(crate) fn Outbox() -> Html {
    let empty_text = use_slice(|slice: &SocketSlice| nothing_waits(&slice.storage));
    let limits = use_limits();
    html! {
        <>
            <OutboxStatus {empty_text} />
            { limits }
        </>
    }
}

/// What it means that nothing waits. Changes that an earlier page or another tab could not send may be kept where
/// this page does not see them.
fn nothing_waits(storage: &StorageState) -> &'static str {
    match storage {
        StorageState::Off | StorageState::Durable => "All changes sent",
        StorageState::Loading => "Looking for changes that are kept on this device…",
        _ => "All changes made in this tab are sent",
    }
}

#[cfg(test)]
mod tests {
    use yewdux_socket::error::StorageError;

    use super::*;

    #[test]
    fn not_all_is_said_to_be_sent_where_that_is_not_known() {
        let held = StorageState::Memory(StorageError::HeldElsewhere);
        for unknown in [StorageState::Loading, held] {
            assert_ne!(nothing_waits(&unknown), nothing_waits(&StorageState::Durable));
        }
    }
}
