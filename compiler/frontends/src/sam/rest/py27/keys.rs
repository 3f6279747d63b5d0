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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Empty,
    /// Held a key that was deleted.
    Dead,
    /// Holds the key of this number.
    Key(u32),
}

/// The table of a dictionary. Keys are numbers that the dictionary gives them, with their hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keys {
    slots: Vec<Slot>,
    /// Keys that are there.
    size: usize,
    /// Slots that are not empty.
    fill: usize,
}

impl Default for Keys {
    fn default() -> Self {
        Keys { slots: vec![Slot::Empty; MIN_SIZE], size: 0, fill: 0 }
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

impl Keys {
    /// Where a key is, or would go. `same` tells whether a number stands for the key.
    fn place(&self, hash: u64, same: impl Fn(u32) -> bool) -> usize {
        let mask = self.slots.len() - 1;
        let holds = |slot: Slot| matches!(slot, Slot::Key(n) if same(n));
        let mut i = hash as usize & mask;
        if self.slots[i] == Slot::Empty || holds(self.slots[i]) {
            return i;
        }
        let mut free = (self.slots[i] == Slot::Dead).then_some(i);
        let (mut walker, mut perturb) = (i as u64, hash);
        loop {
            walker = walker.wrapping_mul(5).wrapping_add(perturb).wrapping_add(1);
            i = walker as usize & mask;
            match self.slots[i] {
                Slot::Empty => return free.unwrap_or(i),
                slot if holds(slot) => return i,
                Slot::Dead => free = free.or(Some(i)),
                Slot::Key(_) => {}
            }
            perturb >>= 5;
        }
    }

    /// Adds a key that may be there already. `hash_of` gives the hash of a number.
    pub(crate) fn add(&mut self, number: u32, hash_of: &dyn Fn(u32) -> u64) {
        let i = self.place(hash_of(number), |n| n == number);
        match self.slots[i] {
            Slot::Key(_) => return,
            Slot::Empty => self.fill += 1,
            Slot::Dead => {}
        }
        self.size += 1;
        self.slots[i] = Slot::Key(number);
        if self.fill * 3 >= self.slots.len() * 2 {
            self.resize(self.size * if self.size > LARGE { 2 } else { 4 }, hash_of);
        }
    }

    /// Takes a key out.
    pub(crate) fn remove(&mut self, number: u32, hash_of: &dyn Fn(u32) -> u64) {
        let i = self.place(hash_of(number), |n| n == number);
        if matches!(self.slots[i], Slot::Key(_)) {
            self.slots[i] = Slot::Dead;
            self.size -= 1;
        }
    }

    fn resize(&mut self, request: usize, hash_of: &dyn Fn(u32) -> u64) {
        let mut size = MIN_SIZE;
        while size <= request {
            size *= 2;
        }
        let old: Vec<u32> = self.iter().collect();
        *self = Keys { slots: vec![Slot::Empty; size], size: 0, fill: 0 };
        old.into_iter().for_each(|n| self.add(n, hash_of));
    }

    /// Makes room for many keys and adds them, as `update` and the copy of a dictionary do.
    pub(crate) fn merge(&mut self, numbers: &[u32], hash_of: &dyn Fn(u32) -> u64) {
        if numbers.is_empty() {
            return;
        }
        if (self.fill + numbers.len()) * 3 >= self.slots.len() * 2 {
            self.resize((self.size + numbers.len()) * 2, hash_of);
        }
        numbers.iter().for_each(|n| self.add(*n, hash_of));
    }

    /// The table of a deep copy: the keys added one by one in order.
    pub(crate) fn deep_copy(&self, hash_of: &dyn Fn(u32) -> u64) -> Keys {
        let mut copy = Keys::default();
        self.iter().for_each(|n| copy.add(n, hash_of));
        copy
    }

    /// The numbers in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.slots.iter().filter_map(|s| match s {
            Slot::Key(n) => Some(*n),
            Slot::Empty | Slot::Dead => None,
        })
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
        (0..texts.len() as u32).for_each(|n| keys.add(n, &|n| hashes[n as usize]));
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
        let hash_of = |n: u32| hashes[n as usize];
        let mut keys = Keys::default();
        (0..8).for_each(|n| keys.add(n, &hash_of));
        let texts = |keys: &Keys| keys.iter().map(|n| names[n as usize]).collect::<String>();
        assert_eq!(texts(&keys), "acbedgfh");
        keys.remove(2, &hash_of);
        keys.add(8, &hash_of);
        keys.add(2, &hash_of);
        assert_eq!(texts(&keys), "acbedgfhz");
    }
}
