//! What the page cannot do at present, in plain words.

use yew::prelude::*;
use yewdux_socket::wire::capability;
use yewdux_socket::{EventQueueSlice, SocketSlice, StorageState, use_slice};

/// A few small lines about what is not to be counted on; nothing where everything works.
#[hook]
pub(crate) fn use_limits() -> Html {
    let limits = use_slice(limits);
    let has_unsent = use_slice(|queue: &EventQueueSlice| !queue.queued_events.is_empty());
    let storage = use_slice(|slice: &SocketSlice| storage(&slice.storage));
    // As long as nothing waits, there is nothing that could be kept.
    let storage = storage.filter(|_| has_unsent);
    html! {
        <ul class="limits" aria-label="Limits at present">
            if let Some(storage) = storage {
                <li class="limits__storage">{ storage }</li>
            }
            { for limits.iter().map(|limit| html! { <li>{ limit }</li> }) }
        </ul>
    }
}

fn limits(slice: &SocketSlice) -> Vec<String> {
    let lacking = slice.switched_off.iter().filter_map(|off| without(off.capability));
    lacking.map(str::to_owned).collect()
}

/// What it means for the user's changes that they are not kept.
fn storage(state: &StorageState) -> Option<String> {
    match state {
        // Either there is nothing to say, or a moment later there is.
        StorageState::Off | StorageState::Loading | StorageState::Durable => None,
        StorageState::Memory(error) => Some(format!("{error} {}", error.remedy())),
        _ => Some("Keep this page open until all changes are sent.".to_owned()),
    }
}

/// What it means for the user that the server lacks an ability. Of some only computers take notice.
fn without(capability: &str) -> Option<&'static str> {
    match capability {
        capability::RESUME => Some("After a break everything is loaded anew."),
        capability::SNAPSHOT => Some("What happened before you came cannot be loaded."),
        capability::ACK => Some("The server does not confirm changes. Check the values."),
        capability::PRESENCE => Some("The server does not say who is online."),
        capability::REFRESH => Some("The connection is made anew whenever the sign-in is renewed."),
        capability::AUDIT => Some("The server does not countersign the audit log."),
        capability::DIGEST => Some("Who is online is not compared with the server."),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use yewdux_socket::error::StorageError;
    use yewdux_socket::{SwitchedOff, SwitchedOffBy};

    use super::*;

    #[test]
    fn nothing_is_said_while_everything_works() {
        for state in [StorageState::Off, StorageState::Loading, StorageState::Durable] {
            assert_eq!(storage(&state), None);
        }
        assert!(limits(&SocketSlice::default()).is_empty());
    }

    #[test]
    fn each_limit_is_a_sentence() {
        let mut slice = SocketSlice::default();
        let by = SwitchedOffBy::Server;
        slice.switched_off = [capability::RESUME, capability::BINARY, capability::ACK]
            .map(|capability| SwitchedOff { capability, by })
            .into();
        let mut said = limits(&slice);
        said.extend(storage(&StorageState::Memory(StorageError::HeldElsewhere)));
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(said.iter().all(|sentence| sentence.ends_with('.')));
        assert!(said[2].contains("Another tab"));
    }
}
