//! Natives that only this crate can offer: they need the scheduler, the collector or the insides of values.

use crate::native::NativeFn;

/// All of them.
pub fn tables() -> Vec<&'static [(&'static str, NativeFn)]> {
    vec![]
}
