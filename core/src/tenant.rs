//! Which organizations' events the signed-in user may see and send.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::error::PermissionError;
use crate::event::{Envelope, EventKind, Scope};
use crate::id::{OrganizationId, UserId};

/// One organization of a user, and the roles there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The organization.
    pub id: OrganizationId,
    /// Its name to show.
    pub name: String,
    /// The user's roles in it.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// What changed when memberships or subscriptions were updated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MembershipChange {
    /// Organizations that are visible from now on.
    pub gained: Vec<OrganizationId>,
    /// Organizations that are no longer visible; all that is held of them must be forgotten.
    pub lost: Vec<OrganizationId>,
}

/// Decides on the envelope alone whether an event may pass (`TenantFilterManager` in the design
/// document). It cannot be switched off.
///
/// The effective organizations are the server's, narrowed by
/// [`update_user_organizations`](Self::update_user_organizations). The client can only narrow.
#[derive(Debug, Default)]
pub struct TenantFilter {
    user: Option<UserId>,
    server: BTreeMap<OrganizationId, Membership>,
    narrowed: Option<BTreeSet<OrganizationId>>,
    subscribed: Option<BTreeSet<OrganizationId>>,
}

impl TenantFilter {
    /// Takes over what the server says of the user.
    pub fn set_server_organizations(
        &mut self,
        user: &UserId,
        organizations: &[Membership],
    ) -> MembershipChange {
        self.change(|this| {
            this.user = Some(user.clone());
            this.server =
                organizations.iter().map(|entry| (entry.id.clone(), entry.clone())).collect();
        })
    }

    /// Narrows the user's organizations to the given ones. Naming one that the server did not name has
    /// no effect.
    pub fn update_user_organizations(
        &mut self,
        organizations: &[OrganizationId],
    ) -> MembershipChange {
        self.change(|this| this.narrowed = Some(organizations.iter().cloned().collect()))
    }

    /// Chooses the organizations whose events are wanted at present. `None` means all of the user's.
    pub fn update_subscriptions(
        &mut self,
        organizations: Option<&[OrganizationId]>,
    ) -> MembershipChange {
        self.change(|this| this.subscribed = organizations.map(|ids| ids.iter().cloned().collect()))
    }

    fn change(&mut self, apply: impl FnOnce(&mut Self)) -> MembershipChange {
        let before: BTreeSet<_> = self.visible().cloned().collect();
        apply(self);
        let after: BTreeSet<_> = self.visible().cloned().collect();
        MembershipChange {
            gained: after.difference(&before).cloned().collect(),
            lost: before.difference(&after).cloned().collect(),
        }
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
        match (scope, &envelope.organization) {
            (Scope::Organization, Some(organization)) => self.check(organization),
            (Scope::Organization, None) => Err(PermissionError::OrganizationMissing {
                event_type: envelope.event_type.to_string(),
            }),
            (Scope::Global, None) => Ok(()),
            (Scope::Global, Some(_)) => Err(PermissionError::OrganizationUnexpected {
                event_type: envelope.event_type.to_string(),
            }),
        }
    }

    /// Whether the given user may send an event.
    ///
    /// # Errors
    /// The [`PermissionError`] that says why not; [`PermissionError::ForeignOrganization`] also for a user
    /// who is not the one signed in.
    pub fn validate_event_permission(
        &self,
        envelope: &Envelope,
        kind: &EventKind,
        user: &UserId,
    ) -> Result<(), PermissionError> {
        if self.user.as_ref() != Some(user) {
            return Err(PermissionError::ForeignOrganization);
        }
        if !kind.direction.allows_emitting() {
            return Err(PermissionError::WrongDirection {
                event_type: envelope.event_type.to_string(),
            });
        }
        self.filter_events_by_organization(envelope, kind.scope)
    }

    fn check(&self, organization: &OrganizationId) -> Result<(), PermissionError> {
        if !self.is_member(organization) {
            return Err(PermissionError::ForeignOrganization);
        }
        match &self.subscribed {
            Some(subscribed) if !subscribed.contains(organization) => {
                Err(PermissionError::NotSubscribed { organization: organization.clone() })
            }
            _ => Ok(()),
        }
    }

    fn is_member(&self, organization: &OrganizationId) -> bool {
        self.server.contains_key(organization)
            && self.narrowed.as_ref().is_none_or(|narrowed| narrowed.contains(organization))
    }

