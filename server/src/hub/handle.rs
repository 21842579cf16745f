//! Which command is carried out where.

use super::command::{AccountView, Command, ConnectionId, Request};
use super::state::State;

impl State {
    /// Carries out a command. Returns whether it was the last one.
    pub(crate) fn handle(&mut self, command: Command) -> bool {
        match command {
            Command::Join(join) => self.join(*join),
            Command::Leave(connection) => self.detach(connection),
            Command::Request { connection, request, permit } => {
                self.request(connection, request);
                drop(permit);
            }
            Command::Refresh { connection, claims, reply } => {
                let good = self.connections.contains_key(&connection) && self.is_current(&claims);
                self.reply(move || reply.send(good));
            }
            Command::Account { user, reply } => {
                let view = self.members.get(&user).map(|member| AccountView {
                    user: member.stored.account.user.clone(),
                    memberships: member.stored.account.memberships.clone(),
                    generation: member.stored.generation,
                });
                self.reply(move || reply.send(view));
            }
            Command::SetMembership { user, memberships, reply } => {
                let result = self.set_membership(&user, memberships);
                self.reply(move || reply.send(result));
            }
            Command::Revoke { user, reply } => {
                let result = self.revoke(&user);
                self.reply(move || reply.send(result));
            }
            Command::Publish { event, reply } => {
                let result = self.publish(&event);
                self.reply(move || reply.send(result));
            }
            Command::Load { claims, organization, from, count, reply } => {
                let result = self.load(&claims, &organization, from, count);
                self.reply(move || reply.send(result));
            }
            Command::Close => self.close(),
            Command::Stop => return true,
        }
        false
    }

    fn request(&mut self, connection: ConnectionId, request: Request) {
        // What a connection sent before it was fenced or revoked, and what comes after, no longer counts.
        if !self.connections.contains_key(&connection) {
            return;
        }
        match request {
            Request::Emit { id, event } => self.emit(connection, id, event),
            Request::Subscribe(organizations) => self.subscribe(connection, organizations),
            Request::Unsubscribe(organizations) => self.unsubscribe(connection, organizations),
            Request::Snapshot { request, permit } => self.snapshot(connection, request, permit),
            Request::Audit(head) => self.countersign(connection, head),
            Request::Ping(id) => self.pong(connection, id),
        }
    }
}
