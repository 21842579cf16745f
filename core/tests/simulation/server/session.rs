//! From `$connect` to the end of a connection: tokens, sessions, subscriptions, presence.

use std::collections::BTreeMap;
use std::time::Duration;

use yewdux_socket_core::event::Position;
use yewdux_socket_core::wire::{
    Connect, EmitRate, PROTOCOL_VERSION, Revoked, ServerError, ServerMessage, Token, Welcome,
    capability, close,
};
use yewdux_socket_core::{Membership, SessionId};

use super::{Connection, Server, Session};
use crate::action::Revocation;
use crate::link::{Down, LinkId, Meaning};
use crate::names::{self, Organizations, User, organization_id, user_id};
use crate::watch::Watch;

impl Server {
    /// A socket opened.
    pub(crate) fn opened(&mut self, link: LinkId) {
        self.connections.insert(link, Connection::default());
    }

    /// A token that is good now.
    pub(crate) fn mint(&self, user: User) -> Token {
        let generation = self.accounts[user].generation;
        Token::new(&format!("{}/{generation}/{}", names::USERS[user], self.now.as_millis()))
    }

    /// Whose token it is and when it expires, if it is good.
    pub(super) fn check_token(&mut self, token: &Token) -> Option<(User, Option<Duration>)> {
        if self.refused_tokens > 0 {
            self.refused_tokens -= 1;
            return None;
        }
        let mut parts = token.reveal().split('/');
        let user = names::user(parts.next()?)?;
        let generation: u64 = parts.next()?.parse().ok()?;
        let minted = Duration::from_millis(parts.next()?.parse().ok()?);
        let expires_at = self.setup.token_life_ms.map(|life| minted + Duration::from_millis(life));
        let is_good = generation == self.accounts[user].generation
            && expires_at.is_none_or(|at| at > self.now);
        is_good.then_some((user, expires_at))
    }

    pub(super) fn left(&self, expires_at: Option<Duration>) -> Option<u64> {
        expires_at.map(|at| at.saturating_sub(self.now).as_millis() as u64)
    }

    pub(super) fn memberships(&self, user: User) -> Vec<Membership> {
        let account = &self.accounts[user];
        let role = |organization| (account.roles >> (2 * organization)) & 3;
        account
            .member
            .iter()
            .map(|organization| Membership {
                id: organization_id(organization),
                name: names::ORGANIZATIONS[organization].to_owned(),
                roles: vec![format!("role{}", role(organization))],
            })
            .collect()
    }

    /// `$connect`
    pub(super) fn connect(&mut self, link: LinkId, connect: &Connect, watch: &mut Watch) {
        let Some((user, expires_at)) = self.check_token(&connect.token) else {
            watch.count("server: token refused");
            return self.close(link, close::UNAUTHORIZED);
        };
        let (session, offsets) = self.session(user, connect, watch);
        if let Some(old) = self.sessions.get(&session).and_then(|session| session.link) {
            watch.count("server: fenced");
            self.close(old, close::REPLACED);
        }
        self.sessions.insert(session, Session { user, link: Some(link) });
        let abilities = self.setup.abilities;
        let understands = |name: &str| connect.capabilities.iter().any(|known| known == name);
        let connection = Connection {
            user: Some(user),
            session,
            wanted: connect.organizations.as_ref().map(|ids| Self::organizations(ids)),
            digests: abilities.digest && understands(capability::DIGEST),
            dedupe: self.limits.dedupe_ms.map(Duration::from_millis),
            expires_at,
            ..Connection::default()
        };
        let visible = self.visible(&connection);
        self.connections.insert(link, connection);

        let mut resumed = BTreeMap::new();
        let mut replay = Vec::new();
        for organization in visible.iter() {
            let stream = &self.streams[organization];
            if let Some(from) = offsets.get(&organization_id(organization)) {
                let can = abilities.resume && abilities.positions && stream.can_replay(from);
                resumed.insert(organization_id(organization), can);
                if can {
                    replay.extend(stream.after(from.offset).map(str::to_owned));
                } else if abilities.snapshot {
                    // Said for the first time right behind `$welcome`.
                    let connection = self.connections.get_mut(&link).expect("it is connected");
                    connection.resync.insert(organization, self.now);
                }
                watch.count(if can { "server: resumed" } else { "server: not resumed" });
            }
        }
        let meaning = Meaning::Welcome {
            user,
            organizations: self.accounts[user].member,
            limits: self.limits,
        };
        let welcome = self.welcome(user, session, expires_at, resumed);
        self.send_meaning(link, &ServerMessage::Welcome(welcome), meaning);
        for text in replay {
            self.send_text(link, text);
        }
        self.say_resyncs(link);
        self.set_subscribed(link, visible);
    }

