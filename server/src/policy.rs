//! Which roles may emit which types of events.
//!
//! Membership comes first and is checked elsewhere: a rule only decides among the members of the event's
//! organization, by their roles in that organization.

use std::collections::BTreeMap;

use yewdux_socket_core::UserId;

/// Who, of an organization's members, may emit a type of event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// Every member.
    Member,
    /// Members with at least one of these roles.
    AnyOf(Vec<String>),
    /// The user whom the event is about, and members with at least one of these roles.
    OwnOrAnyOf(Vec<String>),
}

/// The rules. A type without one may not be emitted by anybody: forgetting to write a rule must not open a
/// door.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    rules: BTreeMap<String, Rule>,
}

impl Policy {
    /// The rules of the built-in events:
    ///
    /// | type | who |
    /// |---|---|
    /// | `patient_edited`, `patient_updated` | `nurse`, `doctor` |
    /// | `organization_updated` | `admin` |
    /// | `user_updated` | the user, `admin` |
    ///
    /// Patients are changed by two types: whoever sets the rule of one should think of the other.
    pub fn builtin() -> Self {
        let roles = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let mut policy = Self::default();
        for event_type in ["patient_edited", "patient_updated"] {
            policy.set(event_type, Rule::AnyOf(roles(&["nurse", "doctor"])));
        }
        policy.set("organization_updated", Rule::AnyOf(roles(&["admin"])));
        policy.set("user_updated", Rule::OwnOrAnyOf(roles(&["admin"])));
        policy
    }

    /// Sets the rule of a type.
    pub fn set(&mut self, event_type: &str, rule: Rule) -> &mut Self {
        self.rules.insert(event_type.to_owned(), rule);
        self
    }

    /// Whether a member with these roles may emit an event of a type that is about `subject`.
    pub fn permits(
        &self,
        event_type: &str,
        user: &UserId,
        roles: &[String],
        subject: Option<&UserId>,
    ) -> bool {
        let any_of = |wanted: &[String]| wanted.iter().any(|role| roles.contains(role));
        match self.rules.get(event_type) {
            None => false,
            Some(Rule::Member) => true,
            Some(Rule::AnyOf(wanted)) => any_of(wanted),
            Some(Rule::OwnOrAnyOf(wanted)) => subject == Some(user) || any_of(wanted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_built_in_events() {
        let policy = Policy::builtin();
        let (ana, ben) = (UserId::from("ana"), UserId::from("ben"));
        let may = |event_type: &str, role: &str, subject| {
            policy.permits(event_type, &ana, &[role.to_owned()], subject)
        };
        for (event_type, role, allowed) in [
            ("patient_updated", "nurse", true),
            ("patient_updated", "doctor", true),
            ("patient_updated", "researcher", false),
            ("patient_updated", "admin", false),
            ("patient_edited", "nurse", true),
            ("patient_edited", "doctor", true),
            ("patient_edited", "researcher", false),
            ("patient_edited", "admin", false),
            ("organization_updated", "admin", true),
            ("organization_updated", "nurse", false),
            ("user_updated", "admin", true),
            ("user_updated", "nurse", false),
            ("made_up", "admin", false),
        ] {
            assert_eq!(may(event_type, role, Some(&ben)), allowed, "{role} and {event_type}");
        }
        assert!(may("user_updated", "nurse", Some(&ana)), "everybody may update the own data");
        assert!(
            !may("patient_updated", "researcher", Some(&ana)),
            "being the subject helps only where the rule says so"
        );
    }

    #[test]
    fn rules_can_be_added() {
        let mut policy = Policy::builtin();
        policy.set("bed_assigned", Rule::Member);
        assert!(policy.permits("bed_assigned", &UserId::from("dora"), &[], None));
    }
}
