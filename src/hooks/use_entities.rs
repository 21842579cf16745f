//! The entities of an organization.

use yew::prelude::*;
use yewdux_socket_core::OrganizationId;

use super::use_slice;
use crate::slices::{Entities, Entity, EntitySlice};

/// The entities of an organization from the [`EntitySlice<T>`] that was registered with
/// [`SocketOptions::slice`](crate::SocketOptions::slice). Renders again only when this organization's
/// entities change.
///
/// # Example
/// ```
/// use yew::prelude::*;
/// use yewdux_socket::event::Patient;
/// use yewdux_socket::{OrganizationId, use_entities};
///
/// #[component]
/// fn Names() -> Html {
///     let patients = use_entities::<Patient>(&OrganizationId::from("north-clinic"));
///     html! { <ul>{ for patients.iter().map(|patient| html! { <li>{ &patient.name }</li> }) }</ul> }
/// }
/// ```
///
/// # Server-side rendering
/// None.
#[hook]
pub fn use_entities<T: Entity>(organization: &OrganizationId) -> Entities<T> {
    let organization = organization.clone();
    use_slice(move |slice: &EntitySlice<T>| slice.organization(&organization))
}
