//! Constant values of arbitrary precision, after `go/constant`.

use std::sync::Arc;

use dashu_int::IBig;

/// A constant's value. Numbers are kept in the smallest form that holds them exactly.
#[derive(Clone, Debug)]
pub enum Constant {
    /// Unknown because of an error.
    Unknown,
    /// A boolean.
    Bool(bool),
    /// A string: any bytes.
    Str(Arc<[u8]>),
    /// An integer.
    Int(i64),
    /// An integer that does not fit 64 bits signed.
    Big(Arc<IBig>),
}
