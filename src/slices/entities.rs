//! The entities of one organization: found by id, ordered by id, persistent.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::BuildHasher as _;
use std::rc::Rc;
use std::sync::Arc;

use foldhash::fast::RandomState;
use imbl::OrdMap;

use super::entity::Entity;
use super::shelf::Shelf;

/// The entities of one organization, ordered by id. A clone shares everything, and comparing it with an
/// unchanged one costs nothing.
///
/// A change of an entity touches little of a large state: the order by id only when one comes or goes, and otherwise its own
/// place. (`docs/performance.md` has what it costs.)
#[derive(Debug)]
pub struct Entities<T> {
    /// The place of each entity, ordered by id.
    places: OrdMap<Rc<str>, u32>,
    shelf: Shelf<T>,
    /// Places whose entities have gone.
    vacant: Rc<Vec<u32>>,
    hints: Rc<RefCell<Hints>>,
}

/// Places by what the hash of an id ends in, shared by all clones: where to look first. What stands there says whether it is
/// right. The ids themselves are not here: each would be one more piece of memory to fetch.
#[derive(Debug, Default)]
struct Hints(HashMap<u32, u32, RandomState>);

impl Hints {
    #[expect(clippy::cast_possible_truncation, reason = "a part of the hash is meant")]
    fn key(&self, id: &str) -> u32 {
        self.0.hasher().hash_one(id) as u32
    }

    fn get(&self, id: &str) -> Option<u32> {
        self.0.get(&self.key(id)).copied()
    }

    fn set(&mut self, id: &str, place: u32) {
        self.0.insert(self.key(id), place);
    }

    fn remove(&mut self, id: &str) {
        self.0.remove(&self.key(id));
    }
}

impl<T> Entities<T> {
    /// All entities, ordered by id.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<T>> {
        self.places.values().filter_map(|place| self.at(*place))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    fn at(&self, place: u32) -> Option<&Arc<T>> {
        self.shelf.get(place as usize)
    }
}

impl<T: Entity> Entities<T> {
    /// The entity with an id.
    pub fn get(&self, id: &str) -> Option<&Arc<T>> {
        self.at(self.place(id)?)
    }

    fn place(&self, id: &str) -> Option<u32> {
        let hint = self.hints.borrow().get(id);
        let is_right = |place: &u32| self.at(*place).is_some_and(|entity| entity.id() == id);
        hint.filter(is_right).or_else(|| self.places.get(id).copied())
    }

    /// Adds an entity, or puts it in the place of the one with its id. Whether that changes anything: one that is equal stays.
    pub(super) fn set(&mut self, entity: Arc<T>) -> bool {
        if let Some(place) = self.place(entity.id()) {
            let is_same = |known: &Arc<T>| Arc::ptr_eq(known, &entity) || *known == entity;
            let changes = !self.at(place).is_some_and(is_same);
            if changes {
                self.shelf.replace(place as usize, Some(entity));
            }
            return changes;
        }
        let id: Rc<str> = entity.id().into();
        let vacant = self.vacant.last().copied();
        // More than that do not fit into the memory of a page.
        let Some(place) = vacant.or_else(|| u32::try_from(self.shelf.len()).ok()) else {
            return false;
        };
        if vacant.is_some() {
            Rc::make_mut(&mut self.vacant).pop();
            self.shelf.replace(place as usize, Some(entity));
        } else {
            self.shelf.push(entity);
        }
        self.hints.borrow_mut().set(&id, place);
        self.places.insert(id, place);
        true
    }

    /// Takes an entity away. Whether there was one of this id.
    pub(super) fn remove(&mut self, id: &str) -> bool {
        let Some(place) = self.places.remove(id) else { return false };
        self.hints.borrow_mut().remove(id);
        self.shelf.replace(place as usize, None);
        Rc::make_mut(&mut self.vacant).push(place);
        true
    }
}

impl<T> Clone for Entities<T> {
    fn clone(&self) -> Self {
        Self {
            places: self.places.clone(),
            shelf: self.shelf.clone(),
            vacant: self.vacant.clone(),
            hints: self.hints.clone(),
        }
    }
}

