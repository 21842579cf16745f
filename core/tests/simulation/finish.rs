//! The end of a schedule: all faults end, and everybody must come to hold what a new client would be given.

use std::time::Duration;

use yewdux_socket_core::{Input, Status};

use crate::action::{Happening, TokenTrouble};
use crate::device::{Device, Task};
use crate::link::Link;
use crate::names::{ORGANIZATIONS, Organization, USERS, organization_id, user};
use crate::stream::Sockets;
use crate::watch::{Check, ensure, rule};
use crate::world::{Memory, PACE, World};

/// How long it may take. The longest backoff and the longest life of a token fit in.
const LONGEST: u32 = 400;

impl World {
    /// Ends all faults and waits until everybody agrees; fails if that does not come.
    pub(crate) fn finish(&mut self) -> Check {
        self.heal()?;
        self.wait("after the faults ended", |world| world.devices.iter().find_map(unconnected))?;
        // A token that was still that of the person before would make way for another in the midst of what follows.
        for device in 0..self.devices.len() {
            let page = &self.devices[device];
            if page.sight.user.is_some_and(|user| user != page.user) {
                self.step(device, Input::Reconnect)?;
            }
        }
        self.wait("after everybody is themselves", |world| {
            world.devices.iter().find_map(unconnected)
        })?;
        // An event that a server forgot to send shows at the next one.
        for organization in 0..ORGANIZATIONS.len() {
            let value = self.value(0);
            self.server.happen(organization, Happening::Change, 0, value);
        }
        self.carry_server();
        self.wait("after the last events", Self::unrest)?;
        let devices = self.devices.len();
        for device in 0..devices {
            self.add_device(self.devices[device].user, self.devices.len(), Memory::Page);
        }
        self.wait("after new clients came", Self::unrest)?;
        for device in 0..devices {
            self.compare(&self.devices[device], &self.devices[device + devices])?;
        }
        self.check_durable()?;
        #[cfg(feature = "audit")]
        self.check_audit()?;
        let repairs = self.devices.iter().map(|device| device.client.metrics());
        for metrics in repairs.collect::<Vec<_>>() {
            self.watch.add("events delivered", metrics.events_delivered);
            self.watch.add("resyncs", metrics.resyncs);
            self.watch.add("presence repaired", metrics.repairs);
            self.watch.add("duplicates dropped", metrics.dropped_duplicate);
            self.watch.add("foreign events dropped", metrics.dropped_foreign);
        }
        Ok(())
    }

    fn heal(&mut self) -> Check {
        let asleep = self.devices.iter().map(|device| device.clock.awake_at(self.now));
        let awake = asleep.max().unwrap_or(self.now);
        self.pass(awake.saturating_sub(self.now))?;
        self.server.recover();
        self.storage.recover(self.now);
        for device in 0..self.devices.len() {
            let page = &mut self.devices[device];
            page.trouble = TokenTrouble::None;
            page.token_delay = Duration::ZERO;
            page.clock.timer_lag = Duration::ZERO;
            page.offline_until = Duration::ZERO;
            self.paces[device] = PACE;
        }
        for link in self.links.values_mut() {
            link.heal(self.now, PACE);
        }
        Ok(())
    }

    /// Waits until nothing is to be said against how things are.
    fn wait(&mut self, when: &str, objection: impl Fn(&Self) -> Option<String>) -> Check {
        for _ in 0..LONGEST {
            self.pass(Duration::from_secs(1))?;
            if objection(self).is_none() {
                return Ok(());
            }
        }
        ensure!(false, rule::CONVERGENCE, "{when}: {}", objection(self).unwrap_or_default());
        Ok(())
    }

    /// What is not as it should be yet.
    fn unrest(&self) -> Option<String> {
        self.devices.iter().find_map(|device| {
            let what = self.unrest_of(device)?;
            Some(format!("device {}: {what}", device.index))
        })
    }

    fn unrest_of(&self, device: &Device) -> Option<String> {
        if let Some(status) = unconnected(device) {
            return Some(status);
        }
        if self.storage.next(device.index).is_some() {
            return Some("something is to be stored".to_owned());
        }
        if let Some((id, _)) = self.book.pending(device.index).next() {
            return Some(format!("{id} has no outcome"));
        }
        if !self.server.setup.abilities.snapshot {
            return None;
        }
        if let Some(organization) = device.client.synchronizing().next() {
            return Some(format!("{organization} is still fetched"));
        }
        let is_own = |link: &&Link| {
            link.device == device.index
                && link.socket.is_some()
                && link.socket == device.sight.socket
        };
        let links = self.links.iter().filter(|(_, link)| is_own(link));
        let mut unfetched =
            links.map(|(id, _)| self.server.unfetched(*id).and(device.sight.visible()));
        if let Some(unfetched) = unfetched.find(|unfetched| unfetched.0 != 0) {
            return Some(format!("the state of {unfetched:?} is not fetched"));
        }
        device.sight.visible().iter().find_map(|organization| {
            let stream = &self.server.streams[organization];
            let fold = device.folds.get(organization);
            let name = ORGANIZATIONS[organization];
            let Some(fold) = fold else { return Some(format!("{name} has no state")) };
            // Events that no client can use move the position without a word.
            let position = fold.position.as_ref()?;
            let missed = stream.next_deliverable(position);
            if position.epoch != stream.head().epoch || missed.is_some() {
                return Some(format!(
                    "{name} is at {position:?}, the server at {:?}",
                    stream.head()
                ));
            }
            let (online, there) = (online(device, organization), stream.sockets);
            (online != there).then(|| format!("presence of {name} is {online:?}, not {there:?}"))
        })
    }

    /// Compares what is held with what a new client of the same user was given.
    fn compare(&self, device: &Device, fresh: &Device) -> Check {
        if !self.server.setup.abilities.snapshot {
            return Ok(());
        }
        for organization in device.sight.visible().iter() {
            let name = ORGANIZATIONS[organization];
            let held = device.folds.get(organization).map(|fold| &fold.entries);
            let given = fresh.folds.get(organization).map(|fold| &fold.entries);
            ensure!(
                held == given && held == Some(&self.server.streams[organization].entries),
                rule::CONVERGENCE,
                "the state of {name} is {held:?}, a new client has {given:?}"
            );
            ensure!(
                online(device, organization) == online(fresh, organization),
                rule::CONVERGENCE,
                "presence of {name} differs from a new client's"
            );
        }
        Ok(())
    }
}

fn unconnected(device: &Device) -> Option<String> {
    let status = device.status();
    let hears = device.tasks.iter().any(|(_, task)| matches!(task, Task::SignedOutElsewhere(_)));
    if hears {
        return Some("a sign-out in another tab is to be heard of".to_owned());
    }
    (status != Status::Connected).then(|| format!("{status:?}"))
}

/// Who is online, as a client shows it.
fn online(device: &Device, organization: Organization) -> Sockets {
    let mut sockets = [0; USERS.len()];
    for presence in device.client.presence().online_users(&organization_id(organization)) {
        if let Some(user) = user(presence.user_id.as_str()) {
            sockets[user] = presence.socket_count;
        }
    }
    sockets
}
