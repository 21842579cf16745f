use super::*;
use crate::wire::Refreshed;

const LIFE: Duration = Duration::from_mins(15);

fn renewing() -> Welcome {
    let mut welcome = welcome();
    welcome.capabilities.push(capability::REFRESH.to_owned());
    Welcome { token_expires_in_ms: Some(900_000), ..welcome }
}

/// Signed in with a token that lives for a quarter of an hour.
fn online() -> World {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(renewing());
    world.snapshots(0);
    world.forget();
    world
}

/// Signed in, and the token source was just asked for the next token.
fn asked() -> World {
    let mut world = online();
    world.pass(secs(14 * 60));
    assert_eq!(world.tokens.len(), 1);
    assert!(world.tokens[0].1, "a cached token would expire as soon as the old one");
    world
}

fn answer(world: &mut World, result: Result<Token, ConnectionError>) {
    let attempt = world.tokens.last().unwrap().0;
    world.step(Input::Token { attempt, result });
}

fn give(world: &mut World) {
    answer(world, Ok(Token::new("next")));
}

fn refreshes(world: &World) -> usize {
    world.sent.iter().filter(|message| matches!(message, ClientMessage::Refresh(_))).count()
}

fn refreshed(world: &mut World) {
    world.say(&ServerMessage::Refreshed(Refreshed { expires_in_ms: 900_000 }));
}

fn refuse(world: &mut World) {
    world.say(&ServerMessage::Error(ServerError {
        code: "unauthorized".into(),
        retryable: true,
        regarding: Some("$refresh".into()),
        ..ServerError::default()
    }));
}

#[test]
fn the_sign_in_is_renewed_before_the_token_expires() {
    let mut world = online();
    world.pass(secs(14 * 60 - 1));
    assert!(world.tokens.is_empty(), "a minute before");
    world.pass(secs(1));
    give(&mut world);
    assert_eq!(refreshes(&world), 1);
    refreshed(&mut world);
    assert_eq!(world.tokens.len(), 1);
    world.pass(secs(14 * 60));
    assert_eq!(world.tokens.len(), 2, "and the next one in time");
    assert_eq!((world.status(), world.opened.len()), (Status::Connected, 1));
}

#[test]
fn a_short_life_is_renewed_at_half_time() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(Welcome { token_expires_in_ms: Some(60_000), ..renewing() });
    world.forget();
    world.pass(secs(29));
    assert!(world.tokens.is_empty());
    world.pass(secs(1));
    assert_eq!(world.tokens.len(), 1);
}

#[test]
fn without_the_ability_or_an_expiry_nothing_is_renewed() {
    let without_ability = Welcome { token_expires_in_ms: Some(900_000), ..welcome() };
    let without_expiry = Welcome { token_expires_in_ms: None, ..renewing() };
    for welcome in [without_ability, without_expiry] {
        let mut world = World::new();
        world.step(Input::Connect(ConnectOptions::default()));
        world.accept(welcome);
        world.forget();
        world.pass(LIFE * 2);
        assert!(world.tokens.is_empty());
    }
}

#[test]
fn a_refused_renewal_is_repeated_once_and_then_reported() {
    let mut world = asked();
    give(&mut world);
    refuse(&mut world);
    assert!(world.error_codes().is_empty(), "once more first");
    world.pass(secs(5));
    give(&mut world);
    assert_eq!(refreshes(&world), 2);
    refuse(&mut world);
    assert_eq!(world.error_codes(), ["refresh_failed"]);
    world.pass(secs(30));
    assert_eq!(
        (world.tokens.len(), world.status()),
        (2, Status::Connected),
        "it goes on till then"
    );
    world.close(4001);
    world.pass(ms(1));
    assert_eq!(world.tokens.last().map(|token| token.1), Some(true));
}

#[test]
fn a_token_source_that_will_not_is_not_asked_twice_and_one_that_cannot_is() {
    for (retryable, asked_again) in [(true, 2), (false, 1)] {
        let mut world = asked();
        let reason = "no".to_owned();
        answer(&mut world, Err(ConnectionError::TokenUnavailable { reason, retryable }));
        world.pass(secs(5));
        assert_eq!(world.tokens.len(), asked_again);
        assert_eq!(world.error_codes().len(), usize::from(!retryable));
    }
}

#[test]
fn what_does_not_answer_counts_as_refused() {
    let mut world = asked();
    world.pass(secs(15));
    assert_eq!(world.tokens.len(), 2, "the token source");
    give(&mut world);
    world.pass(secs(10));
    assert_eq!(world.error_codes(), ["refresh_failed"], "the server");
}

#[test]
fn late_and_unasked_answers_are_ignored() {
    let mut world = asked();
    let first = world.tokens[0].0;
    world.pass(secs(15));
    world.step(Input::Token { attempt: first, result: Ok(Token::new("late")) });
    refreshed(&mut world);
    refuse(&mut world);
    assert_eq!(refreshes(&world), 0);
    give(&mut world);
    assert_eq!(refreshes(&world), 1, "the one that was asked for last");
    refreshed(&mut world);
    refreshed(&mut world);
    world.pass(secs(14 * 60 - 1));
    assert_eq!(world.tokens.len(), 2);
}

#[test]
fn a_token_is_not_written_into_a_link_in_doubt() {
    let mut world = asked();
    world.answers = false;
    world.signal(Signal::Visible);
    give(&mut world);
    assert_eq!(refreshes(&world), 0);
    world.say_raw(&note("north", 1, "a"));
    world.answers = true;
    world.pass(secs(2));
    give(&mut world);
    assert_eq!(refreshes(&world), 1);
}

#[test]
fn a_lost_connection_ends_the_renewal() {
    let mut world = asked();
    world.close(1006);
    give(&mut world);
    assert_eq!(refreshes(&world), 0);
    world.wait();
    assert_eq!(world.tokens.len(), 2);
    world.accept(renewing());
    assert_eq!(world.status(), Status::Connected);
}

#[test]
fn a_machine_that_slept_renews_at_once_when_it_wakes() {
    let mut world = online();
    world.now.wall = world.now.wall.after(secs(14 * 60 + 30));
    world.signal(Signal::Thawed);
    world.pass(ms(1));
    assert_eq!(world.tokens.len(), 1, "the steady clock stood still");
}

#[test]
fn a_token_that_expired_during_a_sleep_is_replaced_by_a_fresh_one() {
    let mut world = online();
    world.close(1006);
    world.now.wall = world.now.wall.after(LIFE);
    world.wait();
    assert_eq!(world.tokens.last().map(|token| token.1), Some(true));
    assert!(!world.log.iter().any(|entry| entry.contains("next")), "no token in the log");
}
