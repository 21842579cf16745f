//! Which organizations' events the signed-in user may see and send.

use litemap::LiteMap;
use serde::{Deserialize, Serialize};

use crate::error::PermissionError;
use crate::event::{Envelope, EventKind, Scope};
use crate::id::{OrganizationId, UserId, check};
use crate::list;
use crate::permission::{PermissionPolicy, Viewer};

/// One organization of a user, and the roles there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Membership {
    /// The organization.
    pub id: OrganizationId,
    /// Its name to show.
    #[serde(deserialize_with = "crate::text::display")]
    pub name: String,
    /// The user's roles in it.
    #[serde(default, deserialize_with = "list::roles")]
    pub roles: Vec<String>,
}

impl Membership {
    /// Whether the user has the same roles here and there, in whatever order they are named.
    fn has_roles_of(&self, other: &Self) -> bool {
        self.roles.iter().all(|role| other.roles.contains(role))
            && other.roles.iter().all(|role| self.roles.contains(role))
    }
}

/// A set of organizations: sorted, a thousand at most.
type Organizations = LiteMap<OrganizationId, ()>;

/// What changed when memberships or subscriptions were updated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MembershipChange {
    /// Organizations that are visible from now on.
    pub gained: Vec<OrganizationId>,
    /// Organizations that are no longer visible; all that is held of them must be forgotten.
    pub lost: Vec<OrganizationId>,
    /// Organizations that stay visible, with other roles of the user: what was seen with the old ones must be forgotten.
    pub changed: Vec<OrganizationId>,
}

/// Decides on the envelope alone whether an event may pass, and by the [`PermissionPolicy`] whether the user's
/// roles do. It cannot be switched off. The default one lets nothing pass.
///
/// The effective organizations are the server's, narrowed by
/// [`update_user_organizations`](Self::update_user_organizations). The client can only narrow.
#[derive(Debug, Default)]
pub struct TenantFilter {
    policy: PermissionPolicy,
    user: Option<UserId>,
    server: LiteMap<OrganizationId, Membership>,
    narrowed: Option<Organizations>,
    subscribed: Option<Organizations>,
}

impl TenantFilter {
    /// A filter for a user who is not known yet: nothing passes.
    pub fn new(policy: PermissionPolicy) -> Self {
        Self { policy, ..Self::default() }
    }

    /// Takes over what the server says of the user.
    pub fn set_server_organizations(
        &mut self,
        user: &UserId,
        organizations: &[Membership],
    ) -> MembershipChange {
        let before = self.seen();
        self.user = Some(user.clone());
        self.server.clear();
        for entry in organizations {
            self.server.insert(entry.id.clone(), entry.clone());
        }
        self.changed_since(&before)
    }

    /// Narrows the user's organizations to the given ones. Naming one that the server did not name has
    /// no effect.
    pub fn update_user_organizations(
        &mut self,
        organizations: &[OrganizationId],
    ) -> MembershipChange {
        let before = self.seen();
        self.narrowed = Some(set(organizations.iter()));
        self.changed_since(&before)
    }

    /// Chooses the organizations whose events are wanted at present. `None` means all of the user's.
    pub fn update_subscriptions(
        &mut self,
        organizations: Option<&[OrganizationId]>,
    ) -> MembershipChange {
        // A server ends the connection at the name of an organization that is none, and no server has such a one.
        let ids = |ids: &[OrganizationId]| set(ids.iter().filter(|id| check(id.as_str()).is_ok()));
        let before = self.seen();
        self.subscribed = organizations.map(ids);
        self.changed_since(&before)
    }

    /// The memberships in organizations whose events pass at present, ordered by id.
    fn seen(&self) -> Vec<Membership> {
        self.server.values().filter(|membership| self.sees(&membership.id)).cloned().collect()
    }

    /// What is seen otherwise than `before`.
    fn changed_since(&self, before: &[Membership]) -> MembershipChange {
        let after = self.seen();
        let mut change = MembershipChange::default();
        for membership in &after {
            match find(before, &membership.id) {
                None => change.gained.push(membership.id.clone()),
                Some(known) if !known.has_roles_of(membership) => {
                    change.changed.push(membership.id.clone());
                }
                Some(_) => {}
            }
        }
        for membership in before {
            if find(&after, &membership.id).is_none() {
                change.lost.push(membership.id.clone());
            }
        }
        change
    }

