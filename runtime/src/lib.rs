//! mgo-runtime.
