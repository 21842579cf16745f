//! `$snapshot`: the present state of an organization at one position.
//!
//! The hub does nothing else while it takes one, so all topics hold at the stream's head, and what comes after
//! it comes after it on the connection as well.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;
use yewdux_socket_core::error::PermissionError;
use yewdux_socket_core::event::Position;
use yewdux_socket_core::wire::{
    PRESENCE_TOPIC, RawJson, ServerMessage, SnapshotPart, SnapshotRequest,
};

use super::command::ConnectionId;
use super::state::{State, Tenant};
use super::view::{ORGANIZATION, PATIENTS, USERS};
use crate::outgoing::Item;

/// Entries in one part, at most.
const PART_ENTRIES: usize = 500;
/// Size of the entries in one part, at most, unless a single one is larger.
const PART_BYTES: usize = 200 * 1024;
/// Topics in one request, and bytes in the name of one.
const MAX_TOPICS: usize = 16;
const MAX_TOPIC_BYTES: usize = 64;

impl State {
    /// Answers a request in parts. The permit is given back when the last one is on its way.
    pub(super) fn snapshot(
        &mut self,
        connection: ConnectionId,
        request: SnapshotRequest,
        permit: OwnedSemaphorePermit,
    ) {
        let SnapshotRequest { id, organization_id, topics } = request;
        let Some(user) = self.connections.get(&connection).map(|connection| &connection.user)
        else {
            return;
        };
        let is_member = self.members.get(user).is_some_and(|member| {
            member.filter.visible().any(|organization| *organization == organization_id)
        });
        let tenant = self.tenants.get(&organization_id).filter(|_| is_member);
        let bounded =
            topics.len() <= MAX_TOPICS && topics.iter().all(|topic| topic.len() <= MAX_TOPIC_BYTES);
        let Some(tenant) = tenant.filter(|_| bounded) else {
            // The same answer for what is not the user's and for what does not exist.
            let (code, message) = if bounded {
                let error = PermissionError::ForeignOrganization;
                (error.code(), error.to_string())
            } else {
                (
                    "invalid_value",
                    format!(
                        "At most {MAX_TOPICS} topics of {MAX_TOPIC_BYTES} bytes can be asked for."
                    ),
                )
            };
            if bounded {
                let user = user.clone();
                self.refusals.count(&user, code, Some(&organization_id));
            }
            return self.send_to(connection, Item::refused("$snapshot", code, message, false));
        };
        let Position { epoch, offset } = tenant.stream.head();
        let topics: BTreeSet<_> = topics.into_iter().collect();
        let parts = in_parts(topics.into_iter().map(|topic| {
            let entries = tenant.entries(&topic);
            let entries = self.view_of_topic(&topic, entries, &organization_id, user);
            (topic, entries)
        }));
        let last = parts.len() - 1;
        let mut permit = Some(permit);
        for (index, topics) in parts.into_iter().enumerate() {
            let done = index == last;
            let organization = organization_id.clone();
            let part = SnapshotPart {
                id,
                organization_id: organization,
                epoch: epoch.clone(),
                offset,
                topics: topics.into(),
                done,
            };
            let mut item =
                Item::message(&ServerMessage::Snapshot(part)).of(&organization_id).requested();
            if done && let Some(permit) = permit.take() {
                item = item.holding(permit);
            }
            self.send_to(connection, item);
        }
    }
}

impl Tenant {
    /// The entries of a topic; none if there is no such topic.
    fn entries(&self, topic: &str) -> Vec<RawJson> {
        match topic {
            PRESENCE_TOPIC => json(self.online()),
            PATIENTS => json(self.patients.values()),
            ORGANIZATION => json([&self.organization]),
            USERS => json(self.profiles.values()),
            _ => Vec::new(),
        }
    }
}

fn json<T: Serialize>(entries: impl IntoIterator<Item = T>) -> Vec<RawJson> {
    // Plain data that JSON can always say.
    entries.into_iter().filter_map(|entry| RawJson::of(&entry).ok()).collect()
}

/// Deals entries out to parts. There is at least one part, and each topic occurs, be it empty.
fn in_parts(
    topics: impl Iterator<Item = (String, Vec<RawJson>)>,
) -> Vec<BTreeMap<String, Vec<RawJson>>> {
    let mut parts = Vec::new();
    let mut part: BTreeMap<String, Vec<RawJson>> = BTreeMap::new();
    let (mut entries, mut bytes) = (0, 0);
    for (topic, of_topic) in topics {
        part.insert(topic.clone(), Vec::new());
        for entry in of_topic {
            let size = entry.as_str().len();
            if entries > 0 && (entries == PART_ENTRIES || bytes + size > PART_BYTES) {
                parts.push(std::mem::take(&mut part));
                (entries, bytes) = (0, 0);
            }
            entries += 1;
            bytes += size;
            part.entry(topic.clone()).or_default().push(entry);
        }
    }
    parts.push(part);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(name: &str, entries: usize, bytes: usize) -> (String, Vec<RawJson>) {
        (name.to_owned(), json((0..entries).map(|_| "x".repeat(bytes))))
    }

    #[test]
    fn parts_are_bounded_and_lose_nothing() {
        let parts =
            in_parts([topic("a", 700, 1), topic("b", 0, 0), topic("c", 400, 1)].into_iter());
        let sizes: Vec<usize> =
            parts.iter().map(|part| part.values().map(Vec::len).sum()).collect();
        assert_eq!(sizes, [500, 500, 100]);
        assert_eq!(
            parts[1].keys().collect::<Vec<_>>(),
            ["a", "b", "c"],
            "an empty topic is said to be empty"
        );
        let parts = in_parts([topic("a", 10, 100 * 1024)].into_iter());
        assert_eq!(parts.len(), 10, "one byte too many for two");
        assert_eq!(
            in_parts([topic("a", 1, 300 * 1024)].into_iter()).len(),
            1,
            "what is too large goes alone"
        );
        assert_eq!(in_parts(std::iter::empty()).len(), 1);
    }
}
