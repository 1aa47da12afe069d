package examples

import "fmt"

func ExampleGood() {
	fmt.Println("a\nb") // Output: a
	// b
}
func ExampleBad() {
	fmt.Println("got this")
	fmt.Println("and that")
	// Output: wanted
	// other
}
func ExampleUnordered() {
	fmt.Println("2")
	fmt.Println("1")
	// Unordered output:
	// 1
	// 2
}
func ExampleUnorderedBad() {
	fmt.Println("3")
	fmt.Println("1")
	// Unordered output: 1
	// 2
}
func ExampleEmpty() {
	fmt.Print("")
	// Output:
}
func ExampleNotRun() { fmt.Println("never") }
func ExampleSpaces() {
	fmt.Println("  x  \n\n y ")
	// Output: x
	//
	//  y
}
func ExampleT_Method_suffix() {
	fmt.Println("m")
	// output: m
}
