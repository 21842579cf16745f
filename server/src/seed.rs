//! What a server knows before anything happened. [`Seed::demo`] is the hospital of the demonstration.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use yewdux_socket_core::event::{Organization, Patient, PatientStatus, User};
use yewdux_socket_core::{OrganizationId, Sensitive, UserId};

/// A user with organizations and roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Basic data. Each organization starts with a copy of its own, so that what one organization changes
    /// in it never shows in another.
    pub user: User,
    /// The roles in each of the user's organizations.
    pub memberships: BTreeMap<OrganizationId, Vec<String>>,
}

/// Organizations, users and patients to begin with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seed {
    /// The organizations.
    pub organizations: Vec<Organization>,
    /// The users.
    pub accounts: Vec<Account>,
    /// The patients of each organization.
    pub patients: Vec<(OrganizationId, Patient)>,
}

/// Given names and family names are put together by position; all are invented.
const GIVEN: [&str; 20] = [
    "Ida", "Noah", "Mira", "Elias", "Lena", "Tomas", "Aylin", "Jonas", "Priya", "Marek", "Sofia",
    "Kofi", "Hanna", "Luca", "Yara", "Emil", "Nadia", "Oskar", "Leila", "Pavel",
];
const FAMILY: [&str; 13] = [
    "Holm",
    "Berger",
    "Castell",
    "Dubois",
    "Ekström",
    "Farouk",
    "Grabowski",
    "Hoshino",
    "Iyer",
    "Jansen",
    "Kovač",
    "Lemaire",
    "Moreno",
];

/// Which nurses and doctors see, and nobody else.
const DIAGNOSES: [&str; 7] = [
    "Influenza",
    "Fracture of the wrist",
    "Appendicitis",
    "Pneumonia",
    "Migraine",
    "Atrial fibrillation",
    "Anaemia",
];

impl Seed {
    /// The demonstration: two clinics and a research institute, four users, forty patients. The same at
    /// every start.
    pub fn demo() -> Self {
        let organization = |id: &str, name: &str| Organization {
            id: OrganizationId::from(id),
            name: name.to_owned(),
        };
        // Numbered through, so that no name comes twice: the two lists of names have lengths without a common
        // factor, and far fewer than their product are taken.
        let patients = [
            ("north-clinic", 0..18, &["Cardiology", "Surgery", "Intensive care"][..]),
            ("south-clinic", 18..32, &["Maternity", "Orthopaedics", "Intensive care"][..]),
            ("research", 32..40, &["Sleep study", "Trial unit"][..]),
        ]
        .into_iter()
        .flat_map(|(id, numbers, wards)| {
            let first = numbers.start;
            numbers.map(move |number| {
                (OrganizationId::from(id), patient(id, number, number - first, wards))
            })
        })
        .collect();
        Self {
            organizations: vec![
                organization("north-clinic", "North Clinic"),
                organization("south-clinic", "South Clinic"),
                organization("research", "Research Institute"),
            ],
            accounts: vec![
                account(
                    "Ana",
                    "Lindqvist",
                    &[("north-clinic", &["nurse", "admin"]), ("south-clinic", &["nurse"])],
                ),
                account("Ben", "Okafor", &[("north-clinic", &["doctor"])]),
                account("Cleo", "Marchetti", &[("south-clinic", &["doctor"])]),
                account("Dora", "Haddad", &[("research", &["researcher"])]),
            ],
            patients,
        }
    }
}

fn account(first: &str, last: &str, memberships: &[(&str, &[&str])]) -> Account {
    let id = first.to_lowercase();
    Account {
        user: User {
            email: format!("{id}@hospital.example"),
            id: UserId::from(id.as_str()),
            name: format!("{first} {last}"),
            first_name: first.to_owned(),
        },
        memberships: memberships
            .iter()
            .map(|(organization, roles)| {
                (
                    OrganizationId::from(*organization),
                    roles.iter().map(ToString::to_string).collect(),
                )
            })
            .collect(),
    }
}

fn patient(organization: &str, number: usize, index: usize, wards: &[&str]) -> Patient {
    let status = match index % 9 {
        4 => PatientStatus::Critical,
        2 | 6 => PatientStatus::Observation,
        8 => PatientStatus::Discharged,
        _ => PatientStatus::Stable,
    };
    let pace = u16::try_from(number * 7 % 25).unwrap_or(0);
    Patient {
        id: format!("{}-{:03}", organization.split('-').next().unwrap_or(organization), index + 1),
        name: format!("{} {}", GIVEN[number % GIVEN.len()], FAMILY[number % FAMILY.len()]),
        ward: wards[index % wards.len()].to_owned(),
        diagnosis: Sensitive::new(DIAGNOSES[number % DIAGNOSES.len()].to_owned()),
        heart_rate: if status == PatientStatus::Critical { 118 + pace } else { 60 + pace },
        status,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use yewdux_socket_core::event::{PatientUpdated, SocketEvent};

    use super::*;

    #[test]
    fn the_demonstration_is_complete_and_always_the_same() {
        let seed = Seed::demo();
        assert_eq!(seed, Seed::demo());
        for (organization, count) in [("north-clinic", 18), ("south-clinic", 14), ("research", 8)] {
            let of_it: Vec<_> =
                seed.patients.iter().filter(|(id, _)| id.as_str() == organization).collect();
            assert_eq!(of_it.len(), count);
        }
        for (_, patient) in &seed.patients {
            assert_eq!(PatientUpdated { patient: patient.clone().into() }.validate(), Ok(()));
        }
        let ids: BTreeSet<_> = seed.patients.iter().map(|(_, patient)| &patient.id).collect();
        let names: BTreeSet<_> = seed.patients.iter().map(|(_, patient)| &patient.name).collect();
        assert_eq!((ids.len(), names.len()), (40, 40), "ids and names differ");
        assert_eq!(seed.accounts[0].user.name, "Ana Lindqvist");
    }
}
