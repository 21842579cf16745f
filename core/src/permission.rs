//! Which roles may send and receive which types of events, and see which of their sensitive fields.
//!
//! Membership comes first and is the [`TenantFilter`](crate::TenantFilter)'s: a rule only decides among the members of
//! an event's organization, by their roles there. Client and server decide by the same code; the server's word counts.

use std::borrow::Cow;
use std::sync::Arc;

use litemap::LiteMap;

use crate::error::PermissionError;
use crate::event::{
    OrganizationUpdated, PatientEdited, PatientUpdated, SocketEvent, UserOffline, UserOnline,
    UserUpdated,
};
use crate::id::UserId;

/// Who, of an organization's members, is meant. For a global event, whoever is signed in counts as a member, with the
/// roles of all organizations together.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// Every member.
    Member,
    /// Members with at least one of these roles.
    AnyOf(Vec<Cow<'static, str>>),
    /// The user whom the event is about ([`SocketEvent::subject`]), and members with at least one of these roles.
    OwnOrAnyOf(Vec<Cow<'static, str>>),
}

impl Rule {
    /// Members with at least one of these roles.
    pub fn any_of<R: Into<Cow<'static, str>>>(roles: impl IntoIterator<Item = R>) -> Self {
        Self::AnyOf(roles.into_iter().map(Into::into).collect())
    }

    /// The user whom the event is about, and members with at least one of these roles.
    pub fn own_or_any_of<R: Into<Cow<'static, str>>>(roles: impl IntoIterator<Item = R>) -> Self {
        Self::OwnOrAnyOf(roles.into_iter().map(Into::into).collect())
    }

    fn admits(&self, viewer: &Viewer<'_>, subject: impl FnOnce() -> Option<UserId>) -> bool {
        let any_of = |wanted: &[Cow<'static, str>]| wanted.iter().any(|role| viewer.has(role));
        match self {
            Self::Member => true,
            Self::AnyOf(wanted) => any_of(wanted),
            Self::OwnOrAnyOf(wanted) => any_of(wanted) || subject().as_ref() == Some(viewer.user),
        }
    }

    /// The roles that would do.
    fn roles(&self) -> Vec<String> {
        match self {
            Self::Member => Vec::new(),
            Self::AnyOf(roles) | Self::OwnOrAnyOf(roles) => {
                roles.iter().map(ToString::to_string).collect()
            }
        }
    }
}

/// Who asks: a user, and the user's roles in the organization in question.
#[derive(Debug, Clone, Copy)]
pub struct Viewer<'a> {
    /// The user.
    pub user: &'a UserId,
    /// The user's roles there: one list, or several that count together.
    pub roles: &'a [&'a [String]],
}

impl Viewer<'_> {
    fn has(&self, role: &str) -> bool {
        self.roles.iter().any(|roles| roles.iter().any(|own| own == role))
    }
}

/// What the policy says of one event type or snapshot topic.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Rules {
    receive: Option<Rule>,
    emit: Option<Rule>,
    /// By the path of a sensitive field.
    see: LiteMap<Box<str>, Rule>,
}

/// The rules, by event type. What has no rule is denied: forgetting to write one must not open a door.
///
/// ```
/// use yewdux_socket_core::permission::{PermissionPolicy, Rule};
///
/// let mut policy = PermissionPolicy::builtin();
/// policy.receive("bed_assigned", Rule::Member).emit("bed_assigned", Rule::any_of(["nurse"]));
/// ```
///
/// A clone shares everything until it is changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PermissionPolicy {
    rules: Arc<LiteMap<Box<str>, Rules>>,
}

