//! Numbered places that hold something, persistent: a clone shares all, and a change copies what leads to one place.
//!
//! Places stand in rows of 16, rows in blocks of 64. Narrow rows are what makes a change cheap: everything in a row that
//! is copied has its count of owners touched, wherever in memory it is.

use std::rc::Rc;
use std::sync::Arc;

const ROW: usize = 16;
const BLOCK: usize = 64;

type Row<T> = Rc<[Option<Arc<T>>; ROW]>;
type Block<T> = Rc<Vec<Row<T>>>;

/// Places from 0 on.
#[derive(Debug)]
pub(super) struct Shelf<T> {
    blocks: Rc<Vec<Block<T>>>,
    len: usize,
}

impl<T> Shelf<T> {
    /// How many places there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, place: usize) -> Option<&Arc<T>> {
        let block = self.blocks.get(place / (ROW * BLOCK))?;
        block.get(place / ROW % BLOCK)?[place % ROW].as_ref()
    }

    /// One more place.
    pub(super) fn push(&mut self, thing: Arc<T>) {
        let blocks = Rc::make_mut(&mut self.blocks);
        if self.len.is_multiple_of(ROW * BLOCK) {
            blocks.push(Rc::default());
        }
        if let Some(block) = blocks.last_mut() {
            if self.len.is_multiple_of(ROW) {
                Rc::make_mut(block).push(Rc::new([const { None }; ROW]));
            }
            self.len += 1;
            self.replace(self.len - 1, Some(thing));
        }
    }

    /// Puts something into a place that there is, or leaves it empty.
    pub(super) fn replace(&mut self, place: usize, thing: Option<Arc<T>>) {
        let block = Rc::make_mut(&mut self.blocks).get_mut(place / (ROW * BLOCK));
        if let Some(row) = block.and_then(|block| Rc::make_mut(block).get_mut(place / ROW % BLOCK))
        {
            Rc::make_mut(row)[place % ROW] = thing;
        }
    }

    /// Whether two hold the same in the same places. What they share is not looked at.
    pub(super) fn same(&self, other: &Self) -> bool
    where
        T: PartialEq,
    {
        let rows = |(one, two): (&Row<T>, &Row<T>)| Rc::ptr_eq(one, two) || one == two;
        let blocks = |(one, two): (&Block<T>, &Block<T>)| {
            Rc::ptr_eq(one, two) || one.iter().zip(&**two).all(rows)
        };
        Rc::ptr_eq(&self.blocks, &other.blocks)
            || (self.len == other.len && self.blocks.iter().zip(&*other.blocks).all(blocks))
    }
}

impl<T> Clone for Shelf<T> {
    fn clone(&self) -> Self {
        Self { blocks: self.blocks.clone(), len: self.len }
    }
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { blocks: Rc::default(), len: 0 }
    }
}
