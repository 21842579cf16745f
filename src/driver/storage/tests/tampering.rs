//! A record that was changed in any way is refused by its type, removed, and never returned.

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use yewdux_socket_core::error::StorageError::{self, Damaged, Foreign};
use yewdux_socket_core::{EventId, OrganizationId, StoredEvent, UserId};

use super::{Tab, bytes, event, events, key, leave, owner, records, sequences, set, user, write};
use crate::driver::storage::cipher::{Cipher, usable};
use crate::driver::storage::record::{self, Owner};

/// Leaves two events, changes the record of the first, and says why it is refused. The second must be left.
async fn refused(change: impl FnOnce(&JsValue)) -> Vec<StorageError> {
    let user = user("tampering");
    leave(&user, &events(2)).await;
    let (id, record) = records(&user).await.remove(0);
    change(&record);
    write(&user, &[(id, Some(record))]).await;
    let (_tab, loaded) = Tab::holding(&user).await;
    assert_eq!(sequences(&loaded.events), [2], "what is whole is returned, and nothing else");
    assert_eq!(records(&user).await.len(), 1, "what was refused is removed");
    loaded.refused
}

fn array(bytes: &[u8]) -> Uint8Array {
    Uint8Array::from(bytes)
}

#[wasm_bindgen_test]
async fn each_bit_of_the_ciphertext_counts() {
    for place in [0, 20, usize::MAX] {
        let why = refused(|record| {
            let mut bytes = bytes(record, "ciphertext");
            let place = place.min(bytes.len() - 1);
            bytes[place] ^= 1;
            set(record, "ciphertext", array(&bytes));
        });
        assert_eq!(why.await, [Damaged]);
    }
}

#[wasm_bindgen_test]
async fn a_ciphertext_that_is_cut_or_empty() {
    for keep in [0, 1, 15, 16, 40] {
        let why = refused(|record| {
            let bytes = bytes(record, "ciphertext");
            set(record, "ciphertext", array(&bytes[..keep]));
        });
        assert_eq!(why.await, [Damaged]);
    }
}

#[wasm_bindgen_test]
async fn another_nonce() {
    for nonce in [vec![7; 12], vec![], vec![0; 11], vec![0; 16]] {
        assert_eq!(refused(|record| set(record, "nonce", array(&nonce))).await, [Damaged]);
    }
}

#[wasm_bindgen_test]
async fn another_sequence() {
    assert_eq!(refused(|record| set(record, "sequence", "99")).await, [Damaged]);
}

#[wasm_bindgen_test]
async fn another_organization() {
    for tag in [String::new(), "0".repeat(64)] {
        // The first record is global, the second belongs to an organization.
        let why = refused(|record| set(record, "organization", format!("x{tag}")));
        assert_eq!(why.await, [Damaged]);
    }
}

#[wasm_bindgen_test]
async fn fields_of_another_form() {
    let strange =
        || [JsValue::NULL, JsValue::UNDEFINED, 5.into(), "".into(), js_sys::Object::new().into()];
    for field in ["format", "sequence", "organization", "expiresAt", "nonce", "ciphertext"] {
        for value in strange() {
            // An empty organization is what a global event has.
            if field != "organization" || value != "" {
                assert_eq!(refused(|record| set(record, field, value)).await, [Damaged]);
            }
        }
    }
}

#[wasm_bindgen_test]
async fn an_unknown_format() {
    assert_eq!(refused(|record| set(record, "format", 2)).await, [Damaged]);
}

#[wasm_bindgen_test]
async fn records_that_are_no_objects() {
    let user = user("no-objects");
    leave(&user, &[event(9)]).await;
    let strange = [JsValue::NULL, "text".into(), 5.into(), js_sys::Array::new().into()];
    let strange: Vec<_> = (1..).zip(strange).map(|(n, value)| (event(n).id, Some(value))).collect();
    write(&user, &strange).await;
    let (_tab, loaded) = Tab::holding(&user).await;
    assert_eq!((sequences(&loaded.events), loaded.refused), (vec![9], vec![Damaged; 4]));
}

#[wasm_bindgen_test]
async fn swapped_ciphertexts() {
    let user = user("swapped");
    leave(&user, &events(2)).await;
    let mut records = records(&user).await;
    let (first, second) = (records[0].1.clone(), records[1].1.clone());
    for field in ["nonce", "ciphertext"] {
        let (a, b) = (bytes(&first, field), bytes(&second, field));
        set(&first, field, array(&b));
        set(&second, field, array(&a));
    }
    let records: Vec<_> = records.drain(..).map(|(id, record)| (id, Some(record))).collect();
    write(&user, &records).await;
    let (_tab, loaded) = Tab::holding(&user).await;
    assert_eq!((loaded.events, loaded.refused), (vec![], vec![Damaged; 2]));
}