impl PermissionPolicy {
    /// A policy that denies everything.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The rules of the built-in events:
    ///
    /// | type | who may receive it | who may emit it |
    /// |---|---|---|
    /// | `patient_edited` | nobody: it goes to the server | `nurse`, `doctor` |
    /// | `patient_updated` | members | `nurse`, `doctor` |
    /// | `organization_updated` | members | `admin` |
    /// | `user_updated` | members | the user, `admin` |
    /// | `user_online`, `user_offline` | members | nobody: the server keeps presence |
    ///
    /// A patient's `diagnosis`, in events and in the topic `patients`, is seen by `nurse` and `doctor`.
    ///
    /// Patients are changed by two types: whoever sets the rule of one should think of the other.
    pub fn builtin() -> Self {
        let mut policy = Self::default();
        policy
            .emit(PatientEdited::TYPE, Rule::any_of(["nurse", "doctor"]))
            .receive(PatientUpdated::TYPE, Rule::Member)
            .emit(PatientUpdated::TYPE, Rule::any_of(["nurse", "doctor"]))
            .receive(OrganizationUpdated::TYPE, Rule::Member)
            .emit(OrganizationUpdated::TYPE, Rule::any_of(["admin"]))
            .receive(UserUpdated::TYPE, Rule::Member)
            .emit(UserUpdated::TYPE, Rule::own_or_any_of(["admin"]))
            .receive(UserOnline::TYPE, Rule::Member)
            .receive(UserOffline::TYPE, Rule::Member)
            .see(PatientUpdated::TYPE, "patient.diagnosis", Rule::any_of(["nurse", "doctor"]))
            .see("patients", "diagnosis", Rule::any_of(["nurse", "doctor"]));
        policy
    }

    /// Sets who may receive events of a type.
    pub fn receive(&mut self, event_type: &str, rule: Rule) -> &mut Self {
        self.rules(event_type).receive = Some(rule);
        self
    }

    /// Sets who may emit events of a type.
    pub fn emit(&mut self, event_type: &str, rule: Rule) -> &mut Self {
        self.rules(event_type).emit = Some(rule);
        self
    }

    /// Sets who may see a sensitive field of an event type or of a snapshot topic's entries. The path names the
    /// field from the payload, or from the entry, on: `patient.diagnosis`.
    pub fn see(&mut self, of: &str, path: &str, rule: Rule) -> &mut Self {
        self.rules(of).see.insert(path.into(), rule);
        self
    }

    /// Whether any rule is about an event type.
    pub(crate) fn names(&self, event_type: &str) -> bool {
        self.rules.contains_key(event_type)
    }

    /// The sensitive fields of what is not registered that a viewer may not see, by the rules alone; all, if nobody is known.
    pub(crate) fn unseen(&self, of: &str, viewer: Option<&Viewer<'_>>) -> Vec<&str> {
        let see = self.rules.get(of).into_iter().flat_map(|rules| rules.see.iter());
        let admits = |rule: &Rule| viewer.is_some_and(|viewer| rule.admits(viewer, || None));
        see.filter(|(_, rule)| !admits(rule)).map(|(path, _)| &**path).collect()
    }

    fn rules(&mut self, of: &str) -> &mut Rules {
        Arc::make_mut(&mut self.rules).entry(of.into()).or_default()
    }

    /// Whether a viewer may receive an event of a type.
    ///
    /// # Errors
    /// [`PermissionError::NoRule`] or [`PermissionError::RoleMissing`].
    pub fn may_receive(
        &self,
        event_type: &str,
        viewer: &Viewer<'_>,
        subject: impl FnOnce() -> Option<UserId>,
    ) -> Result<(), PermissionError> {
        let rule = self.rules.get(event_type).and_then(|rules| rules.receive.as_ref());
        decide(rule, event_type, viewer, subject)
    }

    /// Whether a viewer may emit an event of a type.
    ///
    /// # Errors
    /// [`PermissionError::NoRule`] or [`PermissionError::RoleMissing`].
    pub fn may_emit(
        &self,
        event_type: &str,
        viewer: &Viewer<'_>,
        subject: impl FnOnce() -> Option<UserId>,
    ) -> Result<(), PermissionError> {
        let rule = self.rules.get(event_type).and_then(|rules| rules.emit.as_ref());
        decide(rule, event_type, viewer, subject)
    }

    /// Whether a viewer may see a sensitive field of an event type or topic. Without a rule nobody may.
    pub fn may_see(&self, of: &str, path: &str, viewer: &Viewer<'_>) -> bool {
        let rule = self.rules.get(of).and_then(|rules| rules.see.get(path));
        rule.is_some_and(|rule| rule.admits(viewer, || None))
    }
}

