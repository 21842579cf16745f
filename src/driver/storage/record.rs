//! The form of a record: what is in the clear, what is encrypted, and what must agree.
//!
//! In the clear are a format version, the sequence, the organization's tag, the expiry, the nonce and the ciphertext; the
//! record's key in the database is the owner's tag and the idempotency key. All of it is bound to the ciphertext.

use std::cell::RefCell;
use std::time::Duration;

use js_sys::{Object, Reflect, Uint8Array};
use litemap::LiteMap;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::CryptoKey;
use yewdux_socket_core::error::StorageError;
use yewdux_socket_core::{EventId, OrganizationId, StoredEvent, Timestamp, UserId};

use super::cipher::{Cipher, framed};
use super::request::{Pending, refusal};

/// The version of the form. A new one needs a new version of the database too: a page that is a version behind must
/// find no database that it can read, lest it takes what it cannot read for damaged and removes it.
const FORMAT: u32 = 1;
const VERSION: &str = "format";
const SEQUENCE: &str = "sequence";
const ORGANIZATION: &str = "organization";
const NONCE: &str = "nonce";
const CIPHERTEXT: &str = "ciphertext";
/// The field by which records are found whose time is over.
pub(super) const EXPIRY: &str = "expiresAt";
/// How far an event may lie in the future: as much as the clocks of server and client may differ.
const CLOCK_TOLERANCE: Duration = Duration::from_mins(5);

/// The user whose records these are, and the server that they are for.
#[derive(Debug)]
pub(super) struct Owner {
    server: String,
    pub(super) user: UserId,
    /// Stands for the user, at one server, in the database and in the lock's name.
    pub(super) tag: String,
    /// Tags of organizations, so that a burst of one organization's events takes one digest. At most as many as
    /// the user's records have.
    organizations: RefCell<LiteMap<OrganizationId, String>>,
}

impl Owner {
    pub(super) async fn new(
        cipher: &Cipher,
        server: &str,
        user: UserId,
    ) -> Result<Self, StorageError> {
        let tag = cipher.digest(&[b"user", server.as_bytes(), user.as_str().as_bytes()]).await?;
        Ok(Self { server: server.to_owned(), user, tag, organizations: RefCell::default() })
    }

    /// Stands for an organization in the clear; differs from user to user. Empty for a global event.
    async fn organization(
        &self,
        cipher: &Cipher,
        organization: Option<&OrganizationId>,
    ) -> Result<String, StorageError> {
        let Some(organization) = organization else { return Ok(String::new()) };
        let known = self.organizations.borrow().get(organization).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let user = self.user.as_str().as_bytes();
        let tag = cipher.digest(&[b"organization", user, organization.as_str().as_bytes()]).await?;
        self.organizations.borrow_mut().insert(organization.clone(), tag.clone());
        Ok(tag)
    }

    /// What a ciphertext is bound to.
    fn bound(
        &self,
        id: &EventId,
        sequence: u64,
        organization: &str,
        expires_at: Timestamp,
    ) -> Vec<u8> {
        framed(&[
            b"yewdux-socket record",
            &FORMAT.to_be_bytes(),
            self.server.as_bytes(),
            self.user.as_str().as_bytes(),
            organization.as_bytes(),
            &sequence.to_be_bytes(),
            id.as_str().as_bytes(),
            &expires_at.as_millis().to_be_bytes(),
        ])
    }
}

/// A record that is being encrypted.
pub(super) struct Sealing {
    record: Object,
    ciphertext: Pending,
}

impl Sealing {
    /// Waits for the record.
    pub(super) async fn record(self) -> Result<JsValue, StorageError> {
        let ciphertext = Uint8Array::new(&self.ciphertext.await?);
        put(&self.record, CIPHERTEXT, &ciphertext)?;
        Ok(self.record.into())
    }
}

/// Begins to encrypt an event into a record.
pub(super) async fn seal(
    cipher: &Cipher,
    key: &CryptoKey,
    owner: &Owner,
    event: &StoredEvent,
) -> Result<Sealing, StorageError> {
    // Whose it is stands inside, too, and is compared when it is read.
    let inside = event.to_json(&owner.user);
    seal_inside(cipher, key, owner, event, inside.as_bytes()).await
}

