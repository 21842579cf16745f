//! Numbered places that hold something. A clone shares all, and a change costs the same however many places there are.
//!
//! Places stand in blocks. The state before is kept by whoever shows it while the next one is made, so the first change of a
//! block needs another block. A copy would touch the count of owners of all that stands there, wherever that is in memory.
//! But the block that was in use before is nobody's any more by then, as a rule: it is the spare one. It lacks a few changes,
//! which are known, and with these it is what the copy would be.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// Places of a block. The list of blocks is copied at each commit, a block where its spare is still somebody's.
const BLOCK: usize = 1_024;
/// Changes that a spare block may lack. With more of them a copy costs no more.
const LACKING: usize = BLOCK / 4;

/// Places from 0 on.
#[derive(Debug)]
pub(super) struct Shelf<T> {
    blocks: Rc<Vec<Rc<Block<T>>>>,
    len: usize,
    /// Shared by all clones.
    spares: Rc<RefCell<Spares<T>>>,
}

#[derive(Debug)]
struct Block<T> {
    /// No other block has this number, nor had what stands here before another one was made of it.
    number: u64,
    places: Vec<Option<Arc<T>>>,
}

#[derive(Debug)]
struct Spares<T> {
    /// Blocks that were made.
    made: u64,
    /// By position in the list of blocks.
    blocks: Vec<Option<Spare<T>>>,
}

/// A block that may be nobody's.
#[derive(Debug)]
struct Spare<T> {
    block: Rc<Block<T>>,
    /// The block that it would be if it had what it lacks.
    number: u64,
    /// Where it differs from that, in the order in which it came to.
    lacks: Vec<u16>,
}

impl<T> Shelf<T> {
    /// How many places there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, place: usize) -> Option<&Arc<T>> {
        self.blocks.get(place / BLOCK)?.places.get(place % BLOCK)?.as_ref()
    }

    /// One more place.
    pub(super) fn push(&mut self, thing: Arc<T>) {
        if self.len.is_multiple_of(BLOCK) {
            let number = self.spares.borrow_mut().number();
            Rc::make_mut(&mut self.blocks).push(Rc::new(Block { number, places: Vec::new() }));
        }
        self.len += 1;
        self.replace(self.len - 1, Some(thing));
    }

    /// Puts something into a place that there is, or leaves it empty.
    pub(super) fn replace(&mut self, place: usize, thing: Option<Arc<T>>) {
        let (position, place) = (place / BLOCK, place % BLOCK);
        let Some(block) = Rc::make_mut(&mut self.blocks).get_mut(position) else { return };
        let mut spares = self.spares.borrow_mut();
        if Rc::get_mut(block).is_none() {
            spares.renew(position, block);
        }
        let Some(block) = Rc::get_mut(block) else { return };
        if thing.is_some() {
            spares.lacks(position, block.number, place);
        } else {
            // What is gone shall be gone.
            spares.forget(position);
        }
        put(&mut block.places, place, thing);
    }

    /// Whether two hold the same in the same places. What they share is not looked at.
    pub(super) fn same(&self, other: &Self) -> bool
    where
        T: PartialEq,
    {
        let places = |(one, two): (&Option<Arc<T>>, &Option<Arc<T>>)| match (one, two) {
            (Some(one), Some(two)) => Arc::ptr_eq(one, two) || one == two,
            (one, two) => one.is_none() && two.is_none(),
        };
        let blocks = |(one, two): (&Rc<Block<T>>, &Rc<Block<T>>)| {
            Rc::ptr_eq(one, two) || one.places.iter().zip(&two.places).all(places)
        };
        Rc::ptr_eq(&self.blocks, &other.blocks)
            || (self.len == other.len && self.blocks.iter().zip(&*other.blocks).all(blocks))
    }
}

impl<T> Spares<T> {
    fn number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// Makes another block of one that others hold too, and keeps that as the spare one.
    fn renew(&mut self, position: usize, block: &mut Rc<Block<T>>) {
        let spare = self.blocks.get_mut(position).and_then(Option::take);
        let number = self.number();
        let places = spare.and_then(|spare| spare.catch_up(block));
        let places = places.unwrap_or_else(|| block.places.clone());
        let before = std::mem::replace(block, Rc::new(Block { number, places }));
        if self.blocks.len() <= position {
            self.blocks.resize_with(position + 1, || None);
        }
        self.blocks[position] = Some(Spare { block: before, number, lacks: Vec::new() });
    }

    /// The block of this number changes in a place, and its spare one does not.
    fn lacks(&mut self, position: usize, number: u64, place: usize) {
        let Some(of) = self.blocks.get_mut(position) else { return };
        let Some(spare) = of.as_mut().filter(|spare| spare.number == number) else { return };
        match u16::try_from(place) {
            Ok(place) if spare.lacks.len() < LACKING => spare.lacks.push(place),
            _ => *of = None,
        }
    }