    /// Whether an event may pass, by its organization and the user's.
    ///
    /// # Errors
    /// The [`PermissionError`] that says why not.
    pub fn filter_events_by_organization(
        &self,
        envelope: &Envelope,
        scope: Scope,
    ) -> Result<(), PermissionError> {
        let organization = envelope.organization.as_ref().map(OrganizationId::as_str);
        self.admit(&envelope.event_type, organization, scope).map(|_| ())
    }

    /// Decides that of an envelope which is still text, and gives the organization's id where it passes.
    pub(crate) fn admit(
        &self,
        event_type: &str,
        organization: Option<&str>,
        scope: Scope,
    ) -> Result<Option<&OrganizationId>, PermissionError> {
        match (scope, organization) {
            (Scope::Organization, Some(organization)) => self.check(organization).map(Some),
            (Scope::Organization, None) => {
                Err(PermissionError::OrganizationMissing { event_type: event_type.to_owned() })
            }
            (Scope::Global, None) => Ok(None),
            (Scope::Global, Some(_)) => {
                Err(PermissionError::OrganizationUnexpected { event_type: event_type.to_owned() })
            }
        }
    }

    /// Whether the given user may send an event. `subject` tells whom it is about; it is asked only where a rule depends
    /// on that.
    ///
    /// # Errors
    /// The [`PermissionError`] that says why not; [`PermissionError::ForeignOrganization`] also for a user
    /// who is not the one signed in.
    pub fn validate_event_permission(
        &self,
        envelope: &Envelope,
        kind: &EventKind,
        user: &UserId,
        subject: impl FnOnce() -> Option<UserId>,
    ) -> Result<(), PermissionError> {
        if self.user.as_ref() != Some(user) {
            return Err(PermissionError::ForeignOrganization);
        }
        if !kind.direction.allows_emitting() {
            return Err(wrong_direction(envelope));
        }
        self.filter_events_by_organization(envelope, kind.scope)?;
        self.as_viewer(user, envelope.organization.as_ref(), |viewer| {
            self.policy.may_emit(&envelope.event_type, viewer, subject)
        })
    }

    /// Whether the signed-in user may receive an event that
    /// [`filter_events_by_organization`](Self::filter_events_by_organization) lets pass. `subject` as above.
    ///
    /// # Errors
    /// The [`PermissionError`] that says why not.
    pub fn validate_event_receipt(
        &self,
        envelope: &Envelope,
        kind: &EventKind,
        subject: impl FnOnce() -> Option<UserId>,
    ) -> Result<(), PermissionError> {
        let user = self.user.as_ref().ok_or(PermissionError::ForeignOrganization)?;
        if !kind.direction.allows_receiving() {
            return Err(wrong_direction(envelope));
        }
        self.as_viewer(user, envelope.organization.as_ref(), |viewer| {
            self.policy.may_receive(&envelope.event_type, viewer, subject)
        })
    }

