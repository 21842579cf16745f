//! One JSON value and its parts, found in the text. Nothing is built but what is asked for.

use std::borrow::Cow;
use std::fmt;

use super::bytes::end_of_string;

/// The text of one value. That it is JSON was found out before: this goes by quotation marks, brackets and commas.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a>(&'a str);

/// What is wrong with a value. It holds nothing of the value. It is one word, so that readers pass it on cheaply.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong(Box<Fault>);

#[derive(Debug, PartialEq, Eq)]
struct Fault {
    what: &'static str,
    /// The field that `what` is about, if it is about one.
    name: &'static str,
    /// The field of the outermost object in which it stands.
    field: &'static str,
}

impl Wrong {
    /// A value is not of the form that it must have.
    pub(crate) fn form() -> Self {
        Self::about("wrong type", "")
    }

    /// A list or map is over its bound.
    pub(crate) fn long() -> Self {
        Self::about("too many entries", "")
    }

    fn about(what: &'static str, name: &'static str) -> Self {
        Self(Box::new(Fault { what, name, field: "" }))
    }

    /// The field of the outermost object in which it stands, and what it is.
    pub(crate) fn into_field_and_detail(self) -> (&'static str, String) {
        let Fault { what, name, field } = *self.0;
        let detail =
            if name.is_empty() { what.to_owned() } else { format!("{what} field `{name}`") };
        (field, detail)
    }
}

/// What can be read from a value.
pub(crate) trait FromJson: Sized {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong>;
}

impl<'a> Value<'a> {
    /// A text that was passed over already.
    pub(crate) fn of(json: &'a str) -> Self {
        Self(json)
    }

    /// The text of the value.
    pub(crate) fn as_str(self) -> &'a str {
        self.0
    }

    pub(crate) fn read<T: FromJson>(self) -> Result<T, Wrong> {
        T::from_json(self)
    }

    /// The text that a string stands for.
    pub(crate) fn string(self) -> Result<Cow<'a, str>, Wrong> {
        let inside = self.0.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        match inside {
            Some(text) if !text.contains('\\') => Ok(Cow::Borrowed(text)),
            Some(text) => unescape(text).map(Cow::Owned).ok_or_else(Wrong::form),
            None => Err(Wrong::form()),
        }
    }

    /// The entries of an array.
    pub(crate) fn entries(self) -> Result<Parts<'a>, Wrong> {
        let rest = self.0.strip_prefix('[').ok_or_else(Wrong::form)?;
        Ok(Parts { rest, has_keys: false })
    }

    /// The fields of an object, in their order and each as often as it comes.
    pub(crate) fn fields(self) -> Result<Parts<'a>, Wrong> {
        let rest = self.0.strip_prefix('{').ok_or_else(Wrong::form)?;
        Ok(Parts { rest, has_keys: true })
    }

    /// The fields of these names of an object. Others are passed over; one that comes twice is an error, so that no two
    /// readers can see two different values.
    pub(crate) fn object<const N: usize>(
        self,
        names: &'static [&'static str; N],
    ) -> Result<[Field<'a>; N], Wrong> {
        let mut fields = [Field::default(); N];
        self.find(names, &mut fields)?;
        Ok(fields)
    }

    fn find(self, names: &'static [&'static str], wanted: &mut [Field<'a>]) -> Result<(), Wrong> {
        for (field, name) in wanted.iter_mut().zip(names) {
            field.name = name;
        }
        for (key, value) in self.fields()? {
            let key = key.string()?;
            if let Some(field) = wanted.iter_mut().find(|field| field.name == key)
                && field.value.replace(value).is_some()
            {
                return Err(Wrong::about("duplicate", field.name));
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Value<'_> {
    /// Leaves out what it says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({} bytes)", self.0.len())
    }
}

/// The parts of an array or object, one after another: each with its key, which in an array is the value itself.
#[derive(Clone)]
pub(crate) struct Parts<'a> {
    rest: &'a str,
    has_keys: bool,
}

