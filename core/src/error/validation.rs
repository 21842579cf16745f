//! Data does not have the form it must have.

use std::borrow::Cow;

use thiserror::Error;

use crate::json::Wrong;

/// Data does not have the form it must have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ValidationError {
    /// A frame is not JSON, or not an object or an array of objects.
    #[error("A message is not valid JSON: {detail}.")]
    Malformed {
        /// Category and place of the error, without payload.
        detail: String,
    },
    /// A frame is larger than the limit.
    #[error("A message of {bytes} bytes is over the limit of {limit} bytes.")]
    FrameTooLarge {
        /// Its size in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// No event of this type is registered.
    #[error("Events of type `{event_type}` are not known.")]
    UnknownType {
        /// The event type, cut to 64 characters.
        event_type: String,
    },
    /// The payload does not have the structure of its type.
    #[error("The event's structure is wrong: {detail}.")]
    Structure {
        /// The field of the payload that is wrong; empty where that is not known.
        field: &'static str,
        /// Category and place of the error, without payload.
        detail: String,
    },
    /// A value is not acceptable.
    #[error("`{field}` is not acceptable: {reason}.")]
    Value {
        /// Path of the field, in the names that it has in Rust.
        field: Cow<'static, str>,
        /// Why, without the value.
        reason: Cow<'static, str>,
    },
    /// An array, object or string is larger, or nests deeper, than [`ShapeLimits`](crate::wire::ShapeLimits) allow.
    #[error("An event's {what} is over the limit of {limit}.")]
    TooComplex {
        /// `nesting`, `string` (in bytes) or `list` (entries of an array or object).
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A frame holds more messages than the limit.
    #[error("A frame of {messages} messages is over the limit of {limit}.")]
    TooManyMessages {
        /// How many messages it holds.
        messages: usize,
        /// The limit.
        limit: usize,
    },
    /// An event's timestamp lies too far in the server's future.
    #[error("An event's timestamp lies in the future.")]
    FutureTimestamp,
    /// An event to be sent is larger than the limit.
    #[error("An event of {bytes} bytes is over the limit of {limit} bytes.")]
    EventTooLarge {
        /// Its size in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// A payload uses a key that belongs to the envelope, or is not a JSON object.
    #[error("An event's payload must be a JSON object without the envelope's keys.")]
    PayloadShape,
}

impl From<Wrong> for ValidationError {
    fn from(wrong: Wrong) -> Self {
        let (field, detail) = wrong.into_field_and_detail();
        Self::Structure { field, detail }
    }
}

impl ValidationError {
    /// A value is not acceptable. `reason` must not repeat the value.
    pub fn value(field: &'static str, reason: &'static str) -> Self {
        Self::Value { field: field.into(), reason: reason.into() }
    }

    /// The value is part of a field.
    pub(crate) fn within(self, outer: &'static str) -> Self {
        match self {
            Self::Value { field, reason } => {
                Self::Value { field: [outer, ".", &field].concat().into(), reason }
            }
            other => other,
        }
    }

    /// Checks values by their rules: those of `#[derive(garde::Validate)]`.
    ///
    /// # Errors
    /// [`ValidationError::Value`] with the first field that breaks a rule.
    pub fn check<T: garde::Validate<Context = ()>>(value: &T) -> Result<(), Self> {
        let Err(report) = value.validate() else { return Ok(()) };
        let (field, reason) =
            report.iter().next().map(|(path, error)| (path.to_string(), error.to_string())).unzip();
        Err(Self::Value {
            field: field.unwrap_or_default().into(),
            reason: reason.unwrap_or_default().into(),
        })
    }

    /// The structure of a payload is wrong.
    pub(crate) fn structure(error: &serde_json::Error) -> Self {
        Self::structure_of("", error)
    }

    /// The structure of a field of a payload is wrong.
    pub(crate) fn structure_of(field: &'static str, error: &serde_json::Error) -> Self {
        Self::Structure { field, detail: place(error) }
    }

    /// The field that is wrong, where that is known.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Structure { field, .. } => Some(*field).filter(|field| !field.is_empty()),
            Self::Value { field, .. } => Some(field),
            _ => None,
        }
    }

    /// The type is not registered. Long names are cut.
    pub(crate) fn unknown_type(event_type: &str) -> Self {
        Self::UnknownType { event_type: event_type.chars().take(64).collect() }
    }

    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "malformed",
            Self::FrameTooLarge { .. } => "frame_too_large",
            Self::UnknownType { .. } => "unknown_type",
            Self::Structure { .. } => "invalid_structure",
            Self::Value { .. } => "invalid_value",
            Self::TooComplex { .. } => "too_complex",
            Self::TooManyMessages { .. } => "too_many_messages",
            Self::FutureTimestamp => "future_timestamp",
            Self::EventTooLarge { .. } => "event_too_large",
            Self::PayloadShape => "payload_shape",
        }
    }

    /// What the user or the developer can do.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Malformed { .. } | Self::Structure { .. } | Self::Value { .. } => {
                "Compare what is sent with the event's type; the path says where they differ."
            }
            Self::FrameTooLarge { .. } | Self::TooManyMessages { .. } => {
                "Let the server send less at once."
            }
            Self::TooComplex { .. } => "Send less in one event, or raise the limit on both sides.",
            Self::UnknownType { .. } => "Register the type, or stop sending it.",
            Self::FutureTimestamp => "Set the clock of the server or of whoever made the event.",
            Self::EventTooLarge { .. } => "Send less in one event.",
            Self::PayloadShape => {
                "Send a JSON object whose fields have other names than the envelope's."
            }
        }
    }
}

