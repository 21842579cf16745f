//! Random schedules.

use yewdux_socket_core::Signal;

use crate::action::{
    Abilities, Action, DeviceIndex, Foreign, Garbage, Happening, Limits, PageEnd, Revocation,
    Schedule, Setup, Step, StorageTrouble, TokenTrouble,
};
use crate::dice::Dice;
use crate::names::{KINDS, ORGANIZATIONS, Organization, Organizations, User};

const MOST_STEPS: u64 = 120;
const SIGNALS: [Signal; 5] =
    [Signal::Online, Signal::Offline, Signal::Visible, Signal::Thawed, Signal::NetworkChanged];
const CLOSE_CODES: [u16; 16] = [
    1000, 1001, 1005, 1006, 1011, 3000, 4000, 4003, 4004, 4099, 4100, 4101, 4199, 4200, 4201, 4299,
];
const GARBAGE: [Garbage; 12] = [
    Garbage::Truncated,
    Garbage::NotJson,
    Garbage::NotUtf8,
    Garbage::Empty,
    Garbage::MixedArray,
    Garbage::UnknownWord,
    Garbage::WrongFields,
    Garbage::DoubledKey,
    Garbage::HalfPosition,
    Garbage::TooLarge,
    Garbage::UnaskedSnapshot,
    Garbage::UnaskedAck,
];

impl Schedule {
    /// The schedule of a seed.
    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let setup = setup(&mut dice);
        let most = dice.within(10, MOST_STEPS) as usize;
        let mut steps = Vec::new();
        while steps.len() < most {
            let step = Step { after_ms: pause(&mut dice), action: action(&mut dice) };
            let mishap = mishap(&mut dice, &step.action);
            steps.extend(std::iter::once(step).chain(mishap).take(most - steps.len()));
        }
        Self { seed, setup, steps }
    }
}

/// Something that goes wrong just then: a line that breaks just after an event was emitted, before it is written,
/// before it is heard, before its ack; or a page that ends after an event; or one that ends or emits while it loads
/// what an earlier one left.
fn mishap(dice: &mut Dice, action: &Action) -> Option<Step> {
    let device = match *action {
        Action::Emit { device, .. } => device,
        Action::Reload { device, back_ms, .. } => {
            let after_ms = dice.pick(&[0, 5, 60, 400]);
            return match dice.below(4) {
                0 => Some(Step { after_ms, action: reload(dice, device) }),
                1 => {
                    let organization = dice.index(ORGANIZATIONS.len());
                    let action = emit(dice, device, organization);
                    Some(Step { after_ms: back_ms + after_ms, action })
                }
                _ => None,
            };
        }
        _ => return None,
    };
    if dice.one_in(10) {
        let after_ms = dice.pick(&[0, 1, 5, 25, 45]);
        return Some(Step { after_ms, action: reload(dice, device) });
    }
    dice.one_in(4).then(|| Step {
        after_ms: dice.pick(&[0, 1, 25, 45]),
        action: Action::Cut {
            device,
            up: dice.pick(&[0, 1, 100]),
            down: dice.pick(&[0, 0, 0, 1]),
            client_hears_ms: dice.pick(&[Some(0), Some(900), None]),
            server_hears_ms: dice.pick(&[0, 3_000, 30_000]),
        },
    })
}

fn emit(dice: &mut Dice, device: DeviceIndex, organization: Organization) -> Action {
    Action::Emit {
        device,
        organization,
        kind: dice.index(KINDS.len()),
        key: dice.below(5),
        count: dice.pick(&[1, 1, 1, 2, 3, 8]),
        padding: dice.pick(&[0, 0, 0, 250]),
    }
}

fn reload(dice: &mut Dice, device: DeviceIndex) -> Action {
    let crash = PageEnd::Crash {
        up: dice.pick(&[0, 0, 1, 2, 100]),
        server_hears_ms: dice.pick(&[0, 50, 3_000, 30_000]),
    };
    Action::Reload {
        device,
        end: if dice.one_in(4) { PageEnd::Closed } else { crash },
        stored: dice.pick(&[0, 0, 1, 2, 3, 100]),
        back_ms: dice.pick(&[0, 20, 300, 2_500, 9_000]),
    }
}

