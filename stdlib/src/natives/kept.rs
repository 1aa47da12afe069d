//! Values that natives keep for the program, which holds them by number.
//!
//! The program's side gives a number up when it is done, at the latest in a finalizer.

use std::sync::{Arc, PoisonError, RwLock};

/// Values by number.
pub struct Kept<T> {
    table: RwLock<Table<T>>,
}

struct Table<T> {
    values: Vec<Option<Arc<T>>>,
    free: Vec<usize>,
}

impl<T> Kept<T> {
    /// None yet.
    pub const fn new() -> Kept<T> {
        Kept {
            table: RwLock::new(Table {
                values: Vec::new(),
                free: Vec::new(),
            }),
        }
    }

    /// Keeps a value and gives its number.
    pub fn keep(&self, value: T) -> i64 {
        let mut t = self.table.write().unwrap_or_else(PoisonError::into_inner);
        let at = t.free.pop().unwrap_or(t.values.len());
        let value = Some(Arc::new(value));
        if at == t.values.len() {
            t.values.push(value);
        } else {
            t.values[at] = value;
        }
        at as i64
    }

    /// Gives a number up.
    pub fn release(&self, id: i64) {
        let mut t = self.table.write().unwrap_or_else(PoisonError::into_inner);
        t.values[id as usize] = None;
        t.free.push(id as usize);
    }

    /// The value of a number.
    pub fn get(&self, id: i64) -> Arc<T> {
        let t = self.table.read().unwrap_or_else(PoisonError::into_inner);
        t.values[id as usize]
            .clone()
            .expect("the library releases a value once nobody has it")
    }
}