/// serde's own messages quote the data, so only category and place are kept, and the name of a field that is missing or
/// doubled, which is the type's.
fn place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    for what in ["missing", "duplicate"] {
        let field = message.strip_prefix(what).and_then(|rest| rest.strip_prefix(" field `"));
        if let Some((name, _)) = field.and_then(|field| field.split_once('`')) {
            return format!(
                "{what} field `{name}` at line {} column {}",
                error.line(),
                error.column()
            );
        }
    }
    let category = match error.classify() {
        serde_json::error::Category::Io => "unreadable",
        serde_json::error::Category::Syntax => "syntax",
        serde_json::error::Category::Data => "wrong type",
        serde_json::error::Category::Eof => "cut off",
    };
    format!("{category} at line {} column {}", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validation_errors_do_not_quote_the_data() {
        let error = serde_json::from_str::<u8>("\"secret diagnosis\"").unwrap_err();
        assert!(error.to_string().contains("secret"), "serde's message would");
        assert!(!ValidationError::structure(&error).to_string().contains("secret"));
    }

    #[test]
    fn the_name_of_a_missing_or_doubled_field_is_told() {
        #[derive(Debug, serde::Deserialize)]
        struct Bed {
            #[expect(dead_code, reason = "only read")]
            number: u8,
        }
        for (json, detail) in [
            ("{}", "missing field `number` at line 1 column 2"),
            (r#"{"number":1,"number":2}"#, "duplicate field `number` at line 1 column 20"),
            (r#"{"number":"missing field `hush`"}"#, "wrong type at line 1 column 32"),
        ] {
            let error = serde_json::from_str::<Bed>(json).unwrap_err();
            let expected = ValidationError::Structure { field: "", detail: detail.to_owned() };
            assert_eq!(ValidationError::structure(&error), expected, "{json}");
        }
    }

    #[test]
    fn the_first_broken_rule_is_told_with_its_path() {
        #[derive(garde::Validate)]
        struct Ward {
            #[garde(dive)]
            beds: Vec<Bed>,
        }
        #[derive(garde::Validate)]
        struct Bed {
            #[garde(range(max = 40))]
            floor: u8,
        }
        let ward = |floor| Ward { beds: vec![Bed { floor: 1 }, Bed { floor }] };
        assert_eq!(ValidationError::check(&ward(40)), Ok(()));
        let error = ValidationError::check(&ward(41)).unwrap_err();
        assert_eq!(error.path(), Some("beds[1].floor"));
        assert!(!error.to_string().contains("41"), "{error}");
    }
}
