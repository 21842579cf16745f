//! JSON that is carried along without being read.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::ser::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::error::ValidationError;
use crate::json::{FromJson, ToJson, Value, Wrong};

/// A piece of JSON that is carried along without being read. Its `Debug` output is its size.
#[derive(Clone, PartialEq, Eq)]
pub struct RawJson(Arc<str>);

impl RawJson {
    /// The JSON of a value.
    pub fn of<T: Serialize>(value: &T) -> Result<Self, serde_json::Error> {
        Ok(Self(serde_json::to_string(value)?.into()))
    }

    /// The JSON of a value that is written without serde.
    pub(crate) fn written(value: &dyn ToJson) -> Self {
        let mut json = String::new();
        value.write(&mut json);
        Self(json.into())
    }

    /// Takes text that is JSON already. White space around it is left out.
    ///
    /// # Errors
    /// [`ValidationError::Malformed`] if it is not.
    pub fn parse(text: String) -> Result<Self, ValidationError> {
        let value = Value::parse(&text)?;
        if value.as_str().len() < text.len() {
            return Ok(Self::copy(value));
        }
        Ok(Self(text.into()))
    }

    /// A copy of a piece of a frame.
    pub(crate) fn copy(value: Value<'_>) -> Self {
        Self(value.as_str().into())
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value, to be read without serde.
    pub(crate) fn value(&self) -> Value<'_> {
        Value::of(&self.0)
    }

    /// Reads the JSON as a `T`, with an error that does not quote it.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, ValidationError> {
        self.read().map_err(|error| ValidationError::structure(&error))
    }

    /// Reads the JSON as a `T`.
    pub fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.as_str())
    }
}

impl FromJson for RawJson {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        Ok(Self::copy(value))
    }
}

impl ToJson for RawJson {
    fn write(&self, json: &mut String) {
        json.push_str(self.as_str());
    }
}

/// Any JSON.
#[cfg(feature = "schema")]
impl schemars::JsonSchema for RawJson {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Json".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::Schema::from(true)
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawJson({} bytes)", self.as_str().len())
    }
}

/// As it is, by a serializer of `serde_json`.
impl Serialize for RawJson {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = self.read().map_err(S::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self(raw.get().into()))
    }
}
