//! RFC 3339, section 5.6: text to milliseconds since the Unix epoch, and back. Nothing else of calendars is needed, so a
//! page does not carry a library of them.

use std::fmt;

const MILLIS_PER_DAY: i64 = 86_400_000;
/// From the first of March of the year 0 to the Unix epoch. Years that begin in March have their leap day at the end.
const DAYS_BEFORE_EPOCH: i64 = 719_468;
/// The calendar repeats after 400 years.
const DAYS_PER_CYCLE: i64 = 146_097;
/// What four digits of a year can say: 0000-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z.
const NOTATION: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;

/// Reads a timestamp. What is finer than a millisecond is cut off; a leap second counts as the one before it. `None`
/// if the text is none, or is one in UTC only outside of the years 0 to 9999.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let (fixed, rest) = text.as_bytes().split_first_chunk::<19>()?;
    let [
        date @ ..,
        b'T' | b't' | b' ',
        hour_1,
        hour_2,
        b':',
        minute_1,
        minute_2,
        b':',
        second_1,
        second_2,
    ] = fixed
    else {
        return None;
    };
    let day = day(date)?;
    let time = clock_time([*hour_1, *hour_2], [*minute_1, *minute_2])?;
    let second = number(&[*second_1, *second_2]).filter(|second| *second <= 60)?.min(59);
    let (millis, rest) = fraction(rest)?;
    let since_epoch = day * MILLIS_PER_DAY + time + second * 1_000 + millis - offset(rest)?;
    NOTATION.contains(&since_epoch).then_some(since_epoch)
}

/// Days since the Unix epoch of `2026-02-28`.
fn day(date: &[u8]) -> Option<i64> {
    let [year @ .., b'-', month_1, month_2, b'-', day_1, day_2] = date else { return None };
    let year = number(year)?;
    let month = number(&[*month_1, *month_2])?;
    let day = number(&[*day_1, *day_2])?;
    let is_leap_year = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if is_leap_year => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if !(1..=days).contains(&day) {
        return None;
    }
    let (year, months_since_march) =
        if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(
        year * 365 + leap_days + days_before_month(months_since_march) + day
            - 1
            - DAYS_BEFORE_EPOCH,
    )
}

/// From the first of March to the first of a later month: five months have 153 days, over and over.
const fn days_before_month(months_since_march: i64) -> i64 {
    (months_since_march * 153 + 2) / 5
}

/// Milliseconds since midnight.
fn clock_time(hour: [u8; 2], minute: [u8; 2]) -> Option<i64> {
    let hour = number(&hour).filter(|hour| *hour < 24)?;
    let minute = number(&minute).filter(|minute| *minute < 60)?;
    Some((hour * 60 + minute) * 60_000)
}

/// The milliseconds of `.123456`, if that comes next, and what follows.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some(text) = text.strip_prefix(b".") else { return Some((0, text)) };
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(digits);
    let millis = match *digits {
        [] => return None,
        [tenth] => [tenth, b'0', b'0'],
        [tenth, hundredth] => [tenth, hundredth, b'0'],
        [tenth, hundredth, thousandth, ..] => [tenth, hundredth, thousandth],
    };
    Some((number(&millis)?, rest))
}

/// By how many milliseconds `Z` or `+01:00` is ahead of UTC.
fn offset(text: &[u8]) -> Option<i64> {
    match *text {
        [b'Z' | b'z'] => Some(0),
        [b'+', hour_1, hour_2, b':', minute_1, minute_2] => {
            clock_time([hour_1, hour_2], [minute_1, minute_2])
        }
        [b'-', hour_1, hour_2, b':', minute_1, minute_2] => {
            Some(-clock_time([hour_1, hour_2], [minute_1, minute_2])?)
        }
        _ => None,
    }
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0'))
    })
}

