//! One pass over a JSON value: whether it is one, where it ends, whether its parts keep to their bounds, and, of an
//! object, where the fields of an envelope stand. Nothing is built.
//!
//! The grammar is the one of RFC 8259, as `serde_json` reads it: a test and a fuzz target hold the two against each other.

use super::fields::{Fields, Name};
use super::shape::{Over, ShapeLimits, within};
use crate::error::ValidationError;
use crate::json::{Value, trim_start};

/// What a pass over a value found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scanned<'a> {
    /// The text of the value.
    pub(crate) json: &'a str,
    /// Where it ends, in bytes from where the pass began.
    pub(crate) end: usize,
    /// A bound that it is over.
    pub(crate) over: Option<Over>,
    /// The fields of its envelope, if it is an object.
    pub(crate) fields: Fields<'a>,
}

/// What is open around what is innermost: memory that is used again for the next value.
#[derive(Debug, Default)]
pub(crate) struct Nesting {
    /// Within the bound of nesting: what it is, and how many entries it has so far.
    counted: Vec<(Kind, usize)>,
    /// What nests deeper. It costs a byte a level to see that each is closed.
    deeper: Vec<Kind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Array,
    Object,
}

impl Kind {
    fn end(self) -> u8 {
        match self {
            Self::Array => b']',
            Self::Object => b'}',
        }
    }
}

/// Passes over the value that a text begins with, white space before it included.
///
/// # Errors
/// [`Stopped`], if it is none.
pub(crate) fn scan<'a>(
    text: &'a str,
    limits: &ShapeLimits,
    nesting: &mut Nesting,
) -> Result<Scanned<'a>, Stopped> {
    nesting.counted.clear();
    nesting.deeper.clear();
    let bytes = text.as_bytes();
    let mut scan = Scan {
        text,
        bytes,
        at: 0,
        limits,
        nesting,
        depth: 0,
        innermost: Kind::Array,
        entries: 0,
        is_key: false,
        name: Name::Other,
        over: None,
        fields: Fields::default(),
    };
    scan.skip_white_space();
    let start = scan.at;
    let is_value = scan.value().is_some();
    let Scan { at: end, over, fields, .. } = scan;
    if is_value {
        // Both ends are at characters of ASCII.
        Ok(Scanned { json: text.get(start..end).unwrap_or_default(), end, over, fields })
    } else {
        Err(Stopped { at: end })
    }
}

/// Passes over a text that is one value and white space around it.
///
/// # Errors
/// [`ValidationError::Malformed`] if it is not.
pub(crate) fn scan_whole<'a>(
    text: &'a str,
    limits: &ShapeLimits,
) -> Result<Scanned<'a>, ValidationError> {
    let scanned = scan(text, limits, &mut Nesting::default());
    let scanned = scanned.map_err(|stopped| stopped.of(text.len()))?;
    if trim_start(&text.as_bytes()[scanned.end..]).is_empty() {
        Ok(scanned)
    } else {
        Err(Stopped { at: scanned.end + 1 }.of(text.len()))
    }
}

impl ShapeLimits {
    /// Checks a text that is valid JSON. It takes one pass and, whatever the text, no more memory than for `nesting`
    /// numbers and a byte for each level beyond.
    ///
    /// # Errors
    /// [`ValidationError::TooComplex`], naming the limit; [`ValidationError::Malformed`] if the text is not JSON.
    pub fn check(&self, json: &str) -> Result<(), ValidationError> {
        scan_whole(json, self)?.over.map_or(Ok(()), |over| Err(over.into()))
    }
}

impl<'a> Value<'a> {
    /// A text of which nothing is known.
    ///
    /// # Errors
    /// [`ValidationError::Malformed`] if it is not one value.
    pub(crate) fn parse(text: &'a str) -> Result<Self, ValidationError> {
        let scanned = scan_whole(text, &ShapeLimits::default())?;
        Ok(Self::of(scanned.json))
    }
}

/// How far a pass came over what is no value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopped {
    /// The number of bytes up to the one that it stopped at, and with that.
    at: usize,
}

impl Stopped {
    /// The error, of a text of so many bytes.
    pub(crate) fn of(self, length: usize) -> ValidationError {
        let detail = if self.at > length {
            format!("cut off after {length} bytes")
        } else {
            format!("syntax at byte {}", self.at)
        };
        ValidationError::Malformed { detail }
    }
}

