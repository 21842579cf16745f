//! Writes JSON Schema of every message and event into a directory: `cargo xtask schema` names `docs/schema`.

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let directory = env::args_os().nth(1).map_or_else(|| PathBuf::from("."), PathBuf::from);
    fs::create_dir_all(&directory)?;
    for (name, schema) in yewdux_socket_core::schema::documents() {
        fs::write(directory.join(name), format!("{schema:#}\n"))?;
    }
    Ok(())
}