    /// Asks something about the user with the roles in an organization; without one, with those in all of them.
    fn as_viewer<T>(
        &self,
        user: &UserId,
        organization: Option<&OrganizationId>,
        ask: impl FnOnce(&Viewer<'_>) -> T,
    ) -> T {
        let Some(id) = organization else {
            let all: Vec<_> = self.memberships().map(|member| member.roles.as_slice()).collect();
            return ask(&Viewer { user, roles: &all });
        };
        let member = self.server.get(id).filter(|_| self.is_within_narrowed(id.as_str()));
        ask(&Viewer { user, roles: member.map(|member| member.roles.as_slice()).as_slice() })
    }

    /// Which of the sensitive fields of an event type or topic the user may not see in an organization.
    pub fn hidden<'a>(
        &self,
        of: &str,
        sensitive: &'a [&'a str],
        organization: Option<&OrganizationId>,
    ) -> Vec<&'a str> {
        let Some(user) = &self.user else { return sensitive.to_vec() };
        self.as_viewer(user, organization, |viewer| {
            let may_see = |path: &str| self.policy.may_see(of, path, viewer);
            sensitive.iter().copied().filter(|path| !may_see(path)).collect()
        })
    }

    /// Whether the user may receive events of a type in an organization, by the rules alone.
    pub(crate) fn may_receive(
        &self,
        event_type: &str,
        organization: &OrganizationId,
    ) -> Result<(), PermissionError> {
        let user = self.user.as_ref().ok_or(PermissionError::ForeignOrganization)?;
        self.as_viewer(user, Some(organization), |viewer| {
            self.policy.may_receive(event_type, viewer, || None)
        })
    }

    /// Whether a rule says who may receive events of a type that is not registered, and it is not this user.
    pub(crate) fn denies_unknown(&self, envelope: &Envelope) -> Option<PermissionError> {
        let user = self.user.as_ref()?;
        let decided = self.as_viewer(user, envelope.organization.as_ref(), |viewer| {
            self.policy.may_receive(&envelope.event_type, viewer, || None)
        });
        let is_named = self.policy.names(&envelope.event_type);
        decided.err().filter(|error| is_named || !matches!(error, PermissionError::NoRule { .. }))
    }

    /// The fields of an event whose type is not registered that a rule hides from this user.
    pub(crate) fn unseen(&self, envelope: &Envelope) -> Vec<&str> {
        let unseen = |viewer: Option<&Viewer<'_>>| self.policy.unseen(&envelope.event_type, viewer);
        let Some(user) = &self.user else { return unseen(None) };
        self.as_viewer(user, envelope.organization.as_ref(), |viewer| unseen(Some(viewer)))
    }

    fn check(&self, organization: &str) -> Result<&OrganizationId, PermissionError> {
        let known = self.server.find_index(organization).ok();
        let (id, _) = known
            .and_then(|index| self.server.get_indexed(index))
            .filter(|_| self.is_within_narrowed(organization))
            .ok_or(PermissionError::ForeignOrganization)?;
        match &self.subscribed {
            Some(subscribed) if !subscribed.contains_key(organization) => {
                Err(PermissionError::NotSubscribed { organization: id.clone() })
            }
            _ => Ok(id),
        }
    }

    /// Whether the events of an organization pass at present.
    pub fn sees(&self, organization: &OrganizationId) -> bool {
        self.check(organization.as_str()).is_ok()
    }

    fn is_within_narrowed(&self, organization: &str) -> bool {
        self.narrowed.as_ref().is_none_or(|narrowed| narrowed.contains_key(organization))
    }

    /// The effective memberships, ordered by id.
    pub fn memberships(&self) -> impl Iterator<Item = &Membership> {
        self.server.values().filter(|membership| self.is_within_narrowed(membership.id.as_str()))
    }

    /// The organizations whose events pass at present.
    pub fn visible(&self) -> impl Iterator<Item = &OrganizationId> {
        self.server.keys().filter(|organization| self.sees(organization))
    }

    /// The chosen organizations, if not all.
    pub(crate) fn subscriptions(&self) -> Option<Vec<OrganizationId>> {
        self.subscribed.as_ref().map(|ids| ids.keys().cloned().collect())
    }

    /// Who is signed in.
    pub fn user(&self) -> Option<&UserId> {
        self.user.as_ref()
    }
}

fn set<'a>(ids: impl Iterator<Item = &'a OrganizationId>) -> Organizations {
    let mut set = Organizations::new();
    for id in ids {
        set.insert(id.clone(), ());
    }
    set
}

/// A membership among others that are ordered by id.
fn find<'a>(memberships: &'a [Membership], id: &OrganizationId) -> Option<&'a Membership> {
    let index = memberships.binary_search_by(|membership| membership.id.cmp(id)).ok()?;
    memberships.get(index)
}

fn wrong_direction(envelope: &Envelope) -> PermissionError {
    PermissionError::WrongDirection { event_type: envelope.event_type.to_string() }
}

#[cfg(test)]
mod tests;
