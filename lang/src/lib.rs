//! mgo's static half: source text in, typed tree and diagnostics out.
//!
//! Reading order: [`source`] (positions), [`diag`] (reports), [`syntax`] (text to tree), [`types`]
//! (tree to typed tree), [`vet`] (what is suspicious in it). Nothing here touches a file, a thread, a clock or the environment.
#![forbid(unsafe_code)]

pub mod diag;
pub mod source;
pub mod syntax;
pub mod types;
pub mod vet;
