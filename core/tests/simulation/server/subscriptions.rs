//! Who hears what: subscriptions, memberships, presence.

use yewdux_socket_core::wire::{
    Membership as MembershipMessage, Resync, ServerMessage, Subscribed,
};

use super::{Connection, RESYNC_INTERVAL, Server};
use crate::link::{LinkId, Meaning};
use crate::names::{self, Organization, Organizations, User};
use crate::stream::Entry;

impl Server {
    pub(super) fn visible(&self, connection: &Connection) -> Organizations {
        let member = connection.user.map(|user| self.accounts[user].member).unwrap_or_default();
        let wanted = connection.wanted.unwrap_or(Organizations::ALL);
        member.and(wanted).without(connection.unwanted)
    }

    /// Subscribes a connection to exactly these organizations, and tells in their streams who came and left.
    pub(super) fn set_subscribed(&mut self, link: LinkId, organizations: Organizations) {
        let Some(connection) = self.connections.get_mut(&link) else { return };
        let Some(user) = connection.user else { return };
        let before = std::mem::replace(&mut connection.subscribed, organizations);
        let lost = before.without(organizations);
        connection.resync.retain(|organization, _| !lost.contains(*organization));
        connection.parts.retain(|(_, part)| {
            names::organization(&part.organization_id)
                .is_some_and(|organization| !lost.contains(organization))
        });
        for organization in lost.iter() {
            self.presence_changes(organization, user, |sockets| sockets.saturating_sub(1));
        }
        for organization in organizations.without(before).iter() {
            self.presence_changes(organization, user, |sockets| sockets + 1);
        }
    }

    fn presence_changes(&mut self, organization: Organization, user: User, change: fn(u32) -> u32) {
        let sockets = &mut self.streams[organization].sockets[user];
        let before = *sockets;
        *sockets = change(before);
        if *sockets != before {
            self.publish(organization, Entry::Presence { user });
        }
    }

    /// `$subscribe`, `$unsubscribe`
    pub(super) fn subscribe(&mut self, link: LinkId, organizations: Organizations, wanted: bool) {
        let Some(connection) = self.connections.get_mut(&link) else { return };
        for organization in organizations.iter() {
            connection.unwanted = connection.unwanted.with(organization, !wanted);
            if let Some(list) = &mut connection.wanted {
                *list = list.with(organization, wanted);
            }
        }
        let connection = &self.connections[&link];
        let visible = self.visible(connection);
        let answer = Subscribed { organizations: visible.ids() };
        self.send(link, &ServerMessage::Subscribed(answer));
        self.set_subscribed(link, visible);
    }

    /// A user gains or loses an organization, or a role changes.
    pub(crate) fn set_membership(
        &mut self,
        user: User,
        organization: Organization,
        member: bool,
        role: u64,
    ) {
        let account = &mut self.accounts[user];
        account.member = account.member.with(organization, member);
        account.roles &= !(3 << (2 * organization));
        account.roles |= role << (2 * organization);
        let member = account.member;
        let organizations = self.memberships(user);
        let of_user = |connection: &Connection| connection.user == Some(user);
        let links = self.connections.iter().filter(|(_, connection)| of_user(connection));
        let links: Vec<_> = links.map(|(link, _)| *link).collect();
        for link in links {
            let message = MembershipMessage { organizations: organizations.clone() };
            let message = ServerMessage::Membership(message);
            self.send_meaning(link, &message, Meaning::Membership(member));
            let visible = self.visible(&self.connections[&link]);
            self.set_subscribed(link, visible);
        }
    }

    /// Says that what was missed cannot be replayed, as often as it takes.
    pub(super) fn say_resyncs(&mut self, link: LinkId) {
        let Some(connection) = self.connections.get_mut(&link) else { return };
        let mut due = Vec::new();
        for (organization, at) in &mut connection.resync {
            if *at <= self.now {
                *at = self.now + RESYNC_INTERVAL;
                due.push(*organization);
            }
        }
        for organization in due {
            let stream = &self.streams[organization];
            let (head, organization_id) = (stream.head(), stream.id());
            let resync = Resync { organization_id, epoch: head.epoch, offset: head.offset };
            self.send(link, &ServerMessage::Resync(resync));
        }
    }
}