fn storage(dice: &mut Dice, device: DeviceIndex) -> Action {
    let which = dice.pick(&[1, 2, 0b101, 0b1111_1110, 0xff]);
    Action::Storage {
        device,
        delay_ms: dice.pick(&[0, 3, 30, 400, 4_000]),
        full: dice.one_in(4),
        trouble: dice.pick(&[
            StorageTrouble::None,
            StorageTrouble::None,
            StorageTrouble::LoadFails,
            StorageTrouble::StoreFails,
            StorageTrouble::Hangs { ms: 4_500 },
            StorageTrouble::Hangs { ms: 7_000 },
            StorageTrouble::Hangs { ms: 3_600_000 },
            StorageTrouble::Damage { which },
        ]),
    }
}

fn setup(dice: &mut Dice) -> Setup {
    let full = Abilities {
        positions: true,
        resume: true,
        snapshot: true,
        ack: true,
        digest: true,
        refresh: true,
    };
    let plain = Abilities {
        resume: false,
        snapshot: false,
        ack: false,
        digest: false,
        refresh: false,
        ..full
    };
    let abilities = match dice.below(20) {
        0 => plain,
        1 => Abilities { positions: false, ..plain },
        2 => Abilities { resume: false, ..full },
        3 => Abilities { digest: false, refresh: false, ..full },
        4 => Abilities { ack: false, ..full },
        _ => full,
    };
    let bounded = dice.one_in(4);
    Setup {
        abilities,
        devices: dice.pick(&[2, 2, 3]),
        limits: limits(dice),
        token_life_ms: dice.pick(&[None, None, Some(20_000), Some(150_000)]),
        part_entries: dice.pick(&[1, 2, 100]),
        part_gap_ms: dice.pick(&[0, 0, 150, 1_500]),
        outbox_events: if bounded { 6 } else { 1_000 },
        outbox_bytes: if bounded { 900 } else { 1 << 20 },
        emit_burst: dice.pick(&[100, 100, 5]),
        persists: !dice.one_in(3),
        expects: dice.one_in(2),
        tabs: dice.one_in(2),
        tabs_hear_ms: dice.pick(&[0, 2, 150, 3_000]),
        careless: dice.one_in(5),
    }
}

fn limits(dice: &mut Dice) -> Limits {
    Limits {
        in_flight: dice.pick(&[None, Some(1), Some(3), Some(32)]),
        frame_bytes: dice.pick(&[None, None, None, Some(400)]),
        dedupe_ms: dice.pick(&[None, Some(20_000), Some(120_000), Some(86_400_000)]),
        rate: dice.pick(&[None, None, Some((2, 3)), Some((20, 5))]),
    }
}

fn pause(dice: &mut Dice) -> u64 {
    match dice.below(20) {
        0..=6 => 0,
        7..=12 => dice.below(100),
        13..=16 => dice.below(1_000),
        17 | 18 => dice.below(6_000),
        _ => dice.below(40_000),
    }
}

fn some_organizations(dice: &mut Dice) -> Organizations {
    Organizations(dice.pick(&[0b111, 0b011, 0b001, 0b010, 0b101, 0b110, 0b000, 0b111]))
}

fn action(dice: &mut Dice) -> Action {
    let device = dice.index(3);
    let organization = dice.index(ORGANIZATIONS.len());
    let user = dice.index(3);
    let roll = dice.below(142);
    match roll {
        0..=21 => emit(dice, device, organization),
        22..=35 => Action::Happen {
            organization,
            what: dice.pick(&[
                Happening::Change,
                Happening::Change,
                Happening::Change,
                Happening::Change,
                Happening::Change,
                Happening::Unknown,
                Happening::Broken,
                Happening::Notice,
            ]),
            key: dice.below(5),
            count: dice.pick(&[1, 1, 2, 5]),
        },
        36..=45 => Action::Cut {
            device,
            up: dice.pick(&[0, 0, 1, 2, 100]),
            down: dice.pick(&[0, 0, 1, 2, 3, 100]),
            client_hears_ms: dice.pick(&[Some(0), Some(0), Some(20), Some(900), None]),
            server_hears_ms: dice.pick(&[0, 50, 3_000, 30_000]),
        },
        46..=51 => Action::Stall {
            device,
            up_ms: dice.pick(&[0, 300, 1_500, 9_000]),
            down_ms: dice.pick(&[0, 300, 1_500, 9_000]),
        },
        52 | 53 => Action::Latency {
            device,
            ms: dice.pick(&[1, 20, 200, 900]),
            flush_ms: dice.pick(&[0, 0, 40, 500]),
        },
        54 | 55 => Action::Skip { device, count: dice.within(1, 3) },
        56..=59 => Action::Repeat { device, events: dice.index(5), acks: dice.index(3) },
        60..=78 => outer_action(dice, roll, device, organization, user),
        _ => session_action(dice, roll, device, organization, user),
    }
}

