//! All patients, as JavaScript values: what the checksum is made over.

#![expect(unreachable_pub, reason = "wasm-bindgen exports public functions only")]

use std::cell::RefCell;

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use yewdux_socket::event::{Patient, PatientStatus};
use yewdux_socket::{EntitySlice, SocketManager, SocketSlice};

thread_local! {
    static MANAGER: RefCell<Option<SocketManager>> = RefCell::default();
}

/// Whose state it is.
pub(crate) fn observe(manager: Option<SocketManager>) {
    MANAGER.set(manager);
}

/// A list of `[organization, patients]`.
#[wasm_bindgen]
pub fn state() -> Array {
    let Some(manager) = MANAGER.with_borrow(Clone::clone) else { return Array::new() };
    let slice = manager.context().get::<EntitySlice<Patient>>();
    let principal = manager.context().get::<SocketSlice>().principal.clone();
    let memberships = principal.iter().flat_map(|principal| &principal.organizations);
    memberships
        .map(|membership| {
            let patients = slice.organization(&membership.id);
            let patients: Array = patients.iter().map(|patient| object(patient)).collect();
            Array::of2(&membership.id.as_str().into(), &patients)
        })
        .collect()
}

fn object(patient: &Patient) -> Object {
    let status = match patient.status {
        PatientStatus::Stable => "stable",
        PatientStatus::Observation => "observation",
        PatientStatus::Critical => "critical",
        PatientStatus::Discharged => "discharged",
    };
    let object = Object::new();
    let set = |name: &str, value: JsValue| {
        // It fails on frozen objects only.
        let _ = Reflect::set(&object, &name.into(), &value);
    };
    set("id", patient.id.as_str().into());
    set("name", patient.name.as_str().into());
    set("ward", patient.ward.as_str().into());
    set("status", status.into());
    set("heartRate", patient.heart_rate.into());
    set(
        "diagnosis",
        patient.diagnosis.reveal().map_or(JsValue::UNDEFINED, |text| text.as_str().into()),
    );
    object
}
