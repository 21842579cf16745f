//! Sign-in tokens and the countersignature of audit heads.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use hmac::Mac;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use yewdux_socket_core::wire::{AuditHead, Token};
use yewdux_socket_core::{OrganizationId, Timestamp, UserId};

use super::hs256;
use crate::random;

/// Who issues and accepts the tokens.
const ISSUER: &str = "yewdux-socket-server";

/// What a token says.
///
/// Organizations and roles are for other services that accept the same tokens. This server asks its own
/// directory at every turn, because memberships change while a token lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    #[serde(rename = "iss")]
    issuer: String,
    /// The user.
    #[serde(rename = "sub")]
    pub(crate) user: UserId,
    /// Organizations and roles at the time of sign-in.
    pub(crate) organizations: BTreeMap<OrganizationId, Vec<String>>,
    /// How often the user had been revoked at the time of sign-in. A count, since clocks cannot tell a token
    /// from just before a revocation from one just after it.
    pub(crate) generation: u64,
    #[serde(rename = "iat")]
    issued_at: i64,
    #[serde(rename = "exp")]
    expires_at: i64,
}

impl Claims {
    pub(crate) fn new(
        user: UserId,
        organizations: BTreeMap<OrganizationId, Vec<String>>,
        generation: u64,
        now: Timestamp,
        time_to_live: Duration,
    ) -> Self {
        let time_to_live = i64::try_from(time_to_live.as_millis()).unwrap_or(i64::MAX);
        Self {
            issuer: ISSUER.to_owned(),
            user,
            organizations,
            generation,
            issued_at: now.as_millis().div_euclid(1_000),
            // Tokens count in whole seconds. Rounded up, so that one lives at least as long as promised.
            expires_at: now
                .as_millis()
                .saturating_add(time_to_live)
                .saturating_add(999)
                .div_euclid(1_000),
        }
    }

    /// When the token stops being good.
    pub(crate) fn expires_at(&self) -> Timestamp {
        Timestamp::from_millis(self.expires_at.saturating_mul(1_000))
    }
}

/// Signs and verifies with the server's key.
#[derive(Clone)]
pub(crate) struct Signer {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    audit: [u8; 32],
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(…)")
    }
}

impl Signer {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        hs256::install();
        let mut validation = Validation::new(Algorithm::HS256);
        // One clock signs and verifies.
        validation.leeway = 0;
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        Self {
            encoding: EncodingKey::from_secret(key),
            decoding: DecodingKey::from_secret(key),
            validation,
            audit: mac(key, &[b"audit"]),
        }
    }

    /// The token that makes the claims.
    pub(crate) fn sign(&self, claims: &Claims) -> Option<Token> {
        let token =
            jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &self.encoding).ok()?;
        Some(Token::new(&token))
    }

    /// The claims of a token, if this server signed it and it is still good. Why not is nobody's business.
    pub(crate) fn verify(&self, token: &Token) -> Option<Claims> {
        jsonwebtoken::decode(token.reveal(), &self.decoding, &self.validation)
            .ok()
            .map(|data| data.claims)
    }

    /// The server's signature over an audit head of a user.
    pub(crate) fn countersign(&self, user: &UserId, head: &AuditHead) -> String {
        // A zero byte occurs in none of the texts, so that the parts cannot run into each other.
        let sequence = head.sequence.to_string();
        let parts = [user.as_str(), head.chain.as_str(), &sequence, &head.hash];
        let parts = parts.map(str::as_bytes);
        random::hex(&mac(
            &self.audit,
            &[parts[0], b"\0", parts[1], b"\0", parts[2], b"\0", parts[3]],
        ))
    }
}

fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // An HMAC takes keys of every length.
    let Some(mut hmac) = hs256::hmac(key) else { return [0; 32] };
    for part in parts {
        hmac.update(part);
    }
    hmac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
        Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap())
    }

    fn claims(now: Timestamp, seconds: u64) -> Claims {
        Claims::new(UserId::from("ana"), BTreeMap::new(), 0, now, Duration::from_secs(seconds))
    }

    #[test]
    fn tokens_come_back_as_what_they_were() {
        let signer = Signer::new(&[1; 32]);
        let claims = claims(now(), 60);
        assert_eq!(signer.verify(&signer.sign(&claims).unwrap()), Some(claims.clone()));
        assert!(claims.expires_at() >= Timestamp::from_millis(now().as_millis() + 59_000));
    }

    #[test]
    fn no_other_token_is_accepted() {
        let signer = Signer::new(&[1; 32]);
        let token = signer.sign(&claims(now(), 60)).unwrap();
        let [header, body, signature] = token.reveal().split('.').collect::<Vec<_>>()[..] else {
            panic!("three parts")
        };
        // {"alg":"none","typ":"JWT"}
        let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
        let of_another_key = Signer::new(&[2; 32]).sign(&claims(now(), 60)).unwrap();
        let expired =
            signer.sign(&claims(Timestamp::from_millis(now().as_millis() - 60_000), 30)).unwrap();
        for bad in [
            format!("{none}.{body}."),
            format!("{none}.{body}.{signature}"),
            format!("{header}.{body}."),
            format!("{header}.{}.{signature}", body.to_uppercase()),
            String::new(),
            "a.b.c".to_owned(),
            of_another_key.reveal().to_owned(),
            expired.reveal().to_owned(),
        ] {
            assert_eq!(signer.verify(&Token::new(&bad)), None);
        }
    }

    #[test]
    fn audit_signatures_depend_on_user_head_and_key() {
        let chain = "one".into();
        let head = AuditHead { chain, sequence: 1, hash: "ab".into(), signature: None };
        let other = AuditHead { sequence: 2, ..head.clone() };
        let of_another = AuditHead { chain: "two".into(), ..head.clone() };
        let (signer, ana, ben) = (Signer::new(&[1; 32]), UserId::from("ana"), UserId::from("ben"));
        let signature = signer.countersign(&ana, &head);
        assert_eq!(signature.len(), 64);
        assert_eq!(signature, signer.countersign(&ana, &head));
        assert_ne!(signature, signer.countersign(&ben, &head));
        assert_ne!(signature, signer.countersign(&ana, &other));
        assert_ne!(signature, signer.countersign(&ana, &of_another));
        assert_ne!(signature, Signer::new(&[2; 32]).countersign(&ana, &head));
    }
}
