//! mgo-vm.
