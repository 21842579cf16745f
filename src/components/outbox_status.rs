//! What has not reached the server yet.

use yew::prelude::*;
use yewdux_socket_core::error::StorageError;

use crate::hooks::use_slice;
use crate::slices::EventQueueSlice;

/// Properties of [`OutboxStatus`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct OutboxStatusProps {
    /// What stands there when nothing waits. Default: "All changes sent".
    #[prop_or(AttrValue::Static("All changes sent"))]
    pub empty_text: AttrValue,
}

/// How many events wait to be sent or acknowledged. `data-queued`, `data-in-flight` and `data-durable` (those that
/// are kept over a reload of the page) hold the numbers. Stored events that could not be read are told of; their number
/// is in `data-refused`.
///
/// # Server-side rendering
/// Nothing waits.
#[component]
pub fn OutboxStatus(props: &OutboxStatusProps) -> Html {
    let (queued, in_flight, durable) = use_slice(|queue: &EventQueueSlice| {
        let in_flight = queue.queued_events.iter().filter(|event| event.in_flight).count();
        let durable = queue.queued_events.iter().filter(|event| event.durable).count();
        (queue.queued_events.len() - in_flight, in_flight, durable)
    });
    let refused = use_slice(|queue: &EventQueueSlice| queue.refused_records);
    let text = match (queued, in_flight) {
        (0, 0) if refused > 0 => lost_text(refused),
        (0, 0) => props.empty_text.to_string(),
        (0, sending) => format!("{sending} sending…"),
        (waiting, 0) if durable == waiting => {
            format!("{waiting} waiting to be sent, kept on this device")
        }
        (waiting, 0) => format!("{waiting} waiting to be sent"),
        (waiting, sending) => format!("{waiting} waiting, {sending} sending…"),
    };
    html! {
        <p
            class="ys-outbox"
            role="status"
            data-queued={queued.to_string()}
            data-in-flight={in_flight.to_string()}
            data-durable={durable.to_string()}
            data-refused={refused.to_string()}
        >
            { text }
            if refused > 0 && queued + in_flight > 0 {
                { ". " }{ lost_text(refused) }
            }
        </p>
    }
}

fn lost_text(refused: u64) -> String {
    let what = match refused {
        1 => "1 stored change".to_owned(),
        many => format!("{many} stored changes"),
    };
    format!("{what} could not be read and will not be sent. {}", StorageError::Damaged.remedy())
}
