//! WebCrypto: AES-GCM with a key that no script can read, and SHA-256.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AesGcmParams, AesKeyGenParams, Crypto, CryptoKey, SubtleCrypto};
use yewdux_socket_core::error::StorageError;

use super::request::{Pending, refusal, settled, unavailable};

const ALGORITHM: &str = "AES-GCM";
const KEY_BITS: u16 = 256;
/// 96 bits, as NIST SP 800-38D advises. Random ones may serve for 2³² encryptions with one key.
const NONCE_BYTES: usize = 12;

/// The browser's cryptography.
#[derive(Debug)]
pub(super) struct Cipher {
    crypto: Crypto,
    subtle: SubtleCrypto,
}

impl Cipher {
    /// Looks for it: a page that is not in a secure context has none.
    pub(super) fn new() -> Result<Self, StorageError> {
        let crypto = web_sys::window()
            .ok_or_else(|| unavailable("there is no window"))?
            .crypto()
            .map_err(|error| refusal(&error))?;
        let subtle = crypto.subtle();
        if subtle.is_undefined() {
            return Err(unavailable("WebCrypto needs a secure context"));
        }
        Ok(Self { crypto, subtle })
    }

    /// SHA-256 over all parts, in hexadecimal.
    pub(super) async fn digest(&self, parts: &[&[u8]]) -> Result<String, StorageError> {
        let promise = self.subtle.digest_with_str_and_u8_array("SHA-256", &framed(parts));
        let digest = Uint8Array::new(&settled(promise).await?).to_vec();
        let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        Ok(digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect())
    }

    /// A new key. No script can read it, only use it; the database keeps it as an object.
    pub(super) async fn generate_key(&self) -> Result<CryptoKey, StorageError> {
        let usages = Array::of2(&"encrypt".into(), &"decrypt".into());
        let promise = self.subtle.generate_key_with_object(
            &AesKeyGenParams::new(ALGORITHM, KEY_BITS),
            false,
            &usages,
        );
        Ok(settled(promise).await?.unchecked_into())
    }

    /// Begins to encrypt: the nonce, which is fresh, and the ciphertext. `bound` is what decryption must name again.
    pub(super) fn encrypt(
        &self,
        key: &CryptoKey,
        bound: &[u8],
        plaintext: &[u8],
    ) -> Result<(Uint8Array, Pending), StorageError> {
        let mut nonce = [0; NONCE_BYTES];
        self.crypto.get_random_values_with_u8_array(&mut nonce).map_err(|error| refusal(&error))?;
        let nonce = Uint8Array::from(nonce.as_slice());
        let ciphertext = self.subtle.encrypt_with_object_and_u8_array(
            &parameters(&nonce, bound),
            key,
            plaintext,
        );
        Ok((nonce, settled(ciphertext)))
    }

    /// Begins to decrypt. It fails if anything is not as it was encrypted.
    pub(super) fn decrypt(
        &self,
        key: &CryptoKey,
        bound: &[u8],
        nonce: &Uint8Array,
        ciphertext: &Uint8Array,
    ) -> Pending {
        settled(self.subtle.decrypt_with_object_and_js_u8_array(
            &parameters(nonce, bound),
            key,
            ciphertext,
        ))
    }
}

/// The key that the database gave back, if it is one that [`Cipher::generate_key`] could have made.
pub(super) fn usable(key: JsValue) -> Option<CryptoKey> {
    let key: CryptoKey = key.dyn_into().ok()?;
    let algorithm = key.algorithm().ok()?;
    let is = |name: &str, value: JsValue| {
        js_sys::Reflect::get(&algorithm, &name.into()).is_ok_and(|found| found == value)
    };
    let fits = is("name", ALGORITHM.into()) && is("length", KEY_BITS.into());
    (fits && !key.extractable() && key.usages().length() == 2).then_some(key)
}

/// Joins parts so that no two lists of parts give the same bytes: each goes behind its length.
pub(super) fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

fn parameters(nonce: &Uint8Array, bound: &[u8]) -> AesGcmParams {
    let parameters = AesGcmParams::new_with_u8_array(ALGORITHM, nonce);
    // A copy: a view would dangle if memory grew before it is read.
    parameters.set_additional_data_u8_array(&Uint8Array::from(bound));
    parameters
}
