//! `$connect`: a connection joins, anew or in the place of an earlier one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use yewdux_socket_core::event::Position;
use yewdux_socket_core::wire::{
    PROTOCOL_VERSION, RawJson, Resync, ServerError, ServerMessage, Welcome, capability, close,
};
use yewdux_socket_core::{OrganizationId, SessionId, Timestamp, UserId};

use super::command::{ConnectionId, Join};
use super::error::Refusal;
use super::state::{Connection, State};
use crate::auth::Claims;
use crate::clock::until;
use crate::outgoing::{Item, Outgoing};

impl State {
    /// Lets a connection in, or says why not.
    pub(super) fn join(&mut self, join: Join) {
        let Join { connection, outgoing, claims, organizations, resume, digests, reply } = join;
        // Without it every connection begins anew, whatever the client remembers.
        let resume = resume.filter(|_| self.offer.has(capability::RESUME));
        if let Err(refusal) = self.may_join(&claims, resume.as_ref().map(|resume| &resume.session))
        {
            return self.reply(move || reply.send(Err(refusal)));
        }
        let expires_at = claims.expires_at();
        let user = claims.user;
        let opened =
            self.sessions.open(&user, resume.as_ref().map(|resume| &resume.session), connection);
        // What comes with somebody else's session is not believed, but answered: `resumed: false`, `$resync`.
        let offsets = resume.map(|resume| resume.offsets).unwrap_or_default();
        let believed = !opened.foreign;
        if opened.foreign {
            self.refusals.count(&user, "foreign_session", None);
        }

        // Takes the place of the connection that held the session: whoever is only reconnecting does not
        // go offline and online for everybody else.
        let subscribed = opened
            .replaced
            .map(|old| self.hand_over(old, connection, &outgoing))
            .unwrap_or_default();
        let joined = Connection {
            user: user.clone(),
            session: opened.session.clone(),
            outgoing: outgoing.clone(),
            wanted: organizations.map(|wanted| self.known(wanted)),
            unwanted: BTreeSet::new(),
            subscribed,
            digests,
        };
        let visible = self.visible(&joined);
        self.connections.insert(connection, joined);
        if let Some(member) = self.members.get_mut(&user) {
            member.connections.insert(connection);
        }

        self.welcome(&user, &opened.session, expires_at, &outgoing, &visible, |organization| {
            offsets.get(organization).map(|position| (position, believed))
        });
        // From here on live events follow, beginning with the user's own presence.
        self.set_subscriptions(connection, &visible);
        self.reply(move || reply.send(Ok(opened.session)));
    }

    /// Whether the account is as it was when the token was issued.
    pub(super) fn is_current(&self, claims: &Claims) -> bool {
        self.members
            .get(&claims.user)
            .is_some_and(|member| member.stored.generation == claims.generation)
    }

    fn may_join(&self, claims: &Claims, session: Option<&SessionId>) -> Result<(), Refusal> {
        if self.closed {
            return Err(Refusal::Restarting);
        }
        let member = self.members.get(&claims.user).ok_or(Refusal::Unauthorized)?;
        if !self.is_current(claims) {
            return Err(Refusal::Unauthorized);
        }
        // One that is about to be replaced does not count against its successor.
        let replaced = session.is_some_and(|session| {
            let of_session =
                |id| self.connections.get(id).is_some_and(|held| held.session == *session);
            member.connections.iter().any(of_session)
        });
        if member.connections.len() - usize::from(replaced) >= self.limits.connections_per_user {
            return Err(Refusal::TooManyConnections);
        }
        Ok(())
    }

    /// Fences a connection and puts another one in its place. Returns what the old one was subscribed to.
    fn hand_over(
        &mut self,
        old: ConnectionId,
        new: ConnectionId,
        outgoing: &Arc<Outgoing>,
    ) -> BTreeSet<OrganizationId> {
        let Some(fenced) = self.connections.remove(&old) else { return BTreeSet::new() };
        if let Some(member) = self.members.get_mut(&fenced.user) {
            member.connections.remove(&old);
        }
        for organization in &fenced.subscribed {
            if let Some(tenant) = self.tenants.get_mut(organization) {
                tenant.subscribers.remove(&old);
                tenant.subscribers.insert(new, outgoing.clone());
            }
        }
        self.fence(&fenced.outgoing);
        fenced.subscribed
    }

    /// Another connection took the session over.
    fn fence(&mut self, outgoing: &Arc<Outgoing>) {
        let error = ServerError {
            code: "replaced".into(),
            message: "Another connection continues this session.".into(),
            ..ServerError::default()
        };
        self.abort(outgoing, Some(ServerMessage::Error(error)), close::REPLACED);
    }

    /// Says `$welcome`, and behind it what was missed, or that it cannot be said.
    fn welcome<'a>(
        &mut self,
        user: &UserId,
        session: &SessionId,
        expires_at: Timestamp,
        outgoing: &Arc<Outgoing>,
        visible: &BTreeSet<OrganizationId>,
        offset: impl Fn(&OrganizationId) -> Option<(&'a Position, bool)>,
    ) {
        let mut resumed = BTreeMap::new();
        let mut resyncs = Vec::new();
        let mut missed: Vec<RawJson> = Vec::new();
        for organization in visible {
            let Some(tenant) = self.tenants.get(organization) else { continue };
            let events = match offset(organization) {
                None => None,
                Some((position, believed)) => {
                    let events = tenant.stream.after(position).filter(|_| believed);
                    if events.is_none() {
                        let Position { epoch, offset } = tenant.stream.head();
                        resyncs.push(Resync {
                            organization_id: organization.clone(),
                            epoch,
                            offset,
                        });
                    }
                    events
                }
            };
            resumed.insert(organization.clone(), events.is_some());
            missed.extend(events.into_iter().flatten().cloned());
        }
        let organizations = self
            .members
            .get(user)
            .map(|member| self.memberships(&member.stored))
            .unwrap_or_default();
        let welcome = Welcome {
            protocol: PROTOCOL_VERSION,
            session: session.clone(),
            user_id: user.clone(),
            organizations,
            heartbeat_ms: u64::try_from(self.limits.heartbeat.as_millis()).ok(),
            max_frame_bytes: Some(self.limits.frame_bytes),
            emit_rate: Some(self.limits.emit_rate),
            max_in_flight: Some(self.limits.max_in_flight),
            dedupe_ms: u64::try_from(self.limits.dedupe.as_millis()).ok(),
            token_expires_in_ms: self.offer.has(capability::REFRESH).then(|| until(expires_at)),
            resumed: resumed.into(),
            capabilities: self.offer.names(),
        };
        self.send(outgoing, Item::message(&ServerMessage::Welcome(welcome)));
        for resync in resyncs {
            self.send(outgoing, Item::message(&ServerMessage::Resync(resync)));
        }
        // Not counted against the queue's limit: a history longer than the queue could never be replayed,
        // however often the client came back. It is bounded as the history is, and shared with it.
        for event in missed {
            if let Some(item) = self.view_of_past(&event, user) {
                self.send(outgoing, item.requested());
            }
        }
    }
}
