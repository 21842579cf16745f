//! Honest frames, damaged: by the bit, by the byte, by the token.

use fastrand::Rng;

/// What takes the place of something else, or comes in between.
const TOKENS: [&[u8]; 36] = [
    b"null",
    b"true",
    b"[]",
    b"{}",
    b"\"\"",
    b"0",
    b"-1",
    b"1.5",
    b"1e999",
    b"9007199254740991",
    b"9007199254740992",
    b"18446744073709551615",
    b"18446744073709551616",
    b"-9223372036854775808",
    b"\"\\ud800\"",
    b"\"\\u0000\"",
    b"\"\\u0024welcome\"",
    b"\xff\xfe",
    b"\0",
    b",",
    b":",
    b"[",
    b"]",
    b"{",
    b"}",
    b"\"",
    b"\\",
    b"\"type\":\"$revoked\",",
    b"\"type\":\"$error\",",
    b"\"type\":\"$membership\",",
    b"research",
    b"north",
    b"south",
    b"\"organizationId\":\"research\",",
    b"\"offset\":0,",
    b"[[[[[[[[[[[[[[[[",
];
/// A frame grows to this at most.
const MAX_BYTES: usize = 64 * 1024;

/// Damages one of the frames: half of the time in one way, else in up to four.
pub fn damaged(rng: &mut Rng, frames: &[String]) -> Vec<u8> {
    let pick = |rng: &mut Rng| frames[rng.usize(..frames.len())].clone().into_bytes();
    let mut frame = pick(rng);
    for _ in 0..if rng.bool() { 1 } else { rng.usize(2..=4) } {
        let other = pick(rng);
        damage(rng, &mut frame, &other);
        frame.truncate(MAX_BYTES);
    }
    frame
}

fn damage(rng: &mut Rng, frame: &mut Vec<u8>, other: &[u8]) {
    let at = |rng: &mut Rng, of: &[u8]| rng.usize(..=of.len());
    let range = |rng: &mut Rng, of: &[u8]| {
        let (one, two) = (rng.usize(..=of.len()), rng.usize(..=of.len()));
        one.min(two)..one.max(two)
    };
    match rng.u8(..12) {
        // A bit.
        0 => {
            if let Some(byte) = choose(rng, frame) {
                *byte ^= 1 << rng.u8(..8);
            }
        }
        // A byte.
        1 => {
            let new = rng.u8(..);
            if let Some(byte) = choose(rng, frame) {
                *byte = new;
            }
        }
        // Cut off.
        2 => frame.truncate(rng.usize(..=frame.len())),
        // A piece left out.
        3 => drop(frame.drain(range(rng, frame))),
        // A piece twice: keys that are doubled, arrays that grow.
        4 => {
            let piece = frame[range(rng, frame)].to_vec();
            let at = at(rng, frame);
            frame.splice(at..at, piece);
        }
        // A piece of another frame.
        5 => {
            let piece = other[range(rng, other)].to_vec();
            frame.splice(range(rng, frame), piece);
        }
        // A token in between.
        6 => {
            let at = at(rng, frame);
            frame.splice(at..at, token(rng).to_vec());
        }
        // A number, or a word, is another value.
        7 => replace(rng, frame, |byte| byte.is_ascii_digit()),
        8 => replace(rng, frame, |byte| byte.is_ascii_alphanumeric() || byte == b'_'),
        // A key between the others.
        9 => {
            if let Some(at) = choose_where(rng, frame, |byte| byte == b'{' || byte == b',') {
                let key: &[u8] =
                    [&b"\"type\":"[..], b"\"offset\":", b"\"id\":", b"\"organizations\":"]
                        [rng.usize(..4)];
                let new = [key, token(rng), b","].concat();
                insert(frame, at + 1, &new);
            }
        }
        // Two frames in one.
        10 => {
            let joined = [b"[", &frame[..], b",", other, b"]"].concat();
            *frame = joined;
        }
        // Deep.
        _ => {
            let depth = rng.usize(1..2_000);
            let (open, close) = if rng.bool() { ("[", "]") } else { ("{\"a\":", "}") };
            if let Some(at) = choose_where(rng, frame, |byte| byte == b':') {
                let value = [
                    open.repeat(depth).as_bytes(),
                    b"1",
                    close.repeat(depth).as_bytes(),
                    b",\"z\":",
                ]
                .concat();
                insert(frame, at + 1, &value);
            }
        }
    }
}

fn insert(frame: &mut Vec<u8>, at: usize, new: &[u8]) {
    frame.splice(at..at, new.iter().copied());
}

fn token(rng: &mut Rng) -> &'static [u8] {
    TOKENS[rng.usize(..TOKENS.len())]
}

fn choose<'a>(rng: &mut Rng, frame: &'a mut [u8]) -> Option<&'a mut u8> {
    let index = if frame.is_empty() { 0 } else { rng.usize(..frame.len()) };
    frame.get_mut(index)
}

/// The place of a byte of a kind, if there is one.
fn choose_where(rng: &mut Rng, frame: &[u8], kind: impl Fn(u8) -> bool) -> Option<usize> {
    let places: Vec<_> = (0..frame.len()).filter(|at| kind(frame[*at])).collect();
    rng.choice(places)
}

/// Replaces a run of bytes of a kind by a token.
fn replace(rng: &mut Rng, frame: &mut Vec<u8>, kind: impl Fn(u8) -> bool) {
    let Some(at) = choose_where(rng, frame, &kind) else { return };
    let start = frame[..at].iter().rposition(|byte| !kind(*byte)).map_or(0, |before| before + 1);
    let end =
        frame[at..].iter().position(|byte| !kind(*byte)).map_or(frame.len(), |after| at + after);
    frame.splice(start..end, token(rng).to_vec());
}
