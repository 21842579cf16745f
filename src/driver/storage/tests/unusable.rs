//! Records that are whole, and yet of no use: too old, without their key, or a flood.

use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::CryptoKey;
use yewdux_socket_core::error::StorageError::{Damaged, Stale};
use yewdux_socket_core::{StoredEvent, Timestamp};

use super::{
    MINUTE, Tab, event, events, key, leave, now, owner, plant_key, records, sequences, user, write,
};

#[wasm_bindgen_test]
async fn what_has_outlived_its_time() {
    let at = |timestamp: i64, expires_at: i64| StoredEvent {
        timestamp: Timestamp::from_millis(now() + timestamp),
        expires_at: Timestamp::from_millis(now() + expires_at),
        ..event(2)
    };
    let stale = [
        ("expired", at(-2 * MINUTE, -1)),
        ("expires before it was emitted", at(2 * MINUTE, MINUTE)),
        ("from the future", at(60 * MINUTE, 61 * MINUTE)),
    ];
    for (why, stale) in stale {
        let user = user("stale");
        leave(&user, &[event(1), stale]).await;
        let (_tab, loaded) = Tab::holding(&user).await;
        assert_eq!((sequences(&loaded.events), loaded.refused), (vec![1], vec![Stale]), "{why}");
        assert_eq!(records(&user).await.len(), 1);
    }
}

#[wasm_bindgen_test]
async fn what_is_whole_between_refused_ones_stays() {
    let user = user("between");
    let mut events = events(7);
    for stale in [0, 1, 3, 6] {
        events[stale].expires_at = Timestamp::from_millis(now() - 1);
    }
    leave(&user, &events).await;
    for refused in [4, 0] {
        let (_tab, loaded) = Tab::holding(&user).await;
        assert_eq!(sequences(&loaded.events), [3, 5, 6]);
        assert_eq!(loaded.refused, vec![Stale; refused]);
    }
}

#[wasm_bindgen_test]
async fn without_the_key_nothing_is_readable() {
    for planted in [None, Some("text"), Some("readable")] {
        let user = user("key");
        leave(&user, &events(3)).await;
        let tag = owner(&user).await.tag;
        plant_key(&tag, planted).await;
        let (mut tab, loaded) = Tab::holding(&user).await;
        assert_eq!((loaded.events, loaded.refused), (vec![], vec![Damaged; 3]));
        tab.store(&user, &event(4)).await.unwrap();
        let key: CryptoKey = key(&user).await.dyn_into().unwrap();
        assert!(!key.extractable(), "a new one is made");
        drop(tab);
        let (_tab, loaded) = Tab::holding(&user).await;
        assert_eq!(sequences(&loaded.events), [4]);
    }
}

#[wasm_bindgen_test]
async fn ten_thousand_damaged_records() {
    let user = user("flood");
    let stale = StoredEvent { expires_at: Timestamp::from_millis(now() - 1), ..event(30_000) };
    leave(&user, &[event(20_000), stale]).await;
    let record = records(&user).await.remove(0).1;
    let flood: Vec<_> = (1..=10_000).map(|n| (event(n).id, Some(record.clone()))).collect();
    write(&user, &flood).await;
    let begin = js_sys::Date::now();
    let (_tab, loaded) = Tab::holding(&user).await;
    let took = js_sys::Date::now() - begin;
    wasm_bindgen_test::console_log!("10 000 damaged records: {took} ms");
    assert_eq!(sequences(&loaded.events), [20_000]);
    assert!(loaded.refused.len() <= 101, "{} are named", loaded.refused.len());
    assert!(loaded.refused.contains(&Damaged) && loaded.refused.contains(&Stale));
    assert_eq!(records(&user).await.len(), 1);
    assert!(took < 60_000.0);
}
