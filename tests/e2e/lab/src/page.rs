//! Provider and probe.

use yew::prelude::*;
use yewdux_socket::event::Patient;
use yewdux_socket::{
    Config, ConnectionStatus, EntitySlice, Envelope, EventFeed, PresenceSlice, Rule, SocketEvent,
    SocketOptions, SocketProvider, SocketSlice, use_slice, use_socket, use_socket_event,
};

use crate::mark::LabMark;
use crate::record;
use crate::session::tokens;
use crate::settings::Settings;

/// The whole page. `window.lab.mount(false)` takes the provider out of it.
#[component]
pub(crate) fn Lab() -> Html {
    let mounted = use_state_eq(|| true);
    let options = use_memo((), |()| options(&Settings::read()));
    use_effect_with((), {
        let mounted = mounted.setter();
        move |()| {
            record::with(|record| record.mount = Some(Callback::from(move |on| mounted.set(on))));
        }
    });
    match (&*options, *mounted) {
        (None, _) => html! { <p role="alert">{ "The event type is taken." }</p> },
        (Some(_), false) => html! { <p>{ "Not mounted" }</p> },
        (Some(options), true) => html! {
            <SocketProvider options={options.clone()}><Probe /></SocketProvider>
        },
    }
}

fn options(settings: &Settings) -> Option<SocketOptions> {
    let options = SocketOptions::new(&settings.server)
        .token(tokens(settings.clone()))
        .builtin_events()
        .configure(|config| configure(config, settings));
    let options = options.event::<LabMark>().ok()?.permissions(|policy| {
        policy.receive(LabMark::TYPE, Rule::Member).emit(LabMark::TYPE, Rule::Member);
    });
    let options = if settings.patients { options.slice::<EntitySlice<Patient>>() } else { options };
    // Whose events are kept has to be known before the server can say so.
    Some(if settings.persist { options.user(settings.user.as_str()).persist() } else { options })
}

/// The defaults, but for rates and bounds: they protect a server from applications that emit thousands of
/// events at once, which this one does on purpose.
fn configure(config: &mut Config, settings: &Settings) {
    config.emit_rate.per_second = 100_000.0;
    config.emit_rate.burst = 100_000;
    config.max_in_flight = 1_000;
    config.outbox.max_events = 20_000;
    config.outbox.max_bytes = 16 << 20;
    if let Some((min, max)) = settings.backoff {
        (config.backoff.min, config.backoff.max) = (min, max);
    }
    if let Some(stable_after) = settings.stable_after {
        config.backoff.stable_after = stable_after;
    }
}

/// Records what a component sees.
#[component]
fn Probe() -> Html {
    let manager = use_socket().manager;
    let socket = use_slice(SocketSlice::clone);
    let presence = use_slice(|slice: &PresenceSlice| slice.presence.clone());
    use_socket_event(|mark: &LabMark, envelope: &Envelope| {
        let organization = envelope.organization.as_ref().map(ToString::to_string);
        record::with(|record| record.receive(organization.unwrap_or_default(), mark.sequence));
    });
    use_effect_with(manager, |manager| {
        record::with(|record| record.manager = Some(manager.clone()));
        || record::with(|record| record.manager = None)
    });
    use_effect_with(socket, |socket| record::with(|record| record.observe(socket)));
    use_effect_with(presence, |presence| {
        record::with(|record| record.presence = presence.clone());
    });
    html! { <><ConnectionStatus /><EventFeed /></> }
}