struct Scan<'a, 'l> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    limits: &'l ShapeLimits,
    nesting: &'l mut Nesting,
    /// How many arrays and objects are open.
    depth: usize,
    /// What is open and innermost, if anything is.
    innermost: Kind,
    /// How many entries that has so far.
    entries: usize,
    /// Whether a key comes next, or has just been.
    is_key: bool,
    /// The envelope's field whose value comes next.
    name: Name,
    over: Option<Over>,
    fields: Fields<'a>,
}

impl Scan<'_, '_> {
    fn value(&mut self) -> Option<()> {
        loop {
            self.skip_white_space();
            let start = self.at;
            let opened = match self.next()? {
                b'"' => {
                    self.strings(start)?;
                    None
                }
                _ if self.is_key => return None,
                b'{' => Some(Kind::Object),
                b'[' => Some(Kind::Array),
                b't' => self.rest_of_word(b"rue").map(|()| None)?,
                b'f' => self.rest_of_word(b"alse").map(|()| None)?,
                b'n' => self.rest_of_word(b"ull").map(|()| None)?,
                first => self.number(first).map(|()| None)?,
            };
            if self.is_key {
                self.skip_white_space();
                if self.next()? != b':' {
                    return None;
                }
                self.is_key = false;
                continue;
            }
            // An array or object is none of the envelope's values: its beginning stands for it.
            self.set_field(start);
            if let Some(kind) = opened {
                self.open(kind);
                self.skip_white_space();
                if self.bytes.get(self.at) != Some(&kind.end()) {
                    self.is_key = kind == Kind::Object;
                    continue;
                }
            }
            // What may follow a value, up to where the next one begins.
            loop {
                if self.depth == 0 {
                    return Some(());
                }
                self.skip_white_space();
                let next = self.next()?;
                if next == b',' {
                    self.entries += 1;
                    self.is_key = self.innermost == Kind::Object;
                    break;
                }
                if next != self.innermost.end() {
                    return None;
                }
                self.close();
            }
        }
    }

