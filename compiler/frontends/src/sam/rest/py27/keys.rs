//! The order in which Python 2.7 goes through the keys of a dictionary.
//!
//! The transform names the deployment of a REST API by a hash of the body's text as Python 2.7
//! printed it, and keeps doing so, or every API would be deployed anew. The order follows from the
//! hashes of the keys and from the history of inserts, deletions and copies; the algorithm is that
//! of CPython 2.7's `dictobject.c`.

/// The smallest table.
const MIN_SIZE: usize = 8;

/// Above this many keys a table grows by two instead of by four.
const LARGE: usize = 50_000;

/// A slot of a table: a number, or one of two marks. Bodies with thousands of paths are copied
/// thousands of times, so a slot is four bytes and no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slot(u32);

impl Slot {
    const EMPTY: Slot = Slot(u32::MAX);
    /// Held a key that was deleted.
    const DEAD: Slot = Slot(u32::MAX - 1);

    /// The number of the key it holds.
    fn key(self) -> Option<u32> {
        (self.0 < Slot::DEAD.0).then_some(self.0)
    }
}

/// The table of a dictionary. Keys are numbers that the dictionary gives them; `hashes` has the hash
/// of each number.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    slots: Vec<Slot>,
    /// Keys that are there.
    size: usize,
    /// Slots that are not empty.
    fill: usize,
    /// Room for a list while the table grows, kept for the next time.
    order: Vec<u32>,
    /// Room for the order of the table that is copied.
    copied: Vec<u32>,
}

impl PartialEq for Keys {
    /// Compares the tables, whatever their rooms hold.
    fn eq(&self, other: &Self) -> bool {
        (self.size, self.fill) == (other.size, other.fill) && self.slots == other.slots
    }
}

impl Default for Keys {
    fn default() -> Self {
        let slots = vec![Slot::EMPTY; MIN_SIZE];
        Keys { slots, size: 0, fill: 0, order: Vec::new(), copied: Vec::new() }
    }
}

/// Python 2.7's hash of a text on a machine of 64 bits.
pub(crate) fn hash(text: &str) -> u64 {
    let mut chars = text.chars().peekable();
    let Some(first) = chars.peek() else { return 0 };
    let mut x = u64::from(*first as u32) << 7;
    let mut length = 0u64;
    for c in chars {
        x = 1_000_003u64.wrapping_mul(x) ^ u64::from(c as u32);
        length += 1;
    }
    x ^ length
}

/// From one slot at which a key is looked for to the next.
fn step(walker: u64, perturb: u64, mask: usize) -> (u64, u64, usize) {
    let walker = walker.wrapping_mul(5).wrapping_add(perturb).wrapping_add(1);
    (walker, perturb >> 5, walker as usize & mask)
}

/// The slots at which a key of this hash is looked for, in turn.
fn probe(hash: u64, mask: usize) -> impl Iterator<Item = usize> {
    let (mut walker, mut perturb) = (hash, hash);
    std::iter::once(hash as usize & mask).chain(std::iter::repeat_with(move || {
        let i;
        (walker, perturb, i) = step(walker, perturb, mask);
        i
    }))
}

impl Keys {
    /// Where a key is, or would go.
    fn place(&self, number: u32, hash: u64) -> usize {
        let mut free = None;
        for i in probe(hash, self.slots.len() - 1) {
            match self.slots[i] {
                Slot::EMPTY => return free.unwrap_or(i),
                Slot::DEAD => free = free.or(Some(i)),
                Slot(there) if there == number => return i,
                Slot(_) => {}
            }
        }
        unreachable!("a table is never full")
    }

    /// Adds a key that may be there already.
    pub(crate) fn add(&mut self, number: u32, hashes: &[u64]) {
        let i = self.place(number, hashes[number as usize]);
        match self.slots[i] {
            Slot::EMPTY => self.fill += 1,
            Slot::DEAD => {}
            Slot(_) => return,
        }
        self.slots[i] = Slot(number);
        self.size += 1;
        self.grow(hashes);
    }

    /// Adds keys that are not there to a table that nothing was deleted from and that has room.
    fn add_new(&mut self, numbers: &[u32], hashes: &[u64]) {
        let mask = self.slots.len() - 1;
        for number in numbers {
            let hash = hashes[*number as usize];
            let (mut walker, mut perturb, mut i) = (hash, hash, hash as usize & mask);
            while self.slots[i] != Slot::EMPTY {
                (walker, perturb, i) = step(walker, perturb, mask);
            }
            self.slots[i] = Slot(*number);
        }
        self.fill += numbers.len();
        self.size += numbers.len();
    }

    /// How many keys can be added until the table grows, the one at which it does included.
    fn room(&self) -> usize {
        (self.slots.len() * 2).div_ceil(3).saturating_sub(self.fill)
    }

    /// Makes the table larger where two thirds of it are in use.
    fn grow(&mut self, hashes: &[u64]) {
        if self.fill * 3 >= self.slots.len() * 2 {
            self.resize(self.size * if self.size > LARGE { 2 } else { 4 }, hashes);
        }
    }

    /// Takes a key out.
    pub(crate) fn remove(&mut self, number: u32, hashes: &[u64]) {
        let i = self.place(number, hashes[number as usize]);
        if self.slots[i].key().is_some() {
            self.slots[i] = Slot::DEAD;
            self.size -= 1;
        }
    }

