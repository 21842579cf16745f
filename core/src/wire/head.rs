//! The envelope of an event, as it stands in the text.

use std::borrow::Cow;

use super::MAX_OFFSET;
use crate::error::ValidationError;
use crate::id::{self, check};
use crate::json::Value;
use crate::scan::{Fields, Name, Odd};
use crate::time::Timestamp;

/// The `type` of an object, whatever else it holds.
pub(super) fn message_type<'a>(
    json: &'a str,
    fields: &Fields<'a>,
) -> Result<Cow<'a, str>, ValidationError> {
    if let Ok(Some(name)) = fields.text(Name::Type) {
        return Ok(Cow::Borrowed(name));
    }
    let [name] = Value::of(json).object(&["type"])?;
    Ok(name.with(Value::string)?)
}

/// The envelope as it stands in the text: what is borrowed from it costs no memory for an event that goes no further.
#[derive(Debug, Clone)]
pub(super) struct Head<'a> {
    pub(super) event_type: Cow<'a, str>,
    pub(super) organization: Option<Cow<'a, str>>,
    timestamp: Option<Timestamp>,
    offset: Option<u64>,
    epoch: Option<Cow<'a, str>>,
}

impl<'a> Head<'a> {
    /// Reads the head of an object: from where the pass over it found the fields or, where that is not enough, once more.
    pub(super) fn read(json: &'a str, fields: &Fields<'a>) -> Result<Self, ValidationError> {
        Self::found(fields).or_else(|Odd| Self::parse(json))
    }

    /// From the fields, if they are written as servers write them.
    fn found(fields: &Fields<'a>) -> Result<Self, Odd> {
        let id = |name| -> Result<Option<Cow<'a, str>>, Odd> {
            let text = fields.text(name)?;
            text.map_or(Ok(()), check).map_err(|_| Odd)?;
            Ok(text.map(Cow::Borrowed))
        };
        let timestamp = fields.text(Name::Timestamp)?.map(str::parse).transpose();
        let offset = fields.value(Name::Offset)?.map(str::parse).transpose();
        Ok(Self {
            event_type: fields.text(Name::Type)?.map(Cow::Borrowed).ok_or(Odd)?,
            organization: id(Name::Organization)?,
            timestamp: timestamp.map_err(|_| Odd)?,
            offset: offset.map_err(|_| Odd)?,
            epoch: id(Name::Epoch)?,
        })
    }

    /// It refuses a field that comes twice, so that no two readers can see two different envelopes in one object.
    fn parse(json: &'a str) -> Result<Self, ValidationError> {
        let [event_type, organization, timestamp, offset, epoch] =
            Value::of(json).object(&["type", "organizationId", "timestamp", "offset", "epoch"])?;
        Ok(Self {
            event_type: event_type.with(Value::string)?,
            organization: organization.optional_with(id::read)?,
            timestamp: timestamp.optional()?,
            offset: offset.optional()?,
            epoch: epoch.optional_with(id::read)?,
        })
    }

    /// The head of an event, by the rules that bind its fields together.
    ///
    /// # Errors
    /// The [`ValidationError`] of the field that is missing or wrong.
    pub(super) fn of_event(self) -> Result<EventHead<'a>, ValidationError> {
        check(&self.event_type).map_err(|_| {
            ValidationError::value("type", "empty, too long or with control characters")
        })?;
        let position = match (self.epoch, self.offset) {
            (Some(epoch), Some(offset)) if offset <= MAX_OFFSET => Some((epoch, offset)),
            (None, None) => None,
            _ => {
                return Err(ValidationError::value(
                    "offset",
                    "an offset needs an epoch and stays below 2^53",
                ));
            }
        };
        Ok(EventHead {
            event_type: self.event_type,
            organization: self.organization,
            timestamp: self.timestamp.ok_or(ValidationError::value("timestamp", "missing"))?,
            position,
        })
    }
}

/// The head of an event.
#[derive(Debug, Clone)]
pub(super) struct EventHead<'a> {
    pub(super) event_type: Cow<'a, str>,
    pub(super) organization: Option<Cow<'a, str>>,
    pub(super) timestamp: Timestamp,
    /// Epoch and offset.
    pub(super) position: Option<(Cow<'a, str>, u64)>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::{ShapeLimits, scan_whole};

    #[test]
    fn the_fields_of_the_envelope_are_those_of_the_outermost_object() {
        let head = |json: &str| {
            let scanned = scan_whole(json, &ShapeLimits::default()).unwrap();
            let head = Head::read(json, &scanned.fields).map_err(|e| e.code())?;
            Ok::<_, &str>((head.event_type.into_owned(), head.organization.map(Into::into)))
        };
        let north = Ok(("a".to_owned(), Some("north".to_owned())));
        for json in [
            r#"{"type":"a","organizationId":"north","x":{"type":"b","organizationId":"south"}}"#,
            r#"{"x":[{"organizationId":"south"}],"organizationId":"north","type":"a"}"#,
            r#"{"\u0074ype":"a","organizationI\u0064":"north"}"#,
            r#"{ "type" : "\u0061" , "organizationId" : "n\u006frth" }"#,
        ] {
            assert_eq!(head(json), north, "{json}");
        }
        for json in [
            r#"{"type":"a","organizationId":"north","organizationId":"south"}"#,
            r#"{"type":"a","organizationId":"north","organizationI\u0064":"south"}"#,
            r#"{"type":"a","organizationId":["north"]}"#,
            r#"{"type":"a","organizationId":"no rth"}"#,
            r#"{"type":"a","offset":1.5}"#,
            r#"[{"type":"a"}]"#,
            r#"["a","north","2026-01-01T00:00:00Z",1,"e"]"#,
        ] {
            assert_eq!(head(json), Err("invalid_structure"), "{json}");
        }
    }
}
