//! Who is online.

use std::rc::Rc;
use std::sync::Arc;

use yew::prelude::*;
use yewdux_socket_core::{OrganizationId, PresenceState, UserPresence};

use super::{use_own_id, use_slice};
use crate::slices::PresenceSlice;

/// Options of [`use_presence_with_options`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UsePresenceOptions {
    /// Whether the signed-in user is in the list. Default: yes.
    pub include_self: bool,
    /// How many users the list holds at most; the count is not affected. Default: all.
    pub limit: Option<usize>,
}

impl Default for UsePresenceOptions {
    fn default() -> Self {
        Self { include_self: true, limit: None }
    }
}

impl UsePresenceOptions {
    /// Leaves the signed-in user out.
    #[must_use]
    pub fn without_self(mut self) -> Self {
        self.include_self = false;
        self
    }

    /// Limits the list.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }
}

/// What [`use_presence`] returns.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct UsePresence {
    /// Who is online, ordered by id.
    pub users: Rc<[Arc<UserPresence>]>,
    /// How many users are online, however many sockets each has.
    pub count: usize,
}

/// Who is online in an organization. Renders again only when this organization's presence changes.
///
/// # Example
/// ```
/// use yew::prelude::*;
/// use yewdux_socket::{OrganizationId, use_presence};
///
/// #[component]
/// fn Count() -> Html {
///     let presence = use_presence(&OrganizationId::from("north-clinic"));
///     html! { <span>{ presence.count }</span> }
/// }
/// ```
///
/// # Server-side rendering
/// Nobody.
#[hook]
pub fn use_presence(organization: &OrganizationId) -> UsePresence {
    use_presence_with_options(organization, UsePresenceOptions::default())
}

/// [`use_presence`] with options.
#[hook]
pub fn use_presence_with_options(
    organization: &OrganizationId,
    options: UsePresenceOptions,
) -> UsePresence {
    let of = organization.clone();
    let seen = use_slice(move |slice: &PresenceSlice| Seen {
        presence: slice.presence.clone(),
        of: of.clone(),
    });
    let own = use_own_id();
    let users = use_memo((seen, own, options), |(seen, own, options)| UsePresence {
        users: seen
            .presence
            .online_users(&seen.of)
            .filter(|user| options.include_self || Some(&user.user_id) != own.as_ref())
            .take(options.limit.unwrap_or(usize::MAX))
            .cloned()
            .collect(),
        count: seen.presence.online_count(&seen.of),
    });
    (*users).clone()
}

/// All presence, compared by one organization's.
#[derive(Clone)]
struct Seen {
    presence: PresenceState,
    of: OrganizationId,
}

impl PartialEq for Seen {
    fn eq(&self, other: &Self) -> bool {
        self.of == other.of && self.presence.same_users(&other.presence, &self.of)
    }
}
