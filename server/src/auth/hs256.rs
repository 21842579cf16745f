//! HMAC-SHA-256 for jsonwebtoken, and nothing else.
//!
//! The crate leaves cryptography to a provider. This one knows a single algorithm, so that a token that names
//! another one cannot reach any code that would verify it.

use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, AlgorithmFamily};
use sha2::Sha256;
use signature::{Signer, Verifier};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| {
        let hmac = keyed(*algorithm, key.family(), key.as_bytes())?;
        Ok(Box::new(Hs256(hmac)))
    },
    verifier_factory: |algorithm, key| {
        let hmac = keyed(*algorithm, key.family(), key.try_get_as_bytes()?)?;
        Ok(Box::new(Hs256(hmac)))
    },
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes jsonwebtoken use the provider. If the program around this library has installed another one, that
/// one serves as well.
pub(super) fn install() {
    let _ = PROVIDER.install_default();
}

/// An HMAC under the key, ready for the message.
pub(super) fn hmac(key: &[u8]) -> Option<Hmac<Sha256>> {
    Hmac::new_from_slice(key).ok()
}

fn keyed(algorithm: Algorithm, family: AlgorithmFamily, key: &[u8]) -> Result<Hmac<Sha256>, Error> {
    match (algorithm, family, hmac(key)) {
        (Algorithm::HS256, AlgorithmFamily::Hmac, Some(hmac)) => Ok(hmac),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    }
}

struct Hs256(Hmac<Sha256>);

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self.0.clone().chain_update(message).finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        // Compares in constant time.
        self.0
            .clone()
            .chain_update(message)
            .verify_slice(signature)
            .map_err(|_| signature::Error::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}
