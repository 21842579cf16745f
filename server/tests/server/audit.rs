//! Heads of audit chains: countersigned, and none that goes back.

use serde_json::{Value, json};
use yewdux_socket_server::Server;

use crate::common::{Client, config, start};

fn head(chain: &str, sequence: u64, hash: &str) -> Value {
    json!({"type": "$audit", "chain": chain, "sequence": sequence, "hash": hash})
}

impl Client {
    /// Sends a head and returns the answer.
    async fn audit(&mut self, chain: &str, sequence: u64, hash: &str) -> Value {
        self.send(&head(chain, sequence, hash)).await;
        loop {
            let answer = self.message().await;
            if answer["type"] == "$audit" || answer["type"] == "$error" {
                return answer;
            }
        }
    }

    /// The code with which a head is refused.
    async fn refused(&mut self, chain: &str, sequence: u64, hash: &str) -> String {
        let error = self.audit(chain, sequence, hash).await;
        assert_eq!((&error["type"], &error["regarding"]), (&json!("$error"), &json!("$audit")));
        assert_eq!(error["retryable"], false);
        error["code"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn heads_are_countersigned() {
    let server = start().await;
    let mut ana = Client::connect(server.addr(), "ana").await;
    let signed = ana.audit("one", 3, "00ff").await;
    let echoed = ["chain", "sequence", "hash"].map(|name| signed[name].clone());
    assert_eq!(echoed, [json!("one"), json!(3), json!("00ff")]);
    assert_eq!(signed["signature"].as_str().unwrap().len(), 64);
    assert_eq!(ana.audit("one", 3, "00ff").await, signed, "said again, answered again");
    assert_eq!(ana.audit("one", 9, "00aa").await["sequence"], 9);
}

#[tokio::test]
async fn a_head_that_goes_back_or_differs_is_refused() {
    let server = start().await;
    let mut ana = Client::connect(server.addr(), "ana").await;
    ana.audit("one", 3, "00ff").await;
    assert_eq!(ana.refused("one", 2, "00aa").await, "audit_rewound");
    assert_eq!(ana.refused("one", 3, "00aa").await, "audit_conflict");
    for (sequence, hash) in [(0, "00"), (4, "patient"), (4, ""), (1 << 53, "00")] {
        assert_eq!(ana.refused("one", sequence, hash).await, "invalid_value");
    }
    assert_eq!(ana.audit("one", 4, "00ab").await["sequence"], 4, "the connection goes on");

    // Whoever holds the chain on another connection is held to the same.
    let mut again = Client::connect(server.addr(), "ana").await;
    assert_eq!(again.refused("one", 3, "00ff").await, "audit_rewound");
    assert_eq!(
        again.audit("two", 1, "00aa").await["type"],
        "$audit",
        "a tab has a chain of its own"
    );
    let mut ben = Client::connect(server.addr(), "ben").await;
    assert_eq!(ben.audit("one", 1, "00aa").await["type"], "$audit", "and so has a user");
}

#[tokio::test]
async fn heads_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = config();
    config.data = Some(directory.path().to_owned());
    let server = Server::start(config.clone()).await.unwrap();
    let mut ana = Client::connect(server.addr(), "ana").await;
    let signed = ana.audit("one", 3, "00ff").await;
    ana.leave().await;
    server.shutdown().await;

    let server = Server::start(config).await.unwrap();
    let mut ana = Client::connect(server.addr(), "ana").await;
    assert_eq!(ana.refused("one", 2, "00aa").await, "audit_rewound");
    assert_eq!(ana.audit("one", 3, "00ff").await, signed, "with the same signature");
}

#[tokio::test]
async fn the_chains_of_a_user_are_bounded() {
    let mut config = config();
    config.limits.audit_heads = 2;
    let server = Server::start(config).await.unwrap();
    let mut ana = Client::connect(server.addr(), "ana").await;
    for chain in ["one", "two"] {
        ana.audit(chain, 5, "00ff").await;
    }
    assert_eq!(ana.refused("three", 5, "00ff").await, "audit_too_many");
    assert_eq!(ana.refused("one", 1, "00ff").await, "audit_rewound", "no flood makes it forgotten");
}
