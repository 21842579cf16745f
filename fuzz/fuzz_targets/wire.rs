//! See `yewdux_socket_fuzz::wire`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| yewdux_socket_fuzz::wire::run(input));