    fn resize(&mut self, request: usize, hashes: &[u64]) {
        let mut size = MIN_SIZE;
        while size <= request {
            size *= 2;
        }
        let mut old = std::mem::take(&mut self.order);
        self.gather(&mut old);
        self.clear(size);
        self.add_new(&old, hashes);
        self.order = old;
    }

    /// Puts the numbers in order into a list.
    ///
    /// Every slot is written where the next number belongs, and the place moves on only after a
    /// number: whether a slot is empty is as good as random, so a branch on it is often guessed wrong.
    fn gather(&self, order: &mut Vec<u32>) {
        order.resize(self.slots.len(), 0);
        let mut count = 0;
        for slot in &self.slots {
            order[count] = slot.0;
            count += usize::from(slot.0 < Slot::DEAD.0);
        }
        order.truncate(count);
    }

    fn clear(&mut self, size: usize) {
        self.slots.clear();
        self.slots.resize(size, Slot::EMPTY);
        (self.size, self.fill) = (0, 0);
    }

    /// Makes room for many keys and adds them, as `update` and the copy of a dictionary do.
    pub(crate) fn merge(&mut self, numbers: &[u32], hashes: &[u64]) {
        if numbers.is_empty() {
            return;
        }
        if (self.fill + numbers.len()) * 3 >= self.slots.len() * 2 {
            self.resize((self.size + numbers.len()) * 2, hashes);
        }
        numbers.iter().for_each(|n| self.add(*n, hashes));
    }

    /// Replaces this table by that of a deep copy of another: its keys added one by one in order.
    ///
    /// An API of 5,000 events makes 16,000 copies of up to 5,000 keys, so keys are added in
    /// stretches, each up to where the table grows.
    pub(crate) fn become_copy_of(&mut self, other: &Keys, hashes: &[u64]) {
        self.clear(MIN_SIZE);
        let mut order = std::mem::take(&mut self.copied);
        other.gather(&mut order);
        let mut rest = order.as_slice();
        while !rest.is_empty() {
            let (now, later) = rest.split_at(self.room().min(rest.len()));
            self.add_new(now, hashes);
            self.grow(hashes);
            rest = later;
        }
        self.copied = order;
    }

    /// The numbers in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.slots.iter().filter_map(|slot| slot.key())
    }

    /// True where a deep copy is sure to change nothing.
    pub(crate) fn is_settled(&self) -> bool {
        self.size <= 1 && self.fill == self.size && self.slots.len() == MIN_SIZE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order of texts after adding them one by one.
    fn order(texts: &[&str]) -> Vec<String> {
        let hashes: Vec<u64> = texts.iter().map(|t| hash(t)).collect();
        let mut keys = Keys::default();
        (0..texts.len() as u32).for_each(|n| keys.add(n, &hashes));
        keys.iter().map(|n| texts[n as usize].to_owned()).collect()
    }

    #[test]
    fn hashes_are_those_of_python_2_7() {
        assert_eq!(hash("a") as i64, 12_416_037_344);
        assert_eq!(hash("paths") as i64, -4_668_393_710_474_308_703);
        assert_eq!(hash("/foo") as i64, -7_649_704_677_186_210_591);
        assert_eq!(hash("é") as i64, 29_824_089_448);
        assert_eq!(hash(""), 0);
    }

    #[test]
    fn orders_are_those_of_python_2_7() {
        assert_eq!(order(&["swagger", "info", "paths"]), ["info", "paths", "swagger"]);
        assert_eq!(order(&["type", "httpMethod", "uri"]), ["httpMethod", "type", "uri"]);
        let methods = ["get", "post", "put", "delete", "options", "head", "patch"];
        assert_eq!(order(&methods), ["head", "get", "patch", "put", "post", "options", "delete"]);
    }

    #[test]
    fn tables_grow_and_use_the_slots_of_deleted_keys_again() {
        let eight = ["k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"];
        assert_eq!(order(&eight), ["k3", "k2", "k1", "k0", "k7", "k6", "k5", "k4"]);
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "z"];
        let hashes: Vec<u64> = names.iter().map(|t| hash(t)).collect();
        let mut keys = Keys::default();
        (0..8).for_each(|n| keys.add(n, &hashes));
        let texts = |keys: &Keys| keys.iter().map(|n| names[n as usize]).collect::<String>();
        assert_eq!(texts(&keys), "acbedgfh");
        keys.remove(2, &hashes);
        keys.add(8, &hashes);
        keys.add(2, &hashes);
        assert_eq!(texts(&keys), "acbedgfhz");
    }

    #[test]
    fn a_copy_is_what_adding_key_by_key_makes() {
        // Around every size at which a table grows, and after deletions.
        for count in [0, 1, 5, 6, 7, 21, 22, 23, 85, 86, 87, 341, 342, 343, 1_365, 1_366, 3_000] {
            let hashes: Vec<u64> = (0..count).map(|i| hash(&format!("/v1/items{i}/{{id}}"))).collect();
            let mut keys = Keys::default();
            (0..count).for_each(|n| keys.add(n, &hashes));
            (0..count).step_by(7).for_each(|n| keys.remove(n, &hashes));
            for _ in 0..3 {
                let mut slow = Keys::default();
                keys.iter().for_each(|n| slow.add(n, &hashes));
                let mut copy = Keys::default();
                copy.become_copy_of(&keys, &hashes);
                assert_eq!(copy, slow, "{count}");
                keys = copy;
            }
        }
    }
}
