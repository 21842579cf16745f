//! Presence from JSON and back: entries of snapshots, the events that change them, and the digest.
//!
//! The types can be read and written by serde as well; tests hold the two against each other.

use super::PresenceDigest;
use crate::event::builtin::{User, UserOffline, UserOnline, UserPresence};
use crate::json::{FromJson, Object, ToJson, Value, Wrong, write_displayed};
use crate::text::read_display;

impl FromJson for User {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        let [id, name, email, first_name] = value.object(&["id", "name", "email", "firstName"])?;
        Ok(Self {
            id: id.required()?,
            name: name.with(read_display)?,
            email: email.or_default_with(read_display)?,
            first_name: first_name.or_default_with(read_display)?,
        })
    }
}

impl FromJson for UserPresence {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        let [user_id, user, last_seen, socket_count, organizations] =
            value.object(&["userId", "user", "lastSeen", "socketCount", "organizations"])?;
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
        let [user_id, user] = value.object(&["userId", "user"])?;
        Ok(Self { user_id: user_id.required()?, user: user.required()? })
    }
}

impl FromJson for UserOffline {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        let [user_id] = value.object(&["userId"])?;
        Ok(Self { user_id: user_id.required()? })
    }
}

impl FromJson for PresenceDigest {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        value.string()?.parse().map_err(|_| Wrong::form())
    }
}

impl ToJson for User {
    fn write(&self, json: &mut String) {
        let mut object = Object::new(json);
        object.field("id", &self.id).field("name", &self.name);
        object.field("email", &self.email).field("firstName", &self.first_name).end();
    }
}

impl ToJson for UserPresence {
    fn write(&self, json: &mut String) {
        let mut object = Object::new(json);
        object.field("userId", &self.user_id).field("user", &self.user);
        object.field("lastSeen", &self.last_seen).field("socketCount", &self.socket_count);
        object.field("organizations", &self.organizations).end();
    }
}

impl ToJson for UserOnline {
    fn write(&self, json: &mut String) {
        Object::new(json).field("userId", &self.user_id).field("user", &self.user).end();
    }
}

impl ToJson for UserOffline {
    fn write(&self, json: &mut String) {
        Object::new(json).field("userId", &self.user_id).end();
    }
}

impl ToJson for PresenceDigest {
    fn write(&self, json: &mut String) {
        write_displayed(self, json);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::RawJson;

    #[test]
    fn presence_is_written_to_the_letter_as_serde_writes_it() {
        let json = r#"{"userId":"u","user":{"userId":"u","user":{"id":"u","name":"\"U\"\n","email":"é","firstName":""},
            "lastSeen":"2026-01-01T00:00:00Z","socketCount":2,"organizations":["n","m"]}}"#;
        let online: UserOnline = serde_json::from_str(json).unwrap();
        let offline = UserOffline { user_id: online.user_id.clone() };
        assert_eq!(RawJson::written(&online), RawJson::of(&online).unwrap());
        assert_eq!(RawJson::written(&offline), RawJson::of(&offline).unwrap());
    }
}
