//! Who is online.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use yew::prelude::*;
use yewdux_socket_core::{OrganizationId, PresenceState, UserId, UserPresence};

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

/// Who is online in an organization. Renders again only when somebody of the list, or the count, changes.
///
/// The list is made anew at each change. Where thousands are online, take a [limit](UsePresenceOptions::limit), the
/// component [`PresenceList`](crate::PresenceList), or the count alone by [`use_slice`](crate::use_slice):
/// `slice.presence.online_count(&organization)`.
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
    let without = use_own_id().filter(|_| !options.include_self);
    let organization = organization.clone();
    let seen = use_slice(move |slice: &PresenceSlice| Online {
        presence: slice.presence.clone(),
        organization: organization.clone(),
        without: without.clone(),
        range: 0..options.limit.unwrap_or(usize::MAX),
    });
    let seen = use_memo(seen, |seen| UsePresence {
        users: seen.users().cloned().collect(),
        count: seen.count(),
    });
    (*seen).clone()
}

/// Some of those who are online in an organization: all presence, which costs nothing to hold, compared by those few.
#[derive(Clone)]
pub(crate) struct Online {
    pub(crate) presence: PresenceState,
    pub(crate) organization: OrganizationId,
    /// The user who is left out.
    pub(crate) without: Option<UserId>,
    /// Which of the others, in the order of their ids.
    pub(crate) range: Range<usize>,
}

impl Online {
    /// The users of the range.
    pub(crate) fn users(&self) -> impl Iterator<Item = &Arc<UserPresence>> {
        self.presence
            .online_users(&self.organization)
            .filter(|user| Some(&user.user_id) != self.without.as_ref())
            .skip(self.range.start)
            .take(self.range.len())
    }

    /// How many are online, in the range or not.
    pub(crate) fn count(&self) -> usize {
        self.presence.online_count(&self.organization)
    }
}

/// Equal if the range holds the same users, and as many are online. Where nobody came, went or changed in the organization
/// this costs nothing; otherwise the range is walked to the first difference, unless it is all users, who differ then.
impl PartialEq for Online {
    fn eq(&self, other: &Self) -> bool {
        let looks_alike = self.organization == other.organization
            && self.without == other.without
            && self.range == other.range;
        let is_all = self.range == (0..usize::MAX) && self.without.is_none();
        looks_alike
            && (self.presence.same_users(&other.presence, &self.organization)
                || (!is_all && self.count() == other.count() && self.users().eq(other.users())))
    }
}