    fn forget(&mut self, position: usize) {
        if let Some(spare) = self.blocks.get_mut(position) {
            *spare = None;
        }
    }
}

impl<T> Spare<T> {
    /// The places of a block, by what it differs in; `None` if it is another one's spare, or somebody still has it.
    fn catch_up(self, block: &Block<T>) -> Option<Vec<Option<Arc<T>>>> {
        if self.number != block.number {
            return None;
        }
        let mut places = Rc::into_inner(self.block)?.places;
        for place in self.lacks.into_iter().map(usize::from) {
            put(&mut places, place, block.places[place].clone());
        }
        Some(places)
    }
}

/// Puts something into a place, or into the first one that there is not yet.
fn put<T>(places: &mut Vec<Option<Arc<T>>>, place: usize, thing: Option<Arc<T>>) {
    match places.get_mut(place) {
        Some(held) => *held = thing,
        None => places.push(thing),
    }
}

impl<T> Clone for Shelf<T> {
    fn clone(&self) -> Self {
        Self { blocks: self.blocks.clone(), len: self.len, spares: self.spares.clone() }
    }
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        let spares = Spares { made: 0, blocks: Vec::new() };
        Self { blocks: Rc::default(), len: 0, spares: Rc::new(RefCell::new(spares)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands in each place.
    fn all(shelf: &Shelf<u64>) -> Vec<Option<u64>> {
        (0..shelf.len()).map(|place| shelf.get(place).map(|thing| **thing)).collect()
    }

    /// Where a block keeps its places.
    fn memory(shelf: &Shelf<u64>, block: usize) -> *const Option<Arc<u64>> {
        shelf.blocks[block].places.as_ptr()
    }

    fn of(things: usize) -> Shelf<u64> {
        let mut shelf = Shelf::default();
        for thing in 0..things as u64 {
            shelf.push(Arc::new(thing));
        }
        shelf
    }

    /// The next state, while the one before is still somebody's.
    fn after(shelf: &mut Shelf<u64>, place: usize, thing: u64) -> Shelf<u64> {
        let before = shelf.clone();
        shelf.replace(place, Some(Arc::new(thing)));
        before
    }

    #[test]
    fn every_clone_stays_what_it_was_however_long_it_is_kept() {
        let mut dice = 7_u64;
        let mut roll = |below: usize| {
            dice = dice
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(dice >> 33).unwrap() % below
        };
        let mut kept = vec![(of(BLOCK * 2 + 7), Vec::new())];
        kept[0].1 = all(&kept[0].0);
        for step in 0..4_000 {
            // Mostly the latest goes on, and now and then one from before.
            let from = if roll(8) == 0 { roll(kept.len()) } else { kept.len() - 1 };
            let (mut shelf, mut model) = kept[from].clone();
            for _ in 0..roll(if step % 50 == 0 { 2 * LACKING } else { 8 }) {
                let (place, thing) = (roll(shelf.len()), roll(1_000_000) as u64);
                match roll(10) {
                    0 => {
                        shelf.replace(place, None);
                        model[place] = None;
                    }
                    1 => {
                        shelf.push(Arc::new(thing));
                        model.push(Some(thing));
                    }
                    _ => {
                        shelf.replace(place, Some(Arc::new(thing)));
                        model[place] = Some(thing);
                    }
                }
            }
            kept.push((shelf, model));
            while kept.len() > 1 + roll(6) {
                kept.remove(roll(kept.len()));
            }
            if step % 20 == 0 {
                for (shelf, model) in &kept {
                    assert_eq!(all(shelf), *model, "after {step} steps");
                }
            }
        }
    }

    #[test]
    fn two_blocks_take_turns_while_only_the_state_before_is_kept() {
        let mut shelf = of(2 * BLOCK);
        let mut seen = Vec::new();
        for step in 0..10 {
            drop(after(&mut shelf, step, 1_000));
            seen.push(memory(&shelf, 0));
        }
        let [one, two] = [seen[0], seen[1]];
        assert_ne!(one, two);
        assert!(seen.chunks(2).all(|pair| pair == [one, two]), "no block was copied");
    }

    #[test]
    fn a_block_that_somebody_keeps_is_left_to_them() {
        let mut shelf = of(10);
        let kept = after(&mut shelf, 0, 100);
        drop(after(&mut shelf, 1, 101));
        drop(after(&mut shelf, 2, 102));
        assert_eq!(all(&kept), (0..10).map(Some).collect::<Vec<_>>());
        assert_eq!(all(&shelf)[..4], [Some(100), Some(101), Some(102), Some(3)]);
    }

    #[test]
    fn what_was_taken_away_is_held_by_nobody() {
        let mut shelf = of(3);
        let gone = Arc::downgrade(shelf.get(1).unwrap());
        drop(after(&mut shelf, 0, 100));
        assert!(gone.upgrade().is_some());
        shelf.replace(1, None);
        assert!(gone.upgrade().is_none(), "nor by the spare block");
    }
}
