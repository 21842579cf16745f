//! How a connection begins, and what is answered in between.

use anyhow::{Context as _, Result, bail};
use axum::extract::ws::{Message, WebSocket};
use serde_json::{Value, json};

use crate::load::{Dialect, OWN};

/// Engine.IO asks for a sign of life after this. Longer than any run, so that it is in none.
const PING_INTERVAL_MS: u64 = 3_600_000;

/// Shakes hands; says whether binary frames suit the page.
pub(super) async fn shake(socket: &mut WebSocket, dialect: Dialect) -> Result<bool> {
    match dialect {
        Dialect::Plain => Ok(false),
        Dialect::V1 => {
            let connect: Value = serde_json::from_str(&text(socket).await?)?;
            if connect["type"] != "$connect" {
                bail!("the first message is `$connect`");
            }
            let listed = connect["capabilities"].as_array();
            let binary = listed.is_some_and(|all| all.iter().any(|one| one == "binary"));
            send(socket, welcome().to_string()).await?;
            Ok(binary)
        }
        // Engine.IO 4 opens, the client connects to the namespace, and the server says that it has.
        Dialect::SocketIo => {
            let open = json!({
                "sid": "bench", "upgrades": [], "pingInterval": PING_INTERVAL_MS,
                "pingTimeout": 20_000, "maxPayload": 1_000_000,
            });
            send(socket, format!("0{open}")).await?;
            let connect = text(socket).await?;
            if !connect.starts_with("40") {
                bail!("the first packet connects, and is not {connect}");
            }
            send(socket, r#"40{"sid":"bench"}"#.to_owned()).await?;
            Ok(false)
        }
    }
}

/// What is answered to a message, if anything.
pub(super) fn answer(message: &Message, dialect: Dialect) -> Option<String> {
    let text = message.to_text().ok().filter(|_| dialect == Dialect::V1)?;
    let message: Value = serde_json::from_str(text).ok()?;
    (message["type"] == "$ping")
        .then(|| json!({ "type": "$pong", "id": message["id"] }).to_string())
}

fn welcome() -> Value {
    let organizations: Vec<_> =
        OWN.iter().map(|id| json!({ "id": id, "name": id, "roles": ["nurse"] })).collect();
    json!({
        "type": "$welcome", "protocol": 1, "session": "bench", "userId": "bench",
        "organizations": organizations, "resumed": {}, "capabilities": ["binary", "coalesce"],
    })
}

async fn send(socket: &mut WebSocket, text: String) -> Result<()> {
    Ok(socket.send(Message::text(text)).await?)
}

async fn text(socket: &mut WebSocket) -> Result<String> {
    let message = socket.recv().await.context("the page went away")??;
    Ok(message.to_text()?.to_owned())
}
