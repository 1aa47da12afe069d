package main

var x = ((((((((((((((((((((((((((((((((((((((1))))))))))))))))))))))))))))))))))))))

type T [][][][][][][][][][][][][][][][][][][][][][][][]func(func(func(func(func(func())))))

func main() {
	{{{{{{{{{{{{{{{{{{{{{{ println(- - - - - - - - - - -^^^^^^^+ + + +x) }}}}}}}}}}}}}}}}}}}}}}
	if true { if true { if true { if true { for { switch { default: select { default: return } } } } } } }
}
