//! mgo-stdlib.