fn decide(
    rule: Option<&Rule>,
    event_type: &str,
    viewer: &Viewer<'_>,
    subject: impl FnOnce() -> Option<UserId>,
) -> Result<(), PermissionError> {
    let Some(rule) = rule else {
        return Err(PermissionError::NoRule { event_type: event_type.to_owned() });
    };
    if rule.admits(viewer, subject) {
        Ok(())
    } else {
        Err(PermissionError::RoleMissing { event_type: event_type.to_owned(), roles: rule.roles() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: [&str; 5] = ["nurse", "doctor", "admin", "researcher", ""];

    /// Who may, of members with one role each, about somebody else.
    fn who(check: impl Fn(&Viewer<'_>) -> Result<(), PermissionError>) -> Vec<&'static str> {
        let ana = UserId::from("ana");
        let may = |role: &&&str| {
            let roles = [(**role).to_owned()];
            check(&Viewer { user: &ana, roles: &[&roles] }).is_ok()
        };
        ROLES.iter().filter(may).copied().collect()
    }

    #[test]
    fn the_table_of_the_built_in_events() {
        let policy = PermissionPolicy::builtin();
        let care = vec!["nurse", "doctor"];
        for (event_type, receive, emit) in [
            ("patient_edited", vec![], care.clone()),
            ("patient_updated", ROLES.to_vec(), care),
            ("organization_updated", ROLES.to_vec(), vec!["admin"]),
            ("user_updated", ROLES.to_vec(), vec!["admin"]),
            ("user_online", ROLES.to_vec(), vec![]),
            ("user_offline", ROLES.to_vec(), vec![]),
            ("made_up", vec![], vec![]),
        ] {
            let other = || Some(UserId::from("ben"));
            assert_eq!(who(|v| policy.may_receive(event_type, v, other)), receive, "{event_type}");
            assert_eq!(who(|v| policy.may_emit(event_type, v, other)), emit, "{event_type}");
        }
    }

    #[test]
    fn being_the_subject_helps_only_where_the_rule_says_so() {
        let policy = PermissionPolicy::builtin();
        let own = || Some(UserId::from("ana"));
        assert_eq!(who(|v| policy.may_emit("user_updated", v, own)), ROLES);
        assert_eq!(who(|v| policy.may_emit("patient_updated", v, own)), ["nurse", "doctor"]);
        assert_eq!(who(|v| policy.may_emit("user_updated", v, || None)), ["admin"]);
    }

    #[test]
    fn a_refusal_names_the_missing_role() {
        let (policy, ana) = (PermissionPolicy::builtin(), UserId::from("ana"));
        let viewer = Viewer { user: &ana, roles: &[&[]] };
        let refusal = policy.may_emit("patient_edited", &viewer, || None).unwrap_err();
        assert_eq!(refusal.code(), "not_permitted");
        assert!(refusal.to_string().contains("nurse, doctor"), "{refusal}");
        let refusal = policy.may_emit("made_up", &viewer, || None).unwrap_err();
        assert_eq!(refusal.code(), "no_rule");
    }

    #[test]
    fn roles_of_several_organizations_count_together_where_they_are_given_together() {
        let (policy, ana) = (PermissionPolicy::builtin(), UserId::from("ana"));
        let (north, south) = (["nurse".to_owned()], ["admin".to_owned()]);
        let viewer = Viewer { user: &ana, roles: &[&north, &south] };
        assert_eq!(policy.may_emit("organization_updated", &viewer, || None), Ok(()));
    }

    #[test]
    fn a_sensitive_field_without_a_rule_is_seen_by_nobody() {
        let mut policy = PermissionPolicy::builtin();
        policy.see("patients", "diagnosis", Rule::any_of(["doctor"]));
        let see = |of: &'static str, path: &'static str| {
            who(|viewer| {
                let denied = PermissionError::NoRule { event_type: String::new() };
                if policy.may_see(of, path, viewer) { Ok(()) } else { Err(denied) }
            })
        };
        assert_eq!(see("patients", "diagnosis"), ["doctor"], "the rule was replaced");
        assert_eq!(see("patient_updated", "patient.diagnosis"), ["nurse", "doctor"]);
        assert_eq!(see("patients", "name"), [""; 0]);
        assert_eq!(see("patient_updated", "diagnosis"), [""; 0]);
    }

    #[test]
    fn a_clone_is_changed_alone() {
        let policy = PermissionPolicy::builtin();
        let mut other = policy.clone();
        other.receive("made_up", Rule::Member);
        assert_ne!(policy, other);
        assert_eq!(policy, PermissionPolicy::builtin());
    }
}
