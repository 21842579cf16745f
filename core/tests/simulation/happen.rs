//! What each action does to the world.

use std::time::Duration;

use yewdux_socket_core::{Input, Signal};

use crate::action::{Action, Happening};
use crate::device::Task;
use crate::link::LinkId;
use crate::names::Organizations;
use crate::watch::Check;
use crate::world::World;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

impl World {
    /// Carries out an action. What concerns the page of a machine that sleeps does not happen.
    pub(crate) fn happen(&mut self, action: &Action) -> Check {
        self.watch.count(action.name());
        self.watch.note(|| format!("{:?} == {action:?}", self.now));
        if !self.happen_to_server(action) && !self.happen_to_line(action) {
            self.happen_to_page(action)?;
        }
        self.carry_server();
        Ok(())
    }

    fn device(&self, index: usize) -> usize {
        index % self.server.setup.devices
    }

    /// Whether the action was one of the server alone.
    fn happen_to_server(&mut self, action: &Action) -> bool {
        let server = &mut self.server;
        match *action {
            Action::Happen { organization, what, key, count } => {
                let count = if what == Happening::Broken { 1 } else { count };
                for _ in 0..count {
                    let value = self.value(0);
                    self.server.happen(organization, what, key, value);
                }
            }
            Action::Restart { down_ms, loses_history, forgets_sessions, code } => {
                server.restart(ms(down_ms), loses_history, forgets_sessions, code);
            }
            Action::Truncate { organization } => server.streams[organization].truncate(),
            Action::ExpireTokens { user } => server.expire_tokens(user),
            Action::RefuseTokens { count } => server.refuse_tokens(count),
            Action::Membership { user, organization, member, role } => {
                server.set_membership(user, organization, member, role);
            }
            Action::Reject { count } => server.reject(count),
            Action::Lag { answers, by } => server.lag(answers, by),
            Action::Corrupt { organization, sockets } => {
                server.corrupt(organization, sockets, &mut self.watch);
            }
            Action::Limits { limits } => server.set_limits(limits),
            _ => return false,
        }
        true
    }

    /// Whether the action was one of a connection.
    fn happen_to_line(&mut self, action: &Action) -> bool {
        let now = self.now;
        match *action {
            Action::Cut { device, up, down, client_hears_ms, server_hears_ms } => {
                let client_hears = client_hears_ms.map(|after| now + ms(after));
                if let Some((_, link)) = self.line(self.device(device)) {
                    link.cut((up, down), client_hears, now + ms(server_hears_ms));
                    self.watch.count("cuts");
                }
            }
            Action::Stall { device, up_ms, down_ms } => {
                if let Some((_, link)) = self.line(self.device(device)) {
                    link.stall(now + ms(up_ms), now + ms(down_ms));
                }
            }
            Action::Latency { device, ms: latency, flush_ms } => {
                let (device, pace) = (self.device(device), (ms(latency), ms(flush_ms)));
                self.paces[device] = pace;
                if let Some((_, link)) = self.line(device) {
                    link.set_latency(pace);
                }
            }
            Action::Skip { device, count } => {
                self.on_line(device, |world, link| world.server.skip(link, count));
            }
            Action::Repeat { device, events, acks } => {
                self.on_line(device, |world, link| world.server.repeat(link, events, acks));
            }
            Action::Resync { device, organization } => {
                self.on_line(device, |world, link| world.server.overflow(link, organization));
            }
            Action::Revoke { device, how } => {
                self.on_line(device, |world, link| world.server.revoke(link, how));
            }
            Action::Close { device, code, retry_after_ms } => {
                let close = |world: &mut Self, link| {
                    world.server.close_with(link, code, retry_after_ms);
                };
                self.on_line(device, close);
            }
            Action::Garble { device, what } => {
                self.on_line(device, |world, link| world.server.garble(link, what));
            }
            Action::Foreign { device, organization, what } => {
                self.on_line(device, |world, link| world.server.intrude(link, organization, what));
            }
            Action::ServerPing { device } => {
                self.on_line(device, |world, link| world.server.ping(link));
            }
            _ => return false,
        }
        true
    }