#[wasm_bindgen_test]
async fn a_record_under_another_idempotency_key() {
    let user = user("copied");
    leave(&user, &[event(1)]).await;
    let (_, record) = records(&user).await.remove(0);
    write(&user, &[(event(5).id, Some(record))]).await;
    let (_tab, loaded) = Tab::holding(&user).await;
    assert_eq!(sequences(&loaded.events), [1], "a copy would be sent as another event");
    assert_eq!(loaded.refused, [Damaged]);
}

#[wasm_bindgen_test]
async fn a_record_copied_to_another_user() {
    let (ana, ben) = (user("ana"), user("ben"));
    leave(&ana, &events(1)).await;
    leave(&ben, &[event(2)]).await;
    let (id, record) = records(&ana).await.remove(0);
    write(&ben, &[(id, Some(record))]).await;
    let (_tab, loaded) = Tab::holding(&ben).await;
    assert_eq!((sequences(&loaded.events), loaded.refused), (vec![2], vec![Damaged]));
}

#[wasm_bindgen_test]
async fn a_record_and_its_key_copied_to_another_user() {
    let (ana, ben) = (user("ana"), user("ben"));
    leave(&ana, &events(1)).await;
    let (id, record) = records(&ana).await.remove(0);
    let database = super::database().await;
    let key = usable(key(&ana).await).unwrap();
    database.write(&owner(&ben).await.tag, Some(&key), &[(id, Some(record))]).await.unwrap();
    let (_tab, loaded) = Tab::holding(&ben).await;
    assert_eq!((loaded.events, loaded.refused), (vec![], vec![Damaged]), "the user is bound too");
}

#[wasm_bindgen_test]
async fn a_record_and_its_key_copied_to_another_server() {
    let user = user("ana");
    leave(&user, &events(1)).await;
    let (id, record) = records(&user).await.remove(0);
    let key = usable(key(&user).await).unwrap();
    let server = "wss://elsewhere.example/ws";
    let elsewhere = Owner::new(&Cipher::new().unwrap(), server, user.clone()).await.unwrap();
    super::database().await.write(&elsewhere.tag, Some(&key), &[(id, Some(record))]).await.unwrap();
    let mut tab = Tab::of(server);
    let loaded = tab.load(&user).await.unwrap();
    assert_eq!((loaded.events, loaded.refused), (vec![], vec![Damaged]), "the server is bound too");
}

/// A record whose inside is `inside`, encrypted as for `user`, and whose outside says what `outside` says.
async fn forged(user: &UserId, outside: &StoredEvent, inside: &str) {
    let cipher = Cipher::new().unwrap();
    let owner = owner(user).await;
    let key = usable(key(user).await).unwrap();
    let sealing = record::seal_inside(&cipher, &key, &owner, outside, inside.as_bytes()).await;
    let record = sealing.unwrap().record().await.unwrap();
    write(user, &[(outside.id.clone(), Some(record))]).await;
}

#[wasm_bindgen_test]
async fn an_inside_that_names_another_than_the_outside() {
    let honest = event(2);
    let others = [
        ("ben", honest.clone()),
        ("", StoredEvent { id: EventId::from_bits(77), ..honest.clone() }),
        ("", StoredEvent { sequence: 77, ..honest.clone() }),
        ("", StoredEvent { organization_id: None, ..honest.clone() }),
        ("", StoredEvent { organization_id: Some(OrganizationId::from("s")), ..honest.clone() }),
    ];
    for (named, inside) in others {
        let user = user("ana");
        leave(&user, &[event(1)]).await;
        let named = if named.is_empty() { user.as_str() } else { named };
        let inside = serde_json::json!({ "user": named, "event": inside }).to_string();
        forged(&user, &honest, &inside).await;
        let (_tab, loaded) = Tab::holding(&user).await;
        assert_eq!((sequences(&loaded.events), loaded.refused), (vec![1], vec![Foreign]));
    }
}

#[wasm_bindgen_test]
async fn an_inside_that_cannot_be_read() {
    for inside in ["", "{", "{}", "null", "{\"user\":\"ana\"}"] {
        let user = user("ana");
        leave(&user, &[event(1)]).await;
        forged(&user, &event(2), inside).await;
        let (_tab, loaded) = Tab::holding(&user).await;
        assert_eq!((sequences(&loaded.events), loaded.refused), (vec![1], vec![Damaged]));
    }
}