/// What happens to the server and to the machines.
fn outer_action(
    dice: &mut Dice,
    roll: u64,
    device: DeviceIndex,
    organization: Organization,
    user: User,
) -> Action {
    match roll {
        60 | 61 => Action::Restart {
            down_ms: dice.pick(&[0, 500, 8_000]),
            loses_history: dice.one_in(2),
            forgets_sessions: dice.one_in(2),
            code: dice.pick(&[1006, 4101, 1012]),
        },
        62..=64 => Action::Truncate { organization },
        65..=67 => Action::Resync { device, organization },
        68..=70 => Action::Sleep {
            device,
            ms: dice.pick(&[2_000, 6_000, 40_000, 200_000]),
            signal: dice.pick(&[None, Some(Signal::Visible), Some(Signal::Thawed)]),
        },
        71 | 72 => Action::SetWallClock {
            device,
            by_ms: dice.pick(&[3_600_000, -3_600_000, 86_400_000, -86_400_000]),
        },
        73 => Action::LateTimers { device, ms: dice.pick(&[0, 0, 1_000, 20_000]) },
        74 | 75 => Action::ExpireTokens { user },
        76 => Action::RefuseTokens { count: dice.within(1, 2) },
        _ => Action::TokenSource {
            device,
            trouble: dice.pick(&[
                TokenTrouble::None,
                TokenTrouble::None,
                TokenTrouble::Fails,
                TokenTrouble::FailsForGood,
                TokenTrouble::Silent,
            ]),
            delay_ms: dice.pick(&[0, 300, 4_000, 12_000]),
        },
    }
}

/// What concerns sign-in, organizations and the connection as such.
fn session_action(
    dice: &mut Dice,
    roll: u64,
    device: DeviceIndex,
    organization: Organization,
    user: User,
) -> Action {
    match roll {
        79..=83 => {
            Action::Membership { user, organization, member: dice.one_in(2), role: dice.below(3) }
        }
        84..=86 => Action::Narrow { device, organizations: some_organizations(dice) },
        87..=89 => Action::Subscribe {
            device,
            organizations: (!dice.one_in(3)).then(|| some_organizations(dice)),
        },
        90 | 91 => Action::SignOut { device, next: user, back_ms: dice.pick(&[0, 100, 4_000]) },
        92 => Action::SwitchUser { device, user },
        93 => Action::Revoke {
            device,
            how: dice.pick(&[Revocation::Message, Revocation::Close, Revocation::Both]),
        },
        94..=98 => Action::Close {
            device,
            code: dice.pick(&CLOSE_CODES),
            retry_after_ms: dice.pick(&[None, None, Some(0), Some(700), Some(9_000)]),
        },
        99 | 100 => Action::Reject { count: dice.within(1, 3) },
        101..=105 => Action::Hear { device, signal: dice.pick(&SIGNALS) },
        106..=108 => Action::Offline {
            device,
            ms: dice.pick(&[100, 3_000, 15_000, 70_000]),
            told: !dice.one_in(3),
        },
        109..=112 => Action::Garble { device, what: dice.pick(&GARBAGE) },
        113..=116 => Action::Foreign {
            device,
            organization,
            what: dice.pick(&[
                Foreign::Event,
                Foreign::Event,
                Foreign::Online,
                Foreign::Snapshot,
                Foreign::Resync,
            ]),
        },
        117 => Action::Lag { answers: dice.within(1, 2), by: dice.within(1, 4) },
        118 | 119 => Action::Corrupt { organization, sockets: dice.below(3) as u32 },
        120 => Action::ServerPing { device },
        121 => Action::Limits { limits: limits(dice) },
        122 | 123 => Action::Connect { device },
        124 => Action::Disconnect { device, back_ms: dice.pick(&[100, 6_000, 30_000]) },
        125..=127 => Action::Reconnect { device },
        128..=133 => reload(dice, device),
        134 | 135 => Action::TakeAway { device, heard_ms: dice.pick(&[0, 5, 300, 2_500]) },
        _ => storage(dice, device),
    }
}
