//! Sessions: who held which, and on which connection.

use std::collections::{BTreeMap, HashMap};

use yewdux_socket_core::{SessionId, UserId};

use super::command::ConnectionId;
use crate::random;

/// Sessions without a connection that are remembered. A client whose session was forgotten gets a new one,
/// and its offsets are honoured all the same.
const MAX_ENDED: usize = 10_000;

#[derive(Debug)]
struct Session {
    user: UserId,
    /// The connection, or since when there is none.
    held: Result<ConnectionId, u64>,
}

/// What asking for a session gave.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Opened {
    pub(super) session: SessionId,
    /// The connection that held it until now.
    pub(super) replaced: Option<ConnectionId>,
    /// Whether the session asked for belongs to somebody else. Nothing of what comes with it is believed.
    pub(super) foreign: bool,
}

/// All sessions.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    by_id: HashMap<SessionId, Session>,
    ended: BTreeMap<u64, SessionId>,
    clock: u64,
}

impl Sessions {
    /// Continues a session of the user, or begins a new one.
    pub(super) fn open(
        &mut self,
        user: &UserId,
        asked: Option<&SessionId>,
        connection: ConnectionId,
    ) -> Opened {
        let known = asked.and_then(|id| self.by_id.get_mut(id).map(|session| (id, session)));
        let foreign = match known {
            Some((id, session)) if session.user == *user => {
                let replaced = match std::mem::replace(&mut session.held, Ok(connection)) {
                    Ok(replaced) => Some(replaced),
                    Err(ended) => {
                        self.ended.remove(&ended);
                        None
                    }
                };
                return Opened { session: id.clone(), replaced, foreign: false };
            }
            known => known.is_some(),
        };
        let id = SessionId::from(random::id().as_str());
        self.by_id.insert(id.clone(), Session { user: user.clone(), held: Ok(connection) });
        Opened { session: id, replaced: None, foreign }
    }

    /// The connection of a session ended. Nothing happens if another one holds it by now.
    pub(super) fn end(&mut self, id: &SessionId, connection: ConnectionId) {
        let Some(session) = self.by_id.get_mut(id).filter(|session| session.held == Ok(connection))
        else {
            return;
        };
        self.clock += 1;
        session.held = Err(self.clock);
        self.ended.insert(self.clock, id.clone());
        if self.ended.len() > MAX_ENDED
            && let Some((_, oldest)) = self.ended.pop_first()
        {
            self.by_id.remove(&oldest);
        }
    }

    /// Forgets all sessions of a user.
    pub(super) fn forget(&mut self, user: &UserId) {
        self.by_id.retain(|_, session| session.user != *user);
        self.ended.retain(|_, id| self.by_id.contains_key(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: ConnectionId = ConnectionId(1);
    const TWO: ConnectionId = ConnectionId(2);

    #[test]
    fn a_session_is_continued_by_its_user_only() {
        let mut sessions = Sessions::default();
        let (ana, ben) = (UserId::from("ana"), UserId::from("ben"));
        let first = sessions.open(&ana, None, ONE);
        let stolen = sessions.open(&ben, Some(&first.session), TWO);
        assert!(stolen.foreign && stolen.session != first.session && stolen.replaced.is_none());
        let second = sessions.open(&ana, Some(&first.session), TWO);
        assert_eq!(second, Opened { session: first.session, replaced: Some(ONE), foreign: false });
    }

    #[test]
    fn ended_sessions_are_remembered_up_to_a_number() {
        let mut sessions = Sessions::default();
        let ana = UserId::from("ana");
        let ids: Vec<_> = (0..=MAX_ENDED).map(|_| sessions.open(&ana, None, ONE).session).collect();
        for id in &ids {
            sessions.end(id, ONE);
        }
        assert_eq!(sessions.open(&ana, Some(&ids[1]), TWO).session, ids[1]);
        assert_ne!(
            sessions.open(&ana, Some(&ids[0]), TWO).session,
            ids[0],
            "the oldest is forgotten"
        );
        sessions.end(&ids[1], ONE);
        assert_eq!(
            sessions.open(&ana, Some(&ids[1]), ONE).replaced,
            Some(TWO),
            "an old connection's end is late news"
        );
        sessions.forget(&ana);
        assert!(sessions.by_id.is_empty() && sessions.ended.is_empty());
    }
}
