//! What a page and the person in front of it do for a client: sockets, tokens, signing in again.

use std::time::Duration;

use yewdux_socket_core::error::ConnectionError;
use yewdux_socket_core::{Input, SocketId, Status};

use crate::action::TokenTrouble;
use crate::device::{Task, Wish};
use crate::link::{Link, Up};
use crate::names::{User, user_id};
use crate::watch::Check;
use crate::world::World;

/// After what time somebody signs in again where no connection can be had.
const PATIENCE: Duration = Duration::from_secs(4);

impl World {
    pub(crate) fn task(&mut self, device: usize, task: &Task) -> Check {
        match *task {
            Task::Connect => {
                let options = self.devices[device].options();
                if matches!(self.devices[device].status(), Status::Disconnected | Status::Error) {
                    self.step(device, Input::Connect(options))?;
                }
                Ok(())
            }
            Task::SignedOutElsewhere(user) => {
                self.step(device, Input::SignedOutElsewhere(user_id(user)))
            }
            Task::StorageLost => match self.storage.holds(device) {
                Some(user) => self.step(device, Input::StorageLost(user_id(user))),
                None => Ok(()),
            },
            #[cfg(feature = "audit")]
            Task::Audited { operation, fails } => self.audited(device, operation, fails),
            Task::Signal(signal) => self.step(device, Input::Signal(signal)),
            Task::Open(socket) => self.open(device, socket),
            Task::Token { attempt, fresh, trouble } => {
                let unavailable = |retryable| {
                    let reason = "no token today".to_owned();
                    Err(ConnectionError::TokenUnavailable { reason, retryable })
                };
                let result = match trouble {
                    TokenTrouble::Silent => return Ok(()),
                    TokenTrouble::Fails => unavailable(true),
                    TokenTrouble::FailsForGood => unavailable(false),
                    TokenTrouble::None => {
                        let user = self.devices[device].user;
                        let kept = self.devices[device].token.take();
                        let kept = kept.filter(|(owner, _)| *owner == user && !fresh);
                        let (_, token) = kept.unwrap_or_else(|| (user, self.server.mint(user)));
                        self.devices[device].token = Some((user, token.clone()));
                        Ok(token)
                    }
                };
                self.step(device, Input::Token { attempt, result })
            }
        }
    }

    fn open(&mut self, device: usize, socket: SocketId) -> Check {
        if !self.server.is_up() || self.now < self.devices[device].offline_until {
            self.watch.count("could not be opened");
            return self.step(device, Input::Closed { socket, code: 1006 });
        }
        self.next_link += 1;
        let id = self.next_link;
        self.links.insert(id, Link::new(device, socket, self.paces[device]));
        self.server.opened(id);
        self.step(device, Input::Opened { socket })
    }

    /// The other tabs of the browser hear of a sign-out.
    fn tell_tabs(&mut self, device: usize, user: User) {
        let at = self.now + Duration::from_millis(self.server.setup.tabs_hear_ms);
        for tab in self.storage.other_tabs(device) {
            self.devices[tab].tasks.push((at, Task::SignedOutElsewhere(user)));
        }
    }

    /// Does what a client wants done.
    pub(crate) fn grant(&mut self, device: usize) {
        let now = self.now;
        for wish in std::mem::take(&mut self.devices[device].wishes) {
            match wish {
                Wish::Send(socket, message) => {
                    if let Some((_, link)) = self.link_of(device, socket) {
                        link.send_up(now, Up::Message(message));
                    }
                }
                Wish::Close(socket) => {
                    if let Some((_, link)) = self.link_of(device, socket)
                        && !link.client_done
                    {
                        link.client_done = true;
                        link.send_up(now, Up::Closed);
                    }
                }
                Wish::Open(socket) => {
                    let at = now + self.paces[device].0;
                    self.devices[device].tasks.push((at, Task::Open(socket)));
                }
                Wish::Tell(user) => self.tell_tabs(device, user),
                Wish::Storage(operation) => self.storage.tell(device, now, operation),
                Wish::Token { attempt, fresh } => {
                    let device = &mut self.devices[device];
                    let trouble = std::mem::replace(&mut device.trouble, TokenTrouble::None);
                    let at = now + device.token_delay;
                    device.tasks.push((at, Task::Token { attempt, fresh, trouble }));
                }
            }
        }
        let device = &mut self.devices[device];
        let is_stuck = device.status() == Status::Error;
        if is_stuck && !device.tasks.iter().any(|(_, task)| matches!(task, Task::Connect)) {
            self.watch.count("gave up");
            device.tasks.push((now + PATIENCE, Task::Connect));
        }
    }
}
