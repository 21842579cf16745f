//! What can be read from a JSON value: numbers, texts, and lists.

use super::value::{FromJson, Value, Wrong};

/// A list. What is beyond a bound of it is left to [`crate::list`].
impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        let mut list = Self::new();
        for (_, entry) in value.entries()? {
            list.push(entry.read()?);
        }
        Ok(list)
    }
}

impl FromJson for bool {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        match value.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(Wrong::form()),
        }
    }
}

/// Numbers are whole, without fraction and exponent, and not negative.
macro_rules! whole_number {
    ($($number:ty)*) => {$(
        impl FromJson for $number {
            fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
                u64::from_json(value)?.try_into().map_err(|_| Wrong::form())
            }
        }
    )*};
}

whole_number! { u16 u32 usize }

impl FromJson for u64 {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        value.as_str().parse().map_err(|_| Wrong::form())
    }
}

/// Exact with up to 15 digits and powers of ten up to 22, otherwise near enough for a rate: what the standard library takes
/// to be exact always is 10 kB of tables.
impl FromJson for f64 {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        let (number, exponent) =
            value.as_str().split_once(['e', 'E']).unwrap_or((value.as_str(), "0"));
        let mut exponent: i32 = exponent.parse().map_err(|_| Wrong::form())?;
        let (number, sign) = number.strip_prefix('-').map_or((number, 1.0), |rest| (rest, -1.0));
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let mut digits = 0.0;
        for digit in whole.bytes().chain(fraction.bytes()) {
            if !digit.is_ascii_digit() {
                return Err(Wrong::form());
            }
            digits = digits * 10.0 + Self::from(digit - b'0');
        }
        exponent = exponent.saturating_sub(i32::try_from(fraction.len()).unwrap_or(i32::MAX));
        let scale = 10_f64.powi(exponent.saturating_abs());
        let number = sign * if exponent < 0 { digits / scale } else { digits * scale };
        if number.is_finite() { Ok(number) } else { Err(Wrong::form()) }
    }
}

impl FromJson for String {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        value.string().map(Into::into)
    }
}