impl<'a> Parts<'a> {
    /// The value that comes next, behind white space and what separates it from the one before.
    fn take(&mut self) -> Option<Value<'a>> {
        let text = behind_separators(self.rest);
        let (value, rest) = text.split_at_checked(end_of_value(text))?;
        self.rest = rest;
        (!value.is_empty()).then_some(Value(value))
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = (Value<'a>, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.take()?;
        let value = if self.has_keys { self.take()? } else { key };
        Some((key, value))
    }
}

/// The text behind white space and what separates a value from the one before.
pub(crate) fn behind_separators(text: &str) -> &str {
    let separates = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':');
    text.get(text.bytes().take_while(separates).count()..).unwrap_or_default()
}

/// Where the value ends that a text begins with; 0 if there is none.
pub(crate) fn end_of_value(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        let end = match byte {
            b'{' | b'[' => {
                depth += 1;
                continue;
            }
            b'"' => {
                end_of_string(&mut bytes).map_or(text.len(), |quotation_mark| quotation_mark + 1)
            }
            b'}' | b']' if depth > 0 => {
                depth -= 1;
                at + 1
            }
            b'}' | b']' | b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' if depth == 0 => return at,
            _ => continue,
        };
        if depth == 0 {
            return end;
        }
    }
    text.len()
}

/// What a text with escapes stands for. `None` if a half of a surrogate pair stands alone.
fn unescape(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        plain.push_str(before);
        rest = escape.get(1..)?;
        plain.push(match escape.as_bytes().first()? {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = code_unit(&mut rest)?;
                let mut units = [first, 0];
                let mut count = 1;
                if matches!(first, 0xd800..=0xdbff) {
                    rest = rest.strip_prefix("\\u")?;
                    units[1] = code_unit(&mut rest)?;
                    count = 2;
                }
                char::decode_utf16(units.into_iter().take(count)).next()?.ok()?
            }
            other => char::from(*other),
        });
    }
    plain.push_str(rest);
    Some(plain)
}

/// Four hexadecimal digits.
fn code_unit(rest: &mut &str) -> Option<u16> {
    let (digits, behind) = rest.split_at_checked(4)?;
    *rest = behind;
    u16::from_str_radix(digits, 16).ok()
}

/// A field that an object may have.
#[derive(Clone, Copy, Default)]
pub(crate) struct Field<'a> {
    name: &'static str,
    value: Option<Value<'a>>,
}

impl<'a> Field<'a> {
    /// What a function makes of the value. Without one it is an error.
    pub(crate) fn with<T>(
        self,
        read: impl FnOnce(Value<'a>) -> Result<T, Wrong>,
    ) -> Result<T, Wrong> {
        let value = self.value.ok_or_else(|| Wrong::about("missing", self.name))?;
        read(value).map_err(|wrong| self.outside(wrong))
    }

    /// A value that must be there.
    pub(crate) fn required<T: FromJson>(self) -> Result<T, Wrong> {
        self.with(T::from_json)
    }

    /// A value that may be absent. `null` is not.
    pub(crate) fn or_default_with<T: Default>(
        self,
        read: impl FnOnce(Value<'a>) -> Result<T, Wrong>,
    ) -> Result<T, Wrong> {
        if self.value.is_some() { self.with(read) } else { Ok(T::default()) }
    }

    /// The same, where the type says how it is read.
    pub(crate) fn or_default<T: FromJson + Default>(self) -> Result<T, Wrong> {
        self.or_default_with(T::from_json)
    }

    /// A value that may be absent or `null`.
    pub(crate) fn optional_with<T>(
        self,
        read: impl FnOnce(Value<'a>) -> Result<T, Wrong>,
    ) -> Result<Option<T>, Wrong> {
        let value = self.value.filter(|value| value.as_str() != "null");
        if value.is_some() { self.with(read).map(Some) } else { Ok(None) }
    }

    /// The same, where the type says how it is read.
    pub(crate) fn optional<T: FromJson>(self) -> Result<Option<T>, Wrong> {
        self.optional_with(T::from_json)
    }

    fn outside(self, mut wrong: Wrong) -> Wrong {
        wrong.0.field = self.name;
        wrong
    }
}
