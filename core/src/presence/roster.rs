//! The users online in one organization: ordered by id, persistent.

use std::slice;
use std::sync::Arc;

use crate::event::builtin::UserPresence;
use crate::id::UserId;

/// Users in a row, at most. A change copies one row and the list of rows, so that of ten thousand users a few hundred
/// pointers are copied, once for each state that is held by somebody.
const ROW: usize = 64;

type Row = Vec<Arc<UserPresence>>;

/// Users ordered by id. A clone shares everything, and a change leaves what others share as it is.
///
/// Rows are never empty, and never joined: there are no more than when most were online.
#[derive(Debug, Clone, Default)]
pub(super) struct Roster {
    rows: Arc<Vec<Arc<Row>>>,
    len: usize,
}

impl Roster {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// All, ordered by id.
    pub(super) fn iter(&self) -> Users<'_> {
        Users { row: [].iter(), rows: self.rows.iter() }
    }

    pub(super) fn get(&self, user: &UserId) -> Option<&Arc<UserPresence>> {
        let (row, place) = self.find(user);
        self.rows.get(row)?.get(place.ok()?)
    }

    /// Adds a user, or puts it into the place of the one with its id, which is returned.
    pub(super) fn insert(&mut self, user: Arc<UserPresence>) -> Option<Arc<UserPresence>> {
        let (index, place) = self.find(&user.user_id);
        let rows = Arc::make_mut(&mut self.rows);
        if rows.is_empty() {
            rows.push(Arc::default());
        }
        let row = Arc::make_mut(&mut rows[index]);
        match place {
            Ok(place) => Some(std::mem::replace(&mut row[place], user)),
            Err(place) => {
                row.insert(place, user);
                if row.len() > ROW {
                    let rest = row.split_off(ROW / 2);
                    rows.insert(index + 1, Arc::new(rest));
                }
                self.len += 1;
                None
            }
        }
    }

    /// Takes a user away, if there is one of this id.
    pub(super) fn remove(&mut self, user: &UserId) -> Option<Arc<UserPresence>> {
        let (index, Ok(place)) = self.find(user) else { return None };
        let rows = Arc::make_mut(&mut self.rows);
        let row = Arc::make_mut(&mut rows[index]);
        let removed = row.remove(place);
        if row.is_empty() {
            rows.remove(index);
        }
        self.len -= 1;
        Some(removed)
    }

    /// Whether they are the very same.
    pub(super) fn ptr_eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.rows, &other.rows)
    }

    /// The row that an id belongs to, and its place there, or where its place would be.
    fn find(&self, user: &UserId) -> (usize, Result<usize, usize>) {
        let is_before = |row: &Arc<Row>| row.last().is_some_and(|last| last.user_id < *user);
        // Beyond the last of all is the end of the last row.
        let last = self.rows.len().saturating_sub(1);
        let index = self.rows.partition_point(is_before).min(last);
        let place = self
            .rows
            .get(index)
            .map_or(Err(0), |row| row.binary_search_by(|known| known.user_id.cmp(user)));
        (index, place)
    }
}

/// Equal if they hold equal users. What they share is not looked at.
impl PartialEq for Roster {
    fn eq(&self, other: &Self) -> bool {
        let same = |(one, two): (&Arc<UserPresence>, &Arc<UserPresence>)| {
            Arc::ptr_eq(one, two) || one == two
        };
        self.ptr_eq(other) || (self.len == other.len && self.iter().zip(other.iter()).all(same))
    }
}

/// Users ordered by id. A type of its own, because a page would load three times its code for `flat_map`.
#[derive(Debug, Default)]
pub(super) struct Users<'a> {
    row: slice::Iter<'a, Arc<UserPresence>>,
    rows: slice::Iter<'a, Arc<Row>>,
}

impl<'a> Iterator for Users<'a> {
    type Item = &'a Arc<UserPresence>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(user) = self.row.next() {
                return Some(user);
            }
            self.row = self.rows.next()?.iter();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::event::User;
    use crate::time::Timestamp;

    type Model = BTreeMap<UserId, Arc<UserPresence>>;

    fn user(id: u64, sockets: u32) -> Arc<UserPresence> {
        let id = format!("u{id:04}");
        Arc::new(UserPresence {
            user_id: UserId::from(&*id),
            user: serde_json::from_value::<User>(serde_json::json!({"id": id, "name": id}))
                .unwrap(),
            last_seen: Timestamp::default(),
            socket_count: sockets,
            organizations: Vec::new(),
        })
    }

    fn assert_same(roster: &Roster, model: &Model) {
        assert_eq!(roster.len(), model.len());
        assert!(roster.iter().eq(model.values()));
        assert!(model.iter().all(|(id, user)| roster.get(id) == Some(user)));
        assert_eq!(roster.get(&UserId::from("nobody")), None);
        assert!(roster.rows.iter().all(|row| (1..=ROW).contains(&row.len())));
    }

    /// Comes and goes, more of the one and then more of the other, and what was held before stays as it was.
    #[test]
    fn it_is_an_ordered_map_whatever_came_and_went() {
        let (mut roster, mut model) = (Roster::default(), Model::new());
        let mut kept = Vec::new();
        let mut dice = 1u64;
        for step in 0..20_000u32 {
            dice = dice
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let (id, leaves) = ((dice >> 33) % 2_000, (dice >> 20) % 20_000 < u64::from(step));
            let user = user(id, step);
            if leaves {
                assert_eq!(roster.remove(&user.user_id), model.remove(&user.user_id));
            } else {
                let before = model.insert(user.user_id.clone(), user.clone());
                assert_eq!(roster.insert(user), before);
            }
            if step % 2_000 == 0 {
                assert_same(&roster, &model);
                kept.push((roster.clone(), model.clone()));
            }
        }
        for (roster, model) in &kept {
            assert_same(roster, model);
        }
        for id in model.keys() {
            assert!(roster.remove(id).is_some());
        }
        assert_same(&roster, &Model::new());
    }

    #[test]
    fn those_are_equal_that_hold_the_same_however_they_came_about() {
        let of = |ids: &[u64]| {
            let mut roster = Roster::default();
            for id in ids {
                roster.insert(user(*id, 1));
            }
            roster
        };
        let upwards: Vec<_> = (0..500).collect();
        let downwards: Vec<_> = (0..500).rev().collect();
        assert_eq!(of(&upwards), of(&downwards));
        assert_eq!(of(&upwards), of(&upwards).clone());
        assert_ne!(of(&upwards), of(&downwards[1..]));
        assert_ne!(of(&[1, 2]), of(&[1, 3]));
        let mut other = of(&upwards);
        other.insert(user(7, 2));
        assert_ne!(of(&upwards), other);
    }

    #[test]
    fn a_change_shares_what_it_does_not_touch() {
        let mut roster = Roster::default();
        for id in 0..1_000 {
            roster.insert(user(id, 1));
        }
        let before = roster.clone();
        roster.insert(user(500, 2));
        let rows = before.rows.iter().zip(&*roster.rows);
        assert_eq!(rows.filter(|(one, two)| !Arc::ptr_eq(one, two)).count(), 1);
    }
}
