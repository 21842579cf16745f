//! Who is who: tokens that this server signs, and passwords.

mod hs256;
mod passwords;
mod tokens;

pub use passwords::{PasswordError, hash_password};

pub(crate) use passwords::Passwords;
pub(crate) use tokens::{Claims, Signer};
