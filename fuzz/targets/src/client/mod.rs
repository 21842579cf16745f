//! A script of what happens to a client, one thing a line: a word, and behind it what belongs to it.
//!
//! | word | what happens |
//! |---|---|
//! | `connect`, `connect-as ana` | the application connects |
//! | `reconnect`, `disconnect`, `sign-out`, `end` | the application does so |
//! | `token`, `no-token` | the token source answers the last request |
//! | `open`, `close 4100`, `bad-address`, `oversized` | news of the last socket |
//! | `say {…}`, `late {…}` | a frame comes in on the last socket, or on the one before |
//! | `welcome north,south`, `snapshots 7` | the server welcomes, or answers all requests at an offset |
//! | `pong`, `ack accepted` | the server answers the last ping, or the oldest event |
//! | `emit north {…}`, `move patient_edited` | the application emits, of the type chosen last |
//! | `narrow north`, `listen north`, `listen` | the application narrows memberships or subscriptions |
//! | `online` … `network` | a signal of the page |
//! | `loaded`, `not-loaded`, `stored`, `not-stored` | storage answers |
//! | `released`, `lost`, `not-erased`, `elsewhere ana` | news of storage and of other tabs |
//! | `pass 1500`, `wall -60000` | milliseconds pass, or the wall clock is set |
//!
//! A line that is none of these is left out.

mod page;

use std::time::Duration;

use yewdux_socket_core::wire::{AckStatus, Token};
use yewdux_socket_core::{
    ConnectOptions, Input, OrganizationId, Signal, UserId,
    error::{ConnectionError, StorageError, ValidationError},
};

pub use page::Page;

/// Lines that are read; more tell nothing new and take time.
const MAX_LINES: usize = 256;

/// Runs a script, and at its end the user signs out.
///
/// # Panics
/// If a guarantee of the client does not hold; see [`Page`].
pub fn run(script: &[u8]) {
    let mut page = Page::new(script);
    for line in script.split(|byte| *byte == b'\n').take(MAX_LINES) {
        let space = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
        let (word, rest) = (&line[..space], line.get(space + 1..).unwrap_or_default());
        if let Ok(word) = std::str::from_utf8(word) {
            happen(&mut page, word, rest);
        }
    }
    page.finish();
}

fn happen(page: &mut Page, word: &str, rest: &[u8]) {
    let text = String::from_utf8_lossy(rest);
    match word {
        "say" => return page.say(rest.to_vec()),
        "late" => return page.say_late(rest.to_vec()),
        "welcome" => return page.welcome(&names(&text)),
        "snapshots" => return page.snapshots(text.parse().unwrap_or(0)),
        "pong" => return page.pong(),
        "ack" => return page.ack(status(&text)),
        "move" => return page.emits_type(&text),
        "emit" => {
            let (organization, payload) = text.split_once(' ').unwrap_or((&text, "{}"));
            return page.emit(organization, payload);
        }
        "loaded" => return page.loaded(Ok(())),
        "not-loaded" => return page.loaded(Err(StorageError::HeldElsewhere)),
        "stored" => return page.stored(Ok(())),
        "not-stored" => return page.stored(Err(StorageError::Full)),
        "pass" => return page.pass(Duration::from_millis(text.parse::<u32>().unwrap_or(0).into())),
        "wall" => return page.set_wall(text.parse::<i32>().unwrap_or(0).into()),
        "token" => {
            let token = Token::new(page.token());
            return page.answer(Ok(token));
        }
        "no-token" => {
            let reason = "out of order".to_owned();
            return page.answer(Err(ConnectionError::TokenUnavailable { reason, retryable: true }));
        }
        _ => {}
    }
    let ids = |names: Vec<&str>| names.into_iter().map(OrganizationId::from).collect::<Vec<_>>();
    let socket = page.socket();
    let input = match (word, socket) {
        ("connect", _) => Input::Connect(ConnectOptions::default()),
        ("connect-as", _) => {
            let mut options = ConnectOptions::default();
            options.user = UserId::try_from(text.to_string()).ok();
            Input::Connect(options)
        }
        ("reconnect", _) => Input::Reconnect,
        ("disconnect", _) => Input::Disconnect,
        ("sign-out", _) => Input::SignOut,
        ("end", _) => Input::End,
        ("open", Some(_)) => return page.open(),
        ("close", Some(_)) => return page.close(text.parse().unwrap_or(1006)),
        ("bad-address", Some(socket)) => {
            Input::InvalidAddress { socket, reason: "no address".to_owned() }
        }
        ("oversized", Some(socket)) => {
            let error = ValidationError::FrameTooLarge { bytes: 2, limit: 1 };
            Input::FrameRefused { socket, error }
        }
        ("narrow", _) => Input::UpdateUserOrganizations(ids(names(&text))),
        ("listen", _) => Input::UpdateSubscriptions((!text.is_empty()).then(|| ids(names(&text)))),
        ("online", _) => Input::Signal(Signal::Online),
        ("offline", _) => Input::Signal(Signal::Offline),
        ("visible", _) => Input::Signal(Signal::Visible),
        ("thawed", _) => Input::Signal(Signal::Thawed),
        ("network", _) => Input::Signal(Signal::NetworkChanged),
        ("released", _) => Input::StorageReleased(UserId::from("ana")),
        ("lost", _) => Input::StorageLost(UserId::from("ana")),
        ("not-erased", _) => Input::NotErased,
        ("elsewhere", _) => match UserId::try_from(text.to_string()) {
            Ok(user) => Input::SignedOutElsewhere(user),
            Err(_) => return,
        },
        _ => return,
    };
    page.step(input);
}

fn names(text: &str) -> Vec<&str> {
    text.split(',').filter(|name| !name.is_empty()).collect()
}

fn status(text: &str) -> AckStatus {
    match text {
        "rejected" => AckStatus::Rejected,
        "conflict" => AckStatus::Conflict,
        _ => AckStatus::Accepted,
    }
}
