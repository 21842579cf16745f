//! The sign-in token, in a type that does not print it.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::json::{FromJson, ToJson, Value, Wrong, write_string};

/// A sign-in token. Leaves the process in `$connect` and `$refresh` only. Its `Debug` output does not hold it, and there is
/// no `Display`: whoever wants the text asks for it by [`Token::reveal`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Token(Arc<str>);

impl Token {
    /// Wraps a token.
    pub fn new(token: &str) -> Self {
        Self(token.into())
    }

    /// The token itself, for whoever checks it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Token {
    fn from(token: String) -> Self {
        Self(token.into())
    }
}

impl From<&str> for Token {
    fn from(token: &str) -> Self {
        Self::new(token)
    }
}

impl FromJson for Token {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        Ok(Self::new(&value.string()?))
    }
}

impl ToJson for Token {
    fn write(&self, json: &mut String) {
        write_string(self.reveal(), json);
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}