    /// The effective memberships, ordered by id.
    pub fn memberships(&self) -> impl Iterator<Item = &Membership> {
        self.server.values().filter(|membership| self.is_member(&membership.id))
    }

    /// The organizations whose events pass at present.
    pub fn visible(&self) -> impl Iterator<Item = &OrganizationId> {
        self.server.keys().filter(|organization| self.check(organization).is_ok())
    }

    /// The chosen organizations, if not all.
    pub(crate) fn subscriptions(&self) -> Option<Vec<OrganizationId>> {
        self.subscribed.as_ref().map(|ids| ids.iter().cloned().collect())
    }

    /// Who is signed in.
    pub fn user(&self) -> Option<&UserId> {
        self.user.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventRegistry;
    use crate::time::Timestamp;

    fn ids(names: &[&str]) -> Vec<OrganizationId> {
        names.iter().map(|name| OrganizationId::from(*name)).collect()
    }

    fn filter(names: &[&str]) -> TenantFilter {
        let memberships: Vec<_> = ids(names)
            .into_iter()
            .map(|id| Membership { name: id.to_string(), id, roles: vec!["nurse".into()] })
            .collect();
        let mut filter = TenantFilter::default();
        filter.set_server_organizations(&UserId::from("ana"), &memberships);
        filter
    }

    fn event(organization: Option<&str>) -> Envelope {
        Envelope {
            event_type: "patient_updated".into(),
            organization: organization.map(OrganizationId::from),
            timestamp: Timestamp::default(),
            position: None,
        }
    }

    #[test]
    fn only_the_users_organizations_pass() {
        let subject = filter(&["north"]);
        let pass = |organization, scope| {
            subject.filter_events_by_organization(&event(organization), scope)
        };
        assert_eq!(pass(Some("north"), Scope::Organization), Ok(()));
        assert_eq!(
            pass(Some("south"), Scope::Organization),
            Err(PermissionError::ForeignOrganization)
        );
        assert_eq!(pass(None, Scope::Organization).unwrap_err().code(), "organization_missing");
        assert_eq!(pass(None, Scope::Global), Ok(()));
        assert_eq!(
            pass(Some("north"), Scope::Global).unwrap_err().code(),
            "organization_unexpected"
        );
        assert_eq!(
            TenantFilter::default()
                .filter_events_by_organization(&event(Some("north")), Scope::Organization),
            Err(PermissionError::ForeignOrganization),
            "before the welcome nothing passes"
        );
    }

    #[test]
    fn the_client_can_only_narrow() {
        let mut subject = filter(&["north", "south"]);
        let change = subject.update_user_organizations(&ids(&["north", "research"]));
        assert_eq!(change, MembershipChange { gained: vec![], lost: ids(&["south"]) });
        assert_eq!(subject.visible().cloned().collect::<Vec<_>>(), ids(&["north"]));
    }

    #[test]
    fn subscriptions_choose_among_memberships() {
        let mut subject = filter(&["north", "south"]);
        let change = subject.update_subscriptions(Some(&ids(&["south", "research"])));
        assert_eq!(change.lost, ids(&["north"]));
        assert_eq!(
            subject
                .filter_events_by_organization(&event(Some("north")), Scope::Organization)
                .unwrap_err()
                .code(),
            "not_subscribed"
        );
        assert_eq!(subject.memberships().count(), 2, "the membership stays");
        assert_eq!(subject.update_subscriptions(None).gained, ids(&["north"]));
    }

    #[test]
    fn sending_needs_direction_and_the_right_user() {
        let subject = filter(&["north"]);
        let registry = EventRegistry::builtin();
        let may = |event_type: &str, organization, user: &str| {
            subject.validate_event_permission(
                &event(Some(organization)),
                registry.get(event_type).unwrap(),
                &UserId::from(user),
            )
        };
        assert_eq!(may("patient_updated", "north", "ana"), Ok(()));
        assert_eq!(
            may("patient_updated", "south", "ana"),
            Err(PermissionError::ForeignOrganization)
        );
        assert_eq!(
            may("patient_updated", "north", "ben"),
            Err(PermissionError::ForeignOrganization)
        );
        assert_eq!(may("user_online", "north", "ana").unwrap_err().code(), "wrong_direction");
    }
}
