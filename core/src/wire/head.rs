//! The envelope of an event, as it stands in the text.

use std::borrow::Cow;

use super::MAX_OFFSET;
use crate::error::ValidationError;
use crate::id::{self, check};
use crate::json::Value;
use crate::time::Timestamp;

/// A field of the envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Type,
    Organization,
    Timestamp,
    Offset,
    Epoch,
    /// None of them.
    Other,
}

/// Where the values of the envelope's fields stand in a text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Fields<'a> {
    values: [Option<&'a str>; 5],
    /// A field came twice, or a key is written with escapes and may be one.
    is_odd: bool,
}

impl<'a> Fields<'a> {
    /// Which field a key, as it is written, names.
    pub(super) fn name(&mut self, key: &[u8]) -> Name {
        match key {
            b"type" => Name::Type,
            b"organizationId" => Name::Organization,
            b"timestamp" => Name::Timestamp,
            b"offset" => Name::Offset,
            b"epoch" => Name::Epoch,
            _ => {
                self.is_odd |= key.contains(&b'\\');
                Name::Other
            }
        }
    }

    /// Notes the text of a field's value.
    pub(super) fn set(&mut self, name: Name, value: &'a str) {
        if let Some(known) = self.values.get_mut(name as usize) {
            self.is_odd |= known.replace(value).is_some();
        }
    }

    /// The text of a field that is a string without escapes. `Err` if it is anything else.
    fn text(&self, name: Name) -> Result<Option<&'a str>, Odd> {
        let Some(json) = self.values[name as usize] else { return Ok(None) };
        let text = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or(Odd)?;
        if text.contains('\\') { Err(Odd) } else { Ok(Some(text)) }
    }

    fn id(&self, name: Name) -> Result<Option<Cow<'a, str>>, Odd> {
        let text = self.text(name)?;
        text.map_or(Ok(()), check).map_err(|_| Odd)?;
        Ok(text.map(Cow::Borrowed))
    }

    /// The head, if it is written as servers write it.
    fn head(&self) -> Result<Head<'a>, Odd> {
        if self.is_odd {
            return Err(Odd);
        }
        let timestamp = self.text(Name::Timestamp)?.map(str::parse).transpose().map_err(|_| Odd)?;
        let offset = self.values[Name::Offset as usize].map(str::parse).transpose();
        Ok(Head {
            event_type: self.text(Name::Type)?.map(Cow::Borrowed).ok_or(Odd)?,
            organization: self.id(Name::Organization)?,
            timestamp,
            offset: offset.map_err(|_| Odd)?,
            epoch: self.id(Name::Epoch)?,
        })
    }
}

/// The `type` of an object, whatever else it holds.
pub(super) fn message_type<'a>(
    json: &'a str,
    fields: &Fields<'a>,
) -> Result<Cow<'a, str>, ValidationError> {
    if let (false, Ok(Some(name))) = (fields.is_odd, fields.text(Name::Type)) {
        return Ok(Cow::Borrowed(name));
    }
    let [name] = Value::of(json).object(&["type"])?;
    Ok(name.with(Value::string)?)
}

/// The envelope is not written as servers write it: it takes a second look to say what it is, or what is wrong with it.
#[derive(Debug)]
struct Odd;

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
        fields.head().or_else(|Odd| Self::parse(json))
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
