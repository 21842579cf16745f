//! State that begins with the seed and ends with the process.

use super::stored::{Stored, StoredAccount, StoredOrganization, fresh_epoch};
use crate::random;
use crate::seed::Seed;

/// The state of the seed, with a fresh key and fresh epochs: what a client remembers of an earlier process
/// does not fit, and is said so.
pub(super) fn begin(seed: &Seed) -> Stored {
    let organizations = seed.organizations.iter().map(|organization| StoredOrganization {
        organization: organization.clone(),
        epoch: fresh_epoch(),
        first: 1,
        history: Vec::new(),
        patients: seed
            .patients
            .iter()
            .filter(|(id, _)| *id == organization.id)
            .map(|(_, patient)| patient.clone())
            .collect(),
        profiles: seed
            .accounts
            .iter()
            .filter(|account| account.memberships.contains_key(&organization.id))
            .map(|account| account.user.clone())
            .collect(),
    });
    Stored {
        signing_key: random::bytes(),
        organizations: organizations.collect(),
        accounts: seed
            .accounts
            .iter()
            .map(|account| StoredAccount { account: account.clone(), generation: 0 })
            .collect(),
        keys: Vec::new(),
        heads: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organizations_start_with_their_own_members_and_patients() {
        let stored = begin(&Seed::demo());
        let north = &stored.organizations[0];
        assert_eq!((north.patients.len(), north.profiles.len()), (18, 2));
        assert_ne!(
            north.epoch,
            begin(&Seed::demo()).organizations[0].epoch,
            "each start is an epoch of its own"
        );
    }
}
