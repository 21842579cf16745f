//! Changes that the user made: on their way, and what became of them.
//!
//! A change is shown at once, over the newest state of the server: each pending change covers its own field,
//! so that what others do to the other fields meanwhile is seen as well. It is covered until the server has
//! acknowledged it *and* its own echo, or anything newer, is in the slice. Were it uncovered at the
//! acknowledgement, the old value would flash up for the moment between the two.

mod adopted;
#[cfg(test)]
mod tests;

use std::rc::Rc;
use std::sync::Arc;

use litemap::LiteMap;
use yewdux_socket::event::{Patient, PatientEdited, PatientStatus};
use yewdux_socket::{EmitError, EventId, OrganizationId, Outcome};

use crate::words::{emit_problem, outcome_problem, status_code};

/// Names a row of the board.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowKey {
    pub(crate) organization: OrganizationId,
    pub(crate) patient: Rc<str>,
}

/// What the user wants of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FieldChange {
    Ward(String),
    Status(PatientStatus),
    HeartRate(u16),
}

impl FieldChange {
    /// The event that asks for the change, and for nothing else: by the time that it is sent, others may have
    /// changed the other fields.
    pub(crate) fn event(&self, patient: &str) -> PatientEdited {
        let mut event = PatientEdited {
            patient_id: patient.to_owned(),
            ward: None,
            status: None,
            heart_rate: None,
        };
        match self {
            Self::Ward(ward) => event.ward = Some(ward.clone()),
            Self::Status(status) => event.status = Some(*status),
            Self::HeartRate(rate) => event.heart_rate = Some(*rate),
        }
        event
    }

    /// The change that an event asks for. `None` if it asks for more than one, as no event of this page does.
    fn of(event: &PatientEdited) -> Option<Self> {
        match (&event.ward, event.status, event.heart_rate) {
            (Some(ward), None, None) => Some(Self::Ward(ward.clone())),
            (None, Some(status), None) => Some(Self::Status(status)),
            (None, None, Some(rate)) => Some(Self::HeartRate(rate)),
            _ => None,
        }
    }

    /// The patient with the change.
    fn apply_to(&self, patient: &Patient) -> Patient {
        self.event(&patient.id).apply_to(patient)
    }

    /// The change in words.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Ward(ward) => format!("Ward {ward}"),
            Self::Status(status) => format!("Status {}", status_code(*status)),
            Self::HeartRate(rate) => format!("Heart rate {rate}"),
        }
    }
}

/// A change that was emitted.
#[derive(Debug, Clone, PartialEq)]
struct Edit {
    id: EventId,
    change: FieldChange,
    /// Whether the server said the value to everybody.
    echoed: bool,
    /// Set at the acknowledgement: the server's row then. The edit covers that state and no later one.
    acknowledged_over: Option<Arc<Patient>>,
}

/// What became of the latest change of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Note {
    /// It was acknowledged, at this time of day.
    Saved { at: Rc<str> },
    /// It was not.
    NotSaved {
        /// As `data-outcome` spells it.
        outcome: &'static str,
        /// In plain words.
        reason: Rc<str>,
        /// What was wanted, for another try.
        change: FieldChange,
    },
}

/// The changes of one row.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct RowEdits {
    edits: Vec<Edit>,
    pub(crate) note: Option<Note>,
    /// How often somebody else changed the row while it was on the board.
    pub(crate) touched: u32,
}

impl RowEdits {
    /// The row as the user wants it.
    pub(crate) fn over(&self, server: &Arc<Patient>) -> Arc<Patient> {
        let covering = |edit: &&Edit| match &edit.acknowledged_over {
            None => true,
            Some(over) => over == server,
        };
        let mut shown = server.clone();
        for edit in self.edits.iter().filter(covering) {
            shown = Arc::new(edit.change.apply_to(&shown));
        }
        shown
    }

    /// The keys of the changes that have no outcome yet, oldest first.
    pub(crate) fn pending(&self) -> impl Iterator<Item = &EventId> {
        self.edits.iter().filter(|edit| edit.acknowledged_over.is_none()).map(|edit| &edit.id)
    }

