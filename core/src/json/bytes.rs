//! What is the same in any JSON: where white space and strings end.

/// What JSON calls white space.
pub(crate) fn trim_start(json: &[u8]) -> &[u8] {
    let blank = json.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    &json[blank.count()..]
}

/// Goes on behind the string that has just begun, and says where its last quotation mark is.
pub(crate) fn end_of_string(bytes: &mut impl Iterator<Item = (usize, u8)>) -> Option<usize> {
    let mut escaped = false;
    let end = bytes.find(|(_, byte)| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.map(|(at, _)| at)
}