    fn welcome(
        &self,
        user: User,
        session: u64,
        expires_at: Option<Duration>,
        resumed: BTreeMap<yewdux_socket_core::OrganizationId, bool>,
    ) -> Welcome {
        let (abilities, limits) = (self.setup.abilities, self.limits);
        let offered = [
            (capability::COALESCE, abilities.snapshot),
            (capability::RESUME, abilities.resume),
            (capability::SNAPSHOT, abilities.snapshot),
            (capability::ACK, abilities.ack),
            (capability::PRESENCE, abilities.snapshot),
            (capability::REFRESH, abilities.refresh),
            (capability::DIGEST, abilities.digest),
            (capability::AUDIT, abilities.digest),
        ];
        let offered = offered.into_iter().filter(|(_, offered)| *offered);
        Welcome {
            protocol: PROTOCOL_VERSION,
            session: SessionId::from(session.to_string().as_str()),
            user_id: user_id(user),
            organizations: self.memberships(user),
            heartbeat_ms: None,
            max_frame_bytes: limits.frame_bytes,
            emit_rate: limits
                .rate
                .map(|(per_second, burst)| EmitRate { per_second: f64::from(per_second), burst }),
            max_in_flight: limits.in_flight,
            dedupe_ms: limits.dedupe_ms,
            token_expires_in_ms: if abilities.refresh { self.left(expires_at) } else { None },
            resumed: resumed.into(),
            capabilities: offered.map(|(name, _)| name.to_owned()).collect(),
        }
    }

    /// The session to go on with, and the offsets that count. Another user's session and offsets count for nothing.
    fn session(
        &mut self,
        user: User,
        connect: &Connect,
        watch: &mut Watch,
    ) -> (u64, BTreeMap<yewdux_socket_core::OrganizationId, Position>) {
        let asked = connect.resume.as_ref();
        let known = asked.and_then(|resume| resume.session.as_str().parse::<u64>().ok());
        let owner = known.and_then(|id| self.sessions.get(&id)).map(|session| session.user);
        match (asked, known, owner) {
            (Some(resume), Some(id), Some(owner)) if owner == user => {
                watch.count("server: session continued");
                return (id, resume.offsets.clone().into_iter().collect());
            }
            (Some(_), _, Some(_)) => watch.count("server: session of another user"),
            (Some(resume), _, None) => {
                watch.count("server: session unknown");
                self.next_session += 1;
                return (self.next_session, resume.offsets.clone().into_iter().collect());
            }
            (None, ..) => {}
        }
        self.next_session += 1;
        (self.next_session, BTreeMap::new())
    }

    /// A connection is over, whoever ended it.
    pub(crate) fn gone(&mut self, link: LinkId) {
        self.set_subscribed(link, Organizations::default());
        let Some(connection) = self.connections.remove(&link) else { return };
        if let Some(session) = self.sessions.get_mut(&connection.session)
            && session.link == Some(link)
        {
            session.link = None;
        }
    }

    /// A session ends for good.
    pub(crate) fn revoke(&mut self, link: LinkId, how: Revocation) {
        let Some(connection) = self.connections.get(&link) else { return };
        let session = connection.session;
        if how != Revocation::Close {
            let revoked = ServerMessage::Revoked(Revoked { code: "revoked".to_owned() });
            self.send_meaning(link, &revoked, Meaning::Revoked);
        }
        if how != Revocation::Message {
            self.out.push((link, Down::Close(close::REVOKED)));
        }
        self.gone(link);
        self.sessions.remove(&session);
    }

    /// The server closes a connection, perhaps saying when it wants to see the client again.
    pub(crate) fn close_with(&mut self, link: LinkId, code: u16, retry_after_ms: Option<u64>) {
        if let Some(wait) = retry_after_ms
            && self.connections.contains_key(&link)
        {
            let error = ServerError {
                code: "overloaded".to_owned(),
                message: "Later.".to_owned(),
                retryable: true,
                retry_after_ms,
                ..ServerError::default()
            };
            let error = ServerMessage::Error(error);
            self.send_meaning(link, &error, Meaning::RetryAfter(wait));
        }
        self.close(link, code);
    }

    /// All tokens of a user are worthless from now on.
    pub(crate) fn expire_tokens(&mut self, user: User) {
        self.accounts[user].generation += 1;
        let of_user = |connection: &Connection| connection.user == Some(user);
        let links = self.connections.iter().filter(|(_, connection)| of_user(connection));
        let links: Vec<_> = links.map(|(link, _)| *link).collect();
        for link in links {
            self.close(link, close::UNAUTHORIZED);
        }
    }
}
