//! What users were refused for want of permission: said in the log, for whoever watches it, without letting a flood of
//! refusals become a flood of lines.

use std::collections::BTreeMap;

use yewdux_socket_core::{OrganizationId, UserId};

/// How often each user was refused something since the server started. Only users that the server knows are counted.
#[derive(Debug, Default)]
pub(super) struct Refusals(BTreeMap<UserId, u64>);

impl Refusals {
    /// Counts one. The first, second, fourth, eighth … of a user is logged.
    pub(super) fn count(
        &mut self,
        user: &UserId,
        code: &str,
        organization: Option<&OrganizationId>,
    ) {
        let refused = self.0.entry(user.clone()).or_default();
        *refused += 1;
        if refused.is_power_of_two() {
            let organization = organization.map(OrganizationId::as_str);
            tracing::warn!(%user, refused, code, organization, "refused for want of permission");
        }
    }
}
