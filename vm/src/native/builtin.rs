//! Natives that only this crate can offer: they need the scheduler, the collector or the insides of values.

use crate::native::NativeFn;

/// All of them, by name.
pub fn tables() -> Vec<&'static [(&'static str, NativeFn)]> {
    let mut all = vec![
        super::rt::TABLE,
        super::value::TABLE,
        super::runtime::TABLE,
        super::profile::TABLE,
        super::sched::TABLE,
        super::sync::TABLE,
        super::synctest::TABLE,
        super::testing::TABLE,
    ];
    all.extend(super::atomic::TABLES);
    all.extend(super::reflect::TABLES);
    all.push(super::weak::TABLE);
    all
}
