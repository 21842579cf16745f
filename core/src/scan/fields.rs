//! Where the fields of an envelope stand in a text.

/// A field of the envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
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
pub(crate) struct Fields<'a> {
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
    pub(crate) fn text(&self, name: Name) -> Result<Option<&'a str>, Odd> {
        let Some(json) = self.value(name)? else { return Ok(None) };
        let text = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or(Odd)?;
        if text.contains('\\') { Err(Odd) } else { Ok(Some(text)) }
    }

    /// A field's value as it is written. `Err` if it may stand there more than once.
    pub(crate) fn value(&self, name: Name) -> Result<Option<&'a str>, Odd> {
        if self.is_odd { Err(Odd) } else { Ok(self.values[name as usize]) }
    }
}

/// The envelope is not written as servers write it: it takes a second look to say what it is, or what is wrong with it.
#[derive(Debug)]
pub(crate) struct Odd;
