//! Data does not have the form it must have.

use thiserror::Error;

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
    /// More bytes are waiting to be processed than the budget allows.
    #[error("More than {limit} bytes of messages are waiting to be processed.")]
    Backlog {
        /// The budget in bytes.
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
        /// Category and place of the error, without payload.
        detail: String,
    },
    /// A value is not acceptable.
    #[error("`{field}` is not acceptable: {reason}.")]
    Value {
        /// Path of the field.
        field: &'static str,
        /// Why, without the value.
        reason: &'static str,
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

impl ValidationError {
    /// A value is not acceptable. `reason` must not repeat the value.
    pub fn value(field: &'static str, reason: &'static str) -> Self {
        Self::Value { field, reason }
    }

    /// The structure of a payload is wrong.
    pub(crate) fn structure(error: &serde_json::Error) -> Self {
        Self::Structure { detail: place(error) }
    }

    /// A frame is not JSON.
    pub(crate) fn malformed(error: &serde_json::Error) -> Self {
        Self::Malformed { detail: place(error) }
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
            Self::Backlog { .. } => "backlog",
            Self::UnknownType { .. } => "unknown_type",
            Self::Structure { .. } => "invalid_structure",
            Self::Value { .. } => "invalid_value",
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
            Self::FrameTooLarge { .. } => "Let the server send less at once.",
            Self::Backlog { .. } => "Let the server send less, or the page do less for each event.",
            Self::UnknownType { .. } => "Register the type, or stop sending it.",
            Self::FutureTimestamp => "Set the clock of the server or of whoever made the event.",
            Self::EventTooLarge { .. } => "Send less in one event.",
            Self::PayloadShape => {
                "Send a JSON object whose fields have other names than the envelope's."
            }
        }
    }
}

/// serde's own messages quote the data, so only category and place are kept.
fn place(error: &serde_json::Error) -> String {
    let category = match error.classify() {
        serde_json::error::Category::Io => "unreadable",
        serde_json::error::Category::Syntax => "syntax",
        serde_json::error::Category::Data => "wrong type, missing or doubled field",
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
}