    /// A string whose quotation mark is behind, and those after it that follow with nothing but a colon or comma between:
    /// most of an object is that. What is last may be a key.
    fn strings(&mut self, mut start: usize) -> Option<()> {
        loop {
            self.string()?;
            if !self.is_key {
                self.set_field(start);
            } else if self.depth == 1 {
                self.name = self.fields.name(&self.bytes[start + 1..self.at - 1]);
            }
            let next = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk);
            match (self.is_key, next) {
                (true, Some(b":\"")) => self.is_key = false,
                (false, Some(b",\"")) if self.depth > 0 => {
                    self.entries += 1;
                    self.is_key = self.innermost == Kind::Object;
                }
                _ => return Some(()),
            }
            start = self.at + 1;
            self.at += 2;
        }
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte
    }

    fn skip_white_space(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn open(&mut self, kind: Kind) {
        if self.depth < self.limits.nesting {
            self.nesting.counted.push((self.innermost, self.entries));
        } else {
            self.nesting.deeper.push(self.innermost);
            self.hold(within("nesting", self.limits.nesting + 1, self.limits.nesting));
        }
        self.depth += 1;
        (self.innermost, self.entries) = (kind, 1);
    }

    fn close(&mut self) {
        self.hold(within("list", self.entries, self.limits.items));
        let outer = match self.nesting.deeper.pop() {
            // It is over a bound already, whatever it has.
            Some(kind) => Some((kind, 0)),
            None => self.nesting.counted.pop(),
        };
        (self.innermost, self.entries) = outer.unwrap_or((Kind::Array, 0));
        self.depth -= 1;
    }

    /// Notes the value that began there, if it is one of the envelope's.
    fn set_field(&mut self, start: usize) {
        if self.name != Name::Other {
            self.fields.set(self.name, self.text.get(start..self.at).unwrap_or_default());
            self.name = Name::Other;
        }
    }

    /// Keeps the first bound that the value is over.
    fn hold(&mut self, kept: Result<(), Over>) {
        if let Err(over) = kept {
            self.over.get_or_insert(over);
        }
    }

    /// A string whose quotation mark is behind.
    fn string(&mut self) -> Option<()> {
        let start = self.at;
        loop {
            self.skip_plain();
            match self.next()? {
                b'"' => break,
                b'\\' => self.escape()?,
                // A control character.
                _ => return None,
            }
        }
        self.hold(within("string", self.at - 1 - start, self.limits.string_bytes));
        Some(())
    }

    /// What a string holds beside quotation marks, backslashes and control characters; eight bytes at a time.
    fn skip_plain(&mut self) {
        while let Some(word) = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk) {
            let special = special(u64::from_le_bytes(*word));
            if special != 0 {
                self.at += special.trailing_zeros() as usize / 8;
                return;
            }
            self.at += 8;
        }
        let is_plain = |byte: &u8| *byte >= 0x20 && !b"\"\\".contains(byte);
        while self.bytes.get(self.at).is_some_and(is_plain) {
            self.at += 1;
        }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Option<()> {
        match self.next()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => {
                let digits = self.bytes.get(self.at..self.at + 4)?;
                self.at += 4;
                digits.iter().all(u8::is_ascii_hexdigit).then_some(())
            }
            _ => None,
        }
    }

    /// A number whose first character is behind.
    fn number(&mut self, first: u8) -> Option<()> {
        let digit = if first == b'-' { self.next()? } else { first };
        match digit {
            b'0' if matches!(self.bytes.get(self.at), Some(b'0'..=b'9')) => return None,
            b'0' => {}
            b'1'..=b'9' => self.skip_digits(),
            _ => return None,
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.bytes.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    /// At least one digit.
    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        self.skip_digits();
        (self.at > start).then_some(())
    }

    fn skip_digits(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    /// The rest of `true`, `false` or `null`.
    fn rest_of_word(&mut self, rest: &[u8]) -> Option<()> {
        let found = self.bytes.get(self.at..self.at + rest.len())?;
        self.at += rest.len();
        (found == rest).then_some(())
    }
}

/// Marks the first byte of a word, counted from the low end, that is a quotation mark, a backslash or a control character,
/// by its high bit; perhaps others above it.
fn special(word: u64) -> u64 {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // With this bit flipped, the quotation mark is the one that follows the control characters.
    let control_or_quotation_mark = (word ^ (LOW * 0x02)).wrapping_sub(LOW * 0x21);
    let backslash = (word ^ (LOW * 0x5c)).wrapping_sub(LOW);
    (control_or_quotation_mark | backslash) & !word & HIGH
}

#[cfg(test)]
mod tests {
    use serde::de::IgnoredAny;

    use super::*;

    /// Holds the pass against the parser: of the whole text, and of what the pass takes for its first value.
    fn agree(text: &str) {
        let parses = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_ok();
        let scanned = scan(text, &ShapeLimits::default(), &mut Nesting::default());
        let end = scanned.ok().map(|scanned| scanned.end);
        let is_whole = end.is_some_and(|end| trim_start(&text.as_bytes()[end..]).is_empty());
        assert_eq!(is_whole, parses(text), "{text}");
        assert!(end.is_none_or(|end| parses(&text[..end])), "{text}");
    }

    const VALUES: &[&str] = &[
        r#"{"type":"a","organizationId":"n","timestamp":"t","offset":12,"payload":{"a":[1,2,{"b":null}]}}"#,
        r#" [ 1 , -2.5e+10 , 0.25 , true , false , null , "" , {} , [] , [ ] , { } ] "#,
        r#""\" \\ \/ \b\f\n\r\t \u00e9 \uD83D å 😀 and more than eight""#,
        "-0",
        "1E5",
        "123456789012345678901234567890",
        r#"{"a":{"a":{"a":{}}},"b":[[[[]]]]}"#,
        "\"just under and over eight\u{7f}\u{80}\"",
    ];

    #[test]
    fn what_the_parser_reads_passes_and_nothing_else() {
        for value in VALUES {
            agree(value);
            let characters: Vec<_> = value.chars().collect();
            for at in 0..=characters.len() {
                let (before, behind) = characters.split_at(at);
                let before: String = before.iter().collect();
                let rest: String = behind.iter().skip(1).collect();
                let behind: String = behind.iter().collect();
                let mut damaged = vec![before.clone(), format!("{before}{rest}")];
                for put in "{}[]\",:\\019.-+eEtfnu/x \u{1}\u{1f}\u{7f}é\n".chars() {
                    damaged.push(format!("{before}{put}{behind}"));
                    damaged.push(format!("{before}{put}{rest}"));
                }
                for text in damaged {
                    agree(&text);
                }
            }
        }
    }

    #[test]
    fn strings_end_where_they_end_wherever_they_begin() {
        for length in 0..40 {
            for special in ["", "\\n", "\\\"", "é", "\u{0}", "\u{1f}", "\u{7f}"] {
                for at in 0..=length {
                    let text =
                        format!("\"{}{special}{}\" ", "a".repeat(at), "b".repeat(length - at));
                    agree(&text);
                }
            }
        }
    }
}
