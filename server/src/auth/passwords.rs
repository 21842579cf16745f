//! Passwords, kept as argon2id hashes.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use thiserror::Error;
use yewdux_socket_core::UserId;

/// Longest password that is looked at, in bytes.
pub(crate) const MAX_PASSWORD: usize = 1_024;

/// A password or a file of hashes was not accepted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// The password is empty or longer than 1 024 bytes.
    #[error("a password has 1 to {MAX_PASSWORD} bytes")]
    Length,
    /// The password could not be hashed.
    #[error("the password could not be hashed")]
    Hash,
    /// The file could not be read.
    #[error("the file of password hashes could not be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// The file is no JSON object from user ids to strings.
    #[error("the file of password hashes is no JSON object from user ids to hashes (line {line})")]
    Malformed {
        /// Where the error is.
        line: usize,
    },
    /// The hash of a user is no argon2id hash.
    #[error("the hash of user `{user}` is no argon2id hash; make one with `hash-password`")]
    NoArgon2id {
        /// Whose hash.
        user: UserId,
    },
}

/// The argon2id hash of a password with a random salt, as a PHC string.
///
/// The cost is the crate's default, which follows OWASP's minimum: 19 MiB of memory, two passes.
pub fn hash_password(password: &str) -> Result<String, PasswordError> {
    if password.is_empty() || password.len() > MAX_PASSWORD {
        return Err(PasswordError::Length);
    }
    let hash =
        Argon2::default().hash_password(password.as_bytes()).map_err(|_| PasswordError::Hash)?;
    Ok(hash.to_string())
}

/// The hashes by user.
pub(crate) struct Passwords {
    hashes: BTreeMap<UserId, String>,
    /// Of a password that nobody has, so that an unknown user takes as long as a known one.
    nobody: String,
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Passwords({} users)", self.hashes.len())
    }
}

impl Passwords {
    /// Reads and checks a file of hashes.
    pub(crate) fn read(path: &Path) -> Result<Self, PasswordError> {
        Self::parse(&std::fs::read_to_string(path)?)
    }

    fn parse(json: &str) -> Result<Self, PasswordError> {
        let hashes: BTreeMap<UserId, String> = serde_json::from_str(json)
            .map_err(|error| PasswordError::Malformed { line: error.line() })?;
        for (user, hash) in &hashes {
            let argon2id =
                PasswordHash::new(hash).is_ok_and(|hash| hash.algorithm.as_str() == "argon2id");
            if !argon2id {
                return Err(PasswordError::NoArgon2id { user: user.clone() });
            }
        }
        Ok(Self { hashes, nobody: hash_password(&crate::random::id())? })
    }

    /// Whether it is the user's password. Takes tens of milliseconds of one core: not for the runtime's threads.
    pub(crate) fn verify(&self, user: &UserId, password: &str) -> bool {
        let known = self.hashes.get(user);
        let Ok(hash) = PasswordHash::new(known.unwrap_or(&self.nobody)) else { return false };
        let fits = password.len() <= MAX_PASSWORD
            && Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
        fits && known.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_of_a_known_user_passes() {
        let hash = hash_password("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        let passwords = Passwords::parse(&format!(r#"{{"ana":"{hash}"}}"#)).unwrap();
        let (ana, ben) = (UserId::from("ana"), UserId::from("ben"));
        assert!(passwords.verify(&ana, "correct horse"));
        assert!(!passwords.verify(&ana, "wrong horse"));
        assert!(!passwords.verify(&ana, ""));
        assert!(!passwords.verify(&ben, "correct horse"));
        assert!(!format!("{passwords:?}").contains("argon2"), "no hash in the log");
    }

    #[test]
    fn bad_files_and_passwords_are_refused() {
        assert!(matches!(Passwords::parse("[]"), Err(PasswordError::Malformed { .. })));
        for hash in ["secret", "$2b$12$abcdefghijklmnopqrstuv", ""] {
            let json = serde_json::json!({ "ana": hash }).to_string();
            assert!(
                matches!(Passwords::parse(&json), Err(PasswordError::NoArgon2id { .. })),
                "{hash}"
            );
        }
        assert!(matches!(hash_password(""), Err(PasswordError::Length)));
        assert!(matches!(hash_password(&"x".repeat(MAX_PASSWORD + 1)), Err(PasswordError::Length)));
    }
}
