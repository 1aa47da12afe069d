module mgo.test

go 1.27
