use super::*;
use crate::event::EventRegistry;
use crate::permission::Rule;
use crate::time::Timestamp;

fn ids(names: &[&str]) -> Vec<OrganizationId> {
    names.iter().map(|name| OrganizationId::from(*name)).collect()
}

fn filter(names: &[&str]) -> TenantFilter {
    let memberships: Vec<_> = ids(names)
        .into_iter()
        .map(|id| Membership { name: id.to_string(), id, roles: vec!["nurse".into()] })
        .collect();
    let mut filter = TenantFilter::new(PermissionPolicy::builtin());
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
    let pass =
        |organization, scope| subject.filter_events_by_organization(&event(organization), scope);
    assert_eq!(pass(Some("north"), Scope::Organization), Ok(()));
    assert_eq!(pass(Some("south"), Scope::Organization), Err(PermissionError::ForeignOrganization));
    assert_eq!(pass(None, Scope::Organization).unwrap_err().code(), "organization_missing");
    assert_eq!(pass(None, Scope::Global), Ok(()));
    assert_eq!(pass(Some("north"), Scope::Global).unwrap_err().code(), "organization_unexpected");
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
    assert_eq!(change, MembershipChange { lost: ids(&["south"]), ..MembershipChange::default() });
    assert_eq!(subject.visible().cloned().collect::<Vec<_>>(), ids(&["north"]));
}

#[test]
fn other_roles_in_an_organization_that_stays_are_told() {
    let mut subject = filter(&["north", "south"]);
    let with = |role: &str| Membership {
        id: OrganizationId::from("north"),
        name: "north".to_owned(),
        roles: vec![role.to_owned()],
    };
    let change = subject.set_server_organizations(&UserId::from("ana"), &[with("nurse")]);
    assert_eq!((change.lost, change.changed), (ids(&["south"]), vec![]));
    let change = subject.set_server_organizations(&UserId::from("ana"), &[with("doctor")]);
    assert_eq!(
        change,
        MembershipChange { changed: ids(&["north"]), ..MembershipChange::default() }
    );
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
fn a_subscription_to_what_is_no_id_is_none() {
    let mut subject = filter(&["north"]);
    let change = subject.update_subscriptions(Some(&ids(&["north", "", "a\nb", &"x".repeat(129)])));
    assert_eq!(change, MembershipChange::default());
    assert_eq!(subject.subscriptions(), Some(ids(&["north"])));
}

#[test]
fn sending_needs_direction_role_and_the_right_user() {
    let subject = filter(&["north"]);
    let registry = EventRegistry::builtin();
    let may = |event_type: &str, organization, user: &str| {
        subject.validate_event_permission(
            &Envelope { event_type: event_type.into(), ..event(Some(organization)) },
            registry.get(event_type).unwrap(),
            &UserId::from(user),
            || None,
        )
    };
    assert_eq!(may("patient_updated", "north", "ana"), Ok(()));
    assert_eq!(may("patient_updated", "south", "ana"), Err(PermissionError::ForeignOrganization));
    assert_eq!(may("patient_updated", "north", "ben"), Err(PermissionError::ForeignOrganization));
    assert_eq!(may("user_online", "north", "ana").unwrap_err().code(), "wrong_direction");
    assert_eq!(may("organization_updated", "north", "ana").unwrap_err().code(), "not_permitted");
}

#[test]
fn receiving_needs_direction_and_role() {
    let registry = EventRegistry::builtin();
    let mut policy = PermissionPolicy::builtin();
    policy.receive("patient_updated", Rule::any_of(["doctor"]));
    let mut subject = TenantFilter::new(policy);
    let may = |subject: &TenantFilter, event_type: &str| {
        let envelope = Envelope { event_type: event_type.into(), ..event(Some("north")) };
        let kind = registry.get(event_type).unwrap();
        subject.validate_event_receipt(&envelope, kind, || None).map_err(|error| error.code())
    };
    assert_eq!(may(&subject, "user_updated"), Err("foreign_organization"), "nobody is known");
    let nurse = |organization: &str| Membership {
        id: OrganizationId::from(organization),
        name: organization.to_owned(),
        roles: vec!["nurse".to_owned()],
    };
    let doctor =
        |organization: &str| Membership { roles: vec!["doctor".to_owned()], ..nurse(organization) };
    let ana = UserId::from("ana");
    subject.set_server_organizations(&ana, &[nurse("north"), doctor("south")]);
    assert_eq!(may(&subject, "user_updated"), Ok(()));
    assert_eq!(may(&subject, "patient_updated"), Err("not_permitted"), "a doctor elsewhere");
    assert_eq!(may(&subject, "patient_edited"), Err("wrong_direction"));
    subject.set_server_organizations(&ana, &[doctor("north")]);
    assert_eq!(may(&subject, "patient_updated"), Ok(()));
}
