//! Frames that a client writes, one a line, through the server's checks into its hub.
//!
//! Ana, who belongs to the north, writes them. Ben, of both, and Dora, of the south, listen.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use yewdux_socket_core::event::{Organization, Patient, User};
use yewdux_socket_core::wire::{Incoming, decode_server, split_frame};
use yewdux_socket_core::{OrganizationId, UserId};
use yewdux_socket_server::fuzzing::{Connection, Server};
use yewdux_socket_server::{Account, Seed};

/// What the others say first.
const CONNECT: &[u8] = br#"{"type":"$connect","protocol":1,"token":"t","capabilities":[]}"#;
/// Lines that are read; more tell nothing new and take time.
const MAX_LINES: usize = 64;

/// Lets Ana write the lines.
///
/// # Panics
/// If somebody is told what is not theirs, or told what is no message of the protocol.
pub fn run(lines: &[u8]) {
    let mut server = Server::new(&seed());
    let mut listeners = ["ben", "dora"].map(|user| {
        let mut connection = server.connection(user);
        server.frame(&mut connection, CONNECT).expect("who says `$connect` joins");
        connection
    });
    let mut ana = server.connection("ana");
    for frame in lines.split(|byte| *byte == b'\n').take(MAX_LINES) {
        let ended = server.frame(&mut ana, frame).is_err();
        hears_its_own(&ana, &["north"]);
        if ended {
            server.leave(&ana);
            ana = server.connection("ana");
        }
    }
    server.leave(&ana);
    for (connection, organizations) in
        listeners.iter_mut().zip([&["north", "south"][..], &["south"]])
    {
        hears_its_own(connection, organizations);
        let alive = server.frame(connection, br#"{"type":"$ping","id":7}"#).is_ok();
        let answers = connection.said().concat();
        assert!(alive && answers.contains("$pong"), "a listener does not get an answer: {answers}");
    }
}

/// What a connection is told is of the protocol, and of its organizations.
fn hears_its_own(connection: &Connection, organizations: &[&str]) {
    for frame in connection.said() {
        for item in split_frame(frame.as_bytes()) {
            let item = item.expect("a server writes JSON");
            let told = decode_server(item).expect("a server writes messages");
            if let Incoming::Event(event) = &told {
                assert!(
                    event.organization().is_some_and(|id| organizations.contains(&id)),
                    "{frame}"
                );
            }
            let json: Value = serde_json::from_str(item.as_str()).expect("a server writes JSON");
            if let Some(organization) = json["organizationId"].as_str() {
                assert!(organizations.contains(&organization), "{frame}");
            }
        }
    }
}

fn seed() -> Seed {
    let organization =
        |id: &str| Organization { id: OrganizationId::from(id), name: id.to_owned() };
    let account = |id: &str, organizations: &[&str]| Account {
        user: User {
            id: UserId::from(id),
            name: id.to_owned(),
            email: String::new(),
            first_name: String::new(),
        },
        memberships: organizations
            .iter()
            .map(|id| (OrganizationId::from(*id), vec!["nurse".to_owned(), "admin".to_owned()]))
            .collect::<BTreeMap<_, _>>(),
    };
    let patient = |organization: &str, id: &str| {
        let patient = json!({
            "id": id, "name": id, "ward": "A", "status": "stable", "heartRate": 70,
        });
        let patient: Patient = serde_json::from_value(patient).expect("this is a patient");
        (OrganizationId::from(organization), patient)
    };
    Seed {
        organizations: vec![organization("north"), organization("south")],
        accounts: vec![
            account("ana", &["north"]),
            account("ben", &["north", "south"]),
            account("dora", &["south"]),
        ],
        patients: vec![patient("north", "p1"), patient("south", "p2")],
    }
}
