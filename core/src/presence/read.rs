//! Presence from JSON: entries of snapshots and the events that change them.
//!
//! The types can be read by serde as well; the tests hold the two readers against each other.

use super::UserPresence;
use crate::event::{User, UserOffline, UserOnline};
use crate::wire::read::display;
use crate::wire::{FromJson, Value, Wrong};

impl FromJson for User {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        let [id, name, email, first_name] = value.object(["id", "name", "email", "firstName"])?;
        Ok(Self {
            id: id.required()?,
            name: name.with(display)?,
            email: email.or_default_with(display)?,
            first_name: first_name.or_default_with(display)?,
        })
    }
}

impl FromJson for UserPresence {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        let [user_id, user, last_seen, socket_count, organizations] =
            value.object(["userId", "user", "lastSeen", "socketCount", "organizations"])?;
        Ok(Self {
            user_id: user_id.required()?,
            user: user.required()?,
            last_seen: last_seen.required()?,
            socket_count: socket_count.required()?,
            organizations: organizations.or_default()?,
        })
    }
}

impl FromJson for UserOnline {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        let [user_id, user] = value.object(["userId", "user"])?;
        Ok(Self { user_id: user_id.required()?, user: user.required()? })
    }
}

impl FromJson for UserOffline {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        let [user_id] = value.object(["userId"])?;
        Ok(Self { user_id: user_id.required()? })
    }
}
