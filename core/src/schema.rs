//! JSON Schema of every message and event, made from the types themselves. `docs/schema` in the repository holds what this
//! makes, for back ends in other languages.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

pub use crate::id::Id;

use crate::event::{
    OrganizationUpdated, PatientEdited, PatientUpdated, Scope, SocketEvent, UserOffline,
    UserOnline, UserUpdated,
};
use crate::id::{
    AuditChainId, EventId, MAX_ID_BYTES, OrganizationId, SessionId, StreamEpoch, UserId,
};
use crate::presence::PresenceDigest;
use crate::sensitive::Sensitive;
use crate::time::Timestamp;
use crate::wire::{ClientMessage, MAX_OFFSET, ServerMessage};

/// The alphabet of ids, as `id::check` has it.
const ID_PATTERN: &str = r"^[!#-;=?-\[\]-_a-~]+$";

/// All schemas, by the names of their files.
pub fn documents() -> BTreeMap<String, Value> {
    let mut documents = BTreeMap::from([
        ("client-message.json".to_owned(), of::<ClientMessage>("What a client sends")),
        (
            "server-message.json".to_owned(),
            of::<ServerMessage>("What a server sends, beside events"),
        ),
    ]);
    event::<UserUpdated>(&mut documents);
    event::<UserOnline>(&mut documents);
    event::<UserOffline>(&mut documents);
    event::<PatientUpdated>(&mut documents);
    event::<PatientEdited>(&mut documents);
    event::<OrganizationUpdated>(&mut documents);
    documents
}

fn of<T: JsonSchema>(title: &str) -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<T>().to_value();
    schema["title"] = title.into();
    schema
}

/// An event is its envelope and its payload in one object.
fn event<E: SocketEvent + JsonSchema>(documents: &mut BTreeMap<String, Value>) {
    let mut schema = of::<E>(E::TYPE);
    if let (Some(properties), envelope) = (schema["properties"].as_object_mut(), envelope::<E>()) {
        properties.extend(envelope);
    }
    let mut required = vec![json!("type"), json!("timestamp")];
    if E::SCOPE == Scope::Organization {
        required.push(json!("organizationId"));
    }
    required.extend(schema["required"].as_array().into_iter().flatten().cloned());
    schema["required"] = required.into();
    schema["dependentRequired"] = json!({"offset": ["epoch"], "epoch": ["offset"]});
    documents.insert(format!("event-{}.json", E::TYPE), schema);
}

fn envelope<E: SocketEvent>() -> serde_json::Map<String, Value> {
    let mut generator = SchemaGenerator::default();
    let described = |schema: Schema, description: &str| {
        let mut schema = schema.to_value();
        schema["description"] = description.into();
        schema
    };
    let mut fields = serde_json::Map::new();
    fields.insert("type".to_owned(), json!({"const": E::TYPE, "description": "The event type."}));
    let timestamp = Timestamp::json_schema(&mut generator);
    fields.insert(
        "timestamp".to_owned(),
        described(timestamp, "When it happened, by the server's clock."),
    );
    if E::SCOPE == Scope::Organization {
        let organization = OrganizationId::json_schema(&mut generator);
        fields.insert(
            "organizationId".to_owned(),
            described(organization, "The organization that it belongs to."),
        );
    }
    let epoch = StreamEpoch::json_schema(&mut generator);
    fields.insert(
        "epoch".to_owned(),
        described(epoch, "The incarnation of the organization's history."),
    );
    let offset = json_schema!({"type": "integer", "minimum": 0, "maximum": MAX_OFFSET});
    fields
        .insert("offset".to_owned(), described(offset, "The place in the organization's history."));
    fields
}

macro_rules! string {
    ($($name:ty: $title:literal = $schema:tt;)*) => {$(
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                $title.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

string! {
    Id: "Id" = {"type": "string", "minLength": 1, "maxLength": MAX_ID_BYTES, "pattern": ID_PATTERN};
    AuditChainId: "AuditChainId" = {"type": "string", "minLength": 1, "maxLength": MAX_ID_BYTES, "pattern": ID_PATTERN};
    OrganizationId: "OrganizationId" = {"type": "string", "minLength": 1, "maxLength": MAX_ID_BYTES, "pattern": ID_PATTERN};
    UserId: "UserId" = {"type": "string", "minLength": 1, "maxLength": MAX_ID_BYTES, "pattern": ID_PATTERN};
    EventId: "EventId" = {"type": "string", "minLength": 1, "maxLength": MAX_ID_BYTES, "pattern": ID_PATTERN};
    SessionId: "SessionId" = {"type": "string", "minLength": 1, "maxLength": MAX_ID_BYTES, "pattern": ID_PATTERN};
    StreamEpoch: "StreamEpoch" = {"type": "string", "minLength": 1, "maxLength": MAX_ID_BYTES, "pattern": ID_PATTERN};
    Timestamp: "Timestamp" = {"type": "string", "format": "date-time"};
    PresenceDigest: "PresenceDigest" = {"type": "string", "pattern": "^[0-9a-fA-F]{16}$"};
}

/// The value, or `null` where it was left out.
impl<T: JsonSchema> JsonSchema for Sensitive<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Sensitive_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }
}