    /// Forgets acknowledged changes that something newer has overtaken.
    fn drop_acknowledged(&mut self) {
        self.edits.retain(|edit| edit.acknowledged_over.is_none());
    }
}

/// The changes of all rows. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Edits {
    /// Of the rows that were changed by anybody.
    rows: Rc<LiteMap<RowKey, Rc<RowEdits>>>,
    /// Who made the changes that have no outcome yet.
    open: Rc<LiteMap<EventId, Maker>>,
}

/// Who made a change.
#[derive(Debug, Clone, PartialEq)]
enum Maker {
    ThisPage,
    /// Changes of this row were taken over.
    EarlierPage(RowKey),
}

impl Edits {
    /// The changes of a row.
    pub(crate) fn row(&self, key: &RowKey) -> Rc<RowEdits> {
        self.rows.get(key).cloned().unwrap_or_default()
    }

    fn row_mut(&mut self, key: &RowKey) -> &mut RowEdits {
        let rows = Rc::make_mut(&mut self.rows);
        Rc::make_mut(rows.entry(key.clone()).or_default())
    }

    /// The changes that have no outcome yet, row by row.
    pub(crate) fn pending(&self) -> impl Iterator<Item = (&RowKey, &FieldChange)> {
        self.rows.iter().flat_map(|(key, row)| {
            let edits = row.edits.iter().filter(|edit| edit.acknowledged_over.is_none());
            edits.map(move |edit| (key, &edit.change))
        })
    }

    /// A change was emitted.
    pub(crate) fn accepted(&mut self, key: &RowKey, id: EventId, change: FieldChange) {
        Rc::make_mut(&mut self.open).insert(id.clone(), Maker::ThisPage);
        let row = self.row_mut(key);
        row.note = None;
        row.edits.push(Edit { id, change, echoed: false, acknowledged_over: None });
    }

    /// A change could not be emitted.
    pub(crate) fn refused(&mut self, key: &RowKey, change: FieldChange, error: &EmitError) {
        self.row_mut(key).note = Some(Note::NotSaved {
            outcome: "rejected",
            reason: emit_problem(error).into(),
            change,
        });
    }

    /// A change has its outcome. `server` is the row in the slice now, `at` the time of day.
    pub(crate) fn settled(
        &mut self,
        key: &RowKey,
        id: &EventId,
        outcome: &Outcome,
        server: Option<Arc<Patient>>,
        at: &str,
    ) {
        Rc::make_mut(&mut self.open).remove(id);
        let row = self.row_mut(key);
        let Some(index) = row.edits.iter().position(|edit| edit.id == *id) else { return };
        if *outcome != Outcome::Acknowledged {
            let change = row.edits.remove(index).change;
            let reason = outcome_problem(outcome).into();
            row.note = Some(Note::NotSaved { outcome: outcome.code(), reason, change });
            return;
        }
        match server.filter(|_| !row.edits[index].echoed) {
            Some(server) => row.edits[index].acknowledged_over = Some(server),
            None => drop(row.edits.remove(index)),
        }
        // What went wrong with an earlier change stays said until the user has seen it.
        if !matches!(row.note, Some(Note::NotSaved { .. })) {
            row.note = Some(Note::Saved { at: at.into() });
        }
    }

    /// The server said how a row is now: the echo of an own change, or somebody else's. The server takes an
    /// own change into what the patient is by then, and takes them in the order in which they were made: an
    /// echo has the value of the oldest one, whatever the other fields hold.
    pub(crate) fn received(&mut self, key: &RowKey, patient: &Patient) {
        let row = self.row_mut(key);
        let oldest = row.edits.iter_mut().find(|edit| !edit.echoed);
        match oldest.filter(|edit| edit.change.apply_to(patient) == *patient) {
            Some(own) => own.echoed = true,
            None => row.touched = row.touched.wrapping_add(1),
        }
        row.drop_acknowledged();
    }

    /// The user has read the note.
    pub(crate) fn dismiss(&mut self, key: &RowKey) {
        self.row_mut(key).note = None;
    }
}