    fn on_line(&mut self, device: usize, act: impl FnOnce(&mut Self, LinkId)) {
        if let Some((link, _)) = self.line(self.device(device)) {
            act(self, link);
        }
    }

    fn happen_to_page(&mut self, action: &Action) -> Check {
        let Some(device) = action.device().map(|device| self.device(device)) else {
            return Ok(());
        };
        let now = self.now;
        if !self.devices[device].clock.is_awake(now) {
            return Ok(());
        }
        let page = &mut self.devices[device];
        let input = match *action {
            Action::Emit { organization, kind, key, count, padding, .. } => {
                for _ in 0..count {
                    let value = self.value(padding);
                    let payload = format!(r#"{{"key":{key},"value":"{value}"}}"#);
                    let state = (&self.server, &mut self.book, &mut self.watch);
                    self.devices[device].emit(now, (kind, organization), &payload, state)?;
                    self.settle_step(device)?;
                }
                return Ok(());
            }
            Action::Connect { .. } => Input::Connect(page.options()),
            Action::Reconnect { .. } => Input::Reconnect,
            Action::Disconnect { back_ms, .. } => {
                page.tasks.push((now + ms(back_ms), Task::Connect));
                Input::Disconnect
            }
            Action::SignOut { next, back_ms, .. } => {
                page.user = next;
                page.tasks.push((now + ms(back_ms), Task::Connect));
                Input::SignOut
            }
            Action::SwitchUser { user, .. } => {
                page.user = user;
                Input::Reconnect
            }
            Action::Sleep { ms: time, signal, .. } => {
                page.clock.sleep(now, ms(time));
                if let Some(signal) = signal {
                    page.tasks.push((now + ms(time), Task::Signal(signal)));
                }
                return Ok(());
            }
            Action::SetWallClock { by_ms, .. } => {
                // It is seen for itself: a clock that is set just when the machine sleeps would hide the sleep.
                self.step(device, Input::Tick)?;
                self.devices[device].clock.set_wall_clock(by_ms);
                Input::Tick
            }
            Action::LateTimers { ms: lag, .. } => {
                page.clock.timer_lag = ms(lag);
                return Ok(());
            }
            Action::TokenSource { trouble, delay_ms, .. } => {
                (page.trouble, page.token_delay) = (trouble, ms(delay_ms));
                return Ok(());
            }
            Action::Narrow { organizations, .. } => {
                page.sight.narrow(organizations);
                Input::UpdateUserOrganizations(organizations.ids())
            }
            Action::Subscribe { organizations, .. } => {
                page.sight.wanted = organizations;
                Input::UpdateSubscriptions(organizations.map(Organizations::ids))
            }
            Action::Reload { end, stored, back_ms, .. } => {
                return self.reload(device, end, stored, ms(back_ms));
            }
            Action::Storage { delay_ms, full, trouble, .. } => {
                self.storage.set(device, ms(delay_ms), full, trouble);
                return Ok(());
            }
            Action::TakeAway { heard_ms, .. } => {
                self.storage.take_away(device, &mut self.book);
                let tabs = self.storage.other_tabs(device);
                for tab in tabs.into_iter().chain([device]) {
                    self.devices[tab].tasks.push((now + ms(heard_ms), Task::StorageLost));
                }
                return Ok(());
            }
            Action::Hear { signal, .. } => Input::Signal(signal),
            Action::Offline { ms: time, told, .. } => {
                page.offline_until = now + ms(time);
                if told {
                    page.tasks.push((now + ms(time), Task::Signal(Signal::Online)));
                }
                let hears = told.then_some(now);
                if let Some((_, link)) = self.line(device) {
                    link.cut((0, 0), hears, now + ms(30_000));
                }
                if !told {
                    return Ok(());
                }
                Input::Signal(Signal::Offline)
            }
            _ => return Ok(()),
        };
        self.step(device, input)
    }
}