/// Writes a timestamp in UTC, with milliseconds. Outside of the years 0 to 9999, where RFC 3339 has no notation, it is
/// the number of milliseconds and `ms`.
pub(crate) fn write(since_epoch: i64, to: &mut fmt::Formatter<'_>) -> fmt::Result {
    if !NOTATION.contains(&since_epoch) {
        return write!(to, "{since_epoch}ms");
    }
    let (year, month, day) = date(since_epoch.div_euclid(MILLIS_PER_DAY));
    let time = since_epoch.rem_euclid(MILLIS_PER_DAY);
    let (hour, minute) = (time / 3_600_000, time / 60_000 % 60);
    let (second, millis) = (time / 1_000 % 60, time % 1_000);
    write!(to, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// Year, month and day from days since the Unix epoch.
fn date(day: i64) -> (i64, i64, i64) {
    let day = day + DAYS_BEFORE_EPOCH;
    let (cycle, day) = (day.div_euclid(DAYS_PER_CYCLE), day.rem_euclid(DAYS_PER_CYCLE));
    // Days without the leap days before them, which come every 4 years, but not every 100, but every 400.
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (year * 365 + year / 4 - year / 100);
    let months_since_march = (day * 5 + 2) / 153;
    let day = day - days_before_month(months_since_march) + 1;
    let year = cycle * 400 + year;
    if months_since_march < 10 {
        (year, months_since_march + 3, day)
    } else {
        (year + 1, months_since_march - 9, day)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    struct Written(i64);

    impl fmt::Display for Written {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write(self.0, f)
        }
    }

    /// The library whose calendar is the measure.
    fn by_jiff(millis: i64) -> String {
        format!("{:.3}", jiff::Timestamp::from_millisecond(millis).unwrap())
    }

    #[test]
    fn every_day_is_written_and_read_as_a_calendar_library_does() {
        let (first, last) = (NOTATION.start() / MILLIS_PER_DAY, NOTATION.end() / MILLIS_PER_DAY);
        for day in first..=last {
            // Another time on each day, the first and last moment of it among them.
            let time = match day.rem_euclid(3) {
                0 => 0,
                1 => MILLIS_PER_DAY - 1,
                _ => day.unsigned_abs().cast_signed() * 7_919 % MILLIS_PER_DAY,
            };
            let millis = day * MILLIS_PER_DAY + time;
            let text = Written(millis).to_string();
            assert_eq!(parse(&text), Some(millis), "{text}");
            if day % 13 == 0 {
                assert_eq!(text, by_jiff(millis));
            }
        }
    }

    #[test]
    fn texts_are_read_as_a_calendar_library_does() {
        for text in [
            "2026-02-28T23:59:59Z",
            "2026-02-28t23:59:59z",
            "2026-02-28 23:59:59Z",
            "2024-02-29T00:00:00.1Z",
            "2000-02-29T00:00:00.12+00:00",
            "2026-06-30T12:34:56.123456789-23:59",
            "2026-06-30T12:34:56.999999+23:59",
            "2016-12-31T23:59:60Z",
            "1969-12-31T23:59:59.001Z",
            "0001-01-01T00:00:00+01:00",
            "2026-01-01T00:00:00-00:00",
        ] {
            let expected = text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
            assert_eq!(parse(text), Some(expected), "{text}");
        }
        let finest = "2026-06-30T12:34:56.1234567890123Z";
        assert_eq!(parse(finest), parse("2026-06-30T12:34:56.123Z"), "any number of digits");
    }

    #[test]
    fn what_is_not_rfc_3339_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z",
            "2026-01-01T00:00:61Z",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00,5Z",
            "2026-01-01T00:00Z",
            "2026-01-01T00:00:00+24:00",
            "2026-01-01T00:00:00+01",
            "2026-01-01T00:00:00+0100",
            "2026-01-01T00:00:00+01:60",
            "2026-01-01T00:00:00Z[UTC]",
            "2026-01-01T00:00:00Z ",
            " 2026-01-01T00:00:00Z",
            "20260101T000000Z",
            "+02026-01-01T00:00:00Z",
            "-0001-01-01T00:00:00Z",
            "2026-1-01T00:00:00Z",
            "2026-01-01T00:00:0٣Z",
            "0000-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_has_no_notation_is_written_as_a_number() {
        assert_eq!(Written(*NOTATION.start()).to_string(), "0000-01-01T00:00:00.000Z");
        assert_eq!(Written(NOTATION.start() - 1).to_string(), "-62167219200001ms");
        assert_eq!(Written(*NOTATION.end()).to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Written(i64::MAX).to_string(), "9223372036854775807ms");
    }
}
