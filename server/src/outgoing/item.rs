//! A message that waits to be sent.

use tokio::sync::OwnedSemaphorePermit;
use yewdux_socket_core::OrganizationId;
use yewdux_socket_core::wire::{Pong, RawJson, ServerError, ServerMessage, encode_server};

/// A message that waits.
#[derive(Debug)]
pub(crate) struct Item {
    text: Text,
    /// To whom the message belongs, so that it can be taken back when the user loses the organization.
    organization: Option<OrganizationId>,
    /// Not counted against the limit: it was asked for, and is bounded where it is made.
    pub(super) requested: bool,
    /// Given back, by being dropped, once the message is on its way.
    _permit: Option<OwnedSemaphorePermit>,
}

#[derive(Debug)]
enum Text {
    /// An event, shared by all its receivers and the history.
    Shared(RawJson),
    Own(String),
    /// A pong speaks of several organizations, each of which can be taken back alone.
    Pong(Box<Pong>, String),
}

impl Item {
    /// A control message.
    pub(crate) fn message(message: &ServerMessage) -> Self {
        Self {
            text: Text::Own(encode_server(message)),
            organization: None,
            requested: false,
            _permit: None,
        }
    }

    /// The `$error` that answers a control message.
    pub(crate) fn refused(
        regarding: &str,
        code: &str,
        message: impl Into<String>,
        retryable: bool,
    ) -> Self {
        Self::message(&ServerMessage::Error(ServerError {
            code: code.into(),
            message: message.into(),
            retryable,
            retry_after_ms: None,
            regarding: Some(regarding.into()),
        }))
    }

    /// A `$pong`.
    pub(crate) fn pong(pong: Pong) -> Self {
        let text = encode_server(&ServerMessage::Pong(pong.clone()));
        Self {
            text: Text::Pong(Box::new(pong), text),
            organization: None,
            requested: false,
            _permit: None,
        }
    }

    /// An event of an organization.
    pub(crate) fn event(organization: &OrganizationId, event: &RawJson) -> Self {
        let organization = Some(organization.clone());
        Self { text: Text::Shared(event.clone()), organization, requested: false, _permit: None }
    }

    /// Says that the message carries data of an organization.
    pub(crate) fn of(self, organization: &OrganizationId) -> Self {
        Self { organization: Some(organization.clone()), ..self }
    }

    /// Says that the message is part of an answer that has a bound of its own.
    pub(crate) fn requested(self) -> Self {
        Self { requested: true, ..self }
    }

    /// Holds the permit until the message is on its way.
    pub(crate) fn holding(self, permit: OwnedSemaphorePermit) -> Self {
        Self { _permit: Some(permit), ..self }
    }

    /// What is left of the message when nothing of an organization may be said any more.
    pub(super) fn without(self, organization: &OrganizationId) -> Option<Self> {
        if self.organization.as_ref() == Some(organization) {
            return None;
        }
        match self.text {
            Text::Pong(mut pong, _) => {
                pong.presence.remove(organization);
                Some(Self::pong(*pong))
            }
            _ => Some(self),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        match &self.text {
            Text::Shared(json) => json.as_str(),
            Text::Own(text) | Text::Pong(_, text) => text,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.as_str().len()
    }
}