/// Begins to encrypt the inside of a record, bound to what the outside says of the event.
pub(super) async fn seal_inside(
    cipher: &Cipher,
    key: &CryptoKey,
    owner: &Owner,
    event: &StoredEvent,
    inside: &[u8],
) -> Result<Sealing, StorageError> {
    let organization = owner.organization(cipher, event.organization_id.as_ref()).await?;
    let bound = owner.bound(&event.id, event.sequence, &organization, event.expires_at);
    let (nonce, ciphertext) = cipher.encrypt(key, &bound, inside)?;
    let record = Object::new();
    let fields: [(&str, JsValue); 5] = [
        (VERSION, FORMAT.into()),
        // Text: a number of JavaScript has 53 bits.
        (SEQUENCE, event.sequence.to_string().into()),
        (ORGANIZATION, organization.into()),
        (EXPIRY, milliseconds(event.expires_at).into()),
        (NONCE, nonce.into()),
    ];
    for (name, value) in fields {
        put(&record, name, &value)?;
    }
    Ok(Sealing { record, ciphertext })
}

fn put(record: &Object, name: &str, value: &JsValue) -> Result<(), StorageError> {
    Reflect::set(record, &name.into(), value).map(drop).map_err(|error| refusal(&error))
}

/// A record that is being decrypted.
pub(super) struct Unsealing {
    id: EventId,
    outside: Outside,
    inside: Pending,
}

/// Begins to decrypt a record that was found under a key of the database.
pub(super) fn unseal(
    cipher: &Cipher,
    key: Option<&CryptoKey>,
    owner: &Owner,
    (place, record): &(JsValue, JsValue),
) -> Option<Unsealing> {
    let (id, outside) = read(place, record)?;
    let bound = owner.bound(&id, outside.sequence, &outside.organization, outside.expires_at);
    let inside = cipher.decrypt(key?, &bound, &outside.nonce, &outside.ciphertext);
    Some(Unsealing { id, outside, inside })
}

impl Unsealing {
    /// Waits for the event, and checks it.
    pub(super) async fn event(
        self,
        cipher: &Cipher,
        owner: &Owner,
        now: Timestamp,
    ) -> Result<StoredEvent, StorageError> {
        let Self { id, outside, inside } = self;
        let inside = inside.await.map_err(|_| StorageError::Damaged)?;
        let inside = String::from_utf8(Uint8Array::new(&inside).to_vec())
            .map_err(|_| StorageError::Damaged)?;
        let (user, event) = StoredEvent::from_json(&inside).map_err(|_| StorageError::Damaged)?;
        let organization = owner.organization(cipher, event.organization_id.as_ref()).await?;
        if user != owner.user
            || event.expires_at != outside.expires_at
            || event.id != id
            || event.sequence != outside.sequence
            || organization != outside.organization
        {
            return Err(StorageError::Foreign);
        }
        // One from the future would outlive its time: the clock was set back, or was wrong then.
        let from_the_future = event.timestamp.since(now) > CLOCK_TOLERANCE;
        if event.expires_at <= now || event.expires_at < event.timestamp || from_the_future {
            return Err(StorageError::Stale);
        }
        Ok(event)
    }
}

/// What a record says in the clear.
struct Outside {
    sequence: u64,
    organization: String,
    expires_at: Timestamp,
    nonce: Uint8Array,
    ciphertext: Uint8Array,
}

fn read(place: &JsValue, record: &JsValue) -> Option<(EventId, Outside)> {
    let place: &js_sys::Array = place.dyn_ref()?;
    let id = EventId::try_from(place.get(1).as_string()?).ok()?;
    let field = |name: &str| Reflect::get(record, &name.into()).ok();
    let bytes = |name: &str| field(name)?.dyn_into::<Uint8Array>().ok();
    if field(VERSION)? != FORMAT {
        return None;
    }
    let outside = Outside {
        sequence: field(SEQUENCE)?.as_string()?.parse().ok()?,
        organization: field(ORGANIZATION)?.as_string()?,
        expires_at: timestamp(field(EXPIRY)?.as_f64()?)?,
        nonce: bytes(NONCE)?,
        ciphertext: bytes(CIPHERTEXT)?,
    };
    Some((id, outside))
}

/// A number of JavaScript, whole and exact for a quarter of a million years.
#[expect(clippy::cast_precision_loss, reason = "times have fewer than 53 bits")]
pub(super) fn milliseconds(time: Timestamp) -> f64 {
    time.as_millis() as f64
}

#[expect(clippy::cast_possible_truncation, reason = "checked by the way back")]
fn timestamp(millis: f64) -> Option<Timestamp> {
    let time = Timestamp::from_millis(millis as i64);
    (milliseconds(time).to_bits() == millis.to_bits()).then_some(time)
}