impl<T> Default for Entities<T> {
    fn default() -> Self {
        Self {
            places: OrdMap::new(),
            shelf: Shelf::default(),
            vacant: Rc::default(),
            hints: Rc::default(),
        }
    }
}

impl<T: PartialEq> PartialEq for Entities<T> {
    fn eq(&self, other: &Self) -> bool {
        if self.places.ptr_eq(&other.places) {
            return self.shelf.same(&other.shelf);
        }
        let same = |(one, two): (&Arc<T>, &Arc<T>)| Arc::ptr_eq(one, two) || one == two;
        self.len() == other.len()
            && self.places.keys().eq(other.places.keys())
            && self.iter().zip(other.iter()).all(same)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use yewdux_socket_core::event::{Patient, PatientStatus};
    use yewdux_socket_core::{Sensitive, UserId};

    use super::*;

    fn patient(id: usize, heart_rate: u16) -> Arc<Patient> {
        Arc::new(Patient {
            id: format!("p{id:04}"),
            name: UserId::from("ida").to_string(),
            ward: String::new(),
            status: PatientStatus::Stable,
            heart_rate,
            diagnosis: Sensitive::redacted(),
        })
    }

    type Model = BTreeMap<String, Arc<Patient>>;

    fn assert_same(entities: &Entities<Patient>, model: &Model) {
        assert_eq!(entities.len(), model.len());
        assert!(entities.iter().eq(model.values()), "in order of their ids");
        assert!(entities.iter().rev().eq(model.values().rev()));
        for id in 0..3_000 {
            let id = format!("p{id:04}");
            assert_eq!(entities.get(&id), model.get(&id), "{id}");
        }
    }

    #[test]
    fn it_is_a_map_ordered_by_id_and_every_clone_stays_what_it_was() {
        let (mut entities, mut model) = (Entities::default(), Model::new());
        let mut kept: Vec<(Entities<Patient>, Model)> = Vec::new();
        let mut dice = 7_u64;
        for step in 0..40_000_u64 {
            dice = dice
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let id = usize::try_from(dice >> 33).unwrap() % 3_000;
            // First they come, then they come and go.
            let leaves = step > 10_000 && (dice >> 20).is_multiple_of(4);
            if leaves {
                entities.remove(&format!("p{id:04}"));
                model.remove(&format!("p{id:04}"));
            } else {
                let patient = patient(id, u16::try_from(step % 300).unwrap());
                entities.set(patient.clone());
                model.insert(patient.id.clone(), patient);
            }
            if step % 5_000 == 0 {
                assert_same(&entities, &model);
                kept.push((entities.clone(), model.clone()));
            }
            if step % 9_000 == 8_999 {
                // Goes on from an earlier one, whose hints are those of a later one.
                (entities, model) = kept[kept.len() / 2].clone();
            }
        }
        assert!(entities.shelf.len() <= 3_000, "places are used again");
        for (entities, model) in &kept {
            assert_same(entities, model);
        }
    }

    #[test]
    fn those_are_equal_that_hold_the_same_whatever_their_history() {
        let of = |ids: &[(usize, u16)]| {
            let mut entities = Entities::default();
            for (id, rate) in ids {
                entities.set(patient(*id, *rate));
            }
            entities
        };
        let one = of(&[(1, 70), (2, 70)]);
        assert_eq!(one, one.clone());
        assert_eq!(one, of(&[(2, 70), (1, 60), (1, 70)]));
        assert_ne!(one, of(&[(1, 70), (2, 71)]));
        assert_ne!(one, of(&[(1, 70), (3, 70)]));
        assert_ne!(one, of(&[(1, 70)]));
        let mut other = one.clone();
        other.set(patient(2, 71));
        assert_ne!(one, other);
        other.set(patient(2, 70));
        assert_eq!(one, other);
        other.remove("p0001");
        assert_ne!(one, other);
    }
}
